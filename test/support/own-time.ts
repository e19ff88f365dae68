// Time as this process has it: on a busy machine, where it waits for its turn, it passes more slowly.
import { setTimeout } from 'node:timers/promises';

const STEP = 50;

/** Resolves after so many milliseconds at least, in which this process got its turn every few: the limit of a test. */
export async function ownTime(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= STEP) await setTimeout(STEP, undefined, { ref: false });
}
