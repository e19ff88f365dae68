// A subscriber that records when it received the first message about each attempt.
import { setTimeout } from 'node:timers/promises';
import type { Client } from '../lib/redis/connection.ts';
import type { Answer } from './load.ts';

/** By attempt, the moment (performance.now). */
export type Received = ReadonlyMap<number, number>;

/** Listens from now on. */
export async function subscribe(client: Client, pattern: string): Promise<Received> {
  const received = new Map<number, number>();
  client.on('pmessage', (_pattern, _channel, text: string) => {
    const at = performance.now();
    const attempt = Number(/"attempt_id":"(\d+)"/.exec(text)?.[1]);
    if (!received.has(attempt)) received.set(attempt, at);
  });
  await client.psubscribe(pattern);
  return received;
}

/** Milliseconds from each hook to its message, waiting no longer than the patience; of a lost one infinity. */
export async function measureDelays(
  answers: readonly Answer[],
  received: Received,
  patience: number,
): Promise<number[]> {
  const end = performance.now() + patience;
  while (performance.now() < end && !answers.every(({ attempt }) => received.has(attempt)))
    await setTimeout(5);
  return answers.map(({ attempt, sent }) => (received.get(attempt) ?? Number.POSITIVE_INFINITY) - sent);
}
