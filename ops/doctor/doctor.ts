// Looks at every part, sends a canary through the real door, and says what to change.
import type { Target } from '../target.ts';
import { canaryFindings } from './canary.ts';
import type { Finding } from './finding.ts';
import type { Places } from './places.ts';
import { queueFindings } from './queues.ts';
import { redisFindings } from './redis.ts';

/** Examines a target. Each finding is reported as it is made. */
export async function examine(
  target: Target,
  places: Places,
  report: (finding: Finding) => void,
): Promise<void> {
  const parts = [queueFindings(target), redisFindings(target, places), canaryFindings(target, places.base)];
  for (const part of parts) {
    for (const finding of await part) report(finding);
  }
}
