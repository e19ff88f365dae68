// SQS as a command asks it: every call ends, and messages go ten at a time.
import {
  type BatchResultErrorEntry,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { WAIT } from './scan.ts';
import { describeError, LIMIT, Unanswered, within } from './trouble.ts';

const REMEDY =
  'check the network, the region and the credentials; on this machine, whether npm start still answers';
/** As many, and as many bytes, as SQS takes in one call. */
const MOST = 10;
const LARGEST = 1024 * 1024;

/** A client whose calls end within the limit, and the wait that they ask for. They reject with Unanswered when SQS could not be asked. */
export function boundedSqs(config: SQSClientConfig): SQSClient {
  // The longest wait; what waits for less has the limit below.
  const longest = LIMIT + WAIT * 1_000;
  const requestHandler = {
    connectionTimeout: 1_500,
    requestTimeout: longest,
    socketTimeout: longest,
    throwOnRequestTimeout: true,
  };
  const client = new SQSClient({ ...config, requestHandler });
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        const { WaitTimeSeconds = 0 } = Object(args.input);
        return await within('SQS', REMEDY, next(args), LIMIT + WaitTimeSeconds * 1_000);
      } catch (error) {
        // What SQS answered has a fault; all else is the way to it.
        if (error instanceof Unanswered || (error instanceof Error && '$fault' in error)) throw error;
        throw new Unanswered(`SQS cannot be asked (${describeError(error)})`, REMEDY, { cause: error });
      }
    },
    { step: 'initialize', name: 'limit' },
  );
  return client;
}

export type Outgoing = {
  /** of the caller's choice, one for each */
  readonly id: string;
  readonly body: string;
  readonly group?: string;
  readonly deduplication?: string;
};

/** Why it was not done, by the caller's id. */
export type Failures = ReadonlyMap<string, string>;

/**
 * Sends them, in the order of each group. Of one that SQS does not take, the later ones of its group are not sent.
 * Rejects when it is unknown what was sent.
 */
export async function sendAll(sqs: SQSClient, url: string, messages: readonly Outgoing[]): Promise<Failures> {
  const failures = new Map<string, string>();
  const stuck = new Set<string>();
  // SQS takes each entry of a batch or not: two of a group in one could lose their order.
  for (const wave of splitWaves(messages)) {
    const going = wave.filter(({ id, group }) => {
      const held = group !== undefined && stuck.has(group);
      if (held) failures.set(id, HELD);
      return !held;
    });
    for (const batch of splitBatches(going)) {
      const Entries = batch.map(({ body, group, deduplication }, place) => ({
        Id: `${place}`,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: deduplication,
      }));
      const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      for (const [place, why] of listFailures(Failed)) {
        const { id = '', group } = batch[place] ?? {};
        failures.set(id, why);
        if (group !== undefined) stuck.add(group);
      }
    }
  }
  return failures;
}

/** Why a message waits that nothing is wrong with. */
export const HELD = 'waits behind an earlier one of its group';

/** Deletes received messages. */
export async function deleteAll(
  sqs: SQSClient,
  url: string,
  messages: readonly { readonly messageId: string; readonly receipt: string }[],
): Promise<Failures> {
  const failures = new Map<string, string>();
  for (let first = 0; first < messages.length; first += MOST) {
    const batch = messages.slice(first, first + MOST);
    const Entries = batch.map(({ receipt }, place) => ({ Id: `${place}`, ReceiptHandle: receipt }));
    const { Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
    for (const [place, why] of listFailures(Failed)) failures.set(batch[place]?.messageId ?? '', why);
  }
  return failures;
}

const listFailures = (failed: readonly BatchResultErrorEntry[] = []) =>
  failed.map(({ Id, Code, Message }) => [Number(Id), `${Code}: ${Message ?? ''}`] as const);

/** The first of each group, then the second of each, and so on. */
function splitWaves(messages: readonly Outgoing[]): Outgoing[][] {
  const waves: Outgoing[][] = [];
  const counts = new Map<string, number>();
  for (const message of messages) {
    const place = message.group === undefined ? 0 : (counts.get(message.group) ?? 0);
    if (message.group !== undefined) counts.set(message.group, place + 1);
    waves[place] ??= [];
    waves[place].push(message);
  }
  return waves;
}

function splitBatches(messages: readonly Outgoing[]): Outgoing[][] {
  const batches: Outgoing[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    const last = batches.at(-1);
    if (last === undefined || last.length === MOST || bytes + size > LARGEST) {
      batches.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return batches;
}
