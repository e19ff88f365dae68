// What the doctor finds, where nothing but the machine was slow.
import { examine } from '../../ops/doctor/doctor.ts';
import type { Finding } from '../../ops/doctor/finding.ts';
import type { Places } from '../../ops/doctor/places.ts';
import type { Target } from '../../ops/target.ts';
import { inTime } from '../ops/in-time.ts';

/** All findings. */
export const examineInTime = (target: Target, places: Places): Promise<readonly Finding[]> =>
  inTime(async () => {
    const found: Finding[] = [];
    await examine(target, places, (finding) => found.push(finding));
    return found;
  });
