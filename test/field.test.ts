import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod/mini';
import {
  int64,
  isAbsent,
  isInt64,
  isRecord,
  opaqueId,
  seconds,
  text,
  truth,
  whole,
  word,
} from '../lib/field.ts';

const kinds = { text, word, opaqueId, int64, whole, seconds, truth };
type KindName = keyof typeof kinds;

const read = (name: KindName, value: unknown) => kinds[name]().required.safeParse(value);
const kept = (name: KindName, value: unknown) => {
  const { success, data } = read(name, value);
  assert.ok(success, `${name} ${String(value)}`);
  return data;
};
const refusal = (name: KindName, value: unknown) => {
  const { success, error } = read(name, value);
  assert.ok(!success, `${name} ${String(value)}`);
  return error.issues.map(({ message }) => message);
};

describe('a kind of field', () => {
  it('takes every form in which a body may have it', () => {
    const cases: [KindName, unknown, unknown][] = [
      ['text', 12, '12'],
      ['text', true, 'true'],
      ['text', ' x ', ' x '],
      ['word', 'ONLINE', 'online'],
      ['opaqueId', 7, '7'],
      ['opaqueId', 'a-b', 'a-b'],
      ['int64', ' 007 ', '7'],
      ['int64', '+7', '7'],
      ['int64', '12.0', '12'],
      ['int64', '9223372036854775807', '9223372036854775807'],
      ['int64', '-9223372036854775808', '-9223372036854775808'],
      ['whole', '12', 12],
      ['whole', '1e3', 1000],
      ['seconds', '12.5', 12.5],
      ['seconds', '.5', 0.5],
      ['truth', 'TRUE', true],
      ['truth', false, false],
    ];
    for (const [name, value, result] of cases) assert.equal(kept(name, value), result, `${name} ${value}`);
  });

  it('refuses what it cannot take, with the remedy', () => {
    for (const value of ['x', '12.5', '9223372036854775808', {}, [], true])
      assert.deepEqual(refusal('int64', value), [
        'must be a whole number of up to 64 bits, such as "918273"',
      ]);
    for (const value of ['12.5', 'x', '0x10', '1e400', {}])
      assert.deepEqual(refusal('whole', value), ['must be a whole number, such as "12"']);
    for (const value of ['soon', 'Infinity', true, []])
      assert.deepEqual(refusal('seconds', value), ['must be a number of seconds, such as "12"']);
    assert.deepEqual(refusal('truth', 'maybe'), ['must be true or false']);
    assert.deepEqual(refusal('text', {}), ['must be text']);
  });

  it('is missing when it is required and absent, and undefined when it is optional', () => {
    for (const name of Object.keys(kinds) as KindName[]) {
      for (const absent of ['', null, undefined]) {
        assert.ok(isAbsent(absent));
        assert.deepEqual(refusal(name, absent), ['is missing']);
        assert.deepEqual(kinds[name]().optional.safeParse(absent), { success: true, data: undefined });
      }
    }
  });

  it('reads again what it has read, and it stays the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(kinds) as KindName[])), fc.jsonValue(), (name, value) => {
        const once = read(name, value);
        if (once.success) assert.equal(kept(name, once.data), once.data);
      }),
    );
  });

  it('has a JSON Schema for what may be posted and one for what is kept', () => {
    for (const kind of Object.values(kinds)) {
      for (const io of ['input', 'output'] as const) assert.ok(z.toJSONSchema(kind().required, { io }));
    }
    assert.deepEqual(z.toJSONSchema(whole().required, { io: 'output' })['type'], 'integer');
  });
});

describe('an integer of 64 bits', () => {
  it('is known by the one form in which it is kept', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => isInt64(`${id}`)));
    for (const other of ['', '007', '-0', '+1', '1.0', `${2n ** 63n}`, `${-(2n ** 63n) - 1n}`, '1 ', 'x'])
      assert.equal(isInt64(other), false, other);
  });
});

describe('a record', () => {
  it('is an object that is neither null nor a list', () => {
    assert.deepEqual([{}, [], null, 'x', undefined].map(isRecord), [true, false, false, false, false]);
  });
});
