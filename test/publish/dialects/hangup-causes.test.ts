import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hangupCauses } from '../../../lib/publish/dialects/hangup-causes.ts';

describe('the causes of a hang-up', () => {
  it('have the numbers of the table, each a whole one', () => {
    assert.deepEqual(
      [
        'NORMAL_CLEARING',
        'USER_BUSY',
        'NO_ANSWER',
        'RECOVERY_ON_TIMER_EXPIRE',
        'ORIGINATOR_CANCEL',
        'LOSE_RACE',
      ].map((name) => hangupCauses.get(name)),
      [16, 17, 19, 102, 487, 702],
    );
    for (const [name, number] of hangupCauses) assert.ok(Number.isInteger(number) && number >= 0, name);
  });

  it('are none for another name, such as one that every object has', () => {
    for (const name of ['', 'constructor', 'normal_clearing'])
      assert.equal(hangupCauses.get(name), undefined);
  });
});
