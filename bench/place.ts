// What most benchmarks need first: a folder and a Redis of their own.
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../local/free-port.ts';
import { EVERY_SECOND, startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';

export type Place = { readonly folder: string; readonly url: string; readonly client: Redis };

/** A rewrite of its file would take one of two cores from whatever is measured just then. */
const USUAL = [...EVERY_SECOND, '--auto-aof-rewrite-percentage', '0'];

/** Both are gone with the stack. @param options of redis-server */
export async function startPlace(stack: AsyncDisposableStack, options = USUAL): Promise<Place> {
  const { path: folder } = stack.use(await scratch());
  const { url, stop } = await startRedis(await freePort(), join(folder, 'redis'), options);
  stack.defer(stop);
  return { folder, url, client: stack.adopt(new Redis(url), async (client) => client.disconnect()) };
}
