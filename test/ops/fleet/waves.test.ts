import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inTurns, splitWaves } from '../../../ops/fleet/waves.ts';

describe('waves', () => {
  it('begin with one alone, and then have so many at a time', () => {
    assert.deepEqual(splitWaves([1, 2, 3, 4, 5, 6], 2), [[1], [2, 3], [4, 5], [6]]);
    assert.deepEqual(splitWaves([1], 5), [[1]]);
    assert.deepEqual(splitWaves([], 5), []);
  });

  it('of two hundred are forty-one by five', () => {
    const waves = splitWaves([...Array(200).keys()], 5);
    assert.equal(waves.length, 41);
    assert.deepEqual(waves.flat(), [...Array(200).keys()]);
  });
});

describe('work in turns', () => {
  it('is answered in the order of what was asked, and never more at once than allowed', async () => {
    let working = 0;
    let most = 0;
    const done = await inTurns([3, 1, 2], 2, async (item) => {
      most = Math.max(most, ++working);
      for (let rest = 0; rest < item; rest++) await Promise.resolve();
      working--;
      return item * 10;
    });
    assert.deepEqual([done, most], [[30, 10, 20], 2]);
  });
});
