import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stated, wholeSeconds, writeId } from '../../../lib/publish/dialects/json-fields.ts';

describe('what is written in JSON', () => {
  it('is only what is known', () => {
    assert.deepEqual(Object.keys(stated({ a: 1, b: undefined, c: null, d: '' })), ['a', 'c', 'd']);
  });

  it('is a number for an identifier that a double holds, else its exact text', () => {
    assert.deepEqual(['42', '-1', '9007199254740993', '007', 'a1', '', undefined].map(writeId), [
      42,
      -1,
      '9007199254740993',
      '007',
      'a1',
      '',
      undefined,
    ]);
  });

  it('has whole seconds that are never negative', () => {
    assert.deepEqual([wholeSeconds(0, 1_999), wholeSeconds(5_000, 0)], [1, 0]);
  });
});
