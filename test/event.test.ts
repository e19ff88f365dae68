import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejected } from '../lib/errors.ts';
import { eventNames, isEventName, knownFields, readEvent, readHook } from '../lib/event.ts';
import { examples } from './support/dialect-suite.ts';
import { fileText } from './support/stack.ts';

const call = { channel: 'call', attempt_id: 'a1' };
const envelope = { id: 'i', tenant: 't', received_at: 1, variables: {} };

const problems = (act: () => unknown): string[] => {
  try {
    act();
  } catch (error) {
    if (error instanceof Rejected) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
};

describe('a hook', () => {
  it('has its fields in the order in which they came, then its event', () => {
    const hook = readHook({ queue_id: '42', ...call, event: 'joined' }, 'opaque');
    assert.deepEqual(Object.keys(hook), ['queue_id', 'channel', 'attempt_id', 'event']);
  });

  it('has identifiers of 64 bits, or of any form, as its source says', () => {
    assert.deepEqual(
      problems(() => readHook({ ...call, event: 'joined' }, 'int64')),
      ['attempt_id'],
    );
    assert.equal(readHook({ ...call, event: 'joined' }, 'opaque').attempt_id, 'a1');
  });

  it('knows the fields of its event alone', () => {
    for (const event of eventNames) {
      assert.equal(knownFields(event).has('status_payload'), event === 'agent_status', event);
      assert.ok(knownFields(event).has('attempt_id'), event);
    }
  });

  it('of a member who expired before any attempt needs neither attempt nor channel', () => {
    for (const why of [{ cc_result: 'expired' }, { member_stop_cause: 'expired' }]) {
      assert.deepEqual(
        problems(() => readHook({ ...why, event: 'leaving' }, 'int64')),
        [],
      );
      assert.deepEqual(
        problems(() => readHook({ ...why, event: 'joined' }, 'int64')),
        ['channel', 'attempt_id'],
      );
    }
  });
});

describe('an event that is read back', () => {
  it('is normalised, and keeps a field that a newer version added', () => {
    const event = readEvent({ ...envelope, ...call, event: 'leaving', call_bill_sec: '5', brand_new: 1 });
    assert.equal(event.call_bill_sec, 5);
    assert.equal(Reflect.get(event, 'brand_new'), 1);
  });

  it('is rejected with each field that is wrong', () => {
    assert.deepEqual(
      problems(() => readEvent(null)),
      [''],
    );
    assert.deepEqual(
      problems(() => readEvent({ ...envelope, ...call, event: 'toString' })),
      ['event'],
    );
    assert.deepEqual(
      problems(() => readEvent({ event: 'joined' })),
      ['channel', 'attempt_id', 'id', 'tenant', 'received_at', 'variables'],
    );
  });
});

describe('an event', () => {
  it('has an example in events/webitel, and a place in the tables of README and docs/dialects.md', async () => {
    const pages = await Promise.all(['README.md', 'docs/dialects.md'].map(fileText));
    for (const event of eventNames) {
      assert.ok(examples.includes(event), `events/webitel/${event}.json is missing`);
      for (const page of pages) assert.match(page, new RegExp(`^\\|[^|]*\\b${event}\\b`, 'm'));
    }
  });
});

describe('the name of an event', () => {
  it('is one of those that are listed', () => {
    assert.ok(eventNames.every(isEventName));
    for (const other of ['expired_leaving', 'constructor', '', undefined, 1])
      assert.equal(isEventName(other), false);
  });
});
