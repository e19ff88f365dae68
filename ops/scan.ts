// SQS can't be browsed: a scan receives everything, hides it meanwhile, and hands back what it doesn't delete.
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Unanswered } from './trouble.ts';

/** Long enough for a scan of many thousands; when it dies, what it hid is back after so many seconds. */
export const HIDDEN = 120;
/** At once would be 0; the emulator of the local run loses a message that is handed back so. */
const HAND_BACK = 1;
/** Longer than that: a command that follows another finds all. */
export const WAIT = 2;

export type Found = {
  readonly messageId: string;
  readonly receipt: string;
  readonly body: string;
  /** when SQS took it, epoch milliseconds */
  readonly sentAt: number;
  readonly receives: number;
  readonly group: string;
};

/**
 * Calls `look` for each message that can be received, once each, in the order of the queue. What `look` answers
 * true for is gone (it has deleted it); everything else is handed back at the end, whatever happens.
 * Answers whether it saw the end of the queue: not when it took so long that what it saw first came again.
 * In a FIFO queue, a message behind one that is handed back may stay unseen.
 */
export const scan = (
  sqs: SQSClient,
  url: string,
  look: (message: Found) => Promise<boolean>,
): Promise<boolean> =>
  scanPages(sqs, url, 1, async (page) => {
    const gone: Found[] = [];
    for (const found of page) if (await look(found)) gone.push(found);
    return gone;
  });

/**
 * The same, for up to ten messages at once; `look` answers which are gone. With several lanes, so many pages are
 * looked at side by side: in a FIFO queue, never two with messages of one group.
 */
export async function scanPages(
  sqs: SQSClient,
  url: string,
  lanes: number,
  look: (page: readonly Found[]) => Promise<readonly Found[]>,
): Promise<boolean> {
  const seen = new Set<string>();
  const kept = new Map<string, string>();
  let complete = true;
  let failure: { readonly error: unknown } | undefined;
  const lane = async () => {
    while (complete && failure === undefined) {
      const page = await receive(sqs, url);
      if (page.length === 0) return;
      const fresh = page.filter(({ messageId }) => !seen.has(messageId));
      for (const { messageId, receipt } of page) {
        seen.add(messageId);
        kept.set(messageId, receipt);
      }
      if (fresh.length === 0) complete = false;
      else for (const { messageId } of await look(fresh)) kept.delete(messageId);
    }
  };
  const ending = (error: unknown) => {
    failure ??= { error };
  };
  await Promise.all(Array.from({ length: lanes }, () => lane().catch(ending)));
  // What can't be handed back comes back by itself; the error that ended the scan is the one to report.
  if (!(failure?.error instanceof Unanswered))
    await handBack(sqs, url, [...kept.values()]).catch(() => undefined);
  if (failure !== undefined) throw failure.error;
  return complete;
}

async function receive(sqs: SQSClient, url: string): Promise<Found[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: WAIT,
    VisibilityTimeout: HIDDEN,
    MessageSystemAttributeNames: ['All'],
  });
  const { Messages = [] } = await sqs.send(command);
  return Messages.map(readFound);
}

function readFound({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message): Found {
  return {
    messageId: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    sentAt: Number(Attributes.SentTimestamp ?? 0),
    receives: Number(Attributes.ApproximateReceiveCount ?? 0),
    group: Attributes.MessageGroupId ?? '',
  };
}

async function handBack(sqs: SQSClient, url: string, receipts: readonly string[]): Promise<void> {
  for (let first = 0; first < receipts.length; first += 10) {
    const Entries = receipts
      .slice(first, first + 10)
      .map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle, VisibilityTimeout: HAND_BACK }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
  }
}

/** How many messages a queue holds, hidden ones included; approximate, as SQS says. */
export async function countMessages(sqs: SQSClient, url: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}
