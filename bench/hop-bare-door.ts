// The bare door: whatever is posted goes into the queue as it is, and only then comes the answer.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { parentPort, workerData } from 'node:worker_threads';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { sqsClient } from '../local/sqs-client.ts';

const client = sqsClient(workerData);
let sent = 0;

const server = createServer(async (request, response) => {
  const MessageGroupId = `bare-${++sent}`;
  await client.send(
    new SendMessageCommand({
      QueueUrl: workerData.queue,
      MessageBody: await text(request),
      MessageGroupId,
      MessageDeduplicationId: MessageGroupId,
    }),
  );
  response.writeHead(202).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('no port');
parentPort?.postMessage(`http://127.0.0.1:${address.port}`);
