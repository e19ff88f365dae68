// AWS Signature Version 4 of a JSON request: the consumer has no SDK in its bundle, and one call needs none.
import { createHash, createHmac } from 'node:crypto';

/** What Lambda's environment holds of AWS. */
export type Access = {
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN?: string | undefined;
};

export type JsonRequest = {
  readonly service: string;
  readonly host: string;
  /** the operation, as `service.Operation` */
  readonly target: string;
  readonly body: string;
};

/**
 * The headers of a `POST /`, signed.
 * Source: AWS IAM user guide, "Create a signed AWS API request".
 * @param now epoch milliseconds
 */
export function signRequest(
  { service, host, target, body }: JsonRequest,
  access: Access,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const { AWS_SESSION_TOKEN: session } = access;
  // In the order of their names, as they are signed.
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.1',
    host,
    'x-amz-date': time,
    ...(session !== undefined && { 'x-amz-security-token': session }),
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const scope = [time.slice(0, 8), access.AWS_REGION, service, 'aws4_request'];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${access.AWS_SECRET_ACCESS_KEY}`);
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(request)].join('\n');
  const credential = `${access.AWS_ACCESS_KEY_ID}/${scope.join('/')}`;
  const signature = hmac(key, text).toString('hex');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
