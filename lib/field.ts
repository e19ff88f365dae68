// The kinds of field that a hook has: each takes what any body form delivers ("12", 12, "", null) and gives one type.
import * as z from 'zod/mini';

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
// No 64 bits are longer: a longer text isn't worth its conversion.
const INTEGER = /^[+-]?\d{1,40}$/;
const INT64 = 2n ** 63n;

/** A field that may be absent: no key, `""` and null are the same. `read` answers undefined for what it can't take. */
const field = <T>(read: (value: unknown) => T | undefined, cure: string) =>
  z.optional(
    z.transform((value: unknown, context): T | undefined => {
      if (value === undefined || value === null || value === '') return undefined;
      const taken = read(value);
      if (taken === undefined) context.issues.push({ code: 'custom', message: cure, input: value });
      return taken;
    }),
  );

/** The same field where it must be there. */
export const required = <T>(optional: z.ZodMiniType<T | undefined>) =>
  z.pipe(
    optional,
    z.transform((value: T | undefined, context): T => {
      if (value !== undefined) return value;
      context.issues.push({
        code: 'custom',
        message: 'is missing: map it in the data of the flow',
        input: value,
      });
      return z.NEVER;
    }),
  );

/** Any text; numbers and booleans become theirs. */
export const text = field((value) => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}, 'must be text');

/** An integer of up to 64 bits, as its exact decimal string: never through a float. */
export const identifier = field((value) => {
  // A number comes here only when its text is exact.
  const digits = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (!INTEGER.test(digits)) return decimal(value, Number.isSafeInteger)?.toString();
  const exact = BigInt(digits);
  return exact >= -INT64 && exact < INT64 ? exact.toString() : undefined;
}, 'must be a whole number of up to 64 bits, such as "918273"');

/** A whole number: a count, a code, or epoch milliseconds. */
export const whole = field(
  (value) => decimal(value, Number.isSafeInteger),
  'must be a whole number, such as "12"',
);

/** Seconds, whole or decimal. */
export const seconds = field(
  (value) => decimal(value, Number.isFinite),
  'must be a number of seconds, such as "12"',
);

export const truth = field((value) => {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (word === true || word === 'true') return true;
  return word === false || word === 'false' ? false : undefined;
}, 'must be true or false');

function decimal(value: unknown, good: (number: number) => boolean): number | undefined {
  const number = typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && good(number) ? number : undefined;
}
