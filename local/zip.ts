// Puts each bundle in a zip as Lambda takes it: the same bytes for the same code.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { functionNames } from './bundle.ts';

/** Writes `<folder>/<name>.zip` for each function bundled in `folder`. */
export async function zipFunctions(folder: string): Promise<void> {
  for (const name of functionNames) {
    const code = await readFile(join(folder, name, `${name}.mjs`));
    // The least date that a zip can hold.
    const zip = zipSync({ [`${name}.mjs`]: code }, { level: 9, mtime: new Date(1980, 0, 1) });
    await writeFile(join(folder, `${name}.zip`), zip);
  }
}
