// The kinds of field that a hook has, as zod schemas: each takes what any body form delivers ("12", 12, "", null) on its
// input side and has one type on its output side, so that JSON Schema can be made of either.
import * as z from 'zod/mini';

/** The message of a required field that is absent. */
export const MISSING = 'is missing';

/** No key, `""` and null are the same: absent. */
export const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Message = (issue: { readonly input?: unknown }) => string;

type Kind<Given, Kept> = {
  readonly required: z.ZodMiniType<Kept, Given>;
  readonly optional: z.ZodMiniOptional<z.ZodMiniType<Kept | undefined, Given | '' | null>>;
};

/**
 * A kind of field, to be required or optional.
 * @param given what may be posted, with the message for what may not; `kept` what it becomes
 * @param remedy what to post instead, for whoever posted something else
 * @param read answers undefined for what it cannot take
 */
function kind<Given, Kept>(
  given: (error: Message) => z.ZodMiniType<Given, Given>,
  kept: z.ZodMiniType<Kept, Kept>,
  remedy: string,
  read: (value: Given) => Kept | undefined,
): Kind<Given, Kept> {
  const error: Message = ({ input }) => (isAbsent(input) ? MISSING : remedy);
  const take = (value: Given, context: z.core.ParsePayload): Kept => {
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: remedy, input: undefined });
    return z.NEVER;
  };
  const takeAny = transform<Given | '' | null, Kept | undefined>((value, context) =>
    value === '' || value === null ? undefined : take(value, context),
  );
  return {
    required: z.pipe(given(error), z.pipe(transform(take), kept)),
    optional: z.optional(
      z.pipe(z.union([z.literal(''), z.null(), given(error)], { error }), z.pipe(takeAny, z.optional(kept))),
    ),
  };
}

/** No field is a promise, which the type of zod's own allows for. */
const transform = <Given, Kept>(read: (value: Given, context: z.core.ParsePayload) => Kept) =>
  z.transform(read) as z.ZodMiniType<Kept, Given>;

/** A number as text, in any notation, blanks around it. Without flags: JSON Schema has none. */
const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const TRUTH = /^\s*(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\s*$/;

const anyText = (error: Message) => z.string({ error }).check(z.minLength(1, { error }));

const decimalText = (error: Message) => z.string({ error }).check(z.regex(DECIMAL, { error }));

/** Any text; numbers and booleans become theirs. */
export const text = () =>
  kind(
    (error) => z.union([anyText(error), z.number(), z.boolean()], { error }),
    z.string(),
    'must be text',
    String,
  );

/** Text of which the case says nothing, in lower case. */
export const word = () =>
  kind(
    (error) => z.union([anyText(error), z.number()], { error }),
    z.string(),
    'must be text',
    (value) => String(value).toLowerCase(),
  );

/** An identifier of any form: text, or a number, which becomes its text. */
export const opaqueId = () =>
  kind((error) => z.union([anyText(error), z.number()], { error }), z.string(), 'must be text', String);

const INT64_TEXT = /^(?:0|-?[1-9]\d{0,18})$/;
const INT64 = 2n ** 63n;

/** Is a text an integer of up to 64 bits, in the one form in which it is kept? */
export const isInt64 = (value: string): boolean =>
  INT64_TEXT.test(value) && (value.length < 19 || BigInt.asIntN(64, BigInt(value)).toString() === value);

// No 64 bits are longer: a longer text isn't worth its conversion.
const INTEGER = /^[+-]?\d{1,40}$/;

/** An integer of up to 64 bits, as its exact decimal string: never through a float. */
export const int64 = () =>
  kind(
    (error) => z.union([decimalText(error), z.number()], { error }),
    z.string().check(z.regex(INT64_TEXT)),
    'must be a whole number of up to 64 bits, such as "918273"',
    (value) => {
      // A number comes here only when its text is exact.
      const digits = String(value).trim();
      if (!INTEGER.test(digits)) return decimal(value, Number.isSafeInteger)?.toString();
      const exact = BigInt(digits);
      return exact >= -INT64 && exact < INT64 ? exact.toString() : undefined;
    },
  );

/** A whole number: a count, a code, or epoch milliseconds. */
export const whole = () =>
  kind(
    (error) => z.union([decimalText(error), z.number()], { error }),
    z.int(),
    'must be a whole number, such as "12"',
    (value) => decimal(value, Number.isSafeInteger),
  );

/** Seconds, whole or decimal. */
export const seconds = () =>
  kind(
    (error) => z.union([decimalText(error), z.number()], { error }),
    z.number(),
    'must be a number of seconds, such as "12"',
    (value) => decimal(value, Number.isFinite),
  );

/** True or false, as a word of any case, too. */
export const truth = () =>
  kind(
    (error) => z.union([z.string({ error }).check(z.regex(TRUTH, { error })), z.boolean()], { error }),
    z.boolean(),
    'must be true or false',
    (value) => {
      const word = String(value).trim().toLowerCase();
      return word === 'true' ? true : word === 'false' ? false : undefined;
    },
  );

function decimal(value: string | number, good: (number: number) => boolean): number | undefined {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  return typeof number === 'number' && good(number) ? number : undefined;
}
