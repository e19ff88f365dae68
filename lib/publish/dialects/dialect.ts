// A dialect: how one system's clients are told of an event.
import type { EventName, QueueEvent } from '../../event.ts';
import type { Entry, Message } from '../notification.ts';

/** Where things are said. */
export type Places = {
  /** the base key, `enigma:notifications` */
  readonly base: string;
  /** every spelling of the type under which agents are told of */
  readonly agentTypes: readonly string[];
  /** full keys of the lists that each get every CDR */
  readonly cdrLists: readonly string[];
  /** the one channel of Newfies-Dialer's clients */
  readonly newfiesChannel: string;
};

type Saying<E extends EventName, Word, Known> = (
  event: Extract<QueueEvent, { event: E }>,
  known: Known,
) => readonly Word[];

/**
 * For every event, what is said of it, or null: this dialect has no word for it.
 * Pure: no clock, no environment. A new event is a compile error in each dialect that hasn't decided about it.
 * `Word` is what it says, `Known` what it must know beside the event.
 */
export type Dialect<Word = Message | Entry, Known = Places> = {
  readonly [E in EventName]: Saying<E, Word, Known> | null;
};

/** What a dialect says of an event. */
export function speak<Word, Known>(
  dialect: Dialect<Word, Known>,
  event: QueueEvent,
  known: Known,
): readonly Word[] {
  // The table and the event agree by its name, which the compiler can't follow through an index.
  const saying = dialect[event.event] as Saying<EventName, Word, Known> | null;
  return saying === null ? [] : saying(event, known);
}
