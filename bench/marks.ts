// What a CDR's mark costs in Redis: bytes for each, by how close the attempt ids of a tenant lie.
import { Redis } from 'ioredis';
import type { Notification } from '../lib/notification.ts';
import { publisher } from '../lib/redis.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import type { Figure, Size } from './figure.ts';

export async function marks(size: Size): Promise<Figure[]> {
  const count = size === 'quick' ? 5_000 : 100_000;
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), folder, ['--appendonly', 'no']);
  stack.defer(redis.stop);
  const client = stack.adopt(new Redis(redis.url), async (connected) => connected.disconnect());
  const list = 'enigma:notifications:campaigns';
  const publish = publisher({
    url: redis.url,
    cluster: false,
    cdrLists: [list],
    listMax: 0,
    liveMax: 0,
    replicas: 0,
  });

  /** Bytes that each of so many takes when it has been said, but for the list itself. */
  const bytesEach = async (saidOf: (index: number) => Notification): Promise<number> => {
    await client.flushall();
    const before = await used(client);
    for (let first = 0; first < count; first += 500) {
      const batch = Array.from({ length: 500 }, (_, index) => first + index);
      await publish(batch.map((index) => ({ group: `${index}`, notifications: [saidOf(index)] })));
    }
    await client.del(list);
    return ((await used(client)) - before) / count;
  };
  const figure = (measures: string, unit: string, bytes: number): Figure => ({
    bench: 'marks',
    measures,
    unit,
    ours: [bytes],
  });

  const figures: Figure[] = [];
  for (const [gap, what] of [
    [1, 'every attempt is a call'],
    [10, 'one attempt in 10'],
    [100, 'one in 100'],
    [1000, 'one in 1,000'],
  ] as const) {
    const cdr = (index: number) => ({
      list,
      message: '',
      tenant: 'default',
      attempt_id: `${index * gap + 900_000_000}`,
    });
    figures.push(figure(`${count} CDRs, ${what}`, 'bytes/CDR', await bytesEach(cdr)));
  }
  const event = (index: number) => ({
    channels: ['x'],
    message: '',
    once: { of: [`${index}`.padStart(32, '0')], seconds: 600 },
  });
  figures.push(figure(`${count} events, each said once`, 'bytes/event', await bytesEach(event)));
  return figures;
}

const used = async (client: Redis) => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
