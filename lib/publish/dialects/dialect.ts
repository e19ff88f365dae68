// A dialect: how one system's clients learn of an event.
import type { EventName, QueueEvent } from '../../event.ts';

/** Where every dialect on Redis may publish. */
export type Places = {
  /** the base key, `enigma:notifications` */
  readonly base: string;
  /** every spelling of the type in the channels of agents */
  readonly agentTypes: readonly string[];
  /** full keys of the lists that each get every CDR */
  readonly cdrLists: readonly string[];
};

type Translate<E extends EventName, Word, Known> = (
  event: Extract<QueueEvent, { event: E }>,
  known: Known,
) => readonly Word[];

/**
 * For every event, what is made of it, or null: this dialect has no word for it.
 * Pure: no clock, no environment. A new event is a compile error in each dialect that hasn't decided about it.
 * `Word` is what it makes, `Known` what it must know beside the event.
 */
export type Dialect<Word, Known> = {
  readonly [E in EventName]: Translate<E, Word, Known> | null;
};

/** What a dialect makes of an event. */
export function speak<Word, Known>(
  dialect: Dialect<Word, Known>,
  event: QueueEvent,
  known: Known,
): readonly Word[] {
  // The table and the event agree by its name, which the compiler can't follow through an index.
  const translate = dialect[event.event] as Translate<EventName, Word, Known> | null;
  return translate === null ? [] : translate(event, known);
}
