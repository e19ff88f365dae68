// How long the lists are, what workers hold, and how long the stream is: as far as the gateway's user may see it.
import { type Client, connectTo } from '../../lib/redis/connection.ts';
import { nameWorkerKeys } from '../../lib/redis/worker-keys.ts';
import type { Source } from './reader.ts';

export type ListLengths = {
  readonly list: string;
  readonly waiting: number | undefined;
  /** entries in the hands of workers, and how many workers have a lease or lost it while they hold some */
  readonly processing: number | undefined;
  readonly alive: number | undefined;
  readonly lost: number | undefined;
  readonly dead: number | undefined;
};

export type Lengths = { readonly stream: number | undefined; readonly lists: readonly ListLengths[] };

/** Makes what reads them. It never rejects: what can't be read is undefined. One look at a time. */
export function createLengths({ url, cluster, key }: Source, lists: readonly string[]) {
  let client: Client | undefined;
  let looking: Promise<Lengths> | undefined;

  function open(): Client {
    const opened = connectTo(url, cluster);
    opened.on('error', () => undefined);
    opened.on('end', () => {
      if (client === opened) client = undefined;
    });
    client = opened;
    return opened;
  }

  async function look(): Promise<Lengths> {
    const redis = client ?? open();
    const [stream, ...each] = await Promise.all([
      unlessUnseen(redis.xlen(key)),
      ...lists.map((list) => lookAt(redis, list)),
    ]);
    return { stream, lists: each };
  }

  return {
    read: (): Promise<Lengths> => {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    stop: () => client?.disconnect(),
  };
}

/** A right that is missing, or a Redis that is away. */
const unlessUnseen = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch(() => undefined);

async function lookAt(redis: Client, list: string): Promise<ListLengths> {
  const keys = nameWorkerKeys(list);
  const [waiting, dead, held] = await Promise.all([
    unlessUnseen(redis.llen(list)),
    unlessUnseen(redis.llen(keys.dead)),
    unlessUnseen(lookAtWorkers(redis, keys)),
  ]);
  return { list, waiting, dead, processing: held?.processing, alive: held?.alive, lost: held?.lost };
}

async function lookAtWorkers(redis: Client, { leases, processing }: ReturnType<typeof nameWorkerKeys>) {
  const [scores, time] = await Promise.all([redis.zrange(leases, '0', '-1', 'WITHSCORES'), redis.time()]);
  const workers = scores.filter((_, index) => index % 2 === 0);
  const lengths = await Promise.all(workers.map((worker) => redis.llen(processing(worker))));
  const isAlive = (index: number) => Number(scores[2 * index + 1]) > Number(time[0]) * 1_000;
  return {
    processing: lengths.reduce((sum, length) => sum + length, 0),
    alive: workers.filter((_, index) => isAlive(index)).length,
    lost: workers.filter((_, index) => !isAlive(index) && (lengths[index] ?? 0) > 0).length,
  };
}
