// Reads the stream of events in Redis: all of it, then on and on, also after Redis was away.
import { setTimeout } from 'node:timers/promises';
import { log } from '../../lib/log.ts';
import { type Client, connectTo, findCause } from '../../lib/redis/connection.ts';
import { findRemedy } from '../../lib/redis/remedies.ts';

export type Entry = {
  readonly id: string;
  /** JSON text of the lifecycle message; undefined when the entry has none */
  readonly text: string | undefined;
};

export type Source = { readonly url: string; readonly cluster: boolean; readonly key: string };

type Reader = {
  /** Is Redis read, with everything that was there at the start taken? */
  readonly reading: () => boolean;
  readonly stop: () => Promise<void>;
};

/** So many entries are read at once at most, and so many at first: Redis knows no bound in bytes. */
const MOST = 128;
const FIRST = 8;
/** What one read should bring, in characters: entries that are large are read one by one. */
const SIZE = 2 * 1024 * 1024;
/** How long Redis waits for a new entry, ms: below the time after which lib/redis/publisher.ts gives a command up. */
const BLOCK = 1_000;
const RETRY = [100, 250, 500, 1_000] as const;

/** Redis can't be read; nothing else is an outage. */
class Outage extends Error {
  constructor(cause: unknown) {
    super('Redis is not read', { cause });
    this.name = 'Outage';
  }
}

/** `broken`: why the connection failed; its commands only fail because it is closed. */
type Connection = { readonly client: Client; broken: unknown };

/**
 * Each entry is taken once, in order. Reading resumes after the last one that was taken.
 * @param handle must not fail. `news`: false for what was there at the start
 * @param begin called once, when that was taken
 */
export function readStream(
  source: Source,
  handle: (entries: readonly Entry[], news: boolean) => void | Promise<void>,
  begin: () => void,
): Reader {
  const stopping = new AbortController();
  const { signal } = stopping;
  let last = '0-0';
  let count = FIRST;
  let caughtUp = false;
  let reading = false;
  let client: Client | undefined;
  const done = run();
  return {
    reading: () => reading,
    stop: async () => {
      stopping.abort();
      client?.disconnect();
      await done;
    },
  };

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const connection = open();
      try {
        await follow(connection, () => {
          if (failures > 0) log('info', 'live stream is read again');
          failures = 0;
        });
      } catch (error) {
        if (!(error instanceof Outage)) throw error;
        reading = false;
        if (!signal.aborted && failures++ === 0)
          log('warn', 'live stream is not read', { error: error.cause, remedy: findRemedy(error.cause) });
      } finally {
        connection.client.disconnect();
      }
      const wait = RETRY[Math.min(failures, RETRY.length) - 1];
      await setTimeout(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  function open(): Connection {
    const connection: Connection = { client: connectTo(source.url, source.cluster), broken: undefined };
    connection.client.on('error', (error) => {
      connection.broken = error;
    });
    client = connection.client;
    return connection;
  }

  /** Until the connection fails: throws Outage. */
  async function follow(connection: Connection, connected: () => void): Promise<void> {
    if (caughtUp) await ask(connection, warnOfGap);
    while (!signal.aborted) {
      // Without BLOCK until there is no more: an answer of nothing then means that all was taken.
      const entries = await ask(connection, read);
      connected();
      last = entries.at(-1)?.id ?? last;
      const all = entries.length < count;
      count = chooseCount(count, entries);
      await handle(entries, caughtUp);
      if (!all) continue;
      reading = true;
      if (!caughtUp) begin();
      caughtUp = true;
    }
  }

  async function ask<T>(connection: Connection, question: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await question(connection.client);
    } catch (error) {
      throw new Outage(findCause(connection.broken ?? error));
    }
  }

  async function read(connection: Client): Promise<Entry[]> {
    const from = ['STREAMS', source.key, last] as const;
    const reply = reading
      ? await connection.xread('COUNT', count, 'BLOCK', BLOCK, ...from)
      : await connection.xread('COUNT', count, ...from);
    return (reply?.[0]?.[1] ?? []).map(([id, fields]) => ({ id, text: readText(fields) }));
  }

  /** The stream is capped: after a long outage it may begin after the last entry that was taken. */
  async function warnOfGap(connection: Client): Promise<void> {
    const known = await connection.xrange(source.key, '-', last, 'COUNT', 1);
    if (known.length === 0 && last !== '0-0')
      log('warn', 'live stream was cut: events may be missing in the statistics of today');
  }
}

/** How many entries to read next, by the size of those that came last: at most twice as many as before. */
function chooseCount(count: number, entries: readonly Entry[]): number {
  const size = entries.reduce((sum, { text = '' }) => sum + text.length, 0);
  if (entries.length === 0) return count;
  return Math.max(1, Math.min(MOST, 2 * count, Math.floor((SIZE * entries.length) / Math.max(1, size))));
}

/** Fields and values take turns. */
export const readText = (fields: readonly string[]): string | undefined => {
  const index = fields.indexOf('event');
  return index === -1 ? undefined : fields[index + 1];
};
