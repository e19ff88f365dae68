// Takes CDRs from a list and loses none: the worker protocol of docs/worker.md.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { type Client, duplicate, gather } from './connection.ts';
import { readEntry } from './entry.ts';
import { type Handle, handleEntries, hold, type Taken } from './handling.ts';
import { type Keys, nameKeys } from './keys.ts';
import { keepLease, renew } from './lease.ts';
import { type Counters, newCounters, type OnProgress, type Progress, report } from './progress.ts';
import { COUNTED, release, run, take } from './scripts.ts';

export type { Cdr } from './handling.ts';
export type { CdrMessage } from './messages.ts';
export type { Counters, OnProgress, Progress } from './progress.ts';

export type ConsumeOptions = Handle & {
  /** the key of the list, such as enigma:notifications:campaigns */
  readonly list: string;
  /** handlers that run at the same time; 1 */
  readonly concurrency?: number;
  /** ms after which what a dead worker holds is given back; 30,000. A handler may take longer, its event loop may not. */
  readonly leaseMs?: number;
  /** tries of an entry before it goes to the dead list; 10 */
  readonly maxTries?: number;
  /** ms from a failed try to the next, doubled with each, 60 s at most; 1,000 */
  readonly retryMs?: number;
  /** what the worker is called in the names of its keys; the host and the process */
  readonly name?: string;
  /** aborted: takes nothing more, lets the running handlers finish, gives the rest back */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
};

/** What every part of a running worker shares. */
export type Worker = {
  readonly client: Client;
  readonly keys: Keys;
  readonly name: string;
  readonly leaseMs: number;
  readonly maxTries: number;
  readonly retryMs: number;
  /** aborted when the worker stops */
  readonly signal: AbortSignal;
  /** `end`: until then nobody is given what it holds, by performance.now() */
  readonly lease: { end: number };
  /** texts that were taken and are not settled, with how many of each */
  readonly held: Map<string, number>;
  /** of what is handled: the next is taken meanwhile */
  readonly acknowledging: Set<Promise<void>>;
  readonly tell: (progress: Progress) => void;
};

/**
 * Handles each entry of the list at least once, the oldest first, until the signal is aborted. An entry is
 * acknowledged when its handler is done; one that throws has it tried again. Other workers, of any kind, may take from
 * the same list. The handler must bear to see the same `id` twice: then a worker died or froze in between.
 * @param redis for its address and user: own connections are made
 * @returns the counters, once it has stopped
 * @throws RangeError when an option is wrong; what Redis answers when it refuses the worker, or that it can't be
 *   reached, at the start. Later it is tried again for ever
 */
export async function consumeCdrs(redis: Client, options: ConsumeOptions): Promise<Counters> {
  const { concurrency = 1, batch, leaseMs = 30_000, maxTries = 10, retryMs = 1_000 } = options;
  for (const [name, value] of Object.entries({ concurrency, batch: batch ?? 1, leaseMs, maxTries, retryMs }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number, 1 or more`);
  const name = `${options.name ?? `${hostname()}:${process.pid}`}:${randomBytes(4).toString('hex')}`;
  const keys = nameKeys(options.list, name);
  const counters = newCounters();
  const signal = options.signal ?? new AbortController().signal;
  const tell = (progress: Progress) => report(counters, options.onProgress, progress);
  const [client, waiting] = [duplicate(redis), duplicate(redis)];
  const worker: Worker = {
    ...{ client, keys, name, leaseMs, maxTries, retryMs, signal, tell },
    lease: { end: 0 },
    held: new Map(),
    acknowledging: new Set(),
  };
  try {
    await renew(worker);
    tell({ type: 'started', worker: name });
    const lease = keepLease(worker);
    const sure = await takeAndHandle(worker, waiting, options, concurrency);
    await lease.stop();
    await leave(worker, sure ? 'leaving' : 'stopping');
    tell({ type: 'stopped' });
    return counters;
  } finally {
    client.disconnect();
    waiting.disconnect();
  }
}

/** Until the worker stops and every handler is done. @returns was every take answered? Else one may still come */
async function takeAndHandle(
  worker: Worker,
  waiting: Client,
  handle: Handle,
  concurrency: number,
): Promise<boolean> {
  const running = new Set<Promise<void>>();
  const start = (taken: Taken) => {
    const handling = handleEntries(worker, handle, taken).finally(() => running.delete(handling));
    running.add(handling);
  };
  let sure = true;
  while (!worker.signal.aborted) {
    const free = concurrency - running.size;
    // What can't be acknowledged holds up what is not begun: it would all be handled again.
    const full = free === 0 ? running : worker.acknowledging;
    if (free === 0 || full.size > concurrency * (handle.batch ?? 1)) {
      await Promise.race(full);
      continue;
    }
    try {
      const taken = await takeSome(worker, waiting, handle.batch ?? free);
      if (handle.batch === undefined)
        for (const entry of taken.entries) start({ ...taken, entries: [entry] });
      else if (taken.entries.length > 0) start(taken);
    } catch (error) {
      // Redis may have moved an entry without our hearing of it: the lease's check finds it.
      sure = false;
      worker.tell({ type: 'trouble', error });
      await setTimeout(Math.min(200, worker.leaseMs / 3), undefined, { signal: worker.signal }).catch(
        () => undefined,
      );
    }
  }
  await Promise.all(running);
  await Promise.all(worker.acknowledging);
  return sure;
}

/** Entries as soon as there are some; none after a short while. */
async function takeSome(worker: Worker, waiting: Client, most: number): Promise<Taken> {
  const there = await takeThere(worker, most);
  if (there.entries.length > 0) return there;
  // A stop waits for this as well: a wait that is cut off could still take an entry for us.
  const seconds = Math.min(1_000, worker.leaseMs / 3) / 1_000;
  const { list, processing } = worker.keys;
  const first = await waiting
    .blmoveBuffer(list, processing, 'RIGHT', 'LEFT', seconds)
    .catch((error: unknown) => {
      if (isFull(error)) return undefined;
      throw error;
    });
  // When its memory is full, Redis refuses BLMOVE, which gives it back some; our script goes on.
  if (first === undefined) await setTimeout(seconds * 200);
  return receive(worker, [first]);
}

async function takeThere(worker: Worker, most: number): Promise<Taken> {
  const { client, keys, lease } = worker;
  const { end } = lease;
  if (most === 1) {
    // As the script does, at half its price.
    gather(client);
    const [bytes, counted] = await Promise.all([
      client.lmoveBuffer(keys.list, keys.processing, 'RIGHT', 'LEFT').catch((error: unknown) => {
        if (isFull(error)) return undefined;
        throw error;
      }),
      client.exists(keys.tries),
    ]);
    if (bytes !== undefined) return receive(worker, [bytes], counted === 0 ? { tries: 0, end } : undefined);
  }
  const answer = await run(client, take, [keys.list, keys.processing, keys.tries], [most]);
  const [tries, ...taken] = Array.isArray(answer) ? answer : [];
  return receive(worker, taken, { tries: Number(tries), end });
}

function receive(worker: Worker, answer: readonly unknown[], known?: Taken['known']): Taken {
  const entries = answer.filter(Buffer.isBuffer).map(readEntry);
  for (const { text } of entries) hold(worker, text);
  return { entries, known };
}

const isFull = (error: unknown) => error instanceof Error && error.message.startsWith('OOM');

/** Gives back what is left. Where Redis can't be reached, the lease ends and another worker does it. */
async function leave(worker: Worker, how: 'leaving' | 'stopping'): Promise<void> {
  const { client, keys, name, tell } = worker;
  const names = [keys.leases, keys.processing, keys.list, keys.tries];
  try {
    const entries = Number(await run(client, release, names, [name, how, COUNTED]));
    if (entries > 0) tell({ type: 'givenBack', entries });
  } catch (error) {
    tell({ type: 'trouble', error });
  }
}
