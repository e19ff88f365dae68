// A process of the benchmark hop: the whole local bridge, or the bare hop, which has a thread each for the endpoint and
// the loop as the bridge has. The bare loop is one: on this emulator that is the fastest. Argument: ROLE REDIS_URL.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Redis } from 'ioredis';
import { startBridge } from '../local/bridge.ts';
import { scratch } from '../local/scratch.ts';
import { sqsClient } from '../local/sqs-client.ts';
import { startSqs } from '../local/sqs-server.ts';

type Queue = { readonly endpoint: string; readonly queue: string; readonly redis: string };

const [, , role, redis = ''] = process.argv;
if (parentPort !== null) await (workerData.role === 'endpoint' ? serve : loop)(workerData);
else {
  await using stack = new AsyncDisposableStack();
  process.send?.(await (role === 'bridge' ? bridge : bare)(stack));
  await once(process, 'disconnect');
}

async function bridge(stack: AsyncDisposableStack): Promise<string> {
  const { path: buildFolder } = stack.use(await scratch());
  const env = { HOOK_TOKENS: 'bench', REDIS_URL: redis };
  const { url, stop } = await startBridge({ port: 0, buildFolder, env, quiet: true });
  stack.defer(stop);
  return url;
}

async function bare(stack: AsyncDisposableStack): Promise<string> {
  const sqs = await startSqs();
  stack.defer(sqs.stop);
  const startThread = (role: string) => {
    const queue: Queue = { endpoint: sqs.endpoint, queue: sqs.queues.events, redis };
    const worker = new Worker(new URL(import.meta.url), { workerData: { role, ...queue } });
    stack.defer(async () => void (await worker.terminate()));
    return worker;
  };
  startThread('loop');
  const [url] = await once(startThread('endpoint'), 'message');
  return url;
}

/** Whatever is posted goes into the queue as it is, and only then comes the answer. */
async function serve({ endpoint, queue }: Queue): Promise<void> {
  const client = sqsClient({ endpoint });
  let sent = 0;
  const server = createServer(async (request, response) => {
    const MessageBody = await text(request);
    const id = `bare-${++sent}`;
    const message = { QueueUrl: queue, MessageBody, MessageGroupId: id, MessageDeduplicationId: id };
    await client.send(new SendMessageCommand(message));
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  parentPort?.postMessage(`http://127.0.0.1:${address.port}`);
}

/** Receives up to ten, publishes each as it is, deletes them. */
async function loop({ endpoint, queue: QueueUrl, redis: url }: Queue): Promise<never> {
  const client = sqsClient({ endpoint });
  const output = new Redis(url);
  for (;;) {
    const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
    const { Messages = [] } = await client.send(receive);
    if (Messages.length === 0) continue;
    await Promise.all(Messages.map(({ Body = '' }) => output.publish('bare', Body)));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}
