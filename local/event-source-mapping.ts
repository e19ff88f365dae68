// What Lambda does between a queue and a function: polls, invokes, and deletes what was dealt with.
import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { log } from '../lib/log.ts';
import { findQueueRemedy } from '../lib/queue/remedies.ts';
import { nameArn, REGION } from './sqs-client.ts';

export type EventSourceMapping = {
  /** Takes no more messages and waits for the batches under way. */
  readonly stop: () => Promise<void>;
};

const POLLERS = 5;
/** Seconds. The queue here goes on with the receive of a sandbox that died, and hands it what comes next. */
const WAIT = 1;

/** Polls with several batches in flight, of different groups as the queue sees to. What fails stays in the queue. */
export function startEventSourceMapping(
  client: SQSClient,
  queueUrl: string,
  invoke: (event: SQSEvent) => Promise<unknown>,
): EventSourceMapping {
  const stopping = new AbortController();
  let asking: Promise<unknown> = Promise.resolve();
  const pollers = Array.from({ length: POLLERS }, () => poll());
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(pollers);
    },
  };

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const messages = await receiveInTurn();
        if (messages.length > 0) await handle(messages);
      } catch (error) {
        if (stopping.signal.aborted) return;
        log('error', 'a batch stays in the queue', { error, remedy: findQueueRemedy(error) });
        await setTimeout(1_000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** One at a time: the queue here wakes whoever waits for each message, and all but one go away with nothing. */
  function receiveInTurn(): Promise<readonly Message[]> {
    const received = asking.then(receive);
    // Whoever asks next makes a request, which takes longer than to hand this batch over: that goes first.
    asking = received.catch(() => undefined).then(() => setImmediate());
    return received;
  }

  async function receive(): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: WAIT,
      MessageSystemAttributeNames: ['All'],
    });
    const { Messages = [] } = await client.send(command, { abortSignal: stopping.signal });
    return Messages;
  }

  async function handle(messages: readonly Message[]): Promise<void> {
    const records = messages.map(makeRecord);
    const failed = listFailed(records, await invoke({ Records: records }));
    const done = records.filter(({ messageId }) => !failed.has(messageId));
    if (done.length === 0) return;
    const Entries = done.map(({ receiptHandle }, index) => ({
      Id: `${index}`,
      ReceiptHandle: receiptHandle,
    }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/**
 * The messages that a response gives back.
 * An identifier that is empty or unknown says that the function doesn't know what it did: all are given back.
 * Source: AWS Lambda developer guide, "Handling errors for an SQS event source", success and failure conditions.
 */
export function listFailed(
  records: readonly Pick<SQSRecord, 'messageId'>[],
  response: unknown,
): ReadonlySet<string> {
  const all = new Set(records.map(({ messageId }) => messageId));
  const { batchItemFailures } = (response ?? {}) as Partial<SQSBatchResponse>;
  const failed = new Set((batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  return failed.isSubsetOf(all) ? failed : all;
}

function makeRecord({
  MessageId = '',
  ReceiptHandle = '',
  Body = '',
  MD5OfBody = '',
  Attributes = {},
}: Message): SQSRecord {
  const {
    ApproximateReceiveCount = '1',
    SentTimestamp = '0',
    SenderId = '',
    ApproximateFirstReceiveTimestamp = '0',
  } = Attributes;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ...Attributes,
      ApproximateReceiveCount,
      SentTimestamp,
      SenderId,
      ApproximateFirstReceiveTimestamp,
    },
    messageAttributes: {},
    md5OfBody: MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: nameArn('events.fifo'),
    awsRegion: REGION,
  };
}
