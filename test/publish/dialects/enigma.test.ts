import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { speak } from '../../../lib/publish/dialects/dialect.ts';
import { enigma } from '../../../lib/publish/dialects/enigma.ts';
import { hangupCauses } from '../../../lib/publish/dialects/hangup-causes.ts';
import { completeMessage, lifecycleMessage } from '../../../lib/publish/lifecycle.ts';
import type { CdrEntry, Message } from '../../../lib/publish/notification.ts';
import { dialectSuite, exampleEvent, heard, places } from '../../support/dialect-suite.ts';

// With the event itself: all that Redis hears of it by default.
dialectSuite('enigma', enigma, {
  known: places,
  golden: (said, event) => [lifecycleMessage(places.base, event, false), ...said].flatMap(heard),
  nulls: true,
});

const say = async (name: string, fields: object = {}) =>
  speak(enigma, await exampleEvent(name, fields), places);
const cdr = async (fields: object = {}, name = 'leaving') => {
  const [entry] = (await say(name, fields)) as CdrEntry[];
  assert.ok(entry, 'a CDR is made');
  return JSON.parse(completeMessage(entry.message, entry.lacking)).payload;
};

/** Call Data Record: the keys of the page. */
const KEYS = [
  'extension',
  'number',
  'dial_number',
  'recording_url',
  'call_ref',
  'contact_ref',
  'dialed_at',
  'call_time',
  'end_reason',
  'end_code',
  'call_dir',
  'ref',
];

describe('a CDR', () => {
  it('has all twelve keys, null where unknown, whatever is missing', async () => {
    const bare = {
      agent_extension: '',
      destination: '',
      joined_at: '',
      bridged_at: '',
      call_bill_sec: '',
      call_cause: '',
      queue_id: '',
      member_id: '',
    };
    const payload = await cdr(bare);
    for (const key of KEYS) assert.ok(key in payload, key);
    assert.deepEqual(
      KEYS.map((key) => payload[key]),
      [null, null, null, null, '918273', null, null, 0, 'error', null, null, null],
    );
  });

  it('is made once for each list', async () => {
    const event = await exampleEvent('leaving');
    const lists = ['enigma:notifications:campaigns', 'billing:cdr'];
    const entries = speak(enigma, event, { ...places, cdrLists: lists }) as CdrEntry[];
    assert.deepEqual(
      entries.map(({ list }) => list),
      lists,
    );
  });

  it('is not made of a chat, a task, an expired member or what was never dialled', async () => {
    for (const [name, fields] of [
      ['chat-leaving', {}],
      ['leaving', { channel: 'task' }],
      ['leaving', { channel: 'sms' }],
      ['expired-leaving', {}],
      ['leaving', { member_channel_id: '', call_cause: '', bridged_at: '' }],
    ] as const) {
      assert.deepEqual(await say(name, fields), [], `${name} ${JSON.stringify(fields)}`);
    }
  });

  it('is made of a call that has a channel of the member, a cause or a time of bridging', async () => {
    const none = { member_channel_id: '', call_cause: '', bridged_at: '' };
    for (const field of [{ member_channel_id: 'm' }, { call_cause: 'USER_BUSY' }, { bridged_at: '1' }])
      assert.equal((await say('leaving', { ...none, ...field })).length, 1, JSON.stringify(field));
  });

  it('of an offline queue has no call_time: nobody knows how long it was', async () => {
    const { call_time, end_reason, end_code } = await cdr({}, 'offline-leaving');
    assert.deepEqual([call_time, end_reason, end_code], [null, 'hungup', null]);
    assert.deepEqual(await say('offline-leaving-not-bridged'), []);
  });

  it('of an outbound IVR call has the seconds since bridge, which are 0, beside those since the answer', async () => {
    const { call_time, call_bill_sec, call_voice_sec } = await cdr({}, 'ivr-leaving');
    assert.deepEqual([call_time, call_bill_sec, call_voice_sec], [0, 0, 30]);
  });

  it('takes the vendor fields that the flow sends as variables', async () => {
    const payload = await cdr({ dial_number: '0044', recording_url: 'https://x/1.wav', contact_ref: 'C-1' });
    assert.deepEqual(
      [payload.dial_number, payload.recording_url, payload.contact_ref],
      ['0044', 'https://x/1.wav', 'C-1'],
    );
    assert.equal((await cdr({ contact_ref: '' }, 'predictive-leaving')).contact_ref, '771201');
    assert.equal((await cdr({ recording_url: { a: 1 } })).recording_url, null);
  });

  it('gives the seconds from bridge to end, 0 if never bridged, null if nobody said', async () => {
    assert.equal((await cdr({ call_bill_sec: '12.5' })).call_time, 12.5);
    assert.equal((await cdr({ call_bill_sec: '', bridged_at: '' })).call_time, 0);
    assert.equal((await cdr({ call_bill_sec: '' })).call_time, null);
  });

  it('gives the direction of the queue, else outbound for a member of a list, else null', async () => {
    assert.equal((await cdr({}, 'predictive-leaving')).call_dir, 'outbound');
    assert.equal((await cdr({ queue_id: 9, member_id: 1 })).call_dir, 'outbound');
    assert.equal((await cdr({ member_id: '' })).call_dir, null);
  });

  it('gives the start in whole seconds', async () => {
    assert.equal((await cdr({ joined_at: '1782900000999' })).dialed_at, 1782900000);
  });
});

describe('a disposition', () => {
  const bridgedOr = async (fields: object) => {
    const { end_reason, end_code } = await cdr(fields);
    return [end_reason, end_code];
  };
  const unbridged = { bridged_at: '', call_bill_sec: '0' };

  it('follows the Q.850 number of the cause', async () => {
    const reasons: Record<number, string> = {
      0: 'hungup',
      16: 'hungup',
      17: 'busy',
      18: 'timeout',
      19: 'reject',
      21: 'reject',
      22: 'reject',
      102: 'timeout',
    };
    for (const [call_cause, code] of hangupCauses) {
      if (code > 127) continue;
      const expected = [reasons[code] ?? 'error', code === 0 ? null : code];
      assert.deepEqual(await bridgedOr({ call_cause, ...unbridged }), expected, call_cause);
      assert.deepEqual(await bridgedOr({ call_cause }), expected, `${call_cause}, bridged`);
    }
  });

  it('of a cause above 127 has no code, and is hungup when cancelled or bridged', async () => {
    for (const [call_cause, code] of hangupCauses) {
      if (code <= 127) continue;
      const reason = call_cause === 'ORIGINATOR_CANCEL' ? 'hungup' : 'error';
      assert.deepEqual(await bridgedOr({ call_cause, ...unbridged }), [reason, null], call_cause);
      assert.deepEqual(await bridgedOr({ call_cause }), ['hungup', null], `${call_cause}, bridged`);
    }
  });

  it('without a cause is hungup if bridged, else error', async () => {
    assert.deepEqual(await bridgedOr({ call_cause: '' }), ['hungup', null]);
    assert.deepEqual(await bridgedOr({ call_cause: '', ...unbridged }), ['error', null]);
  });

  it('of an answering machine is voicemail, whatever the cause', async () => {
    for (const amd_result of ['MACHINE', 'MASHINE']) {
      assert.deepEqual(await bridgedOr({ amd_result, call_cause: 'USER_BUSY' }), ['voicemail', 17]);
    }
  });
});

describe('a disposition by the AI detector', () => {
  const reason = async (fields: object) =>
    (await cdr({ amd_result: '', call_cause: 'USER_BUSY', ...fields })).end_reason;

  it('is voicemail where the other detector has no result', async () => {
    assert.equal(await reason({ amd_ai_result: 'voicemail' }), 'voicemail');
    assert.equal(await reason({ amd_ai_result: 'voicemail', amd_result: 'HUMAN' }), 'busy');
    assert.equal(await reason({ amd_ai_result: 'human', amd_result: 'MACHINE' }), 'voicemail');
  });

  it('follows the cause for human, silence, ringback and what is not known', async () => {
    for (const amd_ai_result of ['human', 'silence', 'ringback', '', 'other', ['voicemail'], undefined])
      assert.equal(await reason({ amd_ai_result }), 'busy', String(amd_ai_result));
  });
});

describe('an agent', () => {
  const types = (said: readonly unknown[]) =>
    (said as Message[]).map(({ message }) => JSON.parse(message).type);

  it('is told of a call in both spellings, then busy', async () => {
    const said = (await say('bridged')) as Message[];
    assert.deepEqual(types(said), ['call', 'status']);
    for (const { channels } of said)
      assert.deepEqual(channels, ['enigma:notifications:agents:1003', 'enigma:notifications:agent:1003']);
  });

  it('is told of the same call once per leg: the deduplication key names attempt and leg', async () => {
    const keyOf = async (fields: object) => ((await say('bridged', fields))[0] as Message).once;
    assert.deepEqual(await keyOf({}), await keyOf({ timestamp: 1 }));
    assert.notDeepEqual(await keyOf({}), await keyOf({ agent_channel_id: 'other' }));
    assert.notDeepEqual(await keyOf({}), await keyOf({ attempt_id: 1 }));
  });

  it('is not told of chats, tasks, or calls without an extension', async () => {
    for (const [name, fields] of [
      ['chat-bridged', {}],
      ['task-bridged', {}],
      ['bridged', { agent_extension: '' }],
      ['processing', { channel: 'chat' }],
    ] as const) {
      assert.deepEqual(await say(name, fields), []);
    }
  });

  it('is available when online and offline when offline, by the team hook; a pause has no word', async () => {
    const status = async (word: string) =>
      (await say('agent_status', { status: word })).map((said) => JSON.parse(said.message).payload);
    assert.deepEqual(await status('online'), [{ status: 'available', campaign_ref: null, ref: '1002' }]);
    assert.deepEqual(await status('Offline'), [{ status: 'offline', campaign_ref: null, ref: '1002' }]);
    for (const word of ['pause', 'break_out', 'constructor']) assert.deepEqual(await status(word), []);
  });

  it('has a status once per event', async () => {
    const keyOf = async (fields: object) =>
      ((await say('agent_status', { status: 'online', ...fields }))[0] as Message).once;
    const timestamp = '1782900000000';
    const once = await keyOf({ timestamp });
    assert.deepEqual([once.words[0], once.seconds], ['status', 600]);
    assert.deepEqual(await keyOf({ timestamp }), once);
    assert.notDeepEqual(await keyOf({ timestamp: '1782900000001' }), once);
    const words = ((await say('bridged')) as Message[]).map((said) => JSON.stringify(said.once.words));
    assert.equal(new Set(words).size, words.length);
  });

  it('is not silenced by a status with a timestamp in the future: it counts as one without', async () => {
    for (const [timestamp, at] of [
      ['1782900300100', 1782900300100],
      ['1782900300101', undefined],
    ] as const) {
      const [said] = (await say('agent_status', { status: 'online', timestamp })) as Message[];
      assert.equal(said?.newest?.at, at);
    }
  });

  it('has a status that carries its time, but for the team hook', async () => {
    const [, busy] = (await say('bridged')) as Message[];
    assert.deepEqual(busy?.newest, { subject: ['agent', 'default', '1003'], at: 1782900034700 });
    const [available] = (await say('agent_status', { status: 'online' })) as Message[];
    assert.equal(available?.newest, undefined);
  });
});
