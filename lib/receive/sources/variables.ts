// What a hook carries beside the fields that are known.
import { Rejected } from '../../errors.ts';

const DEEPEST = 64;

/** The known fields, and every other as a variable, but for those that are consumed. Throws Rejected. */
export function splitVariables(
  fields: Record<string, unknown>,
  known: ReadonlySet<string>,
  consumed: readonly string[],
): { readonly given: Record<string, unknown>; readonly variables: Record<string, unknown> } {
  const given: [string, unknown][] = [];
  const rest: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (known.has(name)) given.push([name, value]);
    else if (!consumed.includes(name)) rest.push([name, value]);
  }
  // By entries, which make own properties of all names: __proto__, too.
  const variables = Object.fromEntries(rest);
  if (isDeeper(DEEPEST, variables)) throw tooDeep();
  return { given: Object.fromEntries(given), variables };
}

/** Parsers of many a client give up beyond. */
const isDeeper = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels < 0 || Object.values(value).some((inner) => isDeeper(levels - 1, inner)));

// Not by its name: what isn't ours to know may be a person's.
const tooDeep = () =>
  new Rejected('invalid', 'A variable is nested too deeply', [
    { path: 'variables', message: `must not be nested deeper than ${DEEPEST} levels` },
  ]);
