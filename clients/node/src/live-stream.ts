// Follows the live stream: every event that was published, from the last one that was seen. It needs LIVE=on.
import { setTimeout } from 'node:timers/promises';
import { type Client, duplicate } from './connection.ts';
import { namePrefix } from './keys.ts';
import { type EventMessage, isEvent, readMessage } from './messages.ts';

/** Events after `after` are gone: the stream keeps the last LIVE_MAX. `next` is the first that is left, if there is one */
export type Gap = { readonly after: string; readonly next: string | undefined };

export type FollowOptions = {
  /** the first list of CDR_LISTS, by its key: the stream is named after it */
  readonly list: string;
  /** id of the last entry that was seen; without it, all that is kept is new */
  readonly after?: string;
  /** Keep the id when the event is dealt with: it is where to go on. */
  readonly onEvent: (event: EventMessage, id: string) => void | Promise<void>;
  readonly onGap?: (gap: Gap) => void | Promise<void>;
  /** Redis is not read; it is tried again. */
  readonly onTrouble?: (error: unknown) => void;
  readonly signal?: AbortSignal;
};

type Found = { readonly id: string; readonly text: string };

/** Entries of one read. */
const COUNT = 1_000;
const BLOCK = 1_000;

/**
 * Gives every event once, in order, until the signal is aborted. Between two ids nothing is missing, unless a gap is
 * reported.
 * @returns the id of the last entry that was seen
 * @throws what onEvent throws, and what Redis answers when it refuses the first read
 */
export async function followEvents(redis: Client, options: FollowOptions): Promise<string | undefined> {
  const { onEvent, onGap, onTrouble, signal } = options;
  const key = `${namePrefix(options.list)}:live`;
  const client = duplicate(redis);
  let last = options.after;
  let begun = false;
  try {
    while (!signal?.aborted) {
      const read = await readFrom(client, key, last).catch((error: unknown) => {
        if (!begun) throw error;
        onTrouble?.(error);
        return undefined;
      });
      if (read === undefined) {
        await setTimeout(200, undefined, { signal }).catch(() => undefined);
        continue;
      }
      begun = true;
      if (read.gap !== undefined) {
        await onGap?.(read.gap);
        // Nothing of what is left was seen: a stream that was deleted may begin with lower ids.
        last = undefined;
      }
      for (const { id, text } of read.found) {
        if (signal?.aborted) return last;
        const message = readMessage(text);
        if (message !== undefined && isEvent(message)) await onEvent(message, id);
        last = id;
      }
    }
    return last;
  } finally {
    client.disconnect();
  }
}

type Read = { readonly found: readonly Found[]; readonly gap: Gap | undefined };

/** The next entries; when there are none, waits a while for one. */
async function readFrom(client: Client, key: string, last: string | undefined): Promise<Read> {
  // With the last one: where it still is, nothing was cut off behind it.
  const entries = (await client.xrange(key, last ?? '-', '+', 'COUNT', COUNT + 1)).map(([id, fields]) => ({
    id,
    text: textOf(fields),
  }));
  const anchored = last === undefined || entries[0]?.id === last;
  const found = last !== undefined && anchored ? entries.slice(1) : entries;
  if (!anchored && !(await hasBefore(client, key, last)))
    return { found, gap: { after: last, next: found[0]?.id } };
  if (found.length === 0) await client.xread('COUNT', 1, 'BLOCK', BLOCK, 'STREAMS', key, last ?? '0-0');
  return { found, gap: undefined };
}

/** An entry may have been taken out; the stream is cut at its old end alone. */
const hasBefore = async (client: Client, key: string, id: string) =>
  (await client.xrange(key, '-', id, 'COUNT', 1)).length > 0;

/** Fields and values take turns. */
const textOf = (fields: readonly string[]): string => fields[fields.indexOf('event') + 1] ?? '';
