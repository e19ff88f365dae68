// What hookline.ts spawns: a warm consumer that handles many batches, one after the other, and tells their CPU.
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { hookOf, recordOf } from '../load.ts';

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

const BATCH = 10;
const [, , file = '', events, first] = process.argv;
const { handler }: { handler: Handler } = await import(file);
process.stdout.write = () => true;

const batches: SQSEvent['Records'][] = [];
for (let batch = 0; batch < (2 * Number(events)) / BATCH; batch++) {
  const attempts = Array.from({ length: BATCH }, (_, index) => Number(first) + batch * BATCH + index);
  batches.push(await Promise.all(attempts.map((attempt) => recordOf(hookOf('leaving', attempt), attempt))));
}
// The first half warms up.
let begun: NodeJS.CpuUsage | undefined;
for (const [index, Records] of batches.entries()) {
  if (index === batches.length / 2) begun = process.cpuUsage();
  const { batchItemFailures } = await handler({ Records });
  if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} given back`);
}
const { user, system } = process.cpuUsage(begun);
process.send?.((user + system) / Number(events), () => process.exit());
