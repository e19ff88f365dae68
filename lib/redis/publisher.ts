// Publishes batches on Redis, each with one call of the script.
import { createHash } from 'node:crypto';
import { hold, type Publish, type Saying } from '../publish/relay.ts';
import { acrossNodes } from './cluster.ts';
import { encode } from './commands.ts';
import { type Client, causeOf, connectTo } from './connection.ts';
import { homeOf, liveStreamOf } from './keys.ts';
import { publishScript } from './publish.lua.ts';

/** An answer within so many milliseconds tells the clock of Redis well enough. */
const PROMPT = 500;
/** For the replicas to acknowledge. */
const WAIT_TIMEOUT = 1_000;

const speaks = (sayings: readonly Saying[]) =>
  sayings.some(({ notifications }) => notifications.some((notification) => !('list' in notification)));

type Call = ReturnType<typeof encode> & { readonly replicas: number };
type Said = {
  /** why a saying was not said whole, by its place in the batch */
  readonly errors: ReadonlyMap<number, string>;
  /** how many replicas have it all */
  readonly acknowledged: number;
  /** of Redis, epoch milliseconds */
  readonly clock: number;
  readonly tally: Omit<Tally, 'milliseconds'>;
};
/** `broken`: why the connection failed; its commands are only told that it is closed. */
type Connection = { readonly client: Client; broken: unknown };

const SHA = createHash('sha1').update(publishScript).digest('hex');

export type Destination = {
  /** `redis://` or `rediss://`, with the ACL user and password if there are any */
  readonly url: string;
  readonly cluster: boolean;
  /** the first decides on the node of a cluster where the script runs */
  readonly cdrLists: readonly string[];
  /** how many entries a list takes at most; 0 is no bound */
  readonly listMax: number;
  /** how many entries the live stream keeps; 0 is no stream */
  readonly liveMax: number;
  /** how many replicas must have a CDR before it counts as said; 0 asks none */
  readonly replicas: number;
};

/** What a call did, for who counts. */
export type Tally = {
  readonly pushed: number;
  /** said before, and therefore not again */
  readonly suppressed: number;
  /** of the longest list that was pushed to; 0 for none */
  readonly listLength: number;
  readonly milliseconds: number;
};

/**
 * A Publish onto Redis. The first batch connects; the connection is kept for the next ones.
 * @param count hears of each round trip
 */
export function publisher(
  destination: Destination,
  count: (tally: Tally) => void = () => undefined,
): Publish {
  const { url, cluster, cdrLists, listMax, liveMax, replicas } = destination;
  const home = homeOf(cdrLists);
  const live = liveMax > 0 ? { stream: liveStreamOf(cdrLists), most: liveMax } : undefined;
  const run = scriptRunner(() => connectTo(url, cluster));
  let skew: number | undefined;
  const publish: Publish = async (sayings) => {
    if (sayings.length === 0) return [];
    const kept = sayings.map(({ notifications }) =>
      notifications.some((notification) => 'list' in notification),
    );
    const needed = kept.includes(true) ? replicas : 0;
    const begun = performance.now();
    const { errors, acknowledged, clock, tally } = await run({
      ...encode(sayings, { home, listMax, live, skew }),
      replicas: needed,
    });
    const milliseconds = performance.now() - begun;
    // Of the node that speaks, whose clock the deadlines are for; and only of a prompt answer, which is exact.
    if (speaks(sayings) && milliseconds < PROMPT) skew = clock - Date.now();
    count({ ...tally, milliseconds });
    const failures = sayings.map((_, index) => {
      const error = errors.get(index);
      if (error !== undefined) return new Error(error);
      if (!kept[index] || acknowledged >= needed) return undefined;
      return new Error(`NOREPLICAS ${acknowledged} of ${needed} replicas have the CDR`);
    });
    hold(sayings, failures);
    return failures;
  };
  return cluster ? acrossNodes(publish, cdrLists) : publish;
}

/**
 * Runs the script, at most twice: a connection kept from an earlier batch may have died unnoticed while the
 * sandbox was frozen, so its failure is tried again on a new one. A new one that fails is an outage.
 */
function scriptRunner(connect: () => Client) {
  let kept: Connection | undefined;

  return async (call: Call): Promise<Said> => {
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

  async function attempt(connection: Connection, call: Call): Promise<Said> {
    try {
      return await evaluate(connection.client, call);
    } catch (error) {
      if (kept === connection) kept = undefined;
      connection.client.disconnect();
      throw causeOf(connection.broken ?? error);
    }
  }
}

/** The script, and in the same round trip, on the same connection, the replicas' acknowledgement of what it wrote. */
async function evaluate(client: Client, { keys, words, replicas }: Call): Promise<Said> {
  const args = [...keys, ...words];
  const run = async (command: 'evalsha' | 'eval', script: string): Promise<Said> => {
    if (replicas === 0) return saidOf(await client[command](script, keys.length, ...args), 0);
    const pipeline = client
      .pipeline()
      [command](script, keys.length, ...args)
      .wait(replicas, WAIT_TIMEOUT);
    const [ran, waited] = (await pipeline.exec()) ?? [];
    // A pipeline resolves with the errors of its commands.
    const error = ran?.[0] ?? waited?.[0];
    if (error) throw error;
    return saidOf(ran?.[1], Number(waited?.[1] ?? 0));
  };
  return run('evalsha', SHA).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return run('eval', publishScript);
  });
}

function saidOf(reply: unknown, acknowledged: number): Said {
  if (!Array.isArray(reply)) throw new Error('Redis answered the script with something else than a list');
  const [clock = 0, pushed = 0, suppressed = 0, listLength = 0, ...failed] = reply;
  const errors = new Map<number, string>();
  for (let place = 0; place < failed.length; place += 2)
    errors.set(failed[place] - 1, String(failed[place + 1]));
  return { errors, acknowledged, clock, tally: { pushed, suppressed, listLength } };
}
