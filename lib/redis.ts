// The sinker: the only file that knows ioredis.
import { createHash } from 'node:crypto';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { acrossNodes } from './cluster.ts';
import { encode, publishScript, tagOf } from './publish.lua.ts';
import type { Publish } from './relay.ts';

/** For connecting, and for a whole batch, connecting included. Two tries fit in the consumer's 10 s. */
const CONNECT_TIMEOUT = 2_000;
const COMMAND_TIMEOUT = 3_000;

type Client = Redis | Cluster;
type Call = ReturnType<typeof encode>;
/** `broken`: why the connection failed; its commands are only told that it is closed. */
type Connection = { readonly client: Client; broken: unknown };

const SHA = createHash('sha1').update(publishScript).digest('hex');

export type Destination = {
  /** `redis://` or `rediss://`, with the ACL user and password if there are any */
  readonly url: string;
  readonly cluster: boolean;
  /** the first decides on the node of a cluster where the script runs */
  readonly cdrLists: readonly string[];
};

/** A Publish onto Redis. The first batch connects; the connection is kept for the next ones. */
export function publisher({ url, cluster, cdrLists }: Destination): Publish {
  const home = tagOf(cdrLists[0] ?? '');
  const run = scriptRunner(() => (cluster ? connectCluster(url) : connectNode(url)));
  const publish: Publish = async (sayings) => {
    if (sayings.length === 0) return [];
    const answers = await run(encode(sayings, home));
    return sayings.map((_, index) => (answers[index] === '' ? undefined : new Error(answers[index])));
  };
  return cluster ? acrossNodes(publish, cdrLists) : publish;
}

const common = {
  connectTimeout: CONNECT_TIMEOUT,
  commandTimeout: COMMAND_TIMEOUT,
  // ioredis would hold commands back while it reconnects, and send again one whose reply was lost.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  disableClientInfo: true,
} satisfies RedisOptions;

const connectNode = (url: string) => new Redis(url, { ...common, lazyConnect: true, retryStrategy: null });

function connectCluster(url: string): Cluster {
  const { hostname, port, username, password, protocol } = new URL(url);
  return new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    lazyConnect: true,
    clusterRetryStrategy: null,
    maxRedirections: 3,
    // The certificate names the host, and a node tells addresses: keep what it tells.
    dnsLookup: (address, done) => done(null, address),
    redisOptions: {
      ...common,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  });
}

/**
 * Runs the script, at most twice: a connection kept from an earlier batch may have died unnoticed while the
 * sandbox was frozen, so its failure is tried again on a new one. A new one that fails is an outage.
 */
function scriptRunner(connect: () => Client) {
  let kept: Connection | undefined;

  return async (call: Call): Promise<readonly string[]> => {
    const known = kept;
    try {
      return await attempt(known ?? open(), call);
    } catch (error) {
      if (known === undefined) throw error;
      return attempt(kept ?? open(), call);
    }
  };

  function open(): Connection {
    const connection: Connection = { client: connect(), broken: undefined };
    connection.client.on('error', (error) => {
      connection.broken = error;
    });
    kept = connection;
    return connection;
  }

  async function attempt(connection: Connection, call: Call): Promise<readonly string[]> {
    try {
      return await evaluate(connection.client, call);
    } catch (error) {
      if (kept === connection) kept = undefined;
      connection.client.disconnect();
      throw connection.broken ?? error;
    }
  }
}

async function evaluate(client: Client, { keys, words }: Call): Promise<readonly string[]> {
  const args = [...keys, ...words];
  const answers = await client.evalsha(SHA, keys.length, ...args).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(publishScript, keys.length, ...args);
  });
  if (!Array.isArray(answers)) throw new Error('Redis answered the script with something else than a list');
  return answers.map(String);
}
