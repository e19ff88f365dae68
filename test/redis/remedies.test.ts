// What Redis 7 and 8, Valkey, Node and ioredis answer, word for word, and what is told to whoever is paged.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findRemedy, isPassing } from '../../lib/redis/remedies.ts';

/** Over within seconds, perhaps: tried again at once. */
const passing: readonly (readonly [message: string, remedy: RegExp])[] = [
  ["READONLY You can't write against a read only replica. script: 4e6d, on @user_script:7.", /primary/],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", /primary/],
  ['NOGOODSLAVE No suitable replica to promote', /Sentinel/],
  ['NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum', /Sentinel/],
  ['LOADING Redis is loading the dataset in memory', /soon/],
  ['LOADING Valkey is loading the dataset in memory', /soon/],
  [
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    /another script blocks/,
  ],
  [
    'BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    /another script/,
  ],
  ['UNKILLABLE Sorry the script already executed write commands against the dataset.', /another script/],
  ['NOSCRIPT No matching script. Please use EVAL.', /flushed/],
  ['CLUSTERDOWN The cluster is down', /CLUSTER NODES/],
  ['CLUSTERDOWN Hash slot not served', /CLUSTER NODES/],
  ['Failed to refresh slots cache.', /CLUSTER NODES/],
  ['TRYAGAIN Multiple keys request during rehashing of slot', /moves slots/],
  ['ASK 3999 127.0.0.1:6381', /moves slots/],
  ['Too many Cluster redirections. Last error: ReplyError: MOVED 1 127.0.0.1:6381', /moves slots/],
  ['ERR max number of clients reached', /maxclients/],
  ['ERR max number of clients + cluster connections reached', /maxclients/],
  ['connect ECONNREFUSED 127.0.0.1:6379', /cannot be reached/],
  ['getaddrinfo ENOTFOUND redis.example.com', /cannot be reached/],
  ['getaddrinfo EAI_AGAIN redis.example.com', /cannot be reached/],
  ['connect EHOSTUNREACH 10.0.0.1:6379', /cannot be reached/],
  ['read ECONNRESET', /connection broke/],
  ['write EPIPE', /connection broke/],
  ['Connection is closed.', /connection broke/],
  [
    'Reached the max retries per request limit (which is 0). Refer to "maxRetriesPerRequest" option for details.',
    /connection broke/,
  ],
  ['connect ETIMEDOUT', /does not answer/],
  ['Command timed out', /does not answer/],
];

/** These last until a person changes something. */
const lasting: readonly (readonly [message: string, remedy: RegExp])[] = [
  ['FULL enigma:notifications:campaigns holds CDR_LIST_MAX entries', /CDR_LIST_MAX/],
  ['NOREPLICAS 0 of 1 replicas have the CDR', /INFO replication/],
  ['NOREPLICAS Not enough good replicas to write.', /INFO replication/],
  ["OOM command not allowed when used memory > 'maxmemory'.", /maxmemory/],
  ["OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'", /maxmemory/],
  [
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
    /its disk/,
  ],
  ['MISCONF Errors writing to the AOF file: No space left on device', /its disk/],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', /CDR_LISTS.*moved.*REDIS_URL/],
  ["NOPERM User bridge has no permissions to run the 'evalsha' command", /docs\/redis\.md/],
  ['NOPERM No permissions to access a key', /docs\/redis\.md/],
  ["ERR The user executing the script can't run this command or subcommand", /docs\/redis\.md/],
  [
    "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
    /docs\/redis\.md/,
  ],
  [
    "ERR The user executing the script can't publish to the channel mentioned in the command",
    /docs\/redis\.md/,
  ],
  ["ERR ACL failure in script: User bridge has no permissions to run the 'lpush' command", /docs\/redis\.md/],
  ['WRONGPASS invalid username-password pair or user is disabled.', /password in REDIS_URL/],
  ['NOAUTH Authentication required.', /password in REDIS_URL/],
  [
    'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH',
    /password/,
  ],
  [
    'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    /password in REDIS_URL/,
  ],
  [
    'DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user.',
    /protected mode/,
  ],
  ["ERR unknown command 'EVALSHA', with args beginning with: ", /renamed/],
  ["ERR unknown subcommand 'HELP'. Try ACL HELP.", /renamed/],
  ['NOPROTO unsupported protocol version', /older than version 7/],
  ['MOVED 3999 127.0.0.1:6381', /REDIS_CLUSTER=true/],
  ["CROSSSLOT Keys in request don't hash to the same slot", /REDIS_CLUSTER=true/],
  ['ERR Script attempted to access a non local key in a cluster node', /REDIS_CLUSTER=true/],
  ['ERR This instance has cluster support disabled', /REDIS_CLUSTER=false/],
  ['EXECABORT Transaction discarded because of previous errors.', /proxy/],
  ['ERR Protocol error: invalid multibulk length', /proxy/],
  ['self-signed certificate', /NODE_EXTRA_CA_CERTS/],
  ['unable to verify the first certificate', /NODE_EXTRA_CA_CERTS/],
  ['certificate has expired', /NODE_EXTRA_CA_CERTS/],
  [
    "Hostname/IP does not match certificate's altnames: Host: 10.0.0.1. is not in the cert's altnames",
    /certificate/,
  ],
  ['00C0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required', /tls-auth-clients/],
  ['00C0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number', /rediss:/],
  ['it cannot be encoded: TypeError: Cannot convert undefined to a BigInt', /deploy the consumer/],
  ['Some fields are missing or wrong', /deploy the consumer/],
  ['ERR user_script:12: attempt to index a nil value script: 4e6d, on @user_script:12.', /report it/],
];

describe('an error of Redis', () => {
  it('has a remedy, whichever it is', () => {
    for (const [message, remedy] of [...passing, ...lasting])
      assert.match(findRemedy(new Error(message)) ?? 'none', remedy, message);
  });

  it('is tried again at once only when it may pass by itself', () => {
    for (const [message] of passing) assert.equal(isPassing(new Error(message)), true, message);
    for (const [message] of lasting) assert.equal(isPassing(new Error(message)), false, message);
  });

  it('is known by its code as well; what is unknown has none, and is not tried again', () => {
    const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
    assert.match(findRemedy(refused) ?? '', /cannot be reached/);
    for (const unknown of [new Error('else'), 'down', undefined]) {
      assert.equal(findRemedy(unknown), undefined);
      assert.equal(isPassing(unknown), false);
    }
  });
});
