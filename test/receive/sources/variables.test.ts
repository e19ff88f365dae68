import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejected } from '../../../lib/errors.ts';
import { splitVariables } from '../../../lib/receive/sources/variables.ts';

const split = (fields: Record<string, unknown>) => splitVariables(fields, new Set(['channel']), ['event']);

describe('what a hook carries', () => {
  it('is a known field, consumed, or a variable as it came, whatever its name', () => {
    const fields = JSON.parse('{"channel":"call","event":"x","__proto__":{"a":1},"toString":2}');
    const { given, variables } = split(fields);
    assert.deepEqual(given, { channel: 'call' });
    assert.deepEqual(Object.entries(variables), [
      ['__proto__', { a: 1 }],
      ['toString', 2],
    ]);
  });

  it('is rejected beyond a depth of 64, without the name of the variable', () => {
    const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    assert.ok(split({ olena: nested(64) }));
    assert.throws(
      () => split({ olena: nested(66) }),
      (error) => error instanceof Rejected && !JSON.stringify(error.problems).includes('olena'),
    );
  });
});
