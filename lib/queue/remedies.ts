// What to do about an error of SQS: one line for whoever is paged.

/** In this order: the first that fits. The words on the left are AWS's, Node's, or those of the local run. */
const remedies: readonly (readonly [sign: RegExp, remedy: string])[] = [
  [/cannot write to/, 'make room on the disk of the queues, or give that folder to the user of the bridge'],
  [/AccessDenied|not authorized/, 'the role of the webhook lacks sqs:SendMessage on that queue, or the key'],
  [
    /NonExistentQueue|QueueDoesNotExist/,
    'check EVENTS_QUEUE_URL and QUARANTINE_QUEUE_URL: there is no such queue',
  ],
  [/InvalidClientTokenId|ExpiredToken|Signature/, 'the credentials of the webhook are wrong or too old'],
  [/Kms/, 'the role of the webhook may not use the key of the queue'],
  [/Throttl/, 'SQS takes no more requests of this account: raise the quota'],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|TimeoutError|timed out/,
    'SQS cannot be reached: check the network of the webhook and the URLs of the queues',
  ],
];

/** The remedy for an error by its name, message and code; undefined when none is known. */
export function findQueueRemedy(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const words = `${error.name} ${error.message} ${'code' in error ? error.code : ''}`;
  return remedies.find(([sign]) => sign.test(words))?.[1];
}
