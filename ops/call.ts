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

/** Where the CDR of a call is in one list; `popped`: it was pushed, and is in no list of ours any more. */
export type Whereabouts =
  | { readonly list: string; readonly where: 'none' | 'popped' }
  | { readonly list: string; readonly where: 'waiting'; readonly place: number; readonly of: number }
  | { readonly list: string; readonly where: 'worker'; readonly worker: string };

export type Account = {
  /** from the live stream: each event, and what it made */
  readonly steps: readonly Step[];
  /** what Redis remembers of its hooks, in the order in which they were published */
  readonly hooks: readonly CallHook[];
  /** has it not left, and not been given up? */
  readonly isOpen: boolean;
  readonly cdrs: readonly Whereabouts[];
};

/** Everything that is still known of a call. @param lists full keys of the CDR lists */
export async function accountFor(
  client: Client,
  asked: Asked,
  lists: readonly string[],
  publishing: Publishing,
): Promise<Account> {
  const { tenant, source, attempt_id } = asked;
  const scope = findScope({ tenant, source });
  const home = findHome(lists);
  const name = writeName(scope, attempt_id);
  const published = await readAttempt(client, nameLiveStream(lists), asked);
  const score = await client.zscore(nameOpenCalls(home, tenant), name);
  return {
    steps: makeTimeline(published, attempt_id, source, publishing),
    hooks: readRecord(await client.lrange(nameCall(home, name), 0, -1)).hooks,
    isOpen: score !== null,
    cdrs: await Promise.all(lists.map((list) => findCdr(client, list, scope, asked))),
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

/** Looks for the CDR of an attempt in a list, in the hands of its workers, and by its marker. */
export async function findCdr(
  client: Client,
  list: string,
  scope: readonly string[],
  asked: Asked,
): Promise<Whereabouts> {
  const isIts = (text: string) => isCdrOf(text, asked);
  const of = await client.llen(list);
  for (let from = 0; from < Math.min(of, SEARCHED); from += CHUNK) {
    const place = (await client.lrange(list, from, from + CHUNK - 1)).findIndex(isIts);
    // Workers pop from the right.
    if (place >= 0) return { list, where: 'waiting', place: of - from - place, of };
  }
  const keys = nameWorkerKeys(list);
  for (const worker of await client.zrange(keys.leases, '0', '-1')) {
    if ((await client.lrange(keys.processing(worker), 0, -1)).some(isIts))
      return { list, where: 'worker', worker };
  }
  const { key, member } = nameMarker(list, scope, asked.attempt_id);
  return { list, where: (await client.sismember(key, member)) === 1 ? 'popped' : 'none' };
}

function isCdrOf(text: string, { tenant, attempt_id, source }: Asked): boolean {
  if (!text.includes(JSON.stringify(attempt_id))) return false;
  const payload = readPayload(text);
  if (!isRecord(payload)) return false;
  return payload['tenant'] === tenant && payload['attempt_id'] === attempt_id && payload['source'] === source;
}

/** Undefined for what is none of ours: others may push to a list, too. */
function readPayload(text: string): unknown {
  try {
    const message: unknown = JSON.parse(text);
    return isRecord(message) ? message['payload'] : undefined;
  } catch {
    return undefined;
  }
}
