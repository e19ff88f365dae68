import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejected, refusals } from '../lib/errors.ts';

describe('a refusal', () => {
  it('has a status of its own kind and a title', () => {
    for (const { status, title } of Object.values(refusals)) {
      assert.ok(status >= 400 && status < 600);
      assert.notEqual(title, '');
    }
  });

  it('is thrown with its problems, and keeps the cause', () => {
    const cause = new Error('inner');
    const rejected = new Rejected('invalid', 'why', [{ path: 'a', message: 'b' }], { cause });
    assert.deepEqual([rejected.name, rejected.message, rejected.cause], ['Rejected', 'why', cause]);
    assert.deepEqual(rejected.problems, [{ path: 'a', message: 'b' }]);
  });
});
