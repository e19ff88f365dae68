// Keeps a worker's lease, gives back what dead workers held, and what was moved for this one without its knowledge.
import { setTimeout } from 'node:timers/promises';
import type { Worker } from './consume-cdrs.ts';
import { readText, type Text } from './entry.ts';
import { nameProcessing } from './keys.ts';
import { COUNTED, heartbeat, move, release, run } from './scripts.ts';

/** @returns `stop` to be called when the handlers are done: until then the lease is kept */
export function keepLease(worker: Worker): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = beat();
  return {
    stop: async () => {
      stopping.abort();
      await done;
    },
  };

  async function beat(): Promise<void> {
    const every = worker.leaseMs / 3;
    let wait = every;
    let ended: ReadonlyMap<string, string> = new Map();
    let strays: readonly string[] = [];
    while (true) {
      await setTimeout(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        ended = await takeOver(worker, ended);
        strays = await giveBackStrays(worker, strays);
        wait = every;
      } catch (error) {
        worker.tell({ type: 'trouble', error });
        wait = Math.min(every, 500);
      }
    }
  }
}

/** Answers the workers whose lease ended, each with its end. */
export async function renew({ client, keys, name, leaseMs, lease }: Worker): Promise<unknown> {
  const sent = performance.now();
  const ended = await run(client, heartbeat, [keys.leases], [name, leaseMs]);
  lease.end = sent + leaseMs;
  return ended;
}

/**
 * Renews the lease. A lease that had ended at the last look and is as it was then has its entries given back: after
 * Redis was away, workers that live have their time to renew.
 * @returns the workers whose lease ended, with its end
 */
async function takeOver(worker: Worker, before: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const { client, keys, tell } = worker;
  const ended = readPairs(await renew(worker));
  for (const [other, end] of ended) {
    if (before.get(other) !== end) continue;
    const processing = nameProcessing(keys.list, other);
    const names = [keys.leases, processing, keys.list, keys.tries];
    const moved = Number(await run(client, release, names, [other, 'ended', COUNTED]));
    if (moved > 0) tell({ type: 'takenOver', worker: other, entries: moved });
  }
  return ended;
}

/** Members and scores take turns. */
function readPairs(reply: unknown): Map<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  const pairs = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.set(`${flat[at]}`, `${flat[at + 1]}`);
  return pairs;
}

/** An entry that was moved for us, though the answer got lost, is in nobody's hand: at the second look it goes back. */
async function giveBackStrays(worker: Worker, before: readonly string[]): Promise<string[]> {
  const { client, keys, held, tell } = worker;
  const counts = new Map(held);
  const strays: Text[] = [];
  for (const bytes of await client.lrangeBuffer(keys.processing, 0, -1)) {
    const found = readText(bytes);
    const count = counts.get(found.text) ?? 0;
    if (count === 0) strays.push(found);
    else counts.set(found.text, count - 1);
  }
  for (const { text, raw } of strays) {
    if (!before.includes(text) || held.has(text)) continue;
    if ((await run(client, move, [keys.processing, keys.list], [raw, 'RPUSH', raw])) === 1)
      tell({ type: 'givenBack', entries: 1 });
  }
  return strays.map(({ text }) => text);
}
