// One call as a timeline: each of its events, and what it made in Redis. The console and `hookline call` show it.
import { type QueueEvent, readEvent } from '../../lib/event.ts';
import { isRecord } from '../../lib/field.ts';
import { completeMessage } from '../../lib/publish/lifecycle.ts';
import type { Notification } from '../../lib/publish/notification.ts';
import { makeNotifications, type Published, type Publishing } from '../../lib/publish/relay.ts';
import { createKey } from './attempts.ts';
import { readMoment } from './moment.ts';

/**
 * What became of a message or CDR: `made` is in Redis; `repeat` was there already, from an event before it in the
 * timeline; `late` is a live message that came too late for agents; `older` is a status that a newer one overtook.
 */
export type Outcome = 'made' | 'repeat' | 'late' | 'older';

/** A message that an event made, or the CDR in one list. */
export type Made = {
  readonly kind: Notification['kind'];
  /** the channels that it was published on, or the one list that has it */
  readonly places: readonly string[];
  /** JSON text */
  readonly message: string;
  readonly outcome: Outcome;
};

export type Step = {
  readonly event: QueueEvent;
  /** when it happened, epoch ms */
  readonly at: number;
  /** it waited longer than NOTIFY_TTL between door and publish */
  readonly late: boolean;
  readonly made: readonly Made[];
};

/** The payload of an entry of the live stream as the event that was published. Throws Rejected. */
export function readPublished(payload: unknown): Published {
  if (!isRecord(payload)) return { event: readEvent(payload), late: false };
  // What was added to the event when it was published.
  const { late, ref: _, end_code: __, ...own } = payload;
  return { event: readEvent(own), late: late === true };
}

/**
 * The events of one attempt, in the order in which they happened, each with what it made.
 * @param published in the order of the stream, which decides what is a repeat; those of other attempts are passed over
 * @param source that of the attempt; undefined for Webitel
 */
export function makeTimeline(
  published: readonly Published[],
  attempt_id: string,
  source: string | undefined,
  publishing: Publishing,
): Step[] {
  const key = createKey(source, attempt_id);
  const judge = startJudging();
  return published
    .filter(
      ({ event }) => event.attempt_id !== undefined && createKey(event.source, event.attempt_id) === key,
    )
    .map(({ event, late }) => ({
      event,
      at: readMoment(event),
      late,
      made: makeNotifications(event, late, publishing).map((each) => describeMade(each, judge(each, late))),
    }))
    .sort((one, other) => one.at - other.at);
}

/** One event by itself, with what it makes. */
export function makeStep({ event, late }: Published, publishing: Publishing): Step {
  const judge = startJudging();
  const made = makeNotifications(event, late, publishing).map((each) =>
    describeMade(each, judge(each, late)),
  );
  return { event, at: readMoment(event), late, made };
}

const describeMade = (notification: Notification, outcome: Outcome): Made => ({
  kind: notification.kind,
  places: listPlaces(notification),
  message:
    notification.kind === 'cdr'
      ? completeMessage(notification.message, notification.lacking)
      : notification.message,
  outcome,
});

function listPlaces(notification: Notification): readonly string[] {
  if (notification.kind === 'cdr') return [notification.list];
  return notification.kind === 'event' ? [notification.channel] : notification.channels;
}

/** What became of one notification after another, by what came before: the rules of the script in Redis. */
function startJudging(): (notification: Notification, late: boolean) => Outcome {
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  const isRepeat = (name: string): boolean => {
    const repeat = seen.has(name);
    seen.add(name);
    return repeat;
  };
  return (notification, late) => {
    if (notification.kind === 'cdr')
      return isRepeat(JSON.stringify(['cdr', notification.list])) ? 'repeat' : 'made';
    // It was published, or it were not in the stream.
    if (notification.kind === 'event') return 'made';
    if (late) return 'late';
    if (isRepeat(JSON.stringify(notification.once.words))) return 'repeat';
    if (notification.newest === undefined) return 'made';
    const { subject, at } = notification.newest;
    const name = JSON.stringify(subject);
    if (at < (newest.get(name) ?? at)) return 'older';
    newest.set(name, at);
    return 'made';
  };
}
