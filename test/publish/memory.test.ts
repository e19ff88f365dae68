// The consumer keeps nothing of the events that it has handled.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SQSBatchResponse } from 'aws-lambda';
import { type Batch, batchesOf } from '../../bench/load.ts';
import { startPlace } from '../../bench/place.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const CALL = ['joined', 'offering', 'bridged', 'processing', 'leaving'];
const [FEW, MANY] = [5_000, 20_000];
/** So many at a time wait in memory to be handled. */
const CHUNK = 1_000;

type Handler = (batch: Batch) => Promise<SQSBatchResponse>;

it('the heap of the consumer is as large after many events as after few', async () => {
  await using stack = new AsyncDisposableStack();
  process.env['REDIS_URL'] = (await startPlace(stack)).url;
  const { handler }: { handler: Handler } = await import(`${'../../functions/consumer.ts'}`);
  const { write } = process.stdout;
  let handled = 0;
  const heapAfter = async (events: number): Promise<number> => {
    for (; handled < events; handled += CHUNK) {
      const batches = await batchesOf(CALL, handled, CHUNK);
      process.stdout.write = () => true;
      for (const batch of batches) assert.deepEqual((await handler(batch)).batchItemFailures, []);
      process.stdout.write = write;
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const few = await heapAfter(FEW);
  const kept = ((await heapAfter(MANY)) - few) / (MANY - FEW);
  // Compiled code makes it 12 to 15 bytes; a set of no more than their identities would make it above 72.
  assert.ok(kept < 60, `${kept} bytes of each event are kept`);
});
