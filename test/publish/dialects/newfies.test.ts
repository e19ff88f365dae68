import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { speak } from '../../../lib/publish/dialects/dialect.ts';
import { newfies } from '../../../lib/publish/dialects/newfies.ts';
import type { Message, Notification } from '../../../lib/publish/notification.ts';
import { dialectSuite, exampleEvent, heard, ofAnyEvent, places } from '../../support/dialect-suite.ts';

dialectSuite('newfies', newfies, { known: places, golden: (said) => said.flatMap(heard) });

const say = async (name: string, fields: object = {}) =>
  speak(newfies, await exampleEvent(name, fields), places) as Message[];
const words = async (name: string, fields: object = {}) =>
  (await say(name, fields)).map(({ message }) => JSON.parse(message));
const status = async (name: string, fields: object = {}) =>
  (await words(name, fields)).map((said) => said['Agent-Status-Change:']);

const bareCall = {
  destination: '',
  queue_id: '',
  member_name: '',
  member_channel_id: '',
  agent_channel_id: '',
};

describe('clients of Newfies-Dialer', () => {
  it('hear of an offered call as the page has it', async () => {
    assert.deepEqual(await words('offering'), [
      {
        'Offering-Call-Agent:': {
          callrequest_id: '918273',
          CC_Agent: 'tenant-default@1002',
          campaign_id: '42',
          CC_Member_CID_Name: '380671112233',
          phonenumber: '380671112233',
          callerid_number: '380671112233',
          CC_Member_Session_UUID: '0b6f3c1e-7a55-4e0b-9b0d-2d7c1c9a1f10',
          CC_Queue: 'tenant-default@1002-queue',
        },
      },
    ]);
  });

  it('hear of a connected call in the same fields', async () => {
    const [said] = await words('bridged');
    assert.deepEqual(Object.keys(said), ['Connected-Call-Agent:']);
    const { CC_Agent, callrequest_id } = said['Connected-Call-Agent:'];
    assert.deepEqual([CC_Agent, callrequest_id], ['tenant-default@1003', '918273']);
  });

  it('hear of a call only what is known of it', async () => {
    for (const name of ['offering', 'bridged']) {
      const [said] = await words(name, bareCall);
      assert.deepEqual(Object.keys(Object.values<object>(said)[0] ?? {}), [
        'callrequest_id',
        'CC_Agent',
        'CC_Queue',
      ]);
    }
  });

  it('hear identifiers to the last digit', async () => {
    const [said] = await words('offering', { attempt_id: '9007199254740993' });
    assert.equal(said['Offering-Call-Agent:'].callrequest_id, '9007199254740993');
  });

  it('hear nothing of chats, tasks and calls without an extension', async () => {
    for (const [name, fields] of [
      ['chat-offering', {}],
      ['chat-bridged', {}],
      ['task-offering', {}],
      ['task-bridged', {}],
      ['offering', { agent_extension: '' }],
      ['bridged', { agent_extension: '' }],
    ] as const) {
      assert.deepEqual(await say(name, fields), [], name);
    }
  });

  it('hear of a status: online, offline, pause and break_out, in any case', async () => {
    for (const [name, word] of [
      ['online', 'Available'],
      ['offline', 'Logged Out'],
      ['pause', 'On Break'],
      ['break_out', 'On Break'],
    ] as const) {
      const expected = [{ CC_Agent: 'tenant-default@1002', CC_Agent_Status: word }];
      assert.deepEqual(await status(`agent_status-${name}`), expected);
      assert.deepEqual(await status('agent_status', { status: name.toUpperCase() }), expected);
    }
  });

  it('hear of a status under the extension of the team hook, else of the agent', async () => {
    const of = async (fields: object) => (await status('agent_status', fields)).map((said) => said.CC_Agent);
    assert.deepEqual(await of({ agent_extension: '1009' }), ['tenant-default@1002']);
    assert.deepEqual(await of({ extension: '', agent_extension: '1009' }), ['tenant-default@1009']);
    assert.deepEqual(await of({ extension: '' }), []);
  });

  it('hear nothing of an unknown status', async () => {
    for (const word of ['on_standby', 'constructor', 'available'])
      assert.deepEqual(await say('agent_status', { status: word }), []);
  });

  it('hear nothing of the rest', async () => {
    for (const name of ['joined', 'active', 'answered', 'missed', 'processing', 'leaving', 'expired-leaving'])
      assert.deepEqual(await say(name), [], name);
  });

  it('are told on the one channel', async () => {
    const event = await exampleEvent('offering');
    const [said] = speak(newfies, event, { ...places, NEWFIES_CHANNEL: 'acme_events' }) as Message[];
    assert.deepEqual(said?.channels, ['acme_events']);
  });

  it('hear only strings, under one key that ends in a colon', () => {
    ofAnyEvent<Notification, typeof places>(newfies, places, (said) => {
      for (const { message } of said) {
        const entries = Object.entries<object>(JSON.parse(message));
        assert.equal(entries.length, 1);
        const [[key, fields] = ['', {}]] = entries;
        assert.match(key, /^(?:Offering-Call-Agent|Connected-Call-Agent|Agent-Status-Change):$/);
        for (const value of Object.values(fields)) assert.equal(typeof value, 'string');
      }
    });
  });
});

describe('a deduplication key', () => {
  const keyOf = async (name: string, fields: object = {}) => (await say(name, fields))[0]?.once;

  it('lets a connected call through once per leg, for a day', async () => {
    const once = await keyOf('bridged');
    assert.deepEqual([once?.words[0], once?.seconds], ['newfies', 86400]);
    assert.deepEqual(await keyOf('bridged', { timestamp: 1 }), once);
    assert.notDeepEqual(await keyOf('bridged', { agent_channel_id: 'other' }), once);
    assert.notDeepEqual(await keyOf('bridged', { attempt_id: 1 }), once);
    const legless = { agent_channel_id: '' };
    assert.notDeepEqual(
      await keyOf('bridged', legless),
      await keyOf('bridged', { ...legless, agent_extension: '7' }),
    );
  });

  it('lets an offering through once per event, for ten minutes: the same agent may be offered the same call again', async () => {
    const once = await keyOf('offering');
    assert.deepEqual([once?.words[0], once?.seconds], ['newfies', 600]);
    assert.deepEqual(await keyOf('offering'), once);
    assert.notDeepEqual(await keyOf('offering', { timestamp: 1 }), once);
  });

  it('lets a status through once per event, whose timestamp counts unless it is in the future', async () => {
    const [said] = await say('agent_status', { timestamp: '1782900000000' });
    assert.deepEqual([said?.once.words[1], said?.once.seconds], ['status', 600]);
    const [future] = await say('agent_status', { timestamp: '1782900300101' });
    assert.equal(future?.newest, undefined);
    assert.notDeepEqual(future?.once, said?.once);
  });

  it('holds back a status that is older than the newest, when it has a time', async () => {
    const [timed] = await say('agent_status', { timestamp: '1782900000000' });
    assert.deepEqual(timed?.newest, {
      subject: ['newfies', 'agent', 'default', '1002'],
      at: 1782900000000,
    });
    assert.equal((await say('agent_status'))[0]?.newest, undefined);
  });
});
