// The two stages of a run: first outages of Redis alone, whose cost in live messages is counted, then every fault.
import { setTimeout } from 'node:timers/promises';
import type { Random } from '../simulation/random.ts';
import { type Fault, faults, outages, type Victim } from './faults.ts';
import type { Pace } from './hook-poster.ts';
import { STEADY } from './outages.ts';

const EVENTS_PER_OUTAGE = 2_500;
const LEAST_OUTAGES = 3;
/** Events around each outage: few, so that what they wait for is Redis and not a busy machine. */
const EVENTS_AROUND = 200;
/** How many milliseconds these are spread over: some come before the outage, some during it and some after it. */
const SPREAD = 5_000;
const TICK = 50;

const EVENTS_PER_FAULT = 400;

type Play = {
  readonly victim: Victim;
  readonly random: Random;
  readonly pace: Pace;
  readonly events: number;
  readonly progress: (line: string) => void;
};

/** Answers how often each fault was made. @param settle resolves when all that was accepted is published */
export async function playStages(
  play: Play,
  settle: () => Promise<void>,
): Promise<Readonly<Record<string, number>>> {
  const { pace, progress } = play;
  pace.watched = true;
  const made = await playOutages(play, settle);
  pace.watched = false;
  progress(`${pace.posted} events, ${made.length} outages of Redis`);
  return countNames([...made, ...(await playFaults(play))]);
}

/** Each begins when all that came before is published: what is late then is late because of it. */
async function playOutages(
  { victim, random, pace, events }: Play,
  settle: () => Promise<void>,
): Promise<string[]> {
  const kinds = Object.keys(outages).length;
  const made: string[] = [];
  while (made.length < Math.max(LEAST_OUTAGES, Math.floor(events / EVENTS_PER_OUTAGE))) {
    const [first, begun] = [pace.posted, performance.now()];
    const around = Math.min(EVENTS_AROUND, events / 10);
    // By the clock: a busy machine leaves ticks out.
    const ticking = setInterval(() => {
      pace.allowed = first + around * Math.min(1, (performance.now() - begun) / SPREAD);
    }, TICK);
    try {
      await setTimeout(SPREAD / 5);
      made.push(await makeFault(outages, made.length % kinds, victim, random));
      await setTimeout(STEADY);
    } finally {
      clearInterval(ticking);
    }
    pace.allowed = pace.posted;
    await settle();
  }
  return made;
}

/** Each kind once, then as it comes; each meets the same number of events. */
async function playFaults({ victim, random, pace, events, progress }: Play): Promise<string[]> {
  const from = pace.posted;
  const kinds = Object.keys(faults).length;
  const planned = Math.max(kinds, Math.floor((events - from) / EVENTS_PER_FAULT));
  const each = (events - from) / planned;
  const made: string[] = [];
  while (made.length < planned) {
    const due = from + (made.length + 0.5) * each;
    pace.allowed = due + each;
    while (pace.posted < Math.floor(due)) await setTimeout(5, undefined, pace);
    made.push(
      await makeFault(faults, made.length < kinds ? made.length : random.below(kinds), victim, random),
    );
    if (made.length % 10 === 0) progress(`${pace.posted} events, ${made.length} of ${planned} faults`);
  }
  pace.allowed = Number.POSITIVE_INFINITY;
  return made;
}

async function makeFault(
  from: Readonly<Record<string, Fault>>,
  index: number,
  victim: Victim,
  random: Random,
): Promise<string> {
  const [name = '', fault] = Object.entries(from)[index] ?? [];
  await fault?.(victim, random);
  return name;
}

const countNames = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, of]) => [name, of.length]));
