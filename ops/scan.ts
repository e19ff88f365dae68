// SQS can't be browsed: a scan receives everything, hides it meanwhile, and hands back what it doesn't delete.
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Long enough for a scan of many thousands; when it dies, what it hid is back after so many seconds. */
const HIDDEN = 120;
/** At once would be 0; the emulator of the local run loses a message that is handed back so. */
const HAND_BACK = 1;
/** Longer than that: a command that follows another finds all. */
const WAIT = 2;

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
export async function scan(
  sqs: SQSClient,
  url: string,
  look: (message: Found) => Promise<boolean>,
): Promise<boolean> {
  const seen = new Set<string>();
  const kept = new Map<string, string>();
  try {
    for (;;) {
      const page = await receive(sqs, url);
      if (page.length === 0) return true;
      const fresh = page.filter(({ messageId }) => !seen.has(messageId));
      for (const found of page) kept.set(found.messageId, found.receipt);
      if (fresh.length === 0) return false;
      for (const found of fresh) {
        seen.add(found.messageId);
        if (await look(found)) kept.delete(found.messageId);
      }
    }
  } finally {
    // What can't be handed back comes back by itself; the error that ended the scan is the one to tell.
    await handBack(sqs, url, [...kept.values()]).catch(() => undefined);
  }
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
  return Messages.map(foundOf);
}

function foundOf({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message): Found {
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
export async function depthOf(sqs: SQSClient, url: string): Promise<number> {
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
