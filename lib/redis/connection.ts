// The connection to Redis: the only file that knows ioredis.
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** For one command, connecting included; milliseconds. */
const COMMAND_TIMEOUT = 2_000;
/** So much of it is kept back when connecting. */
const AFTER_CONNECTING = 500;
export type Client = Redis | Cluster;

const common = {
  // ioredis would hold commands back while it reconnects, and send again one whose reply was lost.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  disableClientInfo: true,
  // A round trip less. A Redis that is loading says so.
  enableReadyCheck: false,
} satisfies RedisOptions;

const limit = (commandTimeout: number) => ({
  connectTimeout: commandTimeout - AFTER_CONNECTING,
  commandTimeout,
});

/**
 * A client that connects with its first command, fails soon and never tries again.
 * @param commandTimeout milliseconds
 */
export const connectTo = (url: string, cluster: boolean, commandTimeout = COMMAND_TIMEOUT): Client =>
  cluster ? connectCluster(url, commandTimeout) : connectNode(url, commandTimeout);

const connectNode = (url: string, commandTimeout: number) =>
  new Redis(url, { ...common, ...limit(commandTimeout), lazyConnect: true, retryStrategy: null });

function connectCluster(url: string, commandTimeout: number): Cluster {
  const { hostname, port, username, password, protocol } = new URL(url);
  return new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    lazyConnect: true,
    clusterRetryStrategy: null,
    maxRedirections: 3,
    // Asking a node which slots are where is a command as any other.
    slotsRefreshTimeout: commandTimeout,
    // The certificate names the host, and a node answers with addresses: keep what it answers.
    dnsLookup: (address, done) => done(null, address),
    redisOptions: {
      ...common,
      ...limit(commandTimeout),
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  });
}

/** A cluster's error says only that every node failed; the last one's own error is the cause. */
export const findCause = (error: unknown): unknown =>
  error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : error;
