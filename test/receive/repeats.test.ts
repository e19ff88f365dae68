import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { repeatCheck } from '../../lib/receive/repeats.ts';

describe('a repeat', () => {
  it('is known among so many ids, the newest ones', () => {
    const isRepeat = repeatCheck(2);
    assert.deepEqual(['a', 'b', 'a', 'c', 'b', 'a'].map(isRepeat), [false, false, true, false, false, false]);
  });
});
