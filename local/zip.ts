// Puts each bundle in a zip as Lambda takes it: the same bytes for the same code and settings.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { QUEUES_FILE } from '../lib/config.ts';
import { functionNames } from './bundle.ts';

/**
 * Writes `<folder>/<name>.zip` for each function bundled in `folder`.
 * @param queues of the tenant, by queue_id; they lie beside the webhook
 */
export async function zipFunctions(folder: string, queues: object): Promise<void> {
  for (const name of functionNames) {
    const code = await readFile(join(folder, name, `${name}.mjs`));
    const settings = name === 'webhook' ? { [QUEUES_FILE]: strToU8(JSON.stringify(queues)) } : {};
    // The least date that a zip can hold.
    const zip = zipSync({ [`${name}.mjs`]: code, ...settings }, { level: 9, mtime: new Date(1980, 0, 1) });
    await writeFile(join(folder, `${name}.zip`), zip);
  }
}
