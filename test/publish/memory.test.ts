// The consumer keeps nothing of the events that it has handled.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SQSBatchResponse } from 'aws-lambda';
import { median } from '../../bench/figure.ts';
import { type Batch, batchesOf } from '../../bench/load.ts';
import { startPlace } from '../../bench/place.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const CALL = ['joined', 'offering', 'bridged', 'processing', 'leaving'];
const WARM_UP = 5_000;
const [ROUNDS, ROUND] = [5, 3_000];
/** So many at a time wait in memory to be handled. */
const CHUNK = 1_000;

type Handler = (batch: Batch) => Promise<SQSBatchResponse>;

it('the heap of the consumer grows with no event', async () => {
  await using stack = new AsyncDisposableStack();
  process.env['REDIS_URL'] = (await startPlace(stack)).url;
  const { handler }: { handler: Handler } = await import(`${'../../functions/consumer.ts'}`);
  const write = process.stdout.write.bind(process.stdout);
  let handled = 0;
  const heapAfter = async (events: number): Promise<number> => {
    for (const end = handled + events; handled < end; handled += CHUNK) {
      const batches = await batchesOf(CALL, handled, CHUNK);
      // Log lines are texts; the test runner's own reports are bytes.
      process.stdout.write = (chunk: string | Uint8Array) => typeof chunk === 'string' || write(chunk);
      for (const batch of batches) assert.deepEqual((await handler(batch)).batchItemFailures, []);
      process.stdout.write = write;
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  let before = await heapAfter(WARM_UP);
  const growths: number[] = [];
  while (growths.length < ROUNDS) {
    const after = await heapAfter(ROUND);
    growths.push((after - before) / ROUND);
    before = after;
  }
  // Code is compiled, or memory given back, in one round or another; what is kept of events grows in every one. A set
  // of no more than their identities would make it above 72 bytes.
  const kept = median(growths);
  assert.ok(kept < 60, `${kept} bytes of each event are kept: ${growths}`);
});
