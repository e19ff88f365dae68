// When an event happened.
import type { QueueEvent } from '../../lib/event.ts';

/**
 * Webitel's flow posts at once. A clock so far behind would make everything older than the team hook, which has only
 * the door's; one so far ahead would begin a day that never ends.
 */
const OFF = 60 * 60 * 1000;

/** Epoch ms: its timestamp, if it has one and it can be right; else when the door received it. */
export const readMoment = ({ timestamp, received_at }: QueueEvent): number =>
  timestamp === undefined || Math.abs(timestamp - received_at) > OFF ? received_at : timestamp;
