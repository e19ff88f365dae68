import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findQ850, lifecycleMessage, writeMessage } from '../../lib/publish/lifecycle.ts';
import { exampleEvent } from '../support/dialect-suite.ts';

describe('the message of an event', () => {
  it('goes to the channel of its queue, or to that of all queues, and has all its fields', async () => {
    const event = await exampleEvent('leaving');
    const { channel, message, once } = lifecycleMessage('base', event, false);
    assert.equal(channel, 'base:queues:42');
    const { type, payload } = JSON.parse(message);
    assert.deepEqual([type, payload.ref, payload.end_code, 'late' in payload], ['leaving', '42', 16, false]);
    assert.equal(payload.attempt_id, event.attempt_id);
    assert.deepEqual(once.words, [event.id]);
    assert.equal(lifecycleMessage('base', { ...event, queue_id: undefined }, false).channel, 'base:queues');
  });

  it('says that it is late', async () => {
    const { message } = lifecycleMessage('base', await exampleEvent('joined'), true);
    assert.equal(JSON.parse(message).payload.late, true);
  });

  it('is JSON, too, with nothing added', async () => {
    const event = await exampleEvent('joined');
    assert.deepEqual(
      JSON.parse(writeMessage('joined', event, {})).payload,
      JSON.parse(JSON.stringify(event)),
    );
  });
});

describe('the Q.850 number of a cause', () => {
  it('is one of 1 to 127', () => {
    assert.deepEqual(
      ['USER_BUSY', 'INTERWORKING', 'NONE', 'ORIGINATOR_CANCEL', 'else', undefined].map(findQ850),
      [17, 127, undefined, undefined, undefined, undefined],
    );
  });
});
