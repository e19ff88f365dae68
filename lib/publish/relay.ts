// Event → every dialect → Redis, a batch at a time.
import type { QueueEvent } from '../event.ts';
import { readMessage } from '../queue/message.ts';
import { noteHook } from './call.ts';
import { type Dialect, type Places, speak } from './dialects/dialect.ts';
import type { DialectSettings } from './dialects/index.ts';
import { lifecycleMessage } from './lifecycle.ts';
import type { Notification } from './notification.ts';
import type { Publication, Publish } from './publication.ts';

/** One message of a batch from the queue. `id` is what the queue wants back for a failure. */
export type Carried = { readonly id: string; readonly group: string; readonly body: string };

/** Why a message was not published. */
export type Failure = { readonly id: string; readonly error: unknown };

/** An event that was published. */
export type Published = { readonly event: QueueEvent; readonly late: boolean };

/** What became of a batch. */
export type Relayed = { readonly failures: readonly Failure[]; readonly published: readonly Published[] };

/** What is published of events: by which dialects, and what these must know. */
export type Publishing = {
  readonly dialects: readonly Dialect<Notification, Places & DialectSettings>[];
  readonly known: Places & DialectSettings;
};

/** How events are published. */
export type Options = Publishing & {
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
  options: Options,
  publish: Publish,
  now: number,
): Promise<Relayed> {
  const failures = new Map<string, unknown>();
  const held = new Map<string, unknown>();
  const read: (Published & { readonly id: string })[] = [];
  const publications: Publication[] = [];
  for (const { id, group, body } of batch) {
    try {
      if (held.has(group)) throw held.get(group);
      const event = readMessage(body);
      const late = now > findDeadline(event, options);
      publications.push(preparePublication(event, group, options, late));
      read.push({ id, event, late });
    } catch (error) {
      held.set(group, error);
      failures.set(id, error);
    }
  }
  const outcomes = await publish(publications).catch((error: unknown) => publications.map(() => error));
  const published: Published[] = [];
  for (const [index, { id, event, late }] of read.entries()) {
    if (outcomes[index] !== undefined) failures.set(id, outcomes[index]);
    else published.push({ event, late });
  }
  const failed = batch.filter(({ id }) => failures.has(id));
  return { failures: failed.map(({ id }) => ({ id, error: failures.get(id) })), published };
}

function preparePublication(event: QueueEvent, group: string, options: Options, late: boolean): Publication {
  const all = makeNotifications(event, late, options);
  const call = noteHook(event);
  const common = { group, ...(call !== undefined && { call }) };
  if (late) return { ...common, notifications: all.filter(({ kind }) => kind !== 'message') };
  return { ...common, deadline: findDeadline(event, options), notifications: all };
}

/**
 * All that an event makes, in the order in which it is published. CDRs come first: an event whose CDR is not taken comes
 * again, and must not repeat its messages each time.
 */
export function makeNotifications(
  event: QueueEvent,
  late: boolean,
  { dialects, known }: Publishing,
): Notification[] {
  const all = dialects.flatMap((dialect) => speak(dialect, event, known));
  const entries = all.filter(({ kind }) => kind === 'cdr');
  const live = all.filter(({ kind }) => kind !== 'cdr');
  return [...entries, lifecycleMessage(known.base, event, late), ...live];
}

/** When an event is no longer live, epoch milliseconds. */
const findDeadline = ({ received_at }: QueueEvent, { notifyTtl }: Options) => received_at + notifyTtl * 1000;
