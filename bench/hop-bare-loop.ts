// The bare loop: receives up to ten, publishes each as it is, deletes them. One loop: on this emulator it is the fastest.
import { workerData } from 'node:worker_threads';
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { Redis } from 'ioredis';
import { sqsClient } from '../local/sqs-client.ts';

const client = sqsClient(workerData);
const redis = new Redis(workerData.redis);
const QueueUrl: string = workerData.queue;

for (;;) {
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
  const { Messages = [] } = await client.send(receive);
  if (Messages.length === 0) continue;
  await Promise.all(Messages.map(({ Body = '' }) => redis.publish('bare', Body)));
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
  await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
}
