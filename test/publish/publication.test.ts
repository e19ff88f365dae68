import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CdrWaits, holdGroups, isFailure, type Outcome } from '../../lib/publish/publication.ts';

describe('behind a failure', () => {
  it('the rest of its group is held, and nothing else', () => {
    const groups = ['a', 'b', 'a', 'b', 'a'];
    const outcomes: Outcome[] = [undefined, undefined, new Error('down'), undefined, undefined];
    holdGroups(
      groups.map((group) => ({ group, notifications: [] })),
      outcomes,
    );
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.message),
      [undefined, undefined, 'down', undefined, 'held'],
    );
  });

  it('that is only a CDR that waits, its group goes on', () => {
    const outcomes: Outcome[] = [new CdrWaits('FULL'), undefined];
    holdGroups(
      ['a', 'a'].map((group) => ({ group, notifications: [] })),
      outcomes,
    );
    assert.equal(outcomes[1], undefined);
    assert.deepEqual([new CdrWaits('FULL'), new Error('down'), undefined].map(isFailure), [
      false,
      true,
      false,
    ]);
  });
});
