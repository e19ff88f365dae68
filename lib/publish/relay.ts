// Event → every dialect → Redis, a batch at a time.

import type { QueueEvent } from '../event.ts';
import { readMessage } from '../queue/message.ts';
import { type Dialect, type Places, speak } from './dialects/dialect.ts';
import { lifecycleMessage } from './lifecycle.ts';
import type { Notification } from './notification.ts';

/** All that is said of one event; within a group nothing may be said before what came earlier. */
export type Saying = {
  readonly group: string;
  /** when it is no longer live, epoch milliseconds; absent when it no longer is */
  readonly deadline?: number;
  readonly notifications: readonly Notification[];
};

/**
 * Says a batch in order, in one round trip. Answers for each saying undefined, or why it failed; after a failure
 * the rest of its group has failed too, unsaid. Rejects when it is unknown what was said.
 */
export type Publish = (sayings: readonly Saying[]) => Promise<readonly (Error | undefined)[]>;

/** One message of a batch from the queue. `id` is what the queue wants back for a failure. */
export type Carried = { readonly id: string; readonly group: string; readonly body: string };

/** Why a message was not published. */
export type Failure = { readonly id: string; readonly error: unknown };

/** An event that was published. */
export type Published = { readonly event: QueueEvent; readonly late: boolean };

/** What became of a batch. */
export type Relayed = { readonly failures: readonly Failure[]; readonly published: readonly Published[] };

export type Style = Places & {
  readonly dialects: readonly Dialect[];
  /** seconds between door and publish after which nothing is live any more */
  readonly notifyTtl: number;
};

/**
 * Publishes a batch. The failures are in its order: each message that could not be published and every later one
 * of its group, so that the order within a call survives a retry. Never rejects.
 * @param now epoch milliseconds
 */
export async function relay(
  batch: readonly Carried[],
  style: Style,
  publish: Publish,
  now: number,
): Promise<Relayed> {
  const failures = new Map<string, unknown>();
  const stuck = new Map<string, unknown>();
  const read: (Published & { readonly id: string })[] = [];
  const sayings: Saying[] = [];
  for (const { id, group, body } of batch) {
    try {
      if (stuck.has(group)) throw stuck.get(group);
      const event = readMessage(body);
      const late = now > deadlineOf(event, style);
      sayings.push(sayingOf(event, group, style, late));
      read.push({ id, event, late });
    } catch (error) {
      stuck.set(group, error);
      failures.set(id, error);
    }
  }
  const outcomes = await publish(sayings).catch((error: unknown) => sayings.map(() => error));
  const published: Published[] = [];
  for (const [index, { id, event, late }] of read.entries()) {
    if (outcomes[index] !== undefined) failures.set(id, outcomes[index]);
    else published.push({ event, late });
  }
  const failed = batch.filter(({ id }) => failures.has(id));
  return { failures: failed.map(({ id }) => ({ id, error: failures.get(id) })), published };
}

/** Entries first: an event whose CDR is not taken comes again, and shall not repeat its messages each time. */
function sayingOf(event: QueueEvent, group: string, style: Style, late: boolean): Saying {
  const entries: Notification[] = [];
  const live: Notification[] = [];
  for (const dialect of style.dialects) {
    for (const said of speak(dialect, event, style)) ('list' in said ? entries : live).push(said);
  }
  const whole = lifecycleMessage(style.base, event, late);
  if (late) return { group, notifications: [...entries, whole] };
  return { group, deadline: deadlineOf(event, style), notifications: [...entries, whole, ...live] };
}

/** When an event is no longer live, epoch milliseconds. */
const deadlineOf = ({ received_at }: QueueEvent, { notifyTtl }: Style) => received_at + notifyTtl * 1000;

/** Behind a failure, the rest of its group is held: marks in `failures`, one for each saying, what must not go on. */
export function hold(sayings: readonly Saying[], failures: (Error | undefined)[]): void {
  const stuck = new Set<string>();
  sayings.forEach(({ group }, index) => {
    if (stuck.has(group)) failures[index] ??= new Error('held');
    if (failures[index] !== undefined) stuck.add(group);
  });
}
