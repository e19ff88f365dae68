// What hop.ts spawns as theirs: the queue in this thread, a bare door and a bare loop in one each, as the bridge has it.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { startSqs } from '../local/sqs-server.ts';

await using stack = new AsyncDisposableStack();
const sqs = await startSqs();
stack.defer(sqs.stop);
const workerData = { endpoint: sqs.endpoint, queue: sqs.queues.events, redis: process.argv[2] };
const start = (file: string) => {
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  stack.defer(async () => void (await worker.terminate()));
  return worker;
};
start('hop-bare-loop.ts');
const [url] = await once(start('hop-bare-door.ts'), 'message');
process.send?.(url);
await once(process, 'disconnect');
