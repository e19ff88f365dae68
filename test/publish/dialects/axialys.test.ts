import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { axialys, makeUpdate } from '../../../lib/publish/dialects/axialys.ts';
import { speak } from '../../../lib/publish/dialects/dialect.ts';
import { dialectSuite, exampleEvent } from '../../support/dialect-suite.ts';

const known = { idClient: 3 };
dialectSuite('axialys', axialys, { known, golden: (said) => said });

const say = async (name: string, fields: object = {}) =>
  speak(axialys, await exampleEvent(name, fields), known);
const messages = async (name: string, fields: object = {}) => (await say(name, fields)).map(({ msg }) => msg);
const kinds = async (name: string, fields: object = {}) =>
  (await say(name, fields)).map(
    ({ type_notification, event, msg }) => `${type_notification}/${event} ${msg.status ?? ''}`,
  );

const noTimes = { joined_at: '', bridged_at: '', call_duration: '' };

describe('a supervision stream', () => {
  it('has a call that joins as insert_call, just come', async () => {
    assert.deepEqual(await say('joined'), [
      {
        type_notification: 'queue',
        event: 'insert_call',
        msg: {
          call_duration: 12,
          caller_id_num: '380671112233',
          id_queue: 42,
          id_call: 918273,
          duration_in_queue: 0,
          id_client: 3,
        },
      },
    ]);
  });

  it('has an offering as a ringing operator, of any channel', async () => {
    const [said] = await say('offering');
    assert.deepEqual(said, {
      type_notification: 'operator',
      event: 'status',
      msg: {
        status: 'ringing',
        call_duration: 20,
        caller_id_num: '380671112233',
        id_queue: 42,
        id_call: 918273,
        id_operator: 101,
        id_client: 3,
      },
    });
    for (const name of ['chat-offering', 'task-offering', 'predictive-offering'])
      assert.deepEqual(await kinds(name), ['operator/status ringing']);
  });

  it('has active as a calling operator, and answered, its other name, too', async () => {
    for (const name of ['active', 'answered'])
      assert.deepEqual(await kinds(name), ['operator/status calling']);
  });

  it('has bridged as connect_call, then as a connected operator', async () => {
    assert.deepEqual(await kinds('bridged'), ['queue/connect_call connected', 'operator/status connected']);
    const [connect] = await messages('bridged');
    assert.deepEqual(connect, {
      status: 'connected',
      call_duration: 46,
      caller_id_num: '380671112233',
      id_queue: 42,
      id_call: 918273,
      duration_in_queue: 34.7,
      id_operator: 102,
      id_client: 3,
    });
  });

  it('has leaving as delete_call with the ids alone', async () => {
    assert.deepEqual(await say('leaving'), [
      {
        type_notification: 'queue',
        event: 'delete_call',
        msg: { id_queue: 42, id_call: 918273, id_client: 3 },
      },
    ]);
  });

  it('has an agent who comes, goes, pauses or takes a break, in any case', async () => {
    for (const [status, event] of [
      ['online', 'login'],
      ['offline', 'logout'],
      ['pause', 'pause'],
      ['break_out', 'pause'],
    ] as const) {
      const expected = (supp: string) => [
        { type_notification: 'UI', event, msg: { supp, id_operator: 101, id_client: 3 } },
      ];
      assert.deepEqual(await say(`agent_status-${status}`), expected(''));
      assert.deepEqual(await say('agent_status', { status: status.toUpperCase() }), expected('Lunch'));
    }
    for (const status of ['constructor', 'away']) assert.deepEqual(await say('agent_status', { status }), []);
  });

  it('has an operator as available after missed and leaving, when the last team status is online', async () => {
    const available = {
      type_notification: 'operator',
      event: 'status',
      msg: { status: 'available', id_operator: 102, id_client: 3 },
    };
    for (const [name, count] of [
      ['missed', 1],
      ['leaving', 2],
    ] as const) {
      const event = { ...(await exampleEvent(name)), agent_id: '102' };
      const after = (status: string) => speak(axialys, event, { ...known, team: { status } });
      assert.deepEqual(after('online').slice(count - 1), [available]);
      for (const status of ['pause', 'break_out', 'offline'])
        assert.equal(after(status).length, count - 1, status);
    }
  });

  it('has nothing of missed where no team status is known, nor of processing', async () => {
    for (const name of ['missed', 'processing']) assert.deepEqual(await say(name), []);
  });

  it('has no chat, task or expired member in a queue', async () => {
    for (const name of ['chat-joined', 'chat-leaving', 'expired-leaving'])
      assert.deepEqual(await say(name), []);
    for (const name of ['chat-bridged', 'task-bridged'])
      assert.deepEqual(await kinds(name), ['operator/status connected']);
  });

  it('has no operator without an agent', async () => {
    const nobody = { agent_id: '' };
    for (const name of ['offering', 'active', 'answered']) assert.deepEqual(await say(name, nobody), []);
    assert.deepEqual(await kinds('bridged', nobody), ['queue/connect_call connected']);
    const [connect] = await messages('bridged', nobody);
    assert.ok(connect && !('id_operator' in connect));
  });
});

describe('a field', () => {
  it('that is an identifier is a number where a double holds it, else its exact text', async () => {
    const ids = async (attempt_id: string) => (await messages('leaving', { attempt_id }))[0]?.id_call;
    assert.equal(await ids('9007199254740991'), 9007199254740991);
    assert.equal(await ids('9007199254740993'), '9007199254740993');
    assert.equal(await ids('-9007199254740993'), '-9007199254740993');
    assert.equal(await ids('-17137'), -17137);
  });

  it('duration_in_queue is there when both times are, and is never negative', async () => {
    const waited = async (fields: object) => (await messages('bridged', fields))[0]?.duration_in_queue;
    assert.equal(await waited({ bridged_at: '1782900002000' }), 2);
    assert.equal(await waited({ bridged_at: '1782899999000' }), 0);
    assert.equal(await waited({ joined_at: '' }), undefined);
    assert.equal(await waited({ bridged_at: '' }), undefined);
  });

  it('that is unknown is left out', async () => {
    const [connect] = await messages('bridged', { ...noTimes, destination: '', queue_id: '' });
    assert.deepEqual(Object.keys(connect ?? {}).sort(), ['id_call', 'id_client', 'id_operator', 'status']);
  });

  it('id_client is as configured, or not there', async () => {
    const event = await exampleEvent('leaving');
    const client = (idClient?: string) =>
      speak(axialys, event, idClient === undefined ? {} : { idClient })[0]?.msg;
    assert.equal(client('164645')?.id_client, '164645');
    assert.ok(!('id_client' in (client() ?? {})));
  });
});

describe('an update', () => {
  it('has whole Unix seconds, whole seconds since the event, the number and the event', async () => {
    const [event] = await say('joined');
    assert.ok(event);
    const at = 1782900000015;
    const update = makeUpdate(event, { cpt: 2297, at, now: 1782900003014 });
    assert.deepEqual(update, { ts: 1782900003, elapse: 2, cpt: 2297, event });
  });

  it('of an event of the future is not before it', async () => {
    const [event] = await say('joined');
    assert.ok(event);
    assert.equal(makeUpdate(event, { cpt: 1, at: 2_000, now: 999 }).elapse, 0);
  });
});
