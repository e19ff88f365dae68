// hookline package: bundles the functions and packages the deployment, offline.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { tenantQueues } from '../lib/config.ts';
import { bundle } from '../local/bundle.ts';
import { root } from '../local/settings.ts';
import { zipFunctions } from '../local/zip.ts';

export const pack = new Command('package')
  .description('bundle the functions and package the deployment into .serverless/, offline')
  .argument('[arguments...]', 'for the Serverless Framework')
  .allowUnknownOption()
  .passThroughOptions()
  .addHelpText('after', '\nExample:\n  hookline package --stage prod --param tenant=example')
  .action(run);

async function run(args: string[]): Promise<void> {
  const folder = join(root, '.build');
  await bundle(folder);
  await zipFunctions(folder, await queuesOfTenant(tenantIn(args)));
  const serverless = join(root, 'node_modules/.bin/serverless');
  const packaging = spawn(process.execPath, [serverless, 'package', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  const [code] = await once(packaging, 'exit');
  process.exitCode = code ?? 1;
}

/** `--param tenant=acme` or `--param=tenant=acme`. */
const tenantIn = (args: readonly string[]): string =>
  args
    .map((arg) => /^(?:--param=)?["']?tenant=([\w-]+)["']?$/.exec(arg)?.[1])
    .findLast((tenant) => tenant !== undefined) ?? 'default';

async function queuesOfTenant(tenant: string): Promise<object> {
  const file = `tenants/${tenant}.json`;
  const text = await readFile(join(root, file), 'utf8').catch(() => {
    throw new Error(
      `${file} is missing: a copy of tenants/example.json with the queues of ${tenant}, or "queues": {}`,
    );
  });
  try {
    return tenantQueues(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
