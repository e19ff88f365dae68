// The two stages of a run: first outages of Redis alone, whose cost in live messages is counted, then every fault.
import { setTimeout } from 'node:timers/promises';
import type { Random } from '../simulation/random.ts';
import { type Fault, faults, outages, type Victim } from './faults.ts';
import type { Pace } from './hook-poster.ts';
import { STEADY } from './outages.ts';

const EVENTS_PER_OUTAGE = 2_500;
const LEAST_OUTAGES = 3;
/** Of the events, how many are posted while the outages are made. */
const OUTAGE_SHARE = 0.3;
/** How often more events are allowed, and how many times in the course of one outage: it takes about 5 s. */
const TICK = 50;
const TICKS_PER_OUTAGE = 100;

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
  const made = await playOutages(play);
  pace.allowed = pace.posted;
  progress(`${pace.posted} events, ${made.length} outages of Redis; waiting for what they held back`);
  await settle();
  pace.watched = false;
  return countNames([...made, ...(await playFaults(play))]);
}

/** The events are spread over the time: some come before an outage, some during it and some after it. */
async function playOutages({ victim, random, pace, events }: Play): Promise<string[]> {
  const count = Math.max(LEAST_OUTAGES, Math.floor(events / EVENTS_PER_OUTAGE));
  const most = OUTAGE_SHARE * events;
  const ticking = setInterval(() => {
    pace.allowed = Math.min(pace.allowed + most / count / TICKS_PER_OUTAGE, most);
  }, TICK);
  const made: string[] = [];
  try {
    while (made.length < count) {
      await setTimeout(STEADY + 500);
      made.push(await makeFault(outages, made.length % Object.keys(outages).length, victim, random));
    }
    await setTimeout(STEADY + 500);
  } finally {
    clearInterval(ticking);
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
