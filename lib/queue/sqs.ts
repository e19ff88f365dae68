// The queues of the webhook: the only file that knows the AWS SDK.
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { Rejected } from '../errors.ts';
import type { QueueEvent } from '../event.ts';
import { nameGroup } from '../identity.ts';
import type { Quarantine } from '../receive/quarantine.ts';
import type { Enqueue } from '../receive/receive.ts';
import { readAnswer } from './answer.ts';
import { writeMessage } from './message.ts';

/** How long a send is tried, whoever still listens: the sender never comes back. */
const PATIENCE = 8_000;
const ATTEMPT = 2_000;
const PAUSE = 100;
const SLOWEST = 1_000;

/** The largest message that SQS takes. */
const LARGEST_MESSAGE = 1024 * 1024;

const tooLarge = new Rejected('invalid', 'The event is too large once it is written as JSON', [
  {
    path: '',
    message: `must take no more than the ${LARGEST_MESSAGE} bytes of an SQS message: send no control characters`,
  },
]);

export type Queues = { readonly enqueue: Enqueue; readonly quarantine: Quarantine };

/** What Lambda's environment holds of AWS. */
export type Access = {
  readonly AWS_REGION: string;
  readonly AWS_ENDPOINT_URL_SQS?: string | undefined;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN?: string | undefined;
};

/** A client for the door. Connections are kept alive between invocations. */
export const connect = (config: Access): SQSClient =>
  new SQSClient({
    region: config.AWS_REGION,
    ...(config.AWS_ENDPOINT_URL_SQS !== undefined && { endpoint: config.AWS_ENDPOINT_URL_SQS }),
    credentials: {
      accessKeyId: config.AWS_ACCESS_KEY_ID,
      secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
      ...(config.AWS_SESSION_TOKEN !== undefined && { sessionToken: config.AWS_SESSION_TOKEN }),
    },
    // We try again ourselves: the SDK's retries stop when its token bucket is empty, in the middle of an outage.
    maxAttempts: 1,
    // The way through the SDK is made once, not for each send.
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: ATTEMPT,
      // Until the headers of the answer.
      requestTimeout: ATTEMPT,
      throwOnRequestTimeout: true,
      socketTimeout: ATTEMPT,
    },
    streamCollector: (answer: Readable) => readAnswer(answer, ATTEMPT),
  });

/** The two sends of the door. */
export function openQueues(
  client: SQSClient,
  urls: { readonly events: string; readonly quarantine: string },
): Queues {
  const send = (input: SendMessageCommandInput) =>
    persevere((options) => client.send(new SendMessageCommand(input), ...options));

  return {
    enqueue: async (event) => send({ QueueUrl: urls.events, ...makeMessage(event) }),
    quarantine: (refused) =>
      send({ QueueUrl: urls.quarantine, MessageBody: carriable(JSON.stringify(refused)) }),
  };
}

/** An event as a message of the events queue. Throws Rejected when it is larger than SQS takes. */
export function makeMessage(event: QueueEvent) {
  const MessageBody = carriable(writeMessage(event));
  if (Buffer.byteLength(MessageBody) > LARGEST_MESSAGE) throw tooLarge;
  return { MessageBody, MessageGroupId: nameGroup(event), MessageDeduplicationId: event.id };
}

/** JSON text with what SQS doesn't take, or not everywhere, as \u escapes: U+FFFE, U+FFFF and surrogates. */
export const carriable = (json: string): string =>
  json.replace(/[\ud800-\udfff\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);

type Options = [] | [{ readonly abortSignal: AbortSignal }];

/** Tries again until the patience is at its end; then throws why the last try failed. */
async function persevere(send: (options: Options) => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  try {
    // Bounded by its own time limits. With any option at all, the SDK would not use the way that it has made.
    await send([]);
  } catch (error) {
    const left = Math.max(0, Math.round(PATIENCE - (performance.now() - begun)));
    await persist(send, AbortSignal.timeout(left), error);
  }
}

async function persist(
  send: (options: Options) => Promise<unknown>,
  end: AbortSignal,
  first: unknown,
): Promise<void> {
  let failure = first;
  for (let wait = PAUSE; ; wait = Math.min(2 * wait, SLOWEST)) {
    await pause(wait);
    try {
      await send([{ abortSignal: end }]);
      return;
    } catch (error) {
      // A try that is cut off by the end doesn't know what is wrong; the one before it does.
      if (end.aborted) throw failure;
      failure = error;
    }
  }
}
