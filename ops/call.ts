// What became of one call: its hooks from the live stream or from what Redis remembers, and where its CDR is.
import type { QueueEvent } from '../lib/event.ts';
import { isRecord } from '../lib/field.ts';
import { findScope } from '../lib/identity.ts';
import { type CallHook, readRecord, writeName } from '../lib/publish/call.ts';
import type { Published, Publishing } from '../lib/publish/relay.ts';
import type { Client } from '../lib/redis/connection.ts';
import { findHome, nameCall, nameLiveStream, nameMarker, nameOpenCalls } from '../lib/redis/keys.ts';
import { nameWorkerKeys } from '../lib/redis/worker-keys.ts';
import { makeTimeline, readPublished, type Step } from '../live/state/timeline.ts';

/** Entries of the stream, or of a list, that are read at once. */
const CHUNK = 1_000;
/** The newest entries of a list in which a CDR is looked for. */
const SEARCHED = 100_000;

export type Asked = {
  readonly tenant: string;
  readonly source: string | undefined;
  readonly attempt_id: string;
};

/**
 * Where the CDR of a call is in one list. `popped`: it was pushed, and is in no list of ours any more; `unseen`: it was
 * pushed, and the list is too long to see whether it still waits.
 */
export type Whereabouts =
  | { readonly list: string; readonly where: 'none' | 'popped' }
  | { readonly list: string; readonly where: 'waiting'; readonly place: number; readonly of: number }
  | { readonly list: string; readonly where: 'unseen'; readonly of: number }
  | { readonly list: string; readonly where: 'worker'; readonly worker: string }
  /** a worker gave up on it after so many tries; `reason`: its words, which may hold personal data */
  | {
      readonly list: string;
      readonly where: 'dead';
      readonly key: string;
      readonly tries: number;
      readonly reason: string;
    };

export type Account = {
  /** from the live stream: each event, and what it made */
  readonly steps: readonly Step[];
  /** what Redis remembers of its hooks, in the order in which they were published */
  readonly hooks: readonly CallHook[];
  /** has it not left, and not been given up? */
  readonly isOpen: boolean;
  readonly cdrs: readonly Whereabouts[];
  /** where the record is that was made since the call never left, if one was */
  readonly incomplete: readonly Whereabouts[];
};

/** Full keys of the lists that each get a CDR, and of those that get a record of a call that never left. */
export type Lists = { readonly cdrs: readonly string[]; readonly incomplete: readonly string[] };

/** Everything that is still known of a call. */
export async function accountFor(
  client: Client,
  asked: Asked,
  lists: Lists,
  publishing: Publishing,
): Promise<Account> {
  const { tenant, source, attempt_id } = asked;
  const scope = findScope({ tenant, source });
  const home = findHome(lists.cdrs);
  const name = writeName(scope, attempt_id);
  const published = await readAttempt(client, nameLiveStream(lists.cdrs), asked);
  const score = await client.zscore(nameOpenCalls(home, tenant), name);
  const incomplete = await Promise.all(
    lists.incomplete.map((list) => findCdr(client, list, scope, asked, 'incomplete')),
  );
  return {
    steps: makeTimeline(published, attempt_id, source, publishing),
    hooks: readRecord(await client.lrange(nameCall(home, name), 0, -1)).hooks,
    isOpen: score !== null,
    cdrs: await Promise.all(lists.cdrs.map((list) => findCdr(client, list, scope, asked))),
    incomplete: incomplete.filter(({ where }) => where !== 'none'),
  };
}

/** The events of the attempt that the stream still has. */
async function readAttempt(client: Client, stream: string, asked: Asked): Promise<Published[]> {
  const found: Published[] = [];
  for (let from = '-'; ; ) {
    const entries = await client.xrange(stream, from, '+', 'COUNT', CHUNK);
    for (const [, [, text = '']] of entries) {
      // Most are of other attempts: to parse them all would take long.
      if (!text.includes(JSON.stringify(asked.attempt_id))) continue;
      const event = readEvent(text);
      if (event !== undefined && isOf(event.event, asked)) found.push(event);
    }
    if (entries.length < CHUNK) return found;
    from = `(${entries.at(-1)?.[0]}`;
  }
}

const isOf = ({ tenant, attempt_id, source }: QueueEvent, asked: Asked) =>
  tenant === asked.tenant && attempt_id === asked.attempt_id && source === asked.source;

/** Undefined for what a newer version wrote. */
function readEvent(text: string): Published | undefined {
  try {
    return readPublished(readPayload(text));
  } catch {
    return undefined;
  }
}

/** Looks for the CDR of an attempt in a list, in the hands of its workers, among what they gave up on, and by its marker. */
export async function findCdr(
  client: Client,
  list: string,
  scope: readonly string[],
  asked: Asked,
  kind?: 'incomplete',
): Promise<Whereabouts> {
  const isIts = (text: string) => isCdrOf(text, asked, kind === 'incomplete');
  const of = await client.llen(list);
  const waiting = await findEntry(client, list, isIts);
  // Workers pop from the right.
  if (waiting !== undefined) return { list, where: 'waiting', place: of - waiting.index, of };
  const keys = nameWorkerKeys(list);
  for (const worker of await client.zrange(keys.leases, '0', '-1')) {
    if ((await findEntry(client, keys.processing(worker), isIts)) !== undefined)
      return { list, where: 'worker', worker };
  }
  const letter = await findEntry(client, keys.dead, (text) => isIts(readLetter(text).entry));
  if (letter !== undefined) {
    const { tries, reason } = readLetter(letter.text);
    return { list, where: 'dead', key: keys.dead, tries, reason };
  }
  const { key, member } = nameMarker(list, scope, asked.attempt_id, kind);
  if ((await client.sismember(key, member)) === 0) return { list, where: 'none' };
  return of > SEARCHED ? { list, where: 'unseen', of } : { list, where: 'popped' };
}

/** The newest entry of a list that is looked for, among so many. */
async function findEntry(
  client: Client,
  list: string,
  isIts: (text: string) => boolean,
): Promise<{ readonly index: number; readonly text: string } | undefined> {
  for (let from = 0; from < SEARCHED; from += CHUNK) {
    const entries = await client.lrange(list, from, from + CHUNK - 1);
    const index = entries.findIndex(isIts);
    const text = entries[index];
    if (text !== undefined) return { index: from + index, text };
    if (entries.length < CHUNK) return undefined;
  }
  return undefined;
}

/** A list may hold both a call's CDR and the record that was made before, when nothing came any more. */
function isCdrOf(text: string, { tenant, attempt_id, source }: Asked, incomplete: boolean): boolean {
  if (!text.includes(JSON.stringify(attempt_id))) return false;
  const payload = readPayload(text);
  if (!isRecord(payload) || (payload['incomplete'] === true) !== incomplete) return false;
  return payload['tenant'] === tenant && payload['attempt_id'] === attempt_id && payload['source'] === source;
}

/** Undefined for what is none of ours: others may push to a list, too. */
const readPayload = (text: string): unknown => readObject(text)['payload'];

/** What a worker put in the dead list. */
function readLetter(text: string): {
  readonly entry: string;
  readonly tries: number;
  readonly reason: string;
} {
  const { entry, tries, reason } = readObject(text);
  return { entry: String(entry), tries: Number(tries), reason: String(reason) };
}

/** Empty for what is no JSON object. */
function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
