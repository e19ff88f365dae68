// What growth.ts spawns: a consumer that handles as many events as it is told, and tells its time, or its memory.
import type { SQSEvent } from 'aws-lambda';
import { hookOf, recordOf } from './load.ts';

/** So many events under the names in turn, of attempts from `from` on: ever new ones, or those `among` so many. */
export type Task = {
  readonly names: readonly string[];
  readonly count: number;
  readonly from: number;
  readonly among?: number;
};
/** Microseconds an event. */
export type Done = number;
/** Megabytes after a collection of garbage. */
export type Memory = { readonly heap: number; readonly resident: number };

const BATCH = 10;
/** Built at a time, so that what waits here is no part of the memory. */
const CHUNK = 1_000;
/** Prime: neighbours in time are no neighbours in Redis. */
const STRIDE = 7_919;

const { handler } = await import(process.argv[2] ?? '');
process.stdout.write = () => true;
let handled = 0;

process.on('message', async (told: Task | 'memory') => {
  process.send?.(told === 'memory' ? memory() : await perform(told));
});

async function perform(task: Task): Promise<Done> {
  let milliseconds = 0;
  for (let done = 0; done < task.count; done += CHUNK) {
    milliseconds += await handle(await batchesOf(task, Math.min(CHUNK, task.count - done)));
  }
  return (milliseconds * 1000) / task.count;
}

function memory(): Memory {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 1e6, resident: rss / 1e6 };
}

async function handle(batches: readonly SQSEvent[]): Promise<number> {
  const begun = performance.now();
  for (const batch of batches) {
    const { batchItemFailures } = await handler(batch);
    if (batchItemFailures.length > 0) throw new Error('the consumer gave back an event');
  }
  return performance.now() - begun;
}

async function batchesOf(task: Task, count: number): Promise<SQSEvent[]> {
  const records: SQSEvent['Records'] = [];
  for (let index = 0; index < count; index++) records.push(await nextOf(task, handled++));
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, batch) => ({
    Records: records.slice(batch * BATCH, (batch + 1) * BATCH),
  }));
}

function nextOf({ names, from, among }: Task, serial: number) {
  const attempt = from + (among === undefined ? serial : (serial * STRIDE) % among);
  const hook = JSON.parse(hookOf(names[serial % names.length] ?? '', attempt));
  // Each is an event of its own, also of an attempt that had one like it.
  return recordOf(JSON.stringify({ ...hook, timestamp: `${1_782_900_000_000 + serial}` }), serial);
}
