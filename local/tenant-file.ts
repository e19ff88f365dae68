// tenants/<tenant>.json: what is known of a tenant's queues, and who may see what live.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tenantSettings } from '../lib/config.ts';
import type { Knowledge } from '../lib/receive/receive.ts';
import { type LiveSettings, readLiveSettings } from '../live/config.ts';
import { root } from './settings.ts';

export type TenantFile = { readonly queues: Knowledge['queues']; readonly live: LiveSettings };

/** As tenantFile, but locally a tenant may have no file. */
export const localTenantFile = async (tenant: string): Promise<TenantFile> =>
  existsSync(join(root, `tenants/${tenant}.json`))
    ? tenantFile(tenant)
    : { queues: {}, live: readLiveSettings() };

/** Throws an error that names the file, the key and the remedy. */
export async function tenantFile(tenant: string): Promise<TenantFile> {
  const file = `tenants/${tenant}.json`;
  const text = await readFile(join(root, file), 'utf8').catch(() => {
    throw new Error(
      `${file} is missing: a copy of tenants/example.json with the queues of ${tenant}, or "queues": {}`,
    );
  });
  try {
    const { queues, live } = tenantSettings(text);
    return { queues, live: readLiveSettings(live) };
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
