// What the marker of each CDR and the key of each event take in Redis.
import { Redis } from 'ioredis';
import type { Notification } from '../lib/publish/notification.ts';
import { createPublisher } from '../lib/redis/publisher.ts';

const LIST = 'list:marked';
const BATCH = 100;
const FIRST = 1_000;

/** What is published, by its index. */
export type Notify = (index: number) => Notification;

/** One attempt in so many of the installation is a call of the tenant. */
export const cdrOfOneIn =
  (attempts: number): Notify =>
  (index) => ({
    kind: 'cdr',
    list: LIST,
    message: '',
    scope: ['default'],
    attempt_id: `${900_000_000 + index * attempts}`,
  });

export const eventOf: Notify = (index) => ({
  kind: 'event',
  channel: 'x',
  message: '',
  once: { words: [`${index}`.padStart(32, '0')], seconds: 600 },
});

/**
 * Bytes for each of so many that have been published, but for the list itself.
 * @param url of a Redis whose data may go
 * @param counts ascending
 */
export async function bytesEach(url: string, counts: readonly number[], notify: Notify): Promise<number[]> {
  await using client = redisClient(url);
  const publish = createPublisher({
    url,
    cluster: false,
    cdrLists: [LIST],
    listMax: 0,
    liveMax: 0,
    replicas: 0,
  });
  const prepare = (index: number) => ({ group: `${index}`, notifications: [notify(index)] });
  const publishUpTo = async (from: number, to: number) => {
    for (let next = from; next < to; next += BATCH) {
      await publish(Array.from({ length: BATCH }, (_, index) => prepare(next + index)));
    }
  };
  await client.flushall();
  // What Redis takes but once is there before it is counted.
  await publishUpTo(0, FIRST);
  await client.del(LIST);
  const before = await used(client);
  const bytes: number[] = [];
  for (const [index, count] of counts.entries()) {
    await publishUpTo(FIRST + (counts[index - 1] ?? 0), FIRST + count);
    await client.del(LIST);
    bytes.push(((await used(client)) - before) / count);
  }
  return bytes;
}

const redisClient = (url: string) => {
  const client = new Redis(url);
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.disconnect() });
};

/** Bytes in use but for connections: the publisher's is cut, it opens another; what this one takes, it tells. */
async function used(client: Redis): Promise<number> {
  await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const own = /\btot-mem=(\d+)/.exec(`${await client.call('CLIENT', 'INFO')}`)?.[1];
  const all = /^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1];
  return Number(all) - Number(own);
}
