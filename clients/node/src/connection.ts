// Connections of the client's own, made after the one it is given: a waiting command must hold up nobody.
import type { Cluster, Redis } from 'ioredis';

export type Client = Redis | Cluster;

/** Longer than any command here waits, ms: a Redis that is frozen is an error, not silence. */
const TIMEOUT = 5_000;

const own = {
  commandTimeout: TIMEOUT,
  socketTimeout: TIMEOUT,
  // A command whose reply was lost must not be sent again by itself.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  disableClientInfo: true,
  // After a failover its address leads to another one.
  reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
};

const retryStrategy = (times: number) => Math.min(times * 50, 1_000);

/**
 * A second connection to the same Redis, for the same user. It reconnects for ever.
 * @param silence ms without an answer after which the connection is given up
 */
export function duplicate(redis: Client, silence = TIMEOUT): Client {
  const client =
    'nodes' in redis
      ? duplicateCluster(redis)
      : redis.duplicate({ ...own, retryStrategy, socketTimeout: silence });
  // Whoever asks something gets the error; without a listener Node would end.
  client.on('error', () => undefined);
  return client;
}

/** What is sent from here to the end of this turn of the event loop leaves in one write, not in one for each command. */
export function gather(client: Client): void {
  if ('nodes' in client || client.stream === undefined) return;
  const { stream } = client;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function duplicateCluster(cluster: Cluster): Cluster {
  const { replyMapping: _, ...redisOptions } = cluster.options.redisOptions ?? {};
  return cluster.duplicate([], {
    clusterRetryStrategy: retryStrategy,
    // Else the cluster sends what was cut off again by itself, and reads from replicas that are behind.
    retryDelayOnFailover: 0,
    scaleReads: 'master',
    redisOptions: { ...redisOptions, ...own },
  });
}
