// What Redis keeps so that nothing is published twice: bytes for each CDR, by how close attempt ids lie, and each event.
import type { Redis } from 'ioredis';
import type { Notification } from '../lib/publish/notification.ts';
import { createPublisher } from '../lib/redis/publisher.ts';
import type { Figure, Size } from './figure.ts';
import { startPlace } from './place.ts';

const LIST = 'list:marked';
const BATCH = 100;
const FIRST = 1_000;

type Make = (index: number) => Notification;

/** One attempt in so many of the installation is a call of the tenant. */
const cdrOfOneIn =
  (attempts: number): Make =>
  (index) => ({
    kind: 'cdr',
    list: LIST,
    message: '',
    lacking: {},
    scope: ['default'],
    attempt_id: `${900_000_000 + index * attempts}`,
  });

const event: Make = (index) => ({
  kind: 'message',
  channels: ['x'],
  message: '',
  once: { words: [`${index}`.padStart(32, '0')], seconds: 600 },
});

export async function markers(size: Size): Promise<Figure[]> {
  const count = size === 'quick' ? 5_000 : 100_000;
  await using stack = new AsyncDisposableStack();
  const { url, client } = await startPlace(stack, ['--appendonly', 'no']);
  const measure = async (what: string, unit: string, make: Make): Promise<Figure> => ({
    bench: 'markers',
    measures: `${count} ${what}`,
    unit,
    ours: [await bytesEach(url, client, count, make)],
  });
  return [
    await measure('CDRs, every attempt is a call', 'bytes/CDR', cdrOfOneIn(1)),
    await measure('CDRs, one attempt in 10', 'bytes/CDR', cdrOfOneIn(10)),
    await measure('CDRs, one in 100', 'bytes/CDR', cdrOfOneIn(100)),
    await measure('CDRs, one in 1,000', 'bytes/CDR', cdrOfOneIn(1_000)),
    await measure('events, each published once', 'bytes/event', event),
  ];
}

/** Bytes for each of so many that have been published, without the list itself. */
async function bytesEach(url: string, client: Redis, count: number, make: Make): Promise<number> {
  const publish = createPublisher({
    url,
    cluster: false,
    cdrLists: [LIST],
    listMax: 0,
    liveMax: 0,
    remember: true,
    replicas: 0,
  });
  const fill = async (from: number, to: number) => {
    for (let begin = from; begin < to; begin += BATCH) {
      const indices = Array.from({ length: BATCH }, (_, index) => begin + index);
      await publish(indices.map((index) => ({ group: `${index}`, notifications: [make(index)] })));
    }
    await client.del(LIST);
  };
  await client.flushall();
  // What Redis takes but once is there before it is counted.
  await fill(0, FIRST);
  const before = await used(client);
  await fill(FIRST, FIRST + count);
  return ((await used(client)) - before) / count;
}

/** Bytes in use without those of connections: the publisher's is cut, and it opens another; this one's is known. */
async function used(client: Redis): Promise<number> {
  await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const own = /\btot-mem=(\d+)/.exec(`${await client.call('CLIENT', 'INFO')}`)?.[1];
  const all = /^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1];
  return Number(all) - Number(own);
}
