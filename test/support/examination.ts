// What the doctor finds, where nothing but the machine was slow.
import { examine } from '../../ops/doctor/doctor.ts';
import type { Finding } from '../../ops/doctor/finding.ts';
import type { Places } from '../../ops/doctor/places.ts';
import type { Target } from '../../ops/target.ts';
import { until } from './stack.ts';

/** All findings. Where Redis did not answer in time the doctor looks again: that says nothing about rights. */
export const examineInTime = (target: Target, places: Places): Promise<readonly Finding[]> =>
  until('an answer in time', async () => {
    const found: Finding[] = [];
    await examine(target, places, (finding) => found.push(finding));
    return !found.some(({ check, detail }) => check === 'Redis' && /timed ?out/i.test(detail)) && found;
  });
