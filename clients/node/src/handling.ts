// From taken to settled: an entry is handled and acknowledged, or tried again, or dead.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { gather } from './connection.ts';
import type { Worker } from './consume-cdrs.ts';
import type { Entry } from './entry.ts';
import type { CdrMessage } from './messages.ts';
import { begin, COUNTED, count, move, run } from './scripts.ts';

/** What a handler gets. */
export type Cdr = {
  /** the idempotency key: the same when the same CDR comes again */
  readonly id: string;
  /** which try this is, from 1 */
  readonly tries: number;
  readonly message: CdrMessage;
  /** the entry as it is in the list */
  readonly text: string;
};

export type Handle =
  | { readonly batch?: undefined; readonly handle: (cdr: Cdr) => void | Promise<void> }
  /** A batch that throws has its entries tried again, each alone. */
  | { readonly batch: number; readonly handle: (cdrs: readonly Cdr[]) => void | Promise<void> };

/** What was taken at once. One that was tried before comes alone: it takes no other with it. */
export type Taken = {
  readonly entries: readonly Entry[];
  /** how often they were tried in vain, and until when they are ours, by performance.now(); undefined: ask */
  readonly known: { readonly tries: number; readonly end: number } | undefined;
};

type Begun = { readonly entry: Entry; readonly cdr: Cdr };

const LONGEST_RETRY = 60_000;

/** Handles entries in their order. Never fails: what can't be settled stays held by Redis, and is given back. */
export async function handleEntries(worker: Worker, handle: Handle, taken: Taken): Promise<void> {
  try {
    if (worker.signal.aborted) return;
    const asked = taken.entries.map((entry) => beginOne(worker, entry, taken.known));
    const begun = (await Promise.all(asked)).flatMap((one) => one ?? []);
    if (begun.length > 0) await handleBegun(worker, handle, begun);
  } catch (error) {
    worker.tell({ type: 'trouble', error });
  } finally {
    for (const { text } of taken.entries) letGo(worker, text);
  }
}

async function handleBegun(worker: Worker, handle: Handle, begun: readonly Begun[]): Promise<void> {
  try {
    if (handle.batch !== undefined) await handle.handle(begun.map(({ cdr }) => cdr));
    else for (const { cdr } of begun) await handle.handle(cdr);
  } catch (error) {
    await fail(worker, begun, error);
    return;
  }
  gather(worker.client);
  for (const one of begun) startAcknowledging(worker, one);
}

/** @returns undefined when there is nothing to handle: the entry is not ours any more, or dead */
async function beginOne(worker: Worker, entry: Entry, known: Taken['known']): Promise<Begun | undefined> {
  const { text, raw, id, message } = entry;
  const ours = known !== undefined && performance.now() < known.end - worker.leaseMs / 2;
  const tries = (ours ? known.tries : await ask(worker, raw)) + 1;
  if (tries === 0) worker.tell({ type: 'lapsed', id });
  else if (message === undefined)
    await bury(worker, entry, tries, 'no CDR: a JSON object of the type cdr with a payload');
  else if (tries > worker.maxTries)
    await bury(worker, entry, tries - 1, 'its workers died or froze while they handled it');
  else return { entry, cdr: { id, tries, message, text } };
  return undefined;
}

/** How often it was tried in vain; -1: it was given back. Between taking and this, the worker may have frozen. */
async function ask({ client, keys, name, leaseMs }: Worker, raw: Entry['raw']): Promise<number> {
  return Number(await run(client, begin, [keys.processing, keys.tries, keys.leases], [raw, name, leaseMs]));
}

function startAcknowledging(worker: Worker, begun: Begun): void {
  const { text } = begun.entry;
  hold(worker, text);
  const acknowledged = acknowledge(worker, begun).finally(() => {
    letGo(worker, text);
    worker.acknowledging.delete(acknowledged);
  });
  worker.acknowledging.add(acknowledged);
}

/** Goes on until Redis answers. A worker that stops gives up after a lease: then somebody handles the entry again. */
async function acknowledge(worker: Worker, { entry: { raw }, cdr: { id, tries } }: Begun): Promise<void> {
  const { client, keys, signal, leaseMs, tell } = worker;
  for (let waited = 0; ; waited += 100) {
    try {
      const [removed] = await Promise.all([
        client.lrem(keys.processing, 1, raw),
        tries > 1 && client.hdel(keys.tries, digest(raw)),
      ]);
      tell({ type: removed === 0 ? 'twice' : 'handled', id, tries });
      return;
    } catch (error) {
      tell({ type: 'trouble', error });
      if (signal.aborted && waited > leaseMs) return;
      await setTimeout(100);
    }
  }
}

/** The next try comes after a while, in which the handler gets nothing else: what it needs may be down. */
async function fail(worker: Worker, begun: readonly Begun[], error: unknown): Promise<void> {
  const { client, keys, tell, maxTries, retryMs, signal } = worker;
  const reason = describe(error).slice(0, 500);
  for (const { cdr } of begun) tell({ type: 'failed', id: cdr.id, tries: cdr.tries, error });
  const again = begun.filter(({ cdr }) => cdr.tries < maxTries);
  for (const { entry, cdr } of begun) {
    if (cdr.tries >= maxTries) await bury(worker, entry, cdr.tries, reason);
  }
  if (again.length === 0) return;
  const tries = Math.min(...again.map(({ cdr }) => cdr.tries));
  const wait = Math.min(LONGEST_RETRY, retryMs * 2 ** (tries - 1));
  await setTimeout(wait, undefined, { signal }).catch(() => undefined);
  await run(client, count, [keys.tries], [COUNTED, ...again.map(({ entry }) => entry.raw)]);
  // What a worker that stops still holds is given back in one piece, in its order.
  if (signal.aborted) return;
  // The oldest last: it is then the next.
  for (const { entry } of again.reverse()) await giveBack(worker, entry);
}

/** A handler may throw anything, also what is no text. */
function describe(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'the handler threw something without a text';
  }
}

async function giveBack({ client, keys, tell }: Worker, { raw, id }: Entry): Promise<void> {
  const moved = await run(client, move, [keys.processing, keys.list], [raw, 'RPUSH', raw]);
  tell(moved === 1 ? { type: 'givenBack', entries: 1 } : { type: 'lapsed', id });
}

async function bury(worker: Worker, { text, raw, id }: Entry, tries: number, reason: string): Promise<void> {
  const { client, keys, name, tell } = worker;
  const base64 = typeof raw === 'string' ? undefined : raw.toString('base64');
  const letter = JSON.stringify({ entry: text, base64, id, reason, tries, worker: name, at: Date.now() });
  const moved = await run(client, move, [keys.processing, keys.dead], [raw, 'LPUSH', letter]);
  if (moved !== 1) return tell({ type: 'lapsed', id });
  tell({ type: 'dead', id, tries, reason });
  await client.hdel(keys.tries, digest(raw));
}

/** Under which its tries are counted. */
const digest = (raw: Entry['raw']) => createHash('sha1').update(raw).digest('hex');

export const hold = ({ held }: Worker, text: string) => held.set(text, (held.get(text) ?? 0) + 1);

function letGo({ held }: Worker, text: string): void {
  const count = held.get(text) ?? 0;
  if (count > 1) held.set(text, count - 1);
  else held.delete(text);
}
