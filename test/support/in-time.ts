// What is asked of something that may be busy: on a machine that stood still for a moment it is asked again.
import { examine } from '../../ops/doctor/doctor.ts';
import type { Finding } from '../../ops/doctor/finding.ts';
import type { Places } from '../../ops/doctor/places.ts';
import type { Target } from '../../ops/target.ts';
import { until } from './stack.ts';

/**
 * What it answers. Where a try timed out it is made again: on a machine that stands still for a moment, that says
 * nothing about Redis.
 */
export async function inTime<T>(what: () => Promise<T>): Promise<T> {
  const answered = await until('an answer in time', () =>
    what().then(
      (answer) => ({ answer }),
      (error: unknown) => {
        if (!/timed ?out/i.test(String(error))) throw error;
        return undefined;
      },
    ),
  );
  return answered.answer;
}

type Found = { readonly detail: string };

/** What is found where everything answered in time. It is looked again where something did not. */
export const findInTime = <T extends Found>(look: () => Promise<T[]>): Promise<T[]> =>
  until('an answer to all that is asked, in time', async () => {
    const found = await look();
    return !found.some(({ detail }) => isLate(detail)) && found;
  });

/** All that the doctor finds. */
export const examineInTime = (target: Target, places: Places): Promise<readonly Finding[]> =>
  findInTime(async () => {
    const found: Finding[] = [];
    await examine(target, places, (finding) => found.push(finding));
    return found;
  });

/** Do the words say that somebody gave no answer in time? */
export const isLate = (words: string): boolean => /timed ?out|timeout/i.test(words);
