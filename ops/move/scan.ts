// The keys of a tenant in a Redis, page by page: SCAN blocks nobody.
import type { Client } from '../../lib/redis/connection.ts';
import type { Kind, Tenant } from './names.ts';

export type Found = { readonly key: string; readonly kind: Kind };

const PAGE = 1_000;
/** So many keys are looked at side by side. */
const TOGETHER = 100;

/** Every key of the tenant, now and then one twice. */
export async function* scanTenant(client: Client, tenant: Tenant): AsyncGenerator<readonly Found[]> {
  yield tenant.lists.map((key) => ({ key, kind: 'CDR list' }));
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  for (const pattern of tenant.patterns) {
    for (const node of nodes) {
      let cursor = '0';
      do {
        const [next, keys] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', PAGE);
        yield keys
          .filter((key) => !tenant.lists.includes(key))
          .map((key) => ({ key, kind: tenant.findKind(key) }));
        cursor = next;
      } while (cursor !== '0');
    }
  }
}

/** Does something with each key of the tenant, some of them side by side. */
export async function eachKey(
  client: Client,
  tenant: Tenant,
  work: (found: Found) => Promise<void>,
): Promise<void> {
  for await (const page of scanTenant(client, tenant)) {
    for (let first = 0; first < page.length; first += TOGETHER)
      await Promise.all(page.slice(first, first + TOGETHER).map(work));
  }
}
