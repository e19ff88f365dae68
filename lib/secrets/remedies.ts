// What to do about a secret that cannot be read: one line for whoever is paged.

/** In this order: the first that fits. The words on the left are AWS's, Node's, or ours. */
const remedies: readonly (readonly [sign: RegExp, remedy: string])[] = [
  [/kms|decrypt/i, 'the role of the function lacks kms:Decrypt on the key of the secret'],
  [
    /AccessDenied|not authorized/,
    'the role of the function lacks secretsmanager:GetSecretValue on it: deploy again',
  ],
  [
    /ResourceNotFound|InvalidRequest/,
    'there is no such secret in the region, or it is marked for deletion: aws secretsmanager create-secret, or restore-secret',
  ],
  [/hook_tokens|redis_url|SecretString/, 'put a JSON text with hook_tokens and redis_url into the secret'],
  [/InvalidClientTokenId|ExpiredToken|Signature/, 'the credentials of the function are wrong or too old'],
  [/Throttl|LimitExceeded/, 'Secrets Manager takes no more requests of this account for a while'],
  [
    /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|timed out|hang up/,
    'Secrets Manager cannot be reached: look at its health; the last known secret goes on',
  ],
];

/** The remedy for an error by its name, message and code; undefined when none is known. */
export function findSecretRemedy(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const words = `${error.name} ${error.message} ${'code' in error ? error.code : ''}`;
  return remedies.find(([sign]) => sign.test(words))?.[1];
}
