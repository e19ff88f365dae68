// When an event happened, where that can be believed.
import type { QueueEvent } from '../event.ts';

/** Clocks differ by seconds. One that is further ahead of the door's is wrong, and would make all that follows old. */
const AHEAD = 5 * 60 * 1000;

/** Epoch milliseconds; undefined without a timestamp, and for one more than five minutes after the door received it. */
export const findEventTime = ({
  timestamp,
  received_at,
}: Pick<QueueEvent, 'timestamp' | 'received_at'>): number | undefined =>
  timestamp === undefined || timestamp > received_at + AHEAD ? undefined : timestamp;
