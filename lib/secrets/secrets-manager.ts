// The secret of a tenant, read from AWS Secrets Manager.
import type { IncomingMessage } from 'node:http';
import { type Access, signRequest } from './signature.ts';

/** For one call, connecting included; milliseconds. */
export const LIMIT = 2_000;

export type SecretAccess = Access & {
  /** name or ARN */
  readonly SECRET_ID: string;
  readonly AWS_ENDPOINT_URL_SECRETS_MANAGER?: string | undefined;
};

/** What the secret holds now, as text. Rejects with an error that has AWS's name for it, and never a part of the secret. */
export async function readSecret(access: SecretAccess): Promise<string> {
  const { AWS_ENDPOINT_URL_SECRETS_MANAGER: own, AWS_REGION: region, SECRET_ID } = access;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(own ?? `https://secretsmanager.${region}.${domain}`);
  const body = JSON.stringify({ SecretId: SECRET_ID });
  const headers = signRequest(
    { service: 'secretsmanager', host: url.host, target: 'secretsmanager.GetSecretValue', body },
    access,
    Date.now(),
  );
  const { status, text } = await post(url, headers, body);
  const answer = parse(text);
  if (status !== 200) throw failure(status, answer);
  const { SecretString: secret } = answer;
  if (typeof secret !== 'string')
    throw new Error(
      'the secret has no SecretString: it is not text but binary, or this is not Secrets Manager',
    );
  return secret;
}

type Answered = { readonly status: number; readonly text: string };

/** By a connection of its own: one that is kept dies while the sandbox is frozen. */
async function post(url: URL, headers: Record<string, string>, body: string): Promise<Answered> {
  // Required here and not above: a function whose secret is in its environment never loads it.
  const { request } = url.protocol === 'http:' ? await import('node:http') : await import('node:https');
  const signal = AbortSignal.timeout(LIMIT);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { method: 'POST', headers, agent: false, signal }, resolve).on('error', reject).end(body);
  try {
    const response = await promise;
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode ?? 0, text };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(`Secrets Manager timed out: no whole answer within ${LIMIT} ms`, { cause: error });
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    // The parser's own error quotes the text.
    return {};
  }
}

function failure(status: number, answer: Readonly<Record<string, unknown>>): Error {
  const error = new Error(String(answer['message'] ?? answer['Message'] ?? `answered ${status}`));
  error.name = String(answer['__type'] ?? 'SecretsManagerError').replace(/^.*#/, '');
  return error;
}
