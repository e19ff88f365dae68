// The OpenAPI description of the door, which lies beside its bundle: a cold start doesn't read it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the bundle of the webhook. */
export const OPENAPI_FILE = 'openapi.json';

/** The JSON text in a folder; undefined where the door runs without its bundle. */
export function readContract(folder: string): string | undefined {
  const file = join(folder, OPENAPI_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
