// How dialects write in JSON what is known: exact identifiers, whole seconds, and nothing for what is unknown.

type Stated<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
export const stated = <T extends object>(fields: T): Stated<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Stated<T>;

/** An identifier as clients that count on numbers want it: a number where a double holds it, else its exact text. */
export function writeId<T extends string | undefined>(identifier: T): number | string | Extract<T, undefined>;
export function writeId(identifier: string | undefined): number | string | undefined {
  const number = Number(identifier);
  return Number.isSafeInteger(number) && String(number) === identifier ? number : identifier;
}

/** Whole seconds from one time to another, both epoch milliseconds; never negative, clocks differ. */
export const wholeSeconds = (from: number, to: number): number => Math.max(0, Math.floor((to - from) / 1000));
