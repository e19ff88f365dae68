// How a batch is written as KEYS and ARGV of the script in publish.lua.ts.

import type { Call, CallHook } from '../publish/call.ts';
import { completeMessage } from '../publish/lifecycle.ts';
import type { CdrEntry, DeduplicationKey, EventMessage, Message } from '../publish/notification.ts';
import type { Publication } from '../publish/publication.ts';
import { findTag, nameCall, nameKeySets, nameMarker, nameNewest, nameOpenCalls, nameProbe } from './keys.ts';

/** The marker of a delivered CDR is kept so long after the last CDR of its bucket. */
const MARKER_TTL = 31 * 24 * 3600;
/** The newest time of a subject counts for so long: a day, so that a wrong clock is forgotten. */
const NEWEST_TTL = 24 * 3600;
/** A call is remembered for so long after its first hook: longer than CALL_DEADLINE may be. */
const CALL_TTL = 24 * 3600;
/** And for so long after it left: its CDR may have to be written again, and hooks overtake each other. */
const LEFT_TTL = 10 * 60;

export type EncodeOptions = {
  /** the tag of all keys of our own, but for the lists' markers */
  readonly home: string;
  /** how many entries a list takes at most; 0 is no bound */
  readonly listMax: number;
  /** the live stream, and how many entries it keeps */
  readonly live: { readonly stream: string; readonly max: number } | undefined;
  /** how far the clock of Redis is ahead of ours, ms; undefined while it is unknown */
  readonly skew: number | undefined;
  /** are calls remembered, so that their CDRs are completed? */
  readonly remember: boolean;
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

/** A CDR that is to be completed here, and pushed elsewhere. */
export type Completion = {
  readonly call: Call;
  /** hooks of the call that are published in the same batch, before its own */
  readonly underWay: readonly CallHook[];
  readonly entry: CdrEntry;
};

/** KEYS and ARGV of the script that only completes CDRs. */
export function encodeCompletions(completions: readonly Completion[], options: EncodeOptions): Encoded {
  const { home } = options;
  const parts = completions.map(({ call, underWay, entry: { message, lacking } }) => {
    const part: Part = { keys: [], args: ['publication', '', 0], names: [] };
    addCall(part, call, home);
    part.args.push(
      'complete',
      underWay.length,
      ...underWay.map((hook) => JSON.stringify(hook)),
      message,
      JSON.stringify(lacking),
    );
    return part;
  });
  const settings = { streamMax: 0, callName: 0 };
  return {
    keys: [nameProbe(home), ...parts.flatMap(({ keys }) => keys)],
    args: [JSON.stringify(settings), ...parts.flatMap(({ args }) => args)],
  };
}

/** KEYS and ARGV of the script. A publication that cannot be encoded becomes a command that fails in its place. */
export function encodeBatch(publications: readonly Publication[], options: EncodeOptions): Encoded {
  const { home, listMax, outOfMemory } = options;
  const parts = publications.map((publication) => encodePublication(publication, options));
  const names = Map.groupBy(
    parts.flatMap((part) => part.names),
    ([seconds]) => seconds,
  );
  const live = names.size > 0 ? options.live : undefined;
  const remember = options.remember && publications.some(({ call }) => call !== undefined);
  const keys = [
    ...(live === undefined ? [] : [live.stream]),
    ...[...names.keys()].flatMap((seconds) => nameKeySets(home, seconds)),
    ...parts.flatMap((part) => part.keys),
  ];
  const settings = {
    ...{ markerTtl: MARKER_TTL, newestTtl: NEWEST_TTL, callTtl: CALL_TTL, leftTtl: LEFT_TTL },
    ...{ listMax, streamMax: live?.max ?? 0, outOfMemory },
    // The script counts bytes.
    callName: remember ? Buffer.byteLength(nameCall(home, '')) + 1 : 0,
  };
  return {
    // In a cluster all keys of a call lie in one slot.
    keys: [nameProbe(findTag(keys[0] ?? home)), ...keys],
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

function encodePublication(publication: Publication, { home, skew, remember }: EncodeOptions): Part {
  const { group, deadline, notifications } = publication;
  const call = remember ? publication.call : undefined;
  const until = deadline === undefined || skew === undefined ? 0 : deadline + skew;
  const part: Part = { keys: [], args: ['publication', group, until], names: [] };
  try {
    addCall(part, call, home);
    for (const notification of notifications) {
      if (notification.kind === 'cdr') addEntry(part, notification, call);
      else if (notification.kind === 'event') addEvent(part, notification);
      else addMessage(part, notification, home);
    }
    if (call?.givenUp !== undefined) part.args.push('close');
    return part;
  } catch (error) {
    const args = ['publication', group, until, '', 'refuse', `it cannot be encoded: ${error}`];
    return { keys: [], args, names: [] };
  }
}

function addCall(part: Part, call: Call | undefined, home: string): void {
  if (call === undefined) return void part.args.push('');
  const { scope, attempt_id, name, hook, cdrWaits, givenUp } = call;
  part.keys.push(nameCall(home, name), nameOpenCalls(home, scope[0] ?? ''));
  part.args.push(JSON.stringify(hook));
  if (cdrWaits) part.args.push('wait');
  if (givenUp === undefined) return;
  const { key, member } = nameMarker(givenUp.cdrList, scope, attempt_id);
  part.keys.push(key);
  part.args.push('expect', givenUp.length, member);
}

function addEntry(part: Part, entry: CdrEntry, call: Call | undefined): void {
  const { list, message, lacking, scope, attempt_id, marker } = entry;
  const { key, member } = nameMarker(list, scope, attempt_id, marker);
  part.keys.push(list, key);
  if (call === undefined) part.args.push('entry', member, completeMessage(message, lacking), '{}');
  else part.args.push('entry', member, message, JSON.stringify(lacking));
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
