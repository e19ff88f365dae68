// Tables of many tenants: within 80 columns, and with each row known from the others.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedTable } from '../../ops/output.ts';

const rows = (names: readonly string[]) =>
  names.map((stack) => ({ stack, content: 'c0ffee00', result: 'unchanged', door: 'canary heard' }));
const shown = (names: readonly string[]) => {
  const [, ...lines] = namedTable(rows(names)).split('\n');
  return lines.map((line) => line.split(' ')[0]);
};

describe('a table with names', () => {
  it('leaves those that fit as they are', () => {
    const names = ['hookline-prod--acme', 'hookline-prod--bolt'];
    assert.deepEqual(shown(names), names);
    assert.equal(
      namedTable(rows(['acme'])),
      'stack  content   result     door\nacme   c0ffee00  unchanged  canary heard',
    );
    assert.equal(namedTable([]), '');
  });

  it('of two hundred that begin and end alike shows where they differ, in 80 columns', () => {
    const names = Array.from(
      { length: 200 },
      (_, number) => `hookline-production--customer-${String(number).padStart(3, '0')}-of-the-large-fleet`,
    );
    const [first = ''] = shown(names);
    assert.match(first, /^…000-of-/);
    assert.equal(new Set(shown(names)).size, 200);
    for (const line of namedTable(rows(names)).split('\n')) assert.ok(line.length <= 80, line);
  });

  it('cuts a single long one in its middle, and begins no name within a word', () => {
    assert.match(shown([`hookline-prod--${'a'.repeat(40)}z`])[0] ?? '', /^hookline-prod--a+…a+z$/);
    const [one] = shown([
      `hookline-prod--customer-${'a'.repeat(30)}`,
      `hookline-prod--client-${'b'.repeat(30)}`,
    ]);
    assert.match(one ?? '', /^…customer-/);
  });

  it('rather takes more columns than that two rows look the same', () => {
    const names = ['1', '2'].map((middle) => `x${'a'.repeat(30)}${middle}${'b'.repeat(40)}`);
    assert.deepEqual(shown([...names, 'y']), [...names, 'y']);
  });
});
