// A live view of what is said on Redis.
import { Redis } from 'ioredis';
import { connectTo, findCause } from '../lib/redis/connection.ts';

export type Heard = {
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
  // A status says of its agent only in `ref`.
  const ref =
    payload['status'] !== undefined && payload['event'] === undefined ? text(payload['ref']) : undefined;
  return (
    (filter.type === undefined || type === filter.type) &&
    (filter.queue === undefined || queues.includes(filter.queue)) &&
    (filter.agent === undefined || [...agents, ref].includes(filter.agent))
  );
}

/** Hears every message under a base key until the signal ends it, and tells each second how long the lists are. */
export async function watch(
  url: string,
  cluster: boolean,
  base: string,
  lists: readonly string[],
  hear: (heard: Heard) => void,
  tellLists: (lengths: ReadonlyMap<string, number>) => void,
  signal: AbortSignal,
): Promise<void> {
  const ears = new Redis(url, { retryStrategy: () => 500 });
  const client = connectTo(url, cluster);
  let reason: unknown;
  for (const connection of [ears, client]) {
    connection.on('error', (error: unknown) => {
      reason = findCause(error);
    });
  }
  ears.on('pmessage', (_pattern: string, where: string, words: string) => {
    const { type, payload } = parsed(words);
    hear({ at: Date.now(), where, type, payload });
  });
  try {
    await ears.psubscribe(`${base}:*`).catch((error: unknown) => {
      throw reason ?? error;
    });
    const lengths = async () => {
      const counts = await Promise.all(lists.map(async (list) => [list, await client.llen(list)] as const));
      tellLists(new Map(counts));
    };
    await lengths();
    const timer = setInterval(() => lengths().catch(() => undefined), 1_000);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    clearInterval(timer);
  } finally {
    ears.disconnect();
    client.disconnect();
  }
}

/** Somebody else may speak on these channels, too. */
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
