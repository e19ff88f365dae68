// Axialys, real-time notifications of Voice Management: queue, operator and UI events.
import type { QueueEvent } from '../../event.ts';
import type { Dialect } from './dialect.ts';
import { stated, wholeSeconds, writeId } from './json-fields.ts';

type Id = number | string;

/** The page's fields that a hook can fill; durations in seconds. */
export type AxialysMessage = {
  readonly status?: string;
  readonly supp?: string;
  readonly call_duration?: number;
  readonly caller_id_num?: string;
  readonly duration_in_queue?: number;
  readonly id_queue?: Id;
  readonly id_call?: Id;
  readonly id_operator?: Id;
  readonly id_client?: Id;
};

export type AxialysEvent = {
  readonly type_notification: 'queue' | 'operator' | 'UI';
  readonly event: string;
  readonly msg: AxialysMessage;
};

/** What is known beside the event. */
export type AxialysKnown = {
  /** the number of the account at Axialys; no hook has it */
  readonly idClient?: Id;
  /** the last team status of the agent */
  readonly team?: { readonly status: string } | undefined;
};

/**
 * Queues are of calls only; what an agent does is sent on any channel. After missed and leaving an agent is available
 * when its last team status is online; the page has no word for another one.
 */
export const axialys: Dialect<AxialysEvent, AxialysKnown> = {
  joined: (event, known) =>
    notifyQueue(event, known, 'insert_call', { ...describeCall(event), duration_in_queue: 0 }),
  offering: (event, known) => notifyOperator(event, known, 'ringing'),
  active: (event, known) => notifyOperator(event, known, 'calling'),
  // Webitel's other name of active.
  answered: (event, known) => notifyOperator(event, known, 'calling'),
  bridged: (event, known) => [
    ...notifyQueue(event, known, 'connect_call', {
      status: 'connected',
      ...describeCall(event),
      duration_in_queue: waited(event),
      id_operator: writeId(event.agent_id),
    }),
    ...notifyOperator(event, known, 'connected'),
  ],
  missed: (event, known) => notifyAvailable(event, known),
  processing: null,
  leaving: (event, known) => [
    ...notifyQueue(event, known, 'delete_call', describeIds(event)),
    ...notifyAvailable(event, known),
  ],
  agent_status: (event, known) => notifyInterface(event, known),
};

type Fields = { readonly [K in keyof AxialysMessage]: AxialysMessage[K] | undefined };

function notifyQueue(event: QueueEvent, known: AxialysKnown, name: string, fields: Fields): AxialysEvent[] {
  return event.channel === 'call' ? [notification(known, 'queue', name, fields)] : [];
}

function notifyOperator(event: QueueEvent, known: AxialysKnown, status: string): AxialysEvent[] {
  if (event.agent_id === undefined) return [];
  const fields = { status, ...describeCall(event), id_operator: writeId(event.agent_id) };
  return [notification(known, 'operator', 'status', fields)];
}

function notifyAvailable(event: QueueEvent, known: AxialysKnown): AxialysEvent[] {
  if (event.agent_id === undefined || known.team?.status !== 'online') return [];
  // The call is over: an agent who is available has none.
  return [
    notification(known, 'operator', 'status', { status: 'available', id_operator: writeId(event.agent_id) }),
  ];
}

function notifyInterface(
  event: Extract<QueueEvent, { event: 'agent_status' }>,
  known: AxialysKnown,
): AxialysEvent[] {
  const name = statuses.get(event.status);
  if (name === undefined) return [];
  return [
    notification(known, 'UI', name, {
      supp: event.status_payload ?? '',
      id_operator: writeId(event.agent_id),
    }),
  ];
}

const statuses: ReadonlyMap<string, string> = new Map([
  ['online', 'login'],
  ['offline', 'logout'],
  ['pause', 'pause'],
  // The page has no word for a break; an agent on one takes no calls, and a supervisor must not see him available.
  ['break_out', 'pause'],
]);

const notification = (
  { idClient }: AxialysKnown,
  type_notification: AxialysEvent['type_notification'],
  event: string,
  fields: Fields,
): AxialysEvent => ({ type_notification, event, msg: stated({ ...fields, id_client: idClient }) });

const describeCall = (event: QueueEvent) => ({
  call_duration: event.call_duration,
  caller_id_num: event.destination,
  ...describeIds(event),
});

const describeIds = ({ queue_id, attempt_id }: QueueEvent) => ({
  id_queue: writeId(queue_id),
  id_call: writeId(attempt_id),
});

/** Seconds in the queue until the bridge. */
const waited = ({ joined_at, bridged_at }: QueueEvent) =>
  joined_at === undefined || bridged_at === undefined
    ? undefined
    : Math.max(0, (bridged_at - joined_at) / 1000);

/** What a client receives as `update`: Unix seconds, seconds since the event, and a running number. */
export type AxialysUpdate = {
  readonly ts: number;
  readonly elapse: number;
  readonly cpt: number;
  readonly event: AxialysEvent;
};

/** An event on the wire. @param circumstances `at`: when it happened, `now`: both epoch milliseconds */
export const makeUpdate = (
  event: AxialysEvent,
  { cpt, at, now }: { readonly cpt: number; readonly at: number; readonly now: number },
): AxialysUpdate => ({ ts: Math.floor(now / 1000), elapse: wholeSeconds(at, now), cpt, event });
