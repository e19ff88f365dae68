// The workers that take CDRs from the lists. They move them, so that a reply that is lost with a dying Redis loses no count.
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import * as z from 'zod/mini';
import type { Told } from './call-ledger.ts';

const AT_ONCE = 50;

const cdr = z.object({
  payload: z.looseObject({ id: z.string(), attempt_id: z.string(), source: z.optional(z.string()) }),
});

const nameTaken = (list: string) => `taken:${list}`;

/** Takes entries until it is aborted, except while `pause.paused`. */
export async function takeCdrs(
  client: Redis,
  lists: readonly string[],
  pause: { readonly paused: boolean },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const list of pause.paused ? [] : lists) {
      const pipeline = client.pipeline();
      for (let entry = 0; entry < AT_ONCE; entry++) pipeline.lmove(list, nameTaken(list), 'RIGHT', 'LEFT');
      await pipeline.exec().catch(() => undefined);
    }
    await setTimeout(10);
  }
}

/** Answers the payload of each entry that the list has had. */
export async function readTold(client: Redis, list: string): Promise<Told[]> {
  const texts = [...(await client.lrange(list, 0, -1)), ...(await client.lrange(nameTaken(list), 0, -1))];
  return texts.map((text) => cdr.parse(JSON.parse(text)).payload);
}
