// The line: the only file that knows the AWS SDK.
import { setTimeout } from 'node:timers/promises';
import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import type { WebhookConfig } from './config.ts';
import type { Quarantine } from './door.ts';
import { Rejected } from './errors.ts';
import { groupOf } from './identity.ts';
import type { Enqueue } from './receive.ts';

/** How long a send is tried, whoever still listens: the sender never comes back. */
const PATIENCE = 8_000;
const ATTEMPT = 2_000;
const PAUSE = 100;
const SLOWEST = 1_000;

/** The largest message that SQS takes. */
const LARGEST_MESSAGE = 1024 * 1024;

/** The two sends of the door. Connections are kept alive between invocations. */
export function line(config: WebhookConfig): { enqueue: Enqueue; quarantine: Quarantine } {
  const client = new SQSClient({
    region: config.AWS_REGION,
    ...(config.AWS_ENDPOINT_URL_SQS !== undefined && { endpoint: config.AWS_ENDPOINT_URL_SQS }),
    credentials: {
      accessKeyId: config.AWS_ACCESS_KEY_ID,
      secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
      ...(config.AWS_SESSION_TOKEN !== undefined && { sessionToken: config.AWS_SESSION_TOKEN }),
    },
    // We try again ourselves: the SDK's retries stop when its token bucket is empty, in the middle of an outage.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: ATTEMPT, requestTimeout: ATTEMPT, throwOnRequestTimeout: true },
  });
  const send = (input: SendMessageCommandInput) =>
    persevere(() => client.send(new SendMessageCommand(input)));

  return {
    enqueue: async (event) => {
      const body = carriable(JSON.stringify(event));
      if (Buffer.byteLength(body) > LARGEST_MESSAGE) {
        throw new Rejected(
          'invalid',
          `The event takes more than the ${LARGEST_MESSAGE} bytes of an SQS message`,
        );
      }
      await send({
        QueueUrl: config.EVENTS_QUEUE_URL,
        MessageBody: body,
        MessageGroupId: groupOf(event, event.id),
        MessageDeduplicationId: event.id,
      });
    },
    quarantine: async (refused) => {
      await send({ QueueUrl: config.QUARANTINE_QUEUE_URL, MessageBody: carriable(JSON.stringify(refused)) });
    },
  };
}

/** JSON text with what SQS doesn't take, or not everywhere, as \u escapes: U+FFFE, U+FFFF and surrogates. */
const carriable = (json: string): string =>
  json.replace(/[\ud800-\udfff\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);

async function persevere(send: (abort: AbortSignal) => Promise<unknown>): Promise<void> {
  const end = AbortSignal.timeout(PATIENCE);
  for (let pause = PAUSE; ; pause = Math.min(2 * pause, SLOWEST)) {
    try {
      await send(end);
      return;
    } catch (error) {
      if (end.aborted) throw error;
      await setTimeout(pause);
    }
  }
}
