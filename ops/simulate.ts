// Realistic calls through the door, at a rate.
import { setTimeout } from 'node:timers/promises';
import { callOf } from '../chaos/calls.ts';
import { randomOf } from '../chaos/random.ts';
import type { Target } from './target.ts';

export type Simulated = {
  readonly calls: number;
  readonly events: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
};

/**
 * Sends the hooks of so many calls, each call's in order, and so many calls a second begun.
 * @param progress hears how many hooks were sent
 */
export async function simulate(
  { door, token }: Target,
  calls: number,
  rate: number,
  seed: number,
  progress: (events: number) => void,
): Promise<Simulated> {
  if (door === undefined) throw new Error('name the door with --url');
  const random = randomOf(seed);
  const statuses: Record<string, number> = {};
  const begun = performance.now();
  let events = 0;
  // Not two simulations with one attempt, unless the seed and the second are the same.
  const first =
    8n * 10n ** 17n +
    BigInt(seed % 100_000) * 10n ** 10n +
    BigInt(Math.floor(Date.now() / 1000) % 100_000) * 10n ** 5n;
  const running: Promise<void>[] = [];
  for (let call = 0; call < calls; call++) {
    running.push(play(callOf(random, first + BigInt(call), Date.now())));
    await setTimeout(1000 / rate);
  }
  await Promise.all(running);
  return { calls, events, statuses, seconds: (performance.now() - begun) / 1000 };

  async function play(hooks: readonly object[]): Promise<void> {
    for (const hook of hooks) {
      const status = await fetch(`${door}/hooks/webitel`, {
        method: 'POST',
        body: JSON.stringify(hook),
        headers: { 'x-api-key': token },
      }).then(
        async (answer) => {
          await answer.body?.cancel();
          return `${answer.status}`;
        },
        () => 'no answer',
      );
      statuses[status] = (statuses[status] ?? 0) + 1;
      progress(++events);
    }
  }
}
