// The queues at the end of a run: waits until one is empty, and takes what is left in another.
import { setTimeout } from 'node:timers/promises';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { countMessages } from '../ops/scan.ts';

const PATIENCE = 180_000;

/** Rejects when it isn't empty after three minutes. */
export async function waitUntilEmpty(queue: SQSClient, url: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (let left = await countMessages(queue, url); left > 0; left = await countMessages(queue, url)) {
    if (Date.now() > end) throw new Error(`${left} events are still in the queue after three minutes`);
    await setTimeout(100);
  }
}

/** Answers the `id` of each message in the queue. */
export async function takeIds(queue: SQSClient, url: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (;;) {
    const { Messages = [] } = await queue.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
    );
    if (Messages.length === 0) return ids;
    for (const { Body = '' } of Messages) ids.add(JSON.parse(Body).id);
  }
}
