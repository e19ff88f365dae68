// How a batch is written as KEYS and ARGV of the script in publish.lua.ts.

import type { CdrEntry, DeduplicationKey, EventMessage, Message } from '../publish/notification.ts';
import type { Publication } from '../publish/publication.ts';
import { findTag, nameKeySets, nameMarker, nameNewest, nameProbe } from './keys.ts';

/** The marker of a delivered CDR is kept so long after the last CDR of its bucket. */
const MARKER_TTL = 31 * 24 * 3600;
/** The newest time of a subject counts for so long: a day, so that a wrong clock is forgotten. */
const NEWEST_TTL = 24 * 3600;

export type EncodeOptions = {
  /** the tag of all keys of our own, but for the lists' markers */
  readonly home: string;
  /** how many entries a list takes at most; 0 is no bound */
  readonly listMax: number;
  /** the live stream, and how many entries it keeps */
  readonly live: { readonly stream: string; readonly max: number } | undefined;
  /** how far the clock of Redis is ahead of ours, ms; undefined while it is unknown */
  readonly skew: number | undefined;
  /** Redis has no memory left: CDRs wait */
  readonly outOfMemory: boolean;
};

export type Encoded = { readonly keys: readonly string[]; readonly args: readonly (string | number)[] };

/** What the commands of one publication take, and the names of its deduplication keys in their order. */
type Part = {
  readonly keys: string[];
  readonly args: (string | number)[];
  readonly names: [seconds: number, name: string][];
};

/** KEYS and ARGV of the script. A publication that cannot be encoded becomes a command that fails in its place. */
export function encodeBatch(publications: readonly Publication[], options: EncodeOptions): Encoded {
  const parts = publications.map((publication) => encodePublication(publication, options));
  const names = Map.groupBy(
    parts.flatMap((part) => part.names),
    ([seconds]) => seconds,
  );
  const live = names.size > 0 ? options.live : undefined;
  const sets = [...names.keys()].flatMap((seconds) => nameKeySets(options.home, seconds));
  const keys = [...(live === undefined ? [] : [live.stream]), ...sets, ...parts.flatMap((part) => part.keys)];
  const settings = {
    markerTtl: MARKER_TTL,
    newestTtl: NEWEST_TTL,
    listMax: options.listMax,
    streamMax: live?.max ?? 0,
    outOfMemory: options.outOfMemory,
  };
  return {
    // In a cluster all keys of a call lie in one slot.
    keys: [nameProbe(findTag(keys[0] ?? options.home)), ...keys],
    args: [
      JSON.stringify(settings),
      ...[...names].flatMap(([seconds, ofThese]) => [
        ...['deduplicate', seconds, ofThese.length],
        ...ofThese.map(([, name]) => name),
      ]),
      ...parts.flatMap((part) => part.args),
    ],
  };
}

function encodePublication({ group, deadline, notifications }: Publication, options: EncodeOptions): Part {
  const { home, skew } = options;
  const start = ['publication', group, deadline === undefined || skew === undefined ? 0 : deadline + skew];
  const part: Part = { keys: [], args: [...start], names: [] };
  try {
    for (const notification of notifications) {
      if (notification.kind === 'cdr') addEntry(part, notification);
      else if (notification.kind === 'event') addEvent(part, notification);
      else addMessage(part, notification, home);
    }
    return part;
  } catch (error) {
    return { keys: [], args: [...start, 'refuse', `it cannot be encoded: ${error}`], names: [] };
  }
}

function addEntry(part: Part, { list, message, scope, attempt_id }: CdrEntry): void {
  const { key, member } = nameMarker(list, scope, attempt_id);
  part.keys.push(list, key);
  part.args.push('entry', member, message);
}

function addEvent(part: Part, { once, channel, message }: EventMessage): void {
  part.args.push('event', addKey(part, once), channel, message);
}

function addMessage(part: Part, { channels, message, once, newest }: Message, home: string): void {
  if (newest !== undefined) {
    part.keys.push(nameNewest(home, joinWords(newest.subject)));
    part.args.push('newest', newest.at);
  }
  part.args.push('message', addKey(part, once), channels.length, ...channels, message);
}

/** Answers its seconds, which say which key is the next. */
function addKey({ names }: Part, { words, seconds }: DeduplicationKey): number {
  names.push([seconds, joinWords(words)]);
  return seconds;
}

/** One word is a name by itself; several, which may hold anything, are one as a JSON text. */
const joinWords = (words: readonly string[]) => (words.length === 1 ? `${words[0]}` : JSON.stringify(words));
