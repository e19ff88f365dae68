// The kinds of field that an event has: each takes what any body form delivers ("12", 12, "", null) and gives one type.

/** How a field is read. `read` answers undefined for what it can't take; `cure` then says what it wants. */
export type Field<T> = { readonly read: (value: unknown) => T | undefined; readonly cure: string };

/** No key, `""` and null are the same: absent. */
export const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

/** Any text; numbers and booleans become theirs. */
export const text: Field<string> = {
  read: (value) => {
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  },
  cure: 'must be text',
};

/** Most identifiers are written as they are kept. */
const PLAIN = /^(?:0|[1-9]\d{0,17})$/;
// No 64 bits are longer: a longer text isn't worth its conversion.
const INTEGER = /^[+-]?\d{1,40}$/;
const INT64 = 2n ** 63n;

/** An integer of up to 64 bits, as its exact decimal string: never through a float. */
export const identifier: Field<string> = {
  read: (value) => {
    if (typeof value === 'string' && PLAIN.test(value)) return value;
    // A number comes here only when its text is exact.
    const digits = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
    if (!INTEGER.test(digits)) return decimal(value, Number.isSafeInteger)?.toString();
    const exact = BigInt(digits);
    return exact >= -INT64 && exact < INT64 ? exact.toString() : undefined;
  },
  cure: 'must be a whole number of up to 64 bits, such as "918273"',
};

/** A whole number: a count, a code, or epoch milliseconds. */
export const whole: Field<number> = {
  read: (value) => decimal(value, Number.isSafeInteger),
  cure: 'must be a whole number, such as "12"',
};

/** Seconds, whole or decimal. */
export const seconds: Field<number> = {
  read: (value) => decimal(value, Number.isFinite),
  cure: 'must be a number of seconds, such as "12"',
};

export const truth: Field<boolean> = {
  read: (value) => {
    const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
    if (word === true || word === 'true') return true;
    return word === false || word === 'false' ? false : undefined;
  },
  cure: 'must be true or false',
};

/** One of these words. */
export const oneOf = <const W extends string>(...words: readonly W[]): Field<W> => ({
  read: (value) => words.find((word) => word === value),
  cure: `must be ${words.join(' or ')}`,
});

/** A JSON object, as it came. */
export const record: Field<Readonly<Record<string, unknown>>> = {
  read: (value) => (isRecord(value) ? value : undefined),
  cure: 'must be an object',
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

function decimal(value: unknown, good: (number: number) => boolean): number | undefined {
  const number = typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && good(number) ? number : undefined;
}
