import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findEventTime } from '../../lib/publish/event-time.ts';

const received_at = 1782900000100;

describe('the time of an event', () => {
  it('is its timestamp, however late the door received it', () => {
    for (const timestamp of [0, received_at - 86_400_000, received_at, received_at + 300_000])
      assert.equal(findEventTime({ timestamp, received_at }), timestamp);
  });

  it('is unknown without a timestamp, and with one that is more than five minutes in the future', () => {
    assert.equal(findEventTime({ timestamp: undefined, received_at }), undefined);
    for (const timestamp of [received_at + 300_001, 4_102_444_800_000])
      assert.equal(findEventTime({ timestamp, received_at }), undefined);
  });
});
