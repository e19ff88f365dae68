// What the benchmarks send: the example payloads under ever new attempts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const examples = new Map<string, Record<string, string>>();

/** The JSON text of an example hook for another attempt, and another agent for each of a hundred. */
export function hookOf(name: string, attempt: number): string {
  const file = join(import.meta.dirname, '../events/webitel', `${name}.json`);
  const fields = examples.get(name) ?? JSON.parse(readFileSync(file, 'utf8'));
  examples.set(name, fields);
  return JSON.stringify({
    ...fields,
    attempt_id: `${attempt}`,
    timestamp: `${1_782_900_000_000 + attempt}`,
    agent_extension: `${1000 + (attempt % 100)}`,
  });
}
