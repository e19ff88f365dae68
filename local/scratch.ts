// A folder for the length of a test, a benchmark or a run of chaos.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A process that is ending may still write there. */
export const GONE = { recursive: true, force: true, maxRetries: 10 } as const;

/** A folder that is gone when it is disposed of. */
export async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'hookline-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, GONE) };
}
