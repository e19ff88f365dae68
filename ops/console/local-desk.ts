// The desk of the run on this machine, by the environment of its gateway.

import { readPublishing } from '../../lib/config.ts';
import { liveConfig } from '../../live/config.ts';
import type { Desk } from '../../live/console/desk.ts';
import { findTarget } from '../target.ts';
import { openDesk } from './desk.ts';

/** @param figures under which name the functions of the run report */
export function openLocalDesk(figures: string): Desk {
  const config = liveConfig();
  return openDesk({
    findTarget: () => findTarget({ tenant: config.TENANT, redis: config.REDIS_URL }),
    publishing: readPublishing(config),
    cluster: config.REDIS_CLUSTER === 'true',
    figures,
  });
}
