// What is published of a call that never left.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noteHook } from '../../lib/publish/call.ts';
import { reportIncomplete } from '../../lib/publish/incomplete.ts';
import { writeMessage } from '../../lib/publish/lifecycle.ts';
import { exampleEvent } from '../support/dialect-suite.ts';

const places = { base: 'b', lists: ['b:one', 'b:two'], cdrList: 'b:campaigns' };
const name = '["default","918273"]';

describe('a call that never left', () => {
  it('is a record in each list, a message, and a call that is given up', async () => {
    const event = await exampleEvent('bridged');
    const offering = await exampleEvent('offering');
    const first = writeMessage('offering', offering, { ref: '42', late: true });
    const hooks = [noteHook(offering)?.hook, noteHook(event)?.hook].map((hook) => JSON.stringify(hook));
    const record = [first, ...hooks];
    const made = reportIncomplete({ name, record }, places, 9);
    const [one, two, message] = made.notifications;
    assert.ok(one?.kind === 'cdr' && two?.kind === 'cdr' && message?.kind === 'message');
    assert.deepEqual([one.list, two.list, one.marker], ['b:one', 'b:two', 'incomplete']);
    assert.deepEqual(message.channels, ['b:queues:42']);
    const { payload } = JSON.parse(one.message);
    assert.deepEqual(
      [payload.incomplete, payload.late, payload.bridged_at],
      [true, undefined, 1782900034700],
    );
    // The agent is the last one; of the first one's name nothing is left.
    assert.deepEqual([payload.event, payload.agent_id, payload.extension], ['bridged', '102', '1003']);
    assert.equal(payload.agent_name, undefined);
    assert.deepEqual(made.call, {
      ...{ scope: ['default'], attempt_id: '918273', name },
      hook: {
        ...{ id: payload.id, event: 'incomplete', at: 9 },
        ...{ joined_at: 1782900000000, bridged_at: 1782900034700 },
      },
      givenUp: { length: 3, cdrList: 'b:campaigns' },
    });
    // The same, whenever it is made.
    const again = reportIncomplete({ name, record: [] }, places, 10);
    assert.equal(again.call?.hook.id, payload.id);
  });

  it('is of its last agent, whatever the order in which its hooks were published', async () => {
    const [missed, bridged] = [await exampleEvent('missed'), await exampleEvent('bridged')];
    const first = writeMessage('bridged', bridged, {});
    const hooks = [noteHook(bridged)?.hook, noteHook(missed)?.hook].map((hook) => JSON.stringify(hook));
    const reported = reportIncomplete({ name, record: [first, ...hooks] }, places, 9);
    const { payload } = JSON.parse(reported.notifications[0]?.message ?? '');
    assert.deepEqual([payload.event, payload.extension], ['bridged', '1003']);
  });

  it('has what its hooks tell where its first event was too long, and what that tells where they were', async () => {
    const bridged = await exampleEvent('bridged');
    const hook = JSON.stringify(noteHook(bridged)?.hook);
    const full = '{"event":"full"}';
    for (const record of [
      ['', hook],
      [writeMessage('bridged', bridged, {}), full],
    ]) {
      const reported = reportIncomplete({ name, record }, places, 9);
      const { payload } = JSON.parse(reported.notifications[0]?.message ?? '');
      assert.deepEqual(
        [payload.event, payload.extension, payload.dialed_at],
        ['bridged', '1003', 1782900000],
      );
    }
  });

  it('is reported, too, when its first event is one that this version cannot read', () => {
    for (const first of ['{"type":"bridged","payload":{"event":"bridged"}}', 'no JSON', '[]', '']) {
      const { notifications } = reportIncomplete({ name, record: [first] }, places, 9);
      const [entry] = notifications;
      assert.equal(JSON.parse(entry?.message ?? '').payload.call_ref, '918273', first);
      assert.deepEqual(entry?.kind === 'cdr' && entry.lacking, { dialed_at: null, call_time: null });
    }
  });

  it('has a name', () => {
    for (const bad of ['[]', '{}', '1'])
      assert.throws(() => reportIncomplete({ name: bad, record: [] }, places, 9), /no call/);
  });
});
