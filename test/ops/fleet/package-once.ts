// Preloaded in the commands of a fleet under test: what one of them bundled or packaged, the next ones take as it is.
// How packaging goes, and that the same is packaged into the same bytes, is test/package.test.ts.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import type { Bundles, Packaged, Plan } from '../../../local/package-tenant.ts';

const kept = process.env['PACKAGED'] ?? '';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith('/local/package-tenant.ts') && context.parentURL?.endsWith('/ops/fleet/deploy.ts')
      ? { url: import.meta.url, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});
// The Serverless Framework needs none of this.
delete process.env['NODE_OPTIONS'];

const packager = () => import('../../../local/package-tenant.ts');

export const bundleAll = (): Promise<Bundles> =>
  once('bundles', async (folder) => (await packager()).bundleAll(folder));

export const packageTenant = (plan: Plan, bundles: Bundles): Promise<Packaged> =>
  once(createHash('sha256').update(JSON.stringify(plan)).digest('hex'), async (folder) =>
    (await packager()).packageTenant(plan, bundles, folder),
  );

async function once<T>(name: string, make: (folder: string) => Promise<T>): Promise<T> {
  const result = join(kept, `${name}.json`);
  if (existsSync(result)) return JSON.parse(await readFile(result, 'utf8'));
  const made = await make(join(kept, name));
  await writeFile(result, JSON.stringify(made));
  return made;
}
