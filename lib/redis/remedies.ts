// What to do about an error of Redis: one line for whoever is paged; and whether it may pass by itself.

type Remedy = {
  /** Redis's, Valkey's, Node's or our own words */
  readonly sign: RegExp;
  readonly remedy: string;
  /** it may be over within seconds: worth another try at once */
  readonly passing?: true;
};

/** In this order: the first that fits. */
const remedies: readonly Remedy[] = [
  {
    sign: /^FULL /,
    remedy: 'a worker must pop the list, or raise CDR_LIST_MAX; until then its CDRs wait in SQS',
  },
  {
    sign: /NOREPLICAS/,
    remedy: 'replicas are away or behind: look at INFO replication; the CDRs are tried again',
  },
  {
    sign: /READONLY/,
    remedy: 'this Redis is a replica: REDIS_URL must name the primary, or an endpoint that follows it',
    passing: true,
  },
  {
    sign: /MASTERDOWN/,
    remedy: 'this Redis is a replica that lost its primary: REDIS_URL must name the primary',
    passing: true,
  },
  {
    sign: /NOGOODSLAVE|NOQUORUM|INPROG/,
    remedy:
      'this is a Sentinel during a failover: REDIS_URL must name the primary, or an endpoint that follows it',
    passing: true,
  },
  {
    sign: /OOM/,
    remedy: 'Redis is out of memory: pop the lists or raise maxmemory; keep the policy noeviction',
  },
  { sign: /MISCONF/, remedy: 'Redis cannot write to its disk: make room there' },
  {
    sign: /WRONGTYPE/,
    // A move puts a string where each batch begins, so that nothing is published at the old Redis.
    remedy:
      'a key of Hookline holds something else: rename it, or change CDR_LISTS, INCOMPLETE_LISTS or ENIGMA_BASE; or the tenant was moved to another Redis: REDIS_URL must name that',
  },
  {
    sign: /NOPERM|ACL failure in script|can't (?:run|publish|access)/,
    remedy: 'the ACL user lacks a right: docs/redis.md lists them',
  },
  {
    sign: /WRONGPASS|NOAUTH|invalid password|AUTH .*without any password/i,
    remedy: 'check the user and the password in REDIS_URL',
  },
  {
    sign: /DENIED/,
    remedy:
      'this Redis is in protected mode: give it a password and name it in REDIS_URL, or bind it to a private network',
  },
  {
    sign: /unknown command|unknown subcommand|NOPROTO/i,
    remedy: 'this Redis lacks the command: it is renamed, older than version 7, or a Sentinel or proxy',
  },
  {
    sign: /max number of clients/,
    remedy: 'Redis takes no more connections: raise maxclients, or lower consumerConcurrency',
    passing: true,
  },
  // Before MOVED: a cluster's client says both.
  {
    sign: /Too many Cluster redirections|TRYAGAIN|\bASK\b/,
    remedy: 'the cluster moves slots: look at CLUSTER NODES; it is tried again',
    passing: true,
  },
  { sign: /MOVED|CROSSSLOT|non local key/, remedy: 'this Redis is a cluster: set REDIS_CLUSTER=true' },
  { sign: /cluster support disabled/, remedy: 'this Redis is no cluster: set REDIS_CLUSTER=false' },
  {
    sign: /CLUSTERDOWN|refresh slots cache|startup nodes/,
    remedy: 'the cluster lacks a node: look at CLUSTER NODES',
    passing: true,
  },
  { sign: /LOADING/, remedy: 'Redis is reading its data: it will answer soon', passing: true },
  {
    sign: /^BUSY |UNKILLABLE|NOTBUSY/,
    remedy: 'another script blocks Redis: find whose it is; SCRIPT KILL ends one that has written nothing',
    passing: true,
  },
  {
    sign: /NOSCRIPT/,
    remedy: 'the scripts of Redis are flushed over and over: find who does',
    passing: true,
  },
  {
    sign: /EXECABORT|Protocol error/,
    remedy: 'something between Hookline and Redis changes its commands: is it a proxy?',
  },
  {
    sign: /alert (?:number 116|certificate required)|certificate required/i,
    remedy: 'Redis asks clients for a certificate: set tls-auth-clients no, with a password instead',
  },
  {
    sign: /certificate|altnames/i,
    remedy: 'the certificate is not trusted: give its authority in NODE_EXTRA_CA_CERTS',
  },
  {
    sign: /EPROTO|SSL routines|wrong version number|tlsv1|handshake/i,
    remedy: 'TLS fails: does this port speak TLS (rediss://) at all, and version 1.2 or later?',
  },
  {
    sign: /ECONNRESET|EPIPE|ECONNABORTED|closed|writeable|max retries per request/,
    remedy: 'the connection broke: did Redis stop, or does it want TLS (rediss://)?',
    passing: true,
  },
  {
    sign: /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/,
    remedy: 'Redis cannot be reached: check that it runs, and REDIS_URL',
    passing: true,
  },
  {
    sign: /timed out|ETIMEDOUT/,
    remedy:
      'Redis does not answer: is it frozen, overloaded, shut off by a security group, or without TLS (redis://)?',
    passing: true,
  },
  {
    sign: /cannot be read|cannot be encoded|Cannot convert|missing or wrong|not JSON|Unknown event/,
    remedy: 'a newer webhook wrote it: deploy the consumer, too',
  },
  {
    sign: /user_script|running script|Script attempted/,
    remedy: 'a fault of Hookline: report it with this line',
  },
];

const find = (error: unknown): Remedy | undefined => {
  if (!(error instanceof Error)) return undefined;
  const words = `${error.message} ${'code' in error ? error.code : ''}`;
  return remedies.find(({ sign }) => sign.test(words));
};

/** The remedy for an error by its message and code; undefined when none is known. */
export const findRemedy = (error: unknown): string | undefined => find(error)?.remedy;

/** Can it be over within seconds? Not what only a person changes: a right, a type, a setting. */
export const isPassing = (error: unknown): boolean => find(error)?.passing === true;
