// HTTP → SQS: the function behind the HTTP API.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { readHookTokens, webhookConfig } from '../lib/config.ts';
import { Rejected } from '../lib/errors.ts';
import { log, nameEvent } from '../lib/log.ts';
import { embedded, type Figures } from '../lib/metrics.ts';
import { findQueueRemedy } from '../lib/queue/remedies.ts';
import { connect, openQueues } from '../lib/queue/sqs.ts';
import { readContract } from '../lib/receive/contract.ts';
import { type Outcome, openEndpoint } from '../lib/receive/endpoint.ts';
import { shownPath } from '../lib/receive/shown-path.ts';
import { authorizeBy, authorizeByChanging, tokenCheck } from '../lib/receive/tokens.ts';
import { keepFresh } from '../lib/secrets/fresh.ts';
import { reportUnread } from '../lib/secrets/report.ts';
import { readSecret } from '../lib/secrets/secrets-manager.ts';

const config = webhookConfig();
const { enqueue, quarantine } = openQueues(connect(config), {
  events: config.EVENTS_QUEUE_URL,
  quarantine: config.QUARANTINE_QUEUE_URL,
});
const { SECRET_ID } = config;
const secret =
  SECRET_ID === undefined
    ? undefined
    : keepFresh(async () => {
        const tokens = readHookTokens(await readSecret({ ...config, SECRET_ID }));
        return { tokens, check: tokenCheck(tokens) };
      }, reportUnread(config.AWS_LAMBDA_FUNCTION_NAME));
const authorize = secret === undefined ? authorizeBy(config.HOOK_TOKENS) : authorizeByChanging(secret);
const answerRequest = openEndpoint(
  {
    authorize,
    networks: config.ALLOWED_IPS,
    tenant: config.TENANT,
    queues: config.QUEUES,
    door: config.DOOR,
  },
  enqueue,
  quarantine,
  () => readContract(import.meta.dirname),
);

// Before the first hook, and of one that is kept warm long before it.
await secret?.current();

export async function handler(request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const outcome = await answerRequest({
    method: request.requestContext.http.method,
    path: request.rawPath,
    headers: request.headers,
    body: Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8'),
    address: request.requestContext.http.sourceIp,
    receivedAt: Date.now(),
  });
  report(outcome, request);
  const { status, headers, body } = outcome.answer;
  return { statusCode: status, headers, body };
}

/** Logs one line, with the figures that the alarms watch. */
function report(
  { answer: { status }, event, repeat, error }: Outcome,
  request: APIGatewayProxyEventV2,
): void {
  const figures = (of: Figures) => embedded(config.AWS_LAMBDA_FUNCTION_NAME, of, Date.now());
  if (event !== undefined) {
    log('info', 'accepted', {
      ...nameEvent(event),
      ...(repeat && { repeat }),
      ...figures({ accepted: 1 }),
    });
  } else if (error instanceof Rejected) {
    const fields = error.problems.map(({ path }) => path);
    log('warn', 'quarantined', {
      status,
      detail: error.message,
      fields,
      problems: error.problems,
      ...figures({ refused: 1, quarantined: 1 }),
    });
  } else if (error !== undefined) {
    log('error', 'lost: SQS took nothing', {
      status,
      error,
      remedy: findQueueRemedy(error),
      ...figures({ lost: 1 }),
    });
  } else if (status !== 200) {
    const path = shownPath(request.rawPath, secret?.latest()?.tokens ?? config.HOOK_TOKENS);
    const address = config.LOG_ADDRESSES === 'on' ? { address: request.requestContext.http.sourceIp } : {};
    const refused = { refused: 1, ...(status === 401 && { unauthorized: 1 }) };
    log('warn', 'refused', { status, path, ...address, ...figures(refused) });
  }
}
