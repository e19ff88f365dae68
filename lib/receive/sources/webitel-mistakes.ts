// What probably went wrong in a flow when a field is refused, so that the answer can name the remedy.
import { closestMatch } from 'leven';
import type { Problem } from '../../errors.ts';
import { MISSING } from '../../field.ts';

const UNFILLED = /^\s*\$*\{[^}]*\}\s*$/;
const UNFILLED_REMEDY = `is a placeholder that the flow did not fill: "data" must be an object, each value one \${variable} in quotes`;

/** A body may hold any number of names; a misspelt one is not long. */
const MOST_NAMES = 200;
const LONGEST_NAME = 40;

/**
 * The problems of a body, with a better message where a placeholder was not filled, or where a name that nobody knows
 * looks like the missing one.
 * @param given the fields that were read
 * @param unknown the names in the body that are no field's
 */
export function explain(
  problems: readonly Problem[],
  given: Readonly<Record<string, unknown>>,
  unknown: readonly string[],
): Problem[] {
  const names = unknown.filter((name) => name.length <= LONGEST_NAME).slice(0, MOST_NAMES);
  return problems.map(({ path, message }) => {
    const value = given[path];
    if (typeof value === 'string' && UNFILLED.test(value)) return { path, message: UNFILLED_REMEDY };
    if (message !== MISSING) return { path, message };
    const misspelt = nearest(path, names);
    const guess = misspelt === undefined ? '' : `; did you mean "${misspelt}"?`;
    return { path, message: `${message}: map it in the data of the flow${guess}` };
  });
}

/** The one of the names that is at most two letters away, whatever its case. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const match = closestMatch(
    name,
    names.map((candidate) => candidate.toLowerCase()),
    { maxDistance: 2 },
  );
  return names.find((candidate) => candidate.toLowerCase() === match);
}
