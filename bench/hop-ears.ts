// A subscriber that knows attempts by what is said of them, and when it heard of each.
import { setTimeout } from 'node:timers/promises';
import type { Client } from '../lib/redis/connection.ts';

/** The moment (performance.now) when an attempt was first heard of. */
export type Heard = ReadonlyMap<number, number>;

/** Listens from now on. */
export async function listen(client: Client, pattern: string): Promise<Heard> {
  const heard = new Map<number, number>();
  client.on('pmessage', (_pattern, _channel, text: string) => {
    const at = performance.now();
    const attempt = Number(/"attempt_id":"(\d+)"/.exec(text)?.[1]);
    if (!heard.has(attempt)) heard.set(attempt, at);
  });
  await client.psubscribe(pattern);
  return heard;
}

/** Waits until all are heard of, but no longer than so many milliseconds. */
export async function untilHeard(heard: Heard, attempts: readonly number[], patience: number): Promise<void> {
  const end = performance.now() + patience;
  while (performance.now() < end && !attempts.every((attempt) => heard.has(attempt))) await setTimeout(5);
}
