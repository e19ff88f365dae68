import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Rejected } from '../../lib/errors.ts';
import { readBody } from '../../lib/receive/body.ts';

const read = (text: string) => readBody(Buffer.from(text));
const refused = (refusal: string) => (error: unknown) =>
  error instanceof Rejected && error.refusal === refusal;

describe('a body is read by its looks', () => {
  it('is JSON when it begins with a brace, after blanks and a byte order mark', () => {
    assert.deepEqual(read('\ufeff \n{"a":"1"}'), { a: '1' });
  });

  it('is a form when it holds an equals sign', () => {
    assert.deepEqual(read('a=1&b=x%20y+z&c='), { a: '1', b: 'x y z', c: '' });
  });

  it('is refused as unreadable when it is neither', () => {
    for (const text of ['', '   ', 'hello', '[]', '[{"a":1}]', '{"a":', '{"agent_id": ,}', '{a=1}']) {
      assert.throws(() => read(text), refused('unreadable'), text);
    }
  });

  it('keeps going where bytes are no UTF-8: they become replacement characters', () => {
    assert.deepEqual(readBody(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])), {
      a: '\ufffd',
    });
  });

  it('takes the last of two equal keys', () => {
    assert.deepEqual(read('{"a":1,"a":2}'), { a: 2 });
    assert.deepEqual(read('a=1&a=2'), { a: '2' });
  });
});

describe('numbers', () => {
  it('stay numbers when a double holds them', () => {
    assert.deepEqual(read('{"a":12,"b":1.50,"c":-0.0,"d":1e3,"e":9007199254740992,"f":0.1}'), {
      a: 12,
      b: 1.5,
      c: -0,
      d: 1000,
      e: 9007199254740992,
      f: 0.1,
    });
  });

  it('become their exact text when it does not', () => {
    assert.deepEqual(
      read(
        '{"a":9007199254740993,"b":-9223372036854775808,"c":1e400,"d":0.1000000000000000055,"e":[12345678901234567890]}',
      ),
      {
        a: '9007199254740993',
        // 2^63 is a double, but JSON would print it as …776000.
        b: '-9223372036854775808',
        c: '1e400',
        d: '0.1000000000000000055',
        e: ['12345678901234567890'],
      },
    );
  });

  it('of any 64 bits stay exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
        const value = read(`{"a":${id}}`)['a'];
        // As it will be printed: a double may print digits that it doesn't quite hold.
        assert.equal(String(value), String(id));
      }),
    );
  });

  it('of up to 15 digits and two of an exponent need no closer look: they are doubles', () => {
    const short = fc.tuple(fc.integer({ min: -1e15 + 1, max: 1e15 - 1 }), fc.integer({ min: -99, max: 99 }));
    fc.assert(
      fc.property(short, ([digits, exponent]) => {
        const text = `${digits}e${exponent}`;
        assert.equal(typeof read(`{"a":${text}}`)['a'], 'number', text);
      }),
    );
  });

  it('of any double stay that double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = JSON.stringify({ a: number });
        assert.equal(Number(read(text)['a']), JSON.parse(text).a);
      }),
    );
  });
});

describe('a number of any length', () => {
  it('is read in no time', () => {
    for (const digits of [`1${'0'.repeat(250_000)}1`, '1'.repeat(250_000), `0.${'0'.repeat(250_000)}1`]) {
      assert.equal(read(`{"a":${digits}}`)['a'], digits);
    }
  });
});

describe('nesting', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  it('is read as long as the parser can', () => {
    assert.ok(Array.isArray(read(nested(64))['a']));
  });

  it('beyond is refused, and an array is no object however deep it is', () => {
    assert.throws(() => read(nested(100_000).replace('[]', '[1e400]')), refused('invalid'));
    assert.throws(() => read('['.repeat(100_000)), refused('unreadable'));
  });
});

describe('any JSON object', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (fields) => {
        const text = JSON.stringify(fields);
        assert.deepEqual(JSON.stringify(read(text)), JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});
