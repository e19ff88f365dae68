// hookline package: bundles the functions and the live gateway, and packages the deployment, offline.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { LIVE_FILE } from '../live/config.ts';
import { bundle, bundleGateway } from '../local/bundle.ts';
import { root } from '../local/settings.ts';
import { tenantFile } from '../local/tenant-file.ts';
import { zipFunctions } from '../local/zip.ts';

export const pack = new Command('package')
  .description(
    'bundle the functions and the live gateway, and package the deployment into .serverless/, offline',
  )
  .argument('[arguments...]', 'for the Serverless Framework')
  .allowUnknownOption()
  .passThroughOptions()
  .addHelpText('after', '\nExample:\n  hookline package --stage prod --param tenant=example')
  .action(run);

async function run(args: string[]): Promise<void> {
  const tenant = tenantIn(args);
  // Of the names that AWS takes, a stack's is the narrowest.
  if (!/^[a-z\d-]{1,32}$/i.test(tenant))
    throw new Error(`tenant ${tenant} must be 1 to 32 letters, digits or dashes`);
  const folder = join(root, '.build');
  await bundle(folder);
  const { queues, live } = await tenantFile(tenant);
  await zipFunctions(folder, queues);
  const gateway = await bundleGateway(folder);
  await writeFile(join(dirname(gateway), LIVE_FILE), JSON.stringify(live));
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
