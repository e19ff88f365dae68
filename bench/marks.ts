// What a CDR's mark costs in Redis: bytes for each, by how close the attempt ids of a tenant lie.
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import type { Figure, Size } from './figure.ts';
import { bytesEach, cdrOfOneIn, eventOf } from './redis-bytes.ts';

export async function marks(size: Size): Promise<Figure[]> {
  const count = size === 'quick' ? 5_000 : 100_000;
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), folder, ['--appendonly', 'no']);
  stack.defer(redis.stop);
  const figure = (measures: string, unit: string, ours: number[]): Figure => ({
    bench: 'marks',
    measures: `${count} ${measures}`,
    unit,
    ours,
  });

  const figures: Figure[] = [];
  for (const [attempts, what] of [
    [1, 'every attempt is a call'],
    [10, 'one attempt in 10'],
    [100, 'one in 100'],
    [1000, 'one in 1,000'],
  ] as const) {
    const bytes = await bytesEach(redis.url, [count], cdrOfOneIn(attempts));
    figures.push(figure(`CDRs, ${what}`, 'bytes/CDR', bytes));
  }
  const bytes = await bytesEach(redis.url, [count], eventOf);
  return [...figures, figure('events, each published once', 'bytes/event', bytes)];
}
