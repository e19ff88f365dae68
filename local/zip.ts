// Puts each bundle in a zip as Lambda takes it: the same bytes for the same code and queues.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { QUEUES_FILE } from '../lib/config.ts';
import { OPENAPI_FILE } from '../lib/receive/contract.ts';
import { functionNames } from './bundle.ts';

/**
 * Writes `<folder>/<name>.zip` for each function, and answers one hash of all of them.
 * @param bundles where the functions were bundled
 * @param queues of the tenant, by queue_id; they lie beside the webhook, and nothing else in a zip is a tenant's
 */
export async function zipFunctions(bundles: string, queues: object, folder = bundles): Promise<string> {
  const zips = createHash('sha256');
  for (const name of functionNames) {
    const code = await readFile(join(bundles, name, `${name}.mjs`));
    const beside =
      name === 'webhook'
        ? { [QUEUES_FILE]: strToU8(JSON.stringify(queues)), [OPENAPI_FILE]: await readDescription(bundles) }
        : {};
    // The least date that a zip can hold.
    const zip = zipSync({ [`${name}.mjs`]: code, ...beside }, { level: 9, mtime: new Date(1980, 0, 1) });
    await writeFile(join(folder, `${name}.zip`), zip);
    zips.update(zip);
  }
  return zips.digest('hex');
}

const readDescription = (bundles: string) => readFile(join(bundles, 'webhook', OPENAPI_FILE));

/** One hash of the bundles: of the code and its description, whoever's queues lie beside it. */
export async function hashCode(bundles: string): Promise<string> {
  const code = createHash('sha256').update(await readDescription(bundles));
  for (const name of functionNames) code.update(await readFile(join(bundles, name, `${name}.mjs`)));
  return code.digest('hex');
}
