// What is remembered of a hook.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noteHook } from '../../lib/publish/call.ts';
import { exampleEvent } from '../support/dialect-suite.ts';

describe('what is remembered of a hook', () => {
  it('is when it happened, and of which agent', async () => {
    const event = await exampleEvent('bridged');
    assert.deepEqual(noteHook(event), {
      scope: ['default'],
      attempt_id: '918273',
      name: '["default","918273"]',
      hook: {
        id: event.id.slice(0, 12),
        event: 'bridged',
        at: 1782900034700,
        agent_id: '102',
        agent_extension: '1003',
        joined_at: 1782900000000,
        bridged_at: 1782900034700,
      },
    });
  });

  it('is when the door received it, where its own clock cannot be believed', async () => {
    const { timestamp: _, ...event } = await exampleEvent('bridged');
    assert.equal(noteHook(event)?.hook.at, event.received_at);
    assert.equal(noteHook(event)?.hook.received_at, undefined);
    assert.equal(noteHook({ ...event, timestamp: event.received_at * 2 })?.hook.at, event.received_at);
  });

  it('is nothing for what is of no call, and for identifiers that would fill Redis', async () => {
    for (const name of ['chat-joined', 'task-offering', 'expired-leaving', 'agent_status'])
      assert.equal(noteHook(await exampleEvent(name)), undefined, name);
    const event = { ...(await exampleEvent('bridged')), source: 'cloudevents:/pbx' };
    assert.equal(noteHook({ ...event, attempt_id: 'a'.repeat(300) }), undefined);
    for (const agent_id of ['a'.repeat(65), 'half of a pair: \ud83d'])
      assert.equal(noteHook({ ...event, agent_id })?.hook.agent_id, undefined);
  });
});
