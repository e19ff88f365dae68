// hookline package: bundles the functions and packages the deployment, offline.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundle } from '../local/bundle.ts';
import { root } from '../local/settings.ts';
import { zipFunctions } from '../local/zip.ts';

/** Further arguments go to the Serverless Framework: `--stage prod --param tenant=acme`. */
export async function pack(args: string[]): Promise<number> {
  const folder = join(root, '.build');
  await bundle(folder);
  await zipFunctions(folder);
  const serverless = join(root, 'node_modules/.bin/serverless');
  const run = spawn(process.execPath, [serverless, 'package', ...args], { cwd: root, stdio: 'inherit' });
  const [code] = await once(run, 'exit');
  return code ?? 1;
}
