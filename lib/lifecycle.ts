// The full stream: every accepted event, whole, on <base>:queues:<queue_id>.
import type { QueueEvent } from './event.ts';
import { hangupCauses } from './hangup-causes.ts';
import type { Message } from './notification.ts';

/** What we say of an event under Webitel's own names; absent fields are left out. */
export type Lifecycle = QueueEvent & {
  /** the queue_id, as the grammar repeats a channel's reference */
  readonly ref?: string | undefined;
  /** Q.850 number of call_cause, 1..127 */
  readonly end_code?: number | undefined;
};

export const lifecycleOf = (event: QueueEvent): Lifecycle => ({
  ...event,
  ref: event.queue_id,
  end_code: q850(event.call_cause),
});

/** An event that comes twice, be it from the sender or from the queue, is said once within so many seconds. */
const ONCE = 10 * 60;

/**
 * The message of an event.
 * @param deadline after it (epoch milliseconds) nobody may take the event for live
 * @param now epoch milliseconds
 */
export function lifecycleMessage(base: string, event: QueueEvent, deadline: number, now: number): Message {
  const late = now > deadline;
  // What is undefined, JSON leaves out.
  const payload = Object.assign(lifecycleOf(event), { late: late || undefined });
  return {
    channels: [event.queue_id === undefined ? `${base}:queues` : `${base}:queues:${event.queue_id}`],
    message: JSON.stringify({ type: event.event, payload }),
    once: { of: [event.id], seconds: ONCE, kept: true },
    ...(!late && { deadline: { at: deadline, after: 'late' } }),
  };
}

/** The Q.850 number of a FreeSWITCH cause name: 1..127, else undefined. */
export function q850(cause: string | undefined): number | undefined {
  const number = hangupCauses.get(cause ?? '');
  return number !== undefined && number >= 1 && number <= 127 ? number : undefined;
}
