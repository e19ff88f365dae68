// The full stream: every accepted event, whole, on <base>:queues:<queue_id>.
import type { EventName, QueueEvent } from '../event.ts';
import { hangupCauses } from './dialects/hangup-causes.ts';
import { TEN_MINUTES, type Whole } from './notification.ts';

/** A message whose payload is the whole event and, after its own fields, more. What is undefined is left out. */
export function messageOf(type: 'cdr' | EventName, event: QueueEvent, more: object): string {
  // Two texts made one: a copy of the event would cost more than to write it.
  const own = JSON.stringify(event).slice(0, -1);
  const added = JSON.stringify(more).slice(1);
  return `{"type":"${type}","payload":${own}${added === '}' ? '' : ','}${added}}`;
}

/** The message of an event. @param late nobody may take the event for live */
export const lifecycleMessage = (base: string, event: QueueEvent, late: boolean): Whole => ({
  channel: event.queue_id === undefined ? `${base}:queues` : `${base}:queues:${event.queue_id}`,
  message: messageOf(event.event, event, {
    // The grammar repeats a channel's reference.
    ref: event.queue_id,
    end_code: q850(event.call_cause),
    late: late || undefined,
  }),
  once: { of: [event.id], seconds: TEN_MINUTES },
});

/** The Q.850 number of a FreeSWITCH cause name: 1..127, else undefined. */
export function q850(cause: string | undefined): number | undefined {
  const number = hangupCauses.get(cause ?? '');
  return number !== undefined && number >= 1 && number <= 127 ? number : undefined;
}
