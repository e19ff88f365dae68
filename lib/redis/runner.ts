// Runs the script on one connection, and tries it again while Redis is away for a moment.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundSkew } from './clock.ts';
import type { Encoded, EncodeOptions } from './commands.ts';
import { type Client, findCause } from './connection.ts';
import { publishScript, scriptOutOfMemory } from './publish.lua.ts';
import { isPassing } from './remedies.ts';

/** One try takes at most so many milliseconds, connecting included. */
export const TRY = 2_500;
/** Between two tries, milliseconds. */
const PAUSE = { first: 50, longest: 1_000 };
/** For the replicas to acknowledge, milliseconds. */
const WAIT_TIMEOUT = 1_000;

const nameScript = (text: string) => ({ text, sha: createHash('sha1').update(text).digest('hex') });
const script = nameScript(publishScript);
const outOfMemory = nameScript(scriptOutOfMemory);

export type Request = {
  readonly encode: (options: Pick<EncodeOptions, 'skew' | 'outOfMemory'>) => Encoded;
  /** a key on the node whose clock must be known; undefined where no clock matters */
  readonly clockKey: string | undefined;
  /** how many replicas are waited for */
  readonly replicas: number;
  /** when the last try may begin, by performance.now() */
  readonly lastTry: number;
};

export type Answer = {
  /** why a publication is not complete, by its place in the batch */
  readonly errors: ReadonlyMap<number, string>;
  /** how many replicas have it all */
  readonly acknowledged: number;
  /** of Redis, epoch milliseconds */
  readonly clock: number;
  readonly pushed: number;
  /** published before, and therefore not again */
  readonly suppressed: number;
  /** of the longest list that was pushed to; 0 for none */
  readonly listLength: number;
  /** why a call was not remembered or not recalled; empty where all were */
  readonly forgotten: string;
  /** the CDRs that were to be completed */
  readonly completed: readonly string[];
};

type Connection = {
  readonly client: Client;
  /** how far the clock of Redis is ahead of ours at least, ms; undefined until it was asked */
  skew: number | undefined;
  /** why it failed; its commands learn only that it is closed */
  broken: unknown;
};

/**
 * Makes what runs the script. A run whose reply is lost is repeated whole: what it published, it does not publish
 * again. Rejects with an error that waiting does not help against, or when there is no time for another try.
 */
export function createRunner(connect: () => Client): (request: Request) => Promise<Answer> {
  let kept: Connection | undefined;

  return async (request) => {
    // One try it has in any case.
    const end = Math.max(request.lastTry, performance.now()) + TRY;
    for (let pause = 0; ; pause = Math.min(Math.max(2 * pause, PAUSE.first), PAUSE.longest)) {
      const known = kept;
      try {
        return await attempt(known ?? open(), request, Math.max(0, Math.min(TRY, end - performance.now())));
      } catch (error) {
        // A connection of an earlier batch may have died unnoticed while the sandbox was frozen: no reason to wait.
        if (known === undefined && pause === 0) pause = PAUSE.first;
        const next = performance.now() + pause;
        if (!isPassing(error) || (pause > 0 && next > request.lastTry) || next >= end) throw error;
        await sleep(pause);
      }
    }
  };

  function open(): Connection {
    const connection: Connection = { client: connect(), skew: undefined, broken: undefined };
    connection.client.on('error', (error) => {
      connection.broken = error;
    });
    kept = connection;
    return connection;
  }

  async function attempt(connection: Connection, request: Request, milliseconds: number): Promise<Answer> {
    const expired = Promise.withResolvers<never>();
    const timer = setTimeout(() => expired.reject(new Error('Command timed out')), milliseconds);
    try {
      return await Promise.race([evaluate(connection, request), expired.promise]);
    } catch (error) {
      if (kept === connection) kept = undefined;
      connection.client.disconnect();
      throw findCause(connection.broken ?? error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * The script, and in the same round trip, on the same connection, the replicas' acknowledgement of what it wrote. The
 * clock is asked for once, before the first batch of a connection that has deadlines.
 */
async function evaluate(connection: Connection, { encode, clockKey, replicas }: Request): Promise<Answer> {
  const { client } = connection;
  if (clockKey === undefined) return runEither(undefined);
  if (connection.skew === undefined)
    await observeClock(connection, async () => readTime(await client.eval(timeScript, 1, clockKey)));
  const { skew } = connection;
  return observeClock(connection, () => runEither(skew));

  function runEither(skew: number | undefined): Promise<Answer> {
    return runScript(client, script, encode({ skew, outOfMemory: false }), replicas).catch((error: Error) => {
      if (!error.message.startsWith('OOM')) throw error;
      return runScript(client, outOfMemory, encode({ skew, outOfMemory: true }), replicas);
    });
  }
}

async function runScript(
  client: Client,
  { text, sha }: ReturnType<typeof nameScript>,
  { keys, args }: Encoded,
  replicas: number,
): Promise<Answer> {
  const words = [...keys, ...args];
  const run = async (command: 'evalsha' | 'eval', named: string): Promise<Answer> => {
    if (replicas === 0) return readAnswer(await client[command](named, keys.length, ...words), 0);
    const pipeline = client
      .pipeline()
      [command](named, keys.length, ...words)
      .wait(replicas, WAIT_TIMEOUT);
    const [ran, waited] = (await pipeline.exec()) ?? [];
    // A pipeline resolves with the errors of its commands.
    const error = ran?.[0] ?? waited?.[0];
    if (error) throw error;
    return readAnswer(ran?.[1], Number(waited?.[1] ?? 0));
  };
  return run('evalsha', sha).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return run('eval', text);
  });
}

/** Learns from an answer how far the clock of Redis is ahead. */
async function observeClock<T extends { readonly clock: number }>(
  connection: Connection,
  ask: () => Promise<T>,
): Promise<T> {
  const sent = Date.now();
  const answer = await ask();
  connection.skew = boundSkew(connection.skew, { clock: answer.clock, sent, received: Date.now() });
  return answer;
}

/** TIME as a script: in a cluster it then runs on the node of its key. */
const timeScript = "return redis.call('TIME')";

function readTime(reply: unknown): { readonly clock: number } {
  const [seconds, microseconds] = Array.isArray(reply) ? reply : [];
  return { clock: Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000) };
}

function readAnswer(reply: unknown, acknowledged: number): Answer {
  if (!Array.isArray(reply)) throw new Error('Redis answered the script with something else than a list');
  const [clock = 0, pushed = 0, suppressed = 0, listLength = 0, forgotten = '', completed = [], ...failed] =
    reply;
  const errors = new Map<number, string>();
  for (let place = 0; place < failed.length; place += 2)
    errors.set(failed[place] - 1, String(failed[place + 1]));
  return { errors, acknowledged, clock, pushed, suppressed, listLength, forgotten, completed };
}
