// What a wall shows beside the statistics of XiVO's page: how far each open call is, how fast calls were answered
// today, and the waiting of the day minute by minute. A second fold, over attempts that the reducer has taken already.
import type { QueueEvent } from '../../lib/event.ts';
import { type Attempt, createKey } from './attempts.ts';
import { readMoment } from './moment.ts';
import { LONGEST_WAIT } from './statistics.ts';
import { startToday, type Today } from './today.ts';

export type Stage = 'waiting' | 'ringing' | 'talking' | 'wrapup';

/** An open call, or one that left. Times are epoch ms: the newest of their kind. */
export type Call = {
  offered: number | undefined;
  missed: number | undefined;
  wrapup: number | undefined;
  /** what it adds to its queue, and on which day that was counted */
  share: Share;
  day: number;
};

/** What happened in a minute of the day. */
export type Minute = {
  /** calls that waited when the minute began, and wait no more */
  waiting: number;
  answered: number;
  /** ms that those waited */
  waited: number;
};

export type QueueFigures = {
  readonly id: string;
  name: string | undefined;
  direction: QueueEvent['direction'];
  /** did a call of a member's come from its list? */
  dials: boolean;
  /** of the day: answered calls that had waited no longer than the service level */
  inTime: number;
  /** of the day: answered calls that entered, and how long they had waited together, ms */
  answered: number;
  waited: number;
  /** of the day: calls that never joined, and how many of those were connected */
  dialled: number;
  connected: number;
  readonly open: Map<Attempt, Call>;
  /** by number of the minute since the epoch */
  minutes: Map<number, Minute>;
};

export type Figures = {
  readonly queues: ReadonlyMap<string, QueueFigures>;
  /** when the door took the newest event, epoch ms */
  readonly newest: () => number | undefined;
  /** when the day began: its first event, epoch ms */
  readonly day: () => number | undefined;
};

/** What an attempt adds to its queue, by what is known of it and not by the order in which that came. */
type Share = {
  readonly answered: { readonly at: number; readonly waited: number } | undefined;
  readonly dialled: number;
  readonly connected: number;
  /** from when until when it waited, once it waits no more */
  readonly waited: { readonly from: number; readonly until: number } | undefined;
};

const nothing: Share = { answered: undefined, dialled: 0, connected: 0, waited: undefined };

export const MINUTE = 60_000;

/**
 * Takes each event after the reducer did.
 * @param attempts those of the reducer
 * @param dayOf the day (any number that grows) of a moment in epoch ms
 * @param level the longest wait that is within the service level, ms
 */
export function startFigures(
  attempts: ReadonlyMap<string, Attempt>,
  dayOf: (at: number) => number,
  level: number,
): { readonly figures: Figures; readonly note: (event: QueueEvent) => void } {
  const queues = new Map<string, QueueFigures>();
  const { today, advance } = startToday(dayOf);
  const calls = new WeakMap<Attempt, Call>();
  let newest: number | undefined;
  let days = 0;

  const forgetDay = (): void => {
    days++;
    for (const queue of queues.values()) {
      Object.assign(queue, startDay());
      for (const attempt of queue.open.keys())
        if (attempts.get(attempt.key) !== attempt) queue.open.delete(attempt);
    }
  };

  const note = (event: QueueEvent): void => {
    const { source, attempt_id } = event;
    const at = readMoment(event);
    newest = Math.max(newest ?? event.received_at, event.received_at);
    if (advance(at)) forgetDay();
    if (attempt_id === undefined || event.event === 'agent_status') return;
    const attempt = attempts.get(createKey(source, attempt_id));
    if (attempt?.queue === undefined) return;
    const queue = queues.get(attempt.queue) ?? startQueue(attempt.queue);
    queues.set(queue.id, queue);
    describeQueue(queue, event);
    const call = calls.get(attempt) ?? startCall();
    calls.set(attempt, call);
    advanceCall(call, event, at);
    const share = computeShare(attempt, today);
    // What was counted yesterday is in no sum of today.
    if (call.day === days) addShare(queue, call.share, -1, level);
    addShare(queue, share, 1, level);
    Object.assign(call, { share, day: days });
    if (attempt.left === undefined) queue.open.set(attempt, call);
    else queue.open.delete(attempt);
  };

  const day = () => (Number.isFinite(today.first) ? today.first : undefined);
  return { figures: { queues, newest: () => newest, day }, note };
}

/** The sums of a day in which nothing happened yet. */
export const startDay = () => ({
  inTime: 0,
  answered: 0,
  waited: 0,
  dialled: 0,
  connected: 0,
  minutes: new Map<number, Minute>(),
});

const startQueue = (id: string): QueueFigures => ({
  id,
  name: undefined,
  direction: undefined,
  dials: false,
  open: new Map(),
  ...startDay(),
});

const startCall = (): Call => ({
  offered: undefined,
  missed: undefined,
  wrapup: undefined,
  share: nothing,
  day: 0,
});

function describeQueue(
  queue: QueueFigures,
  { queue_id, queue_name, direction, member_id }: QueueEvent,
): void {
  if (queue_id !== queue.id) return;
  queue.name = queue_name ?? queue.name;
  queue.direction = direction ?? queue.direction;
  queue.dials ||= member_id !== undefined;
}

function advanceCall(call: Call, { event }: QueueEvent, at: number): void {
  const later = (time: number | undefined) => Math.max(at, time ?? at);
  if (event === 'offering' || event === 'active' || event === 'answered') call.offered = later(call.offered);
  if (event === 'missed') call.missed = later(call.missed);
  if (event === 'processing') call.wrapup = later(call.wrapup);
}

/** How far an open call is. */
export function findStage({ connected }: Attempt, { offered, missed, wrapup }: Call): Stage {
  if (wrapup !== undefined && wrapup >= (connected ?? wrapup)) return 'wrapup';
  if (connected !== undefined) return 'talking';
  return offered !== undefined && offered > (missed ?? Number.NEGATIVE_INFINITY) ? 'ringing' : 'waiting';
}

function computeShare({ joined, bridged, left, since }: Attempt, today: Today): Share {
  const counts = (at: number | undefined) => (at !== undefined && today.has(at) ? 1 : 0);
  // A dialler's call never joins, so that it doesn't wait either.
  if (joined === undefined) return { ...nothing, dialled: counts(since), connected: counts(bridged) };
  const until = bridged ?? left;
  const answered =
    bridged !== undefined && today.has(bridged)
      ? { at: bridged, waited: Math.max(0, bridged - since) }
      : undefined;
  const waited = until === undefined || !today.has(until) ? undefined : { from: since, until };
  return { ...nothing, answered, waited };
}

/** @param sign 1 to add it, -1 to take it back */
function addShare(queue: QueueFigures, share: Share, sign: 1 | -1, level: number): void {
  const { answered, waited } = share;
  queue.dialled += sign * share.dialled;
  queue.connected += sign * share.connected;
  if (answered !== undefined) {
    queue.answered += sign;
    queue.waited += sign * answered.waited;
    if (answered.waited <= level) queue.inTime += sign;
    const minute = findMinute(queue, Math.floor(answered.at / MINUTE));
    minute.answered += sign;
    minute.waited += sign * answered.waited;
  }
  if (waited !== undefined)
    for (const number of listMinutes(waited.from, waited.until)) findMinute(queue, number).waiting += sign;
}

/** The minutes that began while a call waited: none of a wait that is longer than any real one. */
export function listMinutes(from: number, until: number): number[] {
  if (until - from > LONGEST_WAIT) return [];
  const first = Math.ceil(from / MINUTE);
  return Array.from({ length: Math.max(0, Math.ceil(until / MINUTE) - first) }, (_, index) => first + index);
}

function findMinute({ minutes }: QueueFigures, number: number): Minute {
  const minute = minutes.get(number) ?? { waiting: 0, answered: 0, waited: 0 };
  minutes.set(number, minute);
  return minute;
}
