// Publishes batches on Redis, each with one call of the script.
import { createHash } from 'node:crypto';
import { holdGroups, type Outcome, type Publication, type Publish } from '../publish/publication.ts';
import { publishAcrossNodes } from './cluster.ts';
import { type Encoded, encodeBatch } from './commands.ts';
import { type Client, connectTo, findCause } from './connection.ts';
import { findHome, nameLiveStream } from './keys.ts';
import { publishScript } from './publish.lua.ts';

/** An answer within so many milliseconds tells the clock of Redis well enough. */
const PROMPT = 500;
/** For the replicas to acknowledge. */
const WAIT_TIMEOUT = 1_000;

const hasMessages = (publications: readonly Publication[]) =>
  publications.some(({ notifications }) => notifications.some(({ kind }) => kind !== 'cdr'));

type Call = Encoded & { readonly replicas: number };
type Answer = {
  /** why a publication is not complete, by its place in the batch */
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
  /** how many replicas must have a CDR before it counts as delivered; 0 asks none */
  readonly replicas: number;
};

/** What a call did, for who counts. */
export type Tally = {
  readonly pushed: number;
  /** published before, and therefore not again */
  readonly suppressed: number;
  /** of the longest list that was pushed to; 0 for none */
  readonly listLength: number;
  readonly milliseconds: number;
};

/**
 * Makes a Publish onto Redis. The first batch connects; the connection is kept for the next ones.
 * @param count hears of each round trip
 */
export function createPublisher(
  destination: Destination,
  count: (tally: Tally) => void = () => undefined,
): Publish {
  const { url, cluster, cdrLists, listMax, liveMax, replicas } = destination;
  const home = findHome(cdrLists);
  const live = liveMax > 0 ? { stream: nameLiveStream(cdrLists), max: liveMax } : undefined;
  const run = createRunner(() => connectTo(url, cluster));
  let skew: number | undefined;
  const publish: Publish = async (publications) => {
    if (publications.length === 0) return [];
    const hasCdr = publications.map(({ notifications }) => notifications.some(({ kind }) => kind === 'cdr'));
    const needed = hasCdr.includes(true) ? replicas : 0;
    const begun = performance.now();
    const { errors, acknowledged, clock, tally } = await run({
      ...encodeBatch(publications, { home, listMax, live, skew }),
      replicas: needed,
    });
    const milliseconds = performance.now() - begun;
    // Of the node that publishes, whose clock the deadlines are for; and only of a prompt answer, which is exact.
    if (hasMessages(publications) && milliseconds < PROMPT) skew = clock - Date.now();
    count({ ...tally, milliseconds });
    const outcomes = publications.map((_, index): Outcome => {
      const error = errors.get(index);
      if (error !== undefined) return new Error(error);
      if (!hasCdr[index] || acknowledged >= needed) return undefined;
      return new Error(`NOREPLICAS ${acknowledged} of ${needed} replicas have the CDR`);
    });
    holdGroups(publications, outcomes);
    return outcomes;
  };
  return cluster ? publishAcrossNodes(publish, cdrLists) : publish;
}

/**
 * Runs the script, at most twice: a connection kept from an earlier batch may have died unnoticed while the
 * sandbox was frozen, so its failure is tried again on a new one. A new one that fails is an outage.
 */
function createRunner(connect: () => Client) {
  let kept: Connection | undefined;

  return async (call: Call): Promise<Answer> => {
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

  async function attempt(connection: Connection, call: Call): Promise<Answer> {
    try {
      return await evaluate(connection.client, call);
    } catch (error) {
      if (kept === connection) kept = undefined;
      connection.client.disconnect();
      throw findCause(connection.broken ?? error);
    }
  }
}

/** The script, and in the same round trip, on the same connection, the replicas' acknowledgement of what it wrote. */
async function evaluate(client: Client, { keys, args, replicas }: Call): Promise<Answer> {
  const words = [...keys, ...args];
  const run = async (command: 'evalsha' | 'eval', script: string): Promise<Answer> => {
    if (replicas === 0) return readAnswer(await client[command](script, keys.length, ...words), 0);
    const pipeline = client
      .pipeline()
      [command](script, keys.length, ...words)
      .wait(replicas, WAIT_TIMEOUT);
    const [ran, waited] = (await pipeline.exec()) ?? [];
    // A pipeline resolves with the errors of its commands.
    const error = ran?.[0] ?? waited?.[0];
    if (error) throw error;
    return readAnswer(ran?.[1], Number(waited?.[1] ?? 0));
  };
  return run('evalsha', SHA).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return run('eval', publishScript);
  });
}

function readAnswer(reply: unknown, acknowledged: number): Answer {
  if (!Array.isArray(reply)) throw new Error('Redis answered the script with something else than a list');
  const [clock = 0, pushed = 0, suppressed = 0, listLength = 0, ...failed] = reply;
  const errors = new Map<number, string>();
  for (let place = 0; place < failed.length; place += 2)
    errors.set(failed[place] - 1, String(failed[place + 1]));
  return { errors, acknowledged, clock, tally: { pushed, suppressed, listLength } };
}
