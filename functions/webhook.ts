// HTTP → SQS: the function behind the HTTP API.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { webhookConfig } from '../lib/config.ts';
import { door, type Outcome } from '../lib/door.ts';
import { Rejected } from '../lib/errors.ts';
import { log } from '../lib/log.ts';
import { connect, lineOf } from '../lib/sqs.ts';

const config = webhookConfig();
const { enqueue, quarantine } = lineOf(connect(config), {
  events: config.EVENTS_QUEUE_URL,
  quarantine: config.QUARANTINE_QUEUE_URL,
});
const open = door(
  { tokens: config.HOOK_TOKENS, networks: config.ALLOWED_IPS, tenant: config.TENANT, queues: config.QUEUES },
  enqueue,
  quarantine,
);

export async function handler(request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const outcome = await open({
    method: request.requestContext.http.method,
    path: request.rawPath,
    headers: request.headers,
    body: Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8'),
    address: request.requestContext.http.sourceIp,
    receivedAt: Date.now(),
  });
  tell(outcome);
  const { status, headers, body } = outcome.answer;
  return { statusCode: status, headers, body };
}

function tell({ answer: { status }, event, error }: Outcome): void {
  if (event !== undefined) {
    log('info', 'accepted', { id: event.id, event: event.event, attempt_id: event.attempt_id });
  } else if (error instanceof Rejected) {
    log('warn', 'quarantined', {
      status,
      detail: error.message,
      fields: error.problems.map(({ path }) => path),
    });
  } else if (error !== undefined) {
    log('error', 'lost: SQS took nothing', { status, error });
  } else if (status !== 200) {
    log('warn', 'refused', { status });
  }
}
