// Event → every dialect → Redis, a batch at a time.
import { type Dialect, type Places, speak } from './dialects/dialect.ts';
import { type QueueEvent, readEvent } from './event.ts';
import { lifecycleMessage } from './lifecycle.ts';
import type { Message, Notification } from './notification.ts';

/** All that is said of one event; within a group nothing may be said before what came earlier. */
export type Saying = { readonly group: string; readonly notifications: readonly Notification[] };

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
  const failures = new Map<string, Failure>();
  const stuck = new Map<string, unknown>();
  const said: { id: string; event: QueueEvent; saying: Saying }[] = [];
  for (const { id, group, body } of batch) {
    try {
      if (stuck.has(group)) throw stuck.get(group);
      const event = readEvent(body);
      said.push({ id, event, saying: { group, notifications: notificationsOf(event, style, now) } });
    } catch (error) {
      stuck.set(group, error);
      failures.set(id, { id, error });
    }
  }
  const outcomes = await publish(said.map(({ saying }) => saying)).catch((error: unknown) =>
    said.map(() => error),
  );
  said.forEach(({ id }, index) => {
    const error = outcomes[index];
    if (error !== undefined) failures.set(id, { id, error });
  });
  return {
    failures: batch.flatMap(({ id }) => failures.get(id) ?? []),
    published: said
      .filter(({ id }) => !failures.has(id))
      .map(({ event }) => ({ event, late: now > deadlineOf(event, style) })),
  };
}

/** Entries first: an event whose CDR is not taken comes again, and shall not repeat its messages each time. */
function notificationsOf(event: QueueEvent, style: Style, now: number): Notification[] {
  const deadline = deadlineOf(event, style);
  const spoken = style.dialects.flatMap((dialect) => speak(dialect, event, style));
  const entries = spoken.filter((notification) => 'list' in notification);
  const messages = spoken.filter((notification) => 'channels' in notification);
  const inTime = messages.flatMap((message): Message[] => {
    if (!message.live) return [message];
    return now > deadline ? [] : [{ ...message, deadline: { at: deadline, after: 'unsaid' } }];
  });
  return [...entries, lifecycleMessage(style.base, event, deadline, now), ...inTime];
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
