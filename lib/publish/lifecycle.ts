// Every accepted event with all its fields, on <base>:queues:<queue_id>.
import type { EventName, QueueEvent } from '../event.ts';
import { hangupCauses } from './dialects/hangup-causes.ts';
import { type EventMessage, TEN_MINUTES } from './notification.ts';

/** A message whose payload is the whole event and, after its own fields, more. What is undefined is left out. */
export function writeMessage(type: 'cdr' | EventName, event: QueueEvent, more: object): string {
  // Two texts are made one: a copy of the event would cost more than to write it.
  const own = JSON.stringify(event);
  return completeMessage(`{"type":"${type}","payload":${own}}`, more);
}

/** A message with more in its payload, at its end. What is undefined is left out. */
export function completeMessage(message: string, more: object): string {
  const added = JSON.stringify(more).slice(1);
  return added === '}' ? message : `${message.slice(0, -2)},${added}}`;
}

/** Where what happens on a queue is published. */
export const nameQueueChannel = (base: string, queue_id: string | undefined): string =>
  queue_id === undefined ? `${base}:queues` : `${base}:queues:${queue_id}`;

/** The message of an event. @param late nobody may take the event for live */
export const lifecycleMessage = (base: string, event: QueueEvent, late: boolean): EventMessage => ({
  kind: 'event',
  channel: nameQueueChannel(base, event.queue_id),
  message: writeMessage(event.event, event, {
    // The grammar repeats a channel's reference.
    ref: event.queue_id,
    end_code: findQ850(event.call_cause),
    late: late || undefined,
  }),
  once: { words: [event.id], seconds: TEN_MINUTES },
});

/** The Q.850 number of a FreeSWITCH cause name: 1..127, else undefined. */
export function findQ850(cause: string | undefined): number | undefined {
  const number = hangupCauses.get(cause ?? '');
  return number !== undefined && number >= 1 && number <= 127 ? number : undefined;
}
