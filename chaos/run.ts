// Chaos: realistic calls through the bridge while parts of it die, and a ledger that must balance.
import { setTimeout } from 'node:timers/promises';
import { findHome, nameOpenCalls } from '../lib/redis/keys.ts';
import { seedRandom } from '../simulation/random.ts';
import { postCalls } from './callers.ts';
import { openHookPoster, type Pace, type Repeats } from './hook-poster.ts';
import { type Balance, type Ledger, openLedger } from './ledger.ts';
import { takeIds, waitUntilEmpty } from './queues.ts';
import { INCOMPLETE, LISTS, type Scene, startScene } from './scene.ts';
import { playStages } from './stages.ts';
import { readTold, takeCdrs } from './workers.ts';

export type Report = Balance &
  Repeats & {
    readonly seed: number;
    readonly events: number;
    readonly faults: Readonly<Record<string, number>>;
    readonly seconds: number;
  };

/** Of a tenth of a second each: whatever does not come in three minutes is lost, and the ledger says so. */
const MOST_WAITS = 1_800;
/** Milliseconds: shorter than what the bridge promises to ride out. */
const LONGEST_OUTAGE = 4_500;

/**
 * Runs it.
 * @param progress takes a line now and then
 * @param longestOutage milliseconds; the shorter it is, the longer may the machine itself stand still beside it
 */
export async function chaos(
  events: number,
  seed: number,
  progress: (line: string) => void,
  longestOutage = LONGEST_OUTAGE,
): Promise<Report> {
  const begun = performance.now();
  await using stack = new AsyncDisposableStack();
  const scene = await startScene(stack, longestOutage);
  const { victim, post, client } = scene;
  const ledger = openLedger();
  const done = new AbortController();
  stack.defer(async () => done.abort());
  const taking = takeCdrs(client, [...LISTS, INCOMPLETE], victim.workers, done.signal);

  const pace: Pace = { posted: 0, allowed: 0, watched: false, signal: done.signal };
  const play = { victim, random: seedRandom(seed), pace, events, progress };
  const poster = openHookPoster(post, ledger, pace);
  const [faults] = await Promise.all([
    playStages(play, () => settle(scene, ledger)),
    postCalls(poster, events, seed),
  ]);
  progress(`${pace.posted} events posted; waiting for the queue to be empty`);
  await settle(scene, ledger);
  await untilNoneIsOpen(scene);
  done.abort();
  await taking;
  return {
    ...{ seed, events: pace.posted, ...poster.countRepeats(), faults },
    ...(await balance(scene, ledger)),
    seconds: Math.round((performance.now() - begun) / 1000),
  };
}

/** Waits for the queue to be empty, and then for what is on its way to the subscriber. */
async function settle({ queue, queues, received }: Scene, ledger: Ledger): Promise<void> {
  await waitUntilEmpty(queue, queues.events);
  const isSettled = () => ledger.isSettled(new Set(received.lifecycle.map(({ id }) => id)));
  for (let waits = 0; waits < MOST_WAITS && !isSettled(); waits++) await setTimeout(100);
}

/** Waits for every call that never left to be given up. */
async function untilNoneIsOpen({ victim, client }: Scene): Promise<void> {
  const open = nameOpenCalls(findHome(LISTS), 'default');
  for (let waits = 0; waits < MOST_WAITS && (await client.zcard(open)) > 0; waits++) {
    if (waits % 10 === 0) await victim.ageCalls();
    await setTimeout(100);
  }
}

async function balance({ victim, queue, queues, received, client }: Scene, ledger: Ledger): Promise<Balance> {
  const lists = LISTS.map(async (list) => [list, await readTold(client, list)] as const);
  return ledger.balance({
    ...received,
    lists: new Map(await Promise.all(lists)),
    incomplete: await readTold(client, INCOMPLETE),
    deadLetters: await takeIds(queue, queues.deadLetters),
    quarantined: await takeIds(queue, queues.quarantine),
    outages: victim.outages,
  });
}
