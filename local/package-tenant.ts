// Packages a tenant for a stage into a folder of its own, which is all that its deployment needs.
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LIVE_FILE } from '../live/config.ts';
import { bundle, bundleGateway } from './bundle.ts';
import { nameDeployment } from './deployed-names.ts';
import { type Deployment, makeDeployment } from './deployment.ts';
import { root } from './settings.ts';
import { type TenantFile, tenantFile } from './tenant-file.ts';
import { hashCode, zipFunctions } from './zip.ts';

/** What all tenants share. */
export type Bundles = { readonly folder: string; readonly gateway: string; readonly code: string };

export type Plan = { readonly file: TenantFile; readonly deployment: Deployment };

/** @param zips hash of all zips, in hex */
export type Packaged = { readonly folder: string; readonly zips: string };

/** Bundles the functions and the live gateway into a folder. */
export async function bundleAll(folder: string): Promise<Bundles> {
  await bundle(folder);
  return { folder, gateway: await bundleGateway(folder), code: await hashCode(folder) };
}

/**
 * What a tenant's file makes of a stage; undefined where the file names stages, and this is none of them.
 * Throws an error that names the file, what is wrong in it, and the remedy.
 * @param folder of the files of tenants
 */
export async function planTenant(stage: string, tenant: string, folder: string): Promise<Plan | undefined> {
  // A name may come from a command line: no path is made of one that could be none.
  nameDeployment(stage, tenant);
  const file = await tenantFile(tenant, folder);
  if (file.stages !== undefined && !Object.hasOwn(file.stages, stage)) return undefined;
  try {
    return { file, deployment: makeDeployment(stage, tenant, file) };
  } catch (error) {
    throw new Error(`tenants/${tenant}.json: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** Packages into `<out>/<stage>/<tenant>/`, offline, and replaces what is there when all went well. */
export async function packageTenant(
  { file, deployment }: Plan,
  { folder: bundles, gateway, code }: Bundles,
  out: string,
): Promise<Packaged> {
  const folder = join(out, deployment.stage, deployment.tenant);
  // Two runs may package the same tenant at once.
  const fresh = `${folder}.${process.pid}`;
  try {
    await mkdir(fresh, { recursive: true });
    const zips = await zipFunctions(bundles, file.queues, fresh);
    await copyFile(join(root, 'serverless.yml'), join(fresh, 'serverless.yml'));
    await cp(join(root, 'deploy'), join(fresh, 'deploy'), {
      recursive: true,
      filter: (source) => source === join(root, 'deploy') || source.endsWith('.yml'),
    });
    await writeFile(join(fresh, 'deployment.json'), toJson({ ...deployment, code }));
    if (deployment.live) {
      await mkdir(join(fresh, 'live'));
      await copyFile(gateway, join(fresh, 'live/live.mjs'));
      await writeFile(join(fresh, 'live', LIVE_FILE), toJson(file.live));
    }
    await packageService(fresh, join(bundles, 'compiled'));
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return { folder, zips };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

const toJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The Serverless Framework's package of a folder, into its `.serverless/`, without credentials.
 * @param compiled where Node keeps the framework's own code as it compiled it, a fifth of the work for each tenant; unless
 * it has a place already
 */
async function packageService(folder: string, compiled: string): Promise<void> {
  const serverless = join(root, 'node_modules/.bin/serverless');
  const env = { NODE_COMPILE_CACHE: compiled, ...process.env };
  const run = promisify(execFile)(process.execPath, [serverless, 'package'], { cwd: folder, env });
  await run.catch(({ stdout = '', stderr = '' }: { stdout?: string; stderr?: string }) => {
    throw new Error(`the Serverless Framework did not package it:\n${stdout}${stderr}`.trim());
  });
}
