// What a CDR's mark costs in Redis: bytes for each, by how close the attempt ids of a tenant lie.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { publisher } from '../lib/redis.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import type { Figure } from './figure.ts';

const CDRS = 100_000;

export async function marks(): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'hookline-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const redis = await startRedis(await freePort(), folder, ['--appendonly', 'no']);
  stack.defer(redis.stop);
  const client = stack.adopt(new Redis(redis.url), async (connected) => connected.disconnect());
  const list = 'enigma:notifications:campaigns';
  const publish = publisher({ url: redis.url, cluster: false, cdrLists: [list], listMax: 0, replicas: 0 });

  const figures: Figure[] = [];
  for (const [gap, what] of [
    [1, 'every attempt is a call'],
    [10, 'one attempt in 10'],
    [100, 'one in 100'],
    [1000, 'one in 1,000'],
  ] as const) {
    await client.flushall();
    const before = await used(client);
    for (let first = 0; first < CDRS; first += 500) {
      const ids = Array.from({ length: 500 }, (_, index) => (first + index) * gap + 900_000_000);
      await publish(
        ids.map((id) => ({
          group: `${id}`,
          notifications: [{ list, message: '', tenant: 'default', attempt_id: `${id}` }],
        })),
      );
    }
    await client.del(list);
    figures.push({
      bench: 'marks',
      measures: `100,000 CDRs, ${what}`,
      unit: 'bytes/CDR',
      ours: [((await used(client)) - before) / CDRS],
    });
  }
  await client.flushall();
  const before = await used(client);
  for (let first = 0; first < CDRS; first += 500) {
    const ids = Array.from({ length: 500 }, (_, index) => `${first + index}`.padStart(32, '0'));
    await publish(
      ids.map((id) => ({
        group: id,
        notifications: [
          { channels: ['x'], message: '', once: { of: ['event', 'default', id], seconds: 600 } },
        ],
      })),
    );
  }
  const guard = ((await used(client)) - before) / CDRS;
  figures.push({
    bench: 'marks',
    measures: '100,000 events, each said once',
    unit: 'bytes/event',
    ours: [guard],
  });
  return figures;
}

const used = async (client: Redis) => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
