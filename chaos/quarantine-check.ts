// Does the quarantine hold what was refused, as it was delivered, and nothing else?
import { PurgeQueueCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { Delivery } from './post.ts';

const refused = z.object({
  id: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

const RECEIVERS = 4;
/** Longer than a check takes: what was received is not received again. */
const HIDDEN = 600;

/**
 * Empties the quarantine. Nobody may post meanwhile. A refusal may be there twice: the door sends again what SQS did not
 * answer in time.
 * @param expected the refused deliveries since the last check, by their id
 * @returns how many of them are missing or not as they were delivered, and how many entries are there beside them
 */
export async function checkQuarantine(
  client: SQSClient,
  url: string,
  expected: ReadonlyMap<string, Delivery>,
): Promise<number> {
  const missing = new Set(expected.keys());
  let wrong = 0;
  const receive = async () => {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: HIDDEN,
    });
    for (;;) {
      const { Messages = [] } = await client.send(command);
      if (Messages.length === 0) return;
      for (const { Body = '' } of Messages) {
        const kept = refused.parse(JSON.parse(Body));
        const delivery = expected.get(kept.id);
        missing.delete(kept.id);
        if (delivery === undefined || !isSame(kept, delivery)) wrong++;
      }
    }
  };
  await Promise.all(Array.from({ length: RECEIVERS }, receive));
  // One request, where deletion would take one for each ten.
  await client.send(new PurgeQueueCommand({ QueueUrl: url }));
  return wrong + missing.size;
}

function isSame(kept: z.infer<typeof refused>, { path, headers, body }: Delivery): boolean {
  const delivered = Object.entries(headers).filter(([name]) => isKept(path, name));
  return (
    kept.path === path &&
    kept.body === Buffer.from(body).toString('base64') &&
    Object.keys(kept.headers).length === delivered.length &&
    delivered.every(([name, values]) => kept.headers[name] === joinValues(values))
  );
}

/** The headers that decide what an event is. */
const isKept = (path: string, name: string) =>
  name === 'content-type' ||
  (path === '/hooks/cloudevents' ? name.startsWith('ce-') : ['idempotency-key', 'webhook-id'].includes(name));

/** HTTP strips the white space around a value; a gateway joins what came as several headers. */
const joinValues = (values: string | readonly string[]) =>
  [values]
    .flat()
    .map((value) => value.replace(/^[ \t]+|[ \t]+$/g, ''))
    .join(',');
