// What comes from outside has no effect on a terminal or a log.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bounded, printable } from '../lib/printable.ts';

describe('a printable text', () => {
  it('has every control character and every change of direction as an escape', () => {
    const codes = [
      ...Array.from({ length: 0x20 }, (_, code) => code),
      ...Array.from({ length: 0x21 }, (_, code) => 0x7f + code),
      ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
    ];
    for (const code of codes) {
      const escaped = `\\u${code.toString(16).padStart(4, '0')}`;
      assert.equal(printable(`a${String.fromCharCode(code)}b`), `a${escaped}b`);
    }
    assert.equal(printable('Оленá 漢字 😀 ~'), 'Оленá 漢字 😀 ~');
  });

  it('of JSON is the same JSON', () => {
    const value = { '\u009b31m': ['\u001b[2J', '\u202e', '\n"\\'] };
    assert.deepEqual(JSON.parse(printable(JSON.stringify(value))), value);
  });
});

describe('a bounded text', () => {
  it('is cut between characters, with an ellipsis', () => {
    assert.equal(bounded('abc', 3), 'abc');
    assert.equal(bounded('😀😀😀😀', 3), '😀😀…');
  });
});
