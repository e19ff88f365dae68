// AWS Secrets Manager over HTTP, with one secret: what GetSecretValue answers, and what a test makes of it.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { REGION } from '../../local/sqs-client.ts';

export const SECRET = 'hookline/prod/acme';

/** What it answers instead: not at all, half of it, without text, or what AWS would not. */
type Broken = 'denied' | 'silent' | 'half' | 'binary' | 'foreign';
type Secret = { readonly hook_tokens?: string; readonly redis_url?: string };

/** Starts it on a free port. `broken` is what it answers instead, or nothing at all. */
export async function startSecretsManager(first: Secret) {
  const state = { secret: JSON.stringify(first), broken: undefined as Broken | undefined };
  const calls: IncomingMessage['headers'][] = [];
  const server = createServer(async (request, response) => {
    calls.push(request.headers);
    const { SecretId } = JSON.parse(await text(request));
    if (state.broken === 'silent') return;
    if (state.broken === 'half') {
      response.writeHead(200, { 'content-length': 100 }).write('{');
      return;
    }
    if (state.broken === 'foreign') {
      response.writeHead(502).end('<html>');
      return;
    }
    const [status, answer] =
      state.broken === 'denied'
        ? [400, { __type: 'AccessDeniedException', Message: 'not authorized to perform GetSecretValue' }]
        : SecretId === SECRET
          ? [200, { Name: SECRET, ...(state.broken !== 'binary' && { SecretString: state.secret }) }]
          : [400, { __type: 'com.amazonaws#ResourceNotFoundException', message: "can't find the secret" }];
    response.writeHead(Number(status), { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    calls,
    /** What a function finds in its environment to read the secret. */
    env: {
      SECRET_ID: SECRET,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${address.port}`,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    put: (secret: Secret | string) => {
      state.secret = typeof secret === 'string' ? secret : JSON.stringify(secret);
    },
    break: (how: Broken | undefined) => {
      state.broken = how;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
