import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nameMarker } from '../../lib/redis/keys.ts';

const place = (scope: readonly string[], id: string) => JSON.stringify(nameMarker('l', scope, id));

describe('the marker of a delivered CDR', () => {
  it('of a Webitel attempt is where it always was', () => {
    assert.deepEqual(nameMarker('l', ['acme'], '1025'), { key: '{l}:seen:acme:2', member: '1' });
    assert.deepEqual(nameMarker('l', ['acme'], '-1'), { key: '{l}:seen:acme:-1', member: '511' });
  });

  it('is its own for each attempt of each scope, whatever the identifiers are', () => {
    const id = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      fc.constantFrom('007', '7', '-0', '0', `${2n ** 63n}`, 'id:1', '1:1'),
      fc.string({ minLength: 1 }),
    );
    const scope = fc.oneof(
      fc.constant(['t']),
      fc.tuple(fc.constant('t'), fc.constantFrom('cloudevents:a', 'cloudevents:a:1')),
    );
    fc.assert(
      fc.property(scope, id, scope, id, (s1, id1, s2, id2) => {
        const same = JSON.stringify([s1, id1]) === JSON.stringify([s2, id2]);
        assert.equal(place(s1, id1) === place(s2, id2), same);
      }),
    );
  });
});
