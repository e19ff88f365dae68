// What arguments may be.
import { InvalidArgumentError } from 'commander';

/** A whole number, not less than `least`. */
export const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`A whole number from ${least} is needed.`);
    }
    return value;
  };

export const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('A number above 0 is needed.');
  return value;
};

export const atLeastOne = (text: string): number => {
  if (positive(text) < 1) throw new InvalidArgumentError('A number from 1 is needed.');
  return Number(text);
};

/** `name=value`, collected over repeats. */
export function assignment(text: string, earlier: Record<string, string>): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It takes the form name=value.');
  return { ...earlier, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** The seed of a run, printed so that it can be run again. */
export const anySeed = (): number => Date.now() % 1_000_000;
