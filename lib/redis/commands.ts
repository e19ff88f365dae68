// How a batch is put into the words of the script in publish.lua.ts.

import type { Entry, Guard, Message, Whole } from '../publish/notification.ts';
import type { Saying } from '../publish/relay.ts';
import { deliveredMarker, guardSetsOf, newestOf, probeOf, tagOf } from './keys.ts';

/** A CDR's mark is kept so long after the last CDR of its bucket. */
const MARK_TTL = 31 * 24 * 3600;
/** A time that was said of a subject counts for so long: a day, so that a wrong clock is forgotten. */
const NEWEST_TTL = 24 * 3600;

type Words = (string | number)[];
/** What the notifications of a batch take: their part of the plan, KEYS and ARGV, and the names of their guards. */
type Spoken = {
  plan: string;
  readonly keys: string[];
  readonly words: Words;
  /** by the seconds that they are kept */
  readonly guards: Map<number, { readonly kind: number; readonly names: string[] }>;
};

/** What a batch is said with. */
export type Manner = {
  /** the tag of all keys of our own, but for the lists' marks */
  readonly home: string;
  /** how many entries a list takes at most; 0 is no bound */
  readonly listMax: number;
  /** the live stream, and how many entries it keeps */
  readonly live: { readonly stream: string; readonly most: number } | undefined;
  /** how far the clock of Redis is ahead of ours, ms; undefined until it has told */
  readonly skew: number | undefined;
};

/** KEYS and ARGV of the script. */
export function encode(sayings: readonly Saying[], manner: Manner): { keys: string[]; words: Words } {
  const { home, listMax, skew } = manner;
  const spoken: Spoken = { plan: '', keys: [], words: [], guards: new Map() };
  for (const { notifications } of sayings) {
    spoken.plan += '.';
    for (const notification of notifications) {
      if ('list' in notification) addEntry(spoken, notification);
      else if ('channel' in notification) addWhole(spoken, notification);
      else addMessage(spoken, notification, home);
    }
  }
  const { plan, guards } = spoken;
  const live = guards.size > 0 ? manner.live : undefined;
  const sets = [...guards.keys()].flatMap((seconds) => guardSetsOf(home, seconds));
  const names = [...guards].flatMap(([seconds, { names }]) => [seconds, names.length, ...names]);
  const keys = [...(live === undefined ? [] : [live.stream]), ...sets, ...spoken.keys];
  const groups = sayings.map(({ group }) => group);
  const deadlines = sayings.map(({ deadline }) =>
    deadline === undefined || skew === undefined ? 0 : deadline + skew,
  );
  const first = Math.min(...deadlines.filter((deadline) => deadline > 0));
  return {
    // In a cluster all keys of a call lie in one slot.
    keys: [probeOf(tagOf(keys[0] ?? home)), ...keys],
    words: [
      ...[plan, JSON.stringify({ groups, deadlines }), Number.isFinite(first) ? first : 0],
      ...[MARK_TTL, NEWEST_TTL, listMax, live?.most ?? 0, guards.size],
      ...names,
      ...spoken.words,
    ],
  };
}

function addEntry(spoken: Spoken, { list, message, scope, attempt_id }: Entry): void {
  const { key, member } = deliveredMarker(list, scope, attempt_id);
  spoken.plan += 'e';
  spoken.keys.push(list, key);
  spoken.words.push(member, message);
}

function addWhole(spoken: Spoken, { once, message, channel }: Whole): void {
  spoken.plan += `w${guard(spoken, once)}`;
  spoken.words.push(message, channel);
}

function addMessage(spoken: Spoken, { channels, message, once, newest }: Message, home: string): void {
  if (once !== undefined) spoken.plan += `o${guard(spoken, once)}`;
  else if (newest !== undefined) {
    spoken.plan += 'n';
    spoken.keys.push(newestOf(home, nameOf(newest.of)));
    spoken.words.push(newest.at);
  } else spoken.plan += 'm';
  spoken.plan += '+'.repeat(channels.length);
  spoken.words.push(message, ...channels);
}

/** Puts a guard to those of its seconds, and answers their kind. */
function guard({ guards }: Spoken, { of, seconds }: Guard): number {
  const known = guards.get(seconds);
  const { kind, names } = known ?? { kind: guards.size + 1, names: [] };
  if (known === undefined) guards.set(seconds, { kind, names });
  names.push(nameOf(of));
  return kind;
}

/** One word is a name by itself; several, which may hold anything, are one as a JSON text. */
const nameOf = (words: readonly string[]) => (words.length === 1 ? `${words[0]}` : JSON.stringify(words));
