// The Node worker library against bare BRPOP, and against a BullMQ worker, each with a handler that does nothing.
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { consumeCdrs } from '../clients/node/src/consume-cdrs.ts';
import { enigma } from '../lib/publish/dialects/enigma.ts';
import { completeMessage } from '../lib/publish/lifecycle.ts';
import { type Figure, interleave, type Size } from './figure.ts';
import { makeEvent, makeHook } from './load.ts';
import { BULLMQ, installBullmq } from './peers.ts';
import { type Place, startPlace } from './place.ts';

const LIST = 'enigma:notifications:campaigns';

/** Handles entries that are there until all are handled, and answers the microseconds of one. */
type Work = (entries: readonly string[]) => Promise<number>;

export async function worker(size: Size): Promise<Figure[]> {
  const [rounds, events] = size === 'quick' ? [1, 100] : [7, 2_000];
  await using stack = new AsyncDisposableStack();
  const place = await startPlace(stack);
  const bullmq = prepareBullmq(await installBullmq(), place);
  let attempt = 0;
  const fresh = (work: Work) => async () => {
    const cdrs = await Promise.all(Array.from({ length: events }, () => writeCdr(++attempt)));
    await place.client.flushall();
    return work(cdrs);
  };
  const compare = async (concurrency: number, what: string, theirs: Work): Promise<Figure> => {
    const [ours, others] = await interleave(rounds, fresh(consume(place, concurrency)), fresh(theirs));
    const measures = `a CDR, ${concurrency} at a time`;
    return { bench: 'worker', measures, unit: 'µs', ours, theirs: { what, samples: others } };
  };
  return [
    await compare(1, 'bare BRPOP', popBare(place)),
    await compare(1, `BullMQ ${BULLMQ}`, bullmq(1)),
    await compare(50, `BullMQ ${BULLMQ}`, bullmq(50)),
  ];
}

/** What the consumer pushes of a leaving. */
async function writeCdr(attempt: number): Promise<string> {
  const places = { base: '', agentTypes: [], cdrLists: [LIST] };
  const event = await makeEvent(makeHook('leaving', attempt));
  if (event.event !== 'leaving') throw new Error('not a leaving');
  const [entry] = enigma.leaving?.(event, places) ?? [];
  if (entry?.kind !== 'cdr') throw new Error('not a CDR');
  return completeMessage(entry.message, entry.lacking);
}

/** Runs from the first to the last entry that is handled. */
function createClock(entries: number) {
  const all = Promise.withResolvers<number>();
  let [handled, begun] = [0, 0];
  return {
    all: all.promise,
    tick: () => {
      if (handled++ === 0) begun = performance.now();
      if (handled === entries) all.resolve(((performance.now() - begun) * 1000) / (entries - 1));
    },
  };
}

const consume =
  ({ client }: Place, concurrency: number): Work =>
  async (entries) => {
    await client.lpush(LIST, ...entries);
    const clock = createClock(entries.length);
    const stopping = new AbortController();
    const { signal } = stopping;
    const consumed = consumeCdrs(client, { list: LIST, concurrency, signal, handle: clock.tick });
    const took = await clock.all;
    stopping.abort();
    const { handled } = await consumed;
    if (handled !== entries.length) throw new Error(`${handled} CDRs were handled, not ${entries.length}`);
    return took;
  };

/** As one writes it by hand: whoever dies behind BRPOP has lost the CDR. */
const popBare =
  ({ client, url }: Place): Work =>
  async (entries) => {
    await client.lpush(LIST, ...entries);
    const clock = createClock(entries.length);
    const popping = new Redis(url);
    for (let left = entries.length; left > 0; left--) {
      const [, text = ''] = (await popping.brpop(LIST, 0)) ?? [];
      JSON.parse(text);
      clock.tick();
    }
    popping.disconnect();
    return clock.all;
  };

type BullmqQueue = {
  readonly addBulk: (jobs: readonly object[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
};
type BullmqWorker = { readonly run: () => Promise<void>; readonly close: () => Promise<void> };
type Bullmq = {
  readonly Queue: new (name: string, options: object) => BullmqQueue;
  readonly Worker: new (name: string, handle: () => Promise<void>, options: object) => BullmqWorker;
};

/** Its jobs are there before the clock runs, and go when they are done. */
function prepareBullmq(folder: string, { url }: Place): (concurrency: number) => Work {
  const { Queue, Worker }: Bullmq = createRequire(`${folder}/`)('bullmq');
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  return (concurrency) => async (entries) => {
    const queue = new Queue('cdrs', { connection });
    const opts = { removeOnComplete: true };
    await queue.addBulk(entries.map((text) => ({ name: 'cdr', data: JSON.parse(text), opts })));
    const clock = createClock(entries.length);
    const options = { connection, concurrency, autorun: false };
    const consumer = new Worker('cdrs', async () => clock.tick(), options);
    const running = consumer.run();
    const took = await clock.all;
    await consumer.close();
    await running;
    await queue.close();
    return took;
  };
}
