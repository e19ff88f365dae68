// What the benchmarks send: the example payloads under ever new attempts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SQSRecord } from 'aws-lambda';
import { writeMessage } from '../lib/queue/message.ts';
import { receive } from '../lib/receive/receive.ts';

const examples = new Map<string, Record<string, string>>();

/** The JSON text of an example hook for another attempt, and another agent for each of a hundred. */
export function hookOf(name: string, attempt: number): string {
  const file = join(import.meta.dirname, '../events/webitel', `${name}.json`);
  const fields = examples.get(name) ?? JSON.parse(readFileSync(file, 'utf8'));
  examples.set(name, fields);
  return JSON.stringify({
    ...fields,
    attempt_id: `${attempt}`,
    timestamp: `${1_782_900_000_000 + attempt}`,
    agent_extension: `${1000 + (attempt % 100)}`,
  });
}

/** A hook as the door would put it on the queue and SQS hand it to the consumer, in the group of its attempt. */
export async function recordOf(hook: string, id: number): Promise<SQSRecord> {
  let body = '';
  const received = {
    source: 'webitel' as const,
    headers: {},
    body: Buffer.from(hook),
    receivedAt: Date.now(),
  };
  const { attempt_id } = await receive(received, { tenant: 'default', queues: {} }, async (event) => {
    body = writeMessage(event);
  });
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '0',
    MessageGroupId: `attempt:${attempt_id}`,
  };
  return {
    messageId: `${id}`,
    receiptHandle: '',
    body,
    attributes,
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}
