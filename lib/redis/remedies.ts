// What to do about an error of Redis: one line for whoever is paged.

/** In this order: the first that fits. The words on the left are Redis's, Node's or our own. */
const remedies: readonly (readonly [sign: RegExp, remedy: string])[] = [
  [/^FULL /, 'a worker must pop the list, or raise CDR_LIST_MAX; until then its CDRs wait in SQS'],
  [/NOREPLICAS/, 'replicas are away or behind: look at INFO replication; the CDRs are tried again'],
  [/READONLY/, 'this Redis is a replica: REDIS_URL must name the primary, or an endpoint that follows it'],
  [/OOM/, 'Redis is out of memory: pop the lists or raise maxmemory; keep the policy noeviction'],
  [/MISCONF/, 'Redis cannot write to its disk: make room there'],
  [/WRONGTYPE/, 'a key of Hookline holds something else: rename it, or change CDR_LISTS or ENIGMA_BASE'],
  [/NOPERM|can't (?:run|publish|access)/, 'the ACL user lacks a right: docs/redis.md lists them'],
  [/WRONGPASS|NOAUTH|invalid password/i, 'check the user and the password in REDIS_URL'],
  [/MOVED|CROSSSLOT/, 'this Redis is a cluster: set REDIS_CLUSTER=true'],
  [/cluster support disabled/, 'this Redis is no cluster: set REDIS_CLUSTER=false'],
  [/CLUSTERDOWN/, 'the cluster lacks a node: look at CLUSTER NODES'],
  [/LOADING/, 'Redis is reading its data: it will answer soon'],
  [/certificate/i, 'the certificate is not trusted: give its authority in NODE_EXTRA_CA_CERTS'],
  [/ECONNRESET|EPIPE|closed/, 'the connection broke: did Redis stop, or does it want TLS (rediss://)?'],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/,
    'Redis cannot be reached: check that it runs, and REDIS_URL',
  ],
  [
    /timed out|ETIMEDOUT/,
    'Redis does not answer: is it frozen, overloaded, shut off by a security group, or without TLS (redis://)?',
  ],
  [
    /cannot be read|missing or wrong|not JSON|Unknown event/,
    'a newer webhook wrote it: deploy the consumer, too',
  ],
];

/** The remedy for an error by its message and code; undefined when none is known. */
export function findRemedy(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const words = `${error.message} ${'code' in error ? error.code : ''}`;
  return remedies.find(([sign]) => sign.test(words))?.[1];
}
