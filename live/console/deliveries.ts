// The newest accepted hooks as the console lists them; what happened before is searched in the stream.
import { bounded } from '../../lib/printable.ts';
import type { Published, Publishing } from '../../lib/publish/relay.ts';
import { readMoment } from '../state/moment.ts';
import { type Made, makeStep, type Step } from '../state/timeline.ts';
import { writeMasked } from './mask.ts';
import type { Call, Delivery } from './schema.ts';

/** So many of the newest are listed. */
export const LISTED = 200;
/** Identifiers of other sources than Webitel may be any text. */
const LONGEST = 100;

/** An identifier or a name as a row has room for it. */
export const short = (text: string | undefined): string | null =>
  text === undefined ? null : bounded(text, LONGEST);

const describeMade = ({ kind, places, message, outcome }: Made) => ({
  kind,
  places: [...places],
  type: readType(message),
  outcome,
});

/** Enigma's messages name it; Newfies-Dialer's have it as their only key, with a colon. */
const readType = (message: string): string =>
  /^\{"type":"(\w+)"/.exec(message)?.[1] ?? /^\{"([\w-]+):"/.exec(message)?.[1] ?? '';

/** A row of the list: no personal data. */
export function describeDelivery(published: Published, publishing: Publishing): Delivery {
  const { event, late } = published;
  const extension = event.event === 'agent_status' ? event.extension : undefined;
  return {
    id: event.id,
    at: readMoment(event),
    received_at: event.received_at,
    event: event.event,
    queue: short(event.queue_id),
    queue_name: short(event.queue_name),
    attempt: short(event.attempt_id),
    source: short(event.source),
    agent: short(extension ?? event.agent_extension ?? event.agent_id),
    late,
    made: makeStep(published, publishing).made.map(describeMade),
  };
}

/** @param reveal with personal data? */
export function describeCall(steps: readonly Step[], publishing: Publishing, reveal: boolean): Call {
  return {
    steps: steps.map(({ event, late, made }) => ({
      ...describeDelivery({ event, late }, publishing),
      fields: writeMasked(event, reveal),
      made: made.map((each) => ({
        ...describeMade(each),
        message: writeMasked(JSON.parse(each.message), reveal),
      })),
    })),
  };
}

export type Newest<T> = {
  /** @param make is called only if it is among the newest when somebody asks */
  readonly add: (make: () => T) => void;
  /** newest first */
  readonly list: () => readonly T[];
  /** how many were added, ever */
  readonly count: () => number;
};

/** Keeps the newest of their kind. */
export function keepNewest<T>(most: number): Newest<T> {
  let made: T[] = [];
  let pending: (() => T)[] = [];
  let added = 0;
  return {
    add: (make) => {
      added++;
      pending.push(make);
      // Not each time: to take the first off an array moves all others.
      if (pending.length >= 2 * most) pending = pending.slice(-most);
    },
    list: () => {
      made = [...made, ...pending.slice(-most).map((make) => make())].slice(-most);
      pending = [];
      return made.toReversed();
    },
    count: () => added,
  };
}

export type Query = { readonly attempt: string | undefined; readonly agent: string | undefined };

/** Is it of that attempt, and of that agent (by id or extension)? */
export function matches({ event }: Pick<Published, 'event'>, { attempt, agent }: Query): boolean {
  const extension = event.event === 'agent_status' ? event.extension : undefined;
  const ofAgent = [event.agent_id, event.agent_extension, extension].includes(agent);
  return (attempt === undefined || event.attempt_id === attempt) && (agent === undefined || ofAgent);
}
