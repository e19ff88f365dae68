// A live view of what is published on Redis and pushed to its lists.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '../lib/redis/connection.ts';
import { close, openRedis, reach, redisTrouble, within } from './trouble.ts';

export type Heard = {
  /** epoch milliseconds */
  readonly at: number;
  /** the channel, or the list */
  readonly where: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
};

export type Filter = {
  readonly queue?: string | undefined;
  readonly agent?: string | undefined;
  readonly type?: string | undefined;
};

/** Where there is something to see. */
export type Source = {
  readonly url: string;
  readonly cluster: boolean;
  readonly base: string;
  /** full keys */
  readonly lists: readonly string[];
  /** the spellings under which each message to an agent is published */
  readonly agentTypes: readonly string[];
};

const text = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/** Is it of the queue, of the agent (extension or agent_id) and of the type that are asked for? */
export function passes({ type, payload }: Heard, filter: Filter): boolean {
  const agents = [
    payload['agent'],
    payload['agent_extension'],
    payload['extension'],
    payload['agent_id'],
  ].map(text);
  const queues = [payload['queue_id'], payload['campaign_ref']].map(text);
  // A status names its agent only in `ref`.
  const ref =
    payload['status'] !== undefined && payload['event'] === undefined ? text(payload['ref']) : undefined;
  return (
    (filter.type === undefined || type === filter.type) &&
    (filter.queue === undefined || queues.includes(filter.queue)) &&
    (filter.agent === undefined || [...agents, ref].includes(filter.agent))
  );
}

/** Between two looks at the lists, milliseconds. */
const PAUSE = 1_000;
/** So many of the newest entries of a list are looked at. */
const NEWEST = 100;

/**
 * Shows every message under the base key and every new entry of a list, and how long the lists are, until the signal
 * ends it. An entry that a worker pops before the next look is not seen. Rejects when Redis does not answer any more.
 */
export async function watch(
  { url, cluster, base, lists, agentTypes }: Source,
  hear: (heard: Heard) => void,
  tellLists: (lengths: ReadonlyMap<string, number>) => void,
  signal: AbortSignal,
): Promise<void> {
  const subscriber = openRedis(url, false);
  const client = openRedis(url, cluster);
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const work = async () => {
    await Promise.all([reach(subscriber), reach(client)]);
    const ended = once(subscriber, 'end').then(() => {
      throw new Error('the connection is closed');
    });
    // It may end while nobody waits for it.
    ended.catch(() => undefined);
    const repeated = repeats(base, agentTypes);
    subscriber.on('pmessage', (_pattern: string, where: string, words: string) => {
      if (!repeated(where, words)) hear({ at: Date.now(), where, ...parsed(words) });
    });
    await subscriber.psubscribe(`${base}:*`);
    const newest = new Map<string, readonly string[]>();
    while (!signal.aborted) {
      const looks = lists.map(async (list) => [list, await look(client, list, newest, hear)] as const);
      const all = Promise.all([Promise.all(looks), subscriber.ping()]);
      const [lengths] = await Promise.race([within('Redis', 'is it frozen, or overloaded?', all), ended]);
      tellLists(new Map(lengths));
      await Promise.race([setTimeout(PAUSE), ended, aborted]);
    }
  };
  const working = work();
  working.catch(() => undefined);
  try {
    await Promise.race([working, aborted]);
  } catch (error) {
    throw redisTrouble(error);
  } finally {
    close(subscriber);
    close(client);
  }
}

/**
 * Answers how long a list is, after showing what was pushed to it since the last look; the first look shows nothing.
 * @param newest by list, what was seen by the last look
 */
async function look(
  client: Client,
  list: string,
  newest: Map<string, readonly string[]>,
  hear: (heard: Heard) => void,
): Promise<number> {
  const [length, head] = await Promise.all([client.llen(list), client.lindex(list, 0)]);
  const known = newest.get(list);
  if (head === null || head === known?.[0]) {
    if (known === undefined) newest.set(list, []);
    return length;
  }
  const entries = await client.lrange(list, 0, NEWEST - 1);
  newest.set(list, entries);
  if (known === undefined) return length;
  // Pushed on the left: what stands before the first known one is new.
  const seen = new Set(known);
  const old = entries.findIndex((entry) => seen.has(entry));
  const fresh = old < 0 ? entries : entries.slice(0, old);
  for (const entry of fresh.toReversed()) hear({ at: Date.now(), where: list, ...parsed(entry) });
  return length;
}

/** Was the same message just heard on the channel of another spelling? Each is published on all of them in turn. */
function repeats(base: string, agentTypes: readonly string[]) {
  const last = new Map<string, { readonly words: string; readonly types: Set<string> }>();
  return (where: string, words: string): boolean => {
    const [type = '', ...rest] = where.slice(base.length + 1).split(':');
    if (!agentTypes.includes(type)) return false;
    const agent = rest.join(':');
    const heard = last.get(agent);
    if (heard?.words === words && !heard.types.has(type)) {
      heard.types.add(type);
      return true;
    }
    last.set(agent, { words, types: new Set([type]) });
    return false;
  };
}

/** Somebody else may publish on these channels, too. */
function parsed(words: string): Pick<Heard, 'type' | 'payload'> {
  try {
    const { type, payload } = JSON.parse(words) as { type?: unknown; payload?: unknown };
    return {
      type: String(type),
      payload: typeof payload === 'object' && payload !== null ? { ...payload } : {},
    };
  } catch {
    return { type: 'not JSON', payload: {} };
  }
}
