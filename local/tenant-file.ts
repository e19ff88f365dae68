// tenants/<tenant>.json: what is known of a tenant's queues.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tenantQueues } from '../lib/config.ts';
import type { Knowledge } from '../lib/receive.ts';
import { root } from './settings.ts';

/** The queues by queue_id. Throws an error that names the file, the key and the cure. */
export async function queuesOfTenant(tenant: string): Promise<Knowledge['queues']> {
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
