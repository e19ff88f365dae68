// Reads the stream of events in Redis: all of it, then on and on, also after Redis was away.
import { setTimeout } from 'node:timers/promises';
import { cureOf } from '../lib/cure.ts';
import { log } from '../lib/log.ts';
import { type Client, connectTo } from '../lib/redis.ts';

export type Entry = {
  readonly id: string;
  /** JSON text of the lifecycle message; undefined when the entry has none */
  readonly text: string | undefined;
};

export type Source = { readonly url: string; readonly cluster: boolean; readonly key: string };

export type Reader = {
  /** Is Redis read, with everything that was there at the start taken? */
  readonly reading: () => boolean;
  readonly stop: () => Promise<void>;
};

/** Most entries of one read. */
const COUNT = 1_000;
/** How long Redis waits for a new entry, ms: below the time after which lib/redis.ts gives a command up. */
const BLOCK = 1_000;
const RETRY = [100, 250, 500, 1_000] as const;

/**
 * Each entry is taken once, in order. Reading resumes after the last one that was taken.
 * @param take `news`: false for what was there at the start
 * @param begin called once, when that was taken
 */
export function readStream(
  source: Source,
  take: (entries: readonly Entry[], news: boolean) => void,
  begin: () => void,
): Reader {
  const stopping = new AbortController();
  const { signal } = stopping;
  let last = '0-0';
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
      const connection = connectTo(source.url, source.cluster);
      // Told by the command that fails.
      connection.on('error', () => undefined);
      client = connection;
      try {
        await follow(connection, () => {
          if (failures > 0) log('info', 'live stream is read again');
          failures = 0;
        });
      } catch (error) {
        reading = false;
        if (!signal.aborted && failures++ === 0)
          log('warn', 'live stream is not read', { error, cure: cureOf(error) });
      } finally {
        connection.disconnect();
      }
      const wait = RETRY[Math.min(failures, RETRY.length) - 1];
      await setTimeout(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until the connection fails. */
  async function follow(connection: Client, connected: () => void): Promise<void> {
    if (caughtUp) await tellGap(connection);
    while (!signal.aborted) {
      // Without BLOCK until there is no more: an answer of nothing then means that all was taken.
      const entries = await read(connection, reading);
      connected();
      take(entries, caughtUp);
      last = entries.at(-1)?.id ?? last;
      if (entries.length === COUNT) continue;
      reading = true;
      if (!caughtUp) begin();
      caughtUp = true;
    }
  }

  async function read(connection: Client, wait: boolean): Promise<Entry[]> {
    const from = ['STREAMS', source.key, last] as const;
    const reply = wait
      ? await connection.xread('COUNT', COUNT, 'BLOCK', BLOCK, ...from)
      : await connection.xread('COUNT', COUNT, ...from);
    return (reply?.[0]?.[1] ?? []).map(([id, fields]) => ({ id, text: textOf(fields) }));
  }

  /** The stream is capped: after a long outage it may begin after the last entry that was taken. */
  async function tellGap(connection: Client): Promise<void> {
    const known = await connection.xrange(source.key, '-', last, 'COUNT', 1);
    if (known.length === 0 && last !== '0-0')
      log('warn', 'live stream was cut: events may be missing in the statistics of today');
  }
}

/** Fields and values take turns. */
const textOf = (fields: readonly string[]): string | undefined => {
  const index = fields.indexOf('event');
  return index === -1 ? undefined : fields[index + 1];
};
