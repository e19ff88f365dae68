// hookline contracts: writes the contracts, or checks that those committed are the same.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { root } from '../local/settings.ts';
import { contracts as makeContracts } from '../ops/contracts.ts';

export const contracts = new Command('contracts')
  .option('--check', 'write nothing; exit 1 when one of them is another')
  .action(async ({ check }: { readonly check?: true }) => {
    for (const [file, text] of Object.entries(await makeContracts())) {
      const path = join(root, file);
      const before = await readFile(path, 'utf8').catch(() => undefined);
      if (before === text) continue;
      if (check) {
        console.error(`${file} is not what the schemas say: bin/hookline contracts`);
        process.exitCode = 1;
        continue;
      }
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      console.log(`wrote ${file}`);
    }
  });
