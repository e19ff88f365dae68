// Events for the reducer: one by one, and whole histories as they arrive, out of order and some twice.
import fc from 'fast-check';
import { type QueueEvent, readEvent } from '../../lib/event.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A midnight. */
export const MIDNIGHT = 20_000 * DAY;
export const dayOf = (at: number) => Math.floor(at / DAY);

let ids = 0;
const id = () => `${ids++}`.padStart(32, '0');

type TeamHook = Extract<QueueEvent, { event: 'agent_status' }>;
type Fields = Partial<Omit<QueueEvent, 'event'>>;
type TeamFields = Partial<Omit<TeamHook, 'event' | 'status'>>;

/** A hook of attempt 1, a call in queue 51, `at` ms after a midnight. */
export function hook(event: string, at: number, fields: Fields = {}): QueueEvent {
  const given = { channel: 'call', attempt_id: '1', queue_id: '51', timestamp: MIDNIGHT + at };
  const stamp = { id: id(), tenant: 'default', received_at: MIDNIGHT + at, variables: {} };
  return readEvent({ event, ...given, ...stamp, ...fields });
}

/** A team hook of agent 19, which has no timestamp. */
export function team(status: string, at: number, fields: TeamFields = {}): QueueEvent {
  const stamp = { id: id(), tenant: 'default', received_at: MIDNIGHT + at, variables: {} };
  return { event: 'agent_status', status, agent_id: '19', ...stamp, ...fields };
}

const agents = fc.constantFrom('19', '22', '23');
/** Coarse, so that moments are equal now and then. */
const pause = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((seconds) => seconds * SECOND),
  fc.integer({ min: 0, max: 3 * MINUTE }),
);

/** The hooks of an attempt by kind of queue, in the order of their time; a capital is an agent. */
const lives = [
  ['joined', 'leaving'],
  ['joined'],
  ['joined', 'offering A', 'missed A', 'offering B', 'bridged B', 'processing B', 'leaving B'],
  ['joined', 'offering A', 'missed A', 'offering A', 'bridged A', 'leaving A'],
  ['joined', 'offering A', 'bridged A', 'processing A', 'leaving'],
  ['joined', 'offering A', 'bridged A', 'bridged B', 'processing B'],
  ['offering A', 'bridged A', 'processing A', 'missed A', 'leaving A'],
  ['offering A', 'active A', 'bridged A', 'processing A', 'leaving A'],
  ['offering A', 'answered A', 'missed A'],
  ['joined', 'bridged', 'leaving'],
  ['leaving'],
] as const;

/** How an event arrives: so late, and perhaps once more. Together less than what the reducer remembers. */
const arrival = fc.record({
  late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 * MINUTE })),
  again: fc.option(fc.integer({ min: 0, max: 4 * MINUTE }), { nil: undefined, freq: 2 }),
});

type Arrival = { readonly late: number; readonly again: number | undefined };
type Arriving = { readonly event: QueueEvent; readonly at: number };

function arrivals(event: QueueEvent, { late, again }: Arrival = { late: 0, again: undefined }): Arriving[] {
  const at = (event.timestamp ?? event.received_at) + late;
  return again === undefined
    ? [{ event, at }]
    : [
        { event, at },
        { event, at: at + again },
      ];
}

/** Around a midnight, or in a morning: so near each other that they meet. */
const moment = fc
  .tuple(fc.nat({ max: 3 }), fc.constantFrom(0, 0, 9 * HOUR), fc.integer({ min: -300, max: 300 }))
  .map(([day, hour, seconds]) => day * DAY + hour + seconds * SECOND);

const attempt = fc.record({
  life: fc.constantFrom(...lives),
  channel: fc.constantFrom('call', 'call', 'call', 'chat', 'task'),
  queue_id: fc.constantFrom('51', '52'),
  A: agents,
  B: agents,
  begin: moment,
  pauses: fc.array(pause, { minLength: 8, maxLength: 8 }),
  arrives: fc.array(arrival, { minLength: 8, maxLength: 8 }),
  waited: fc.option(fc.constantFrom(-MINUTE, SECOND, 5 * MINUTE, 20 * HOUR, 30 * HOUR), { nil: undefined }),
});

type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never;

function arrivalsOf({ life, begin, pauses, arrives, waited, ...given }: Attempt, index: number): Arriving[] {
  let at = begin;
  return life.flatMap((step, position) => {
    at += pauses[position] ?? 0;
    const [event = '', who] = step.split(' ');
    const fields = {
      channel: given.channel,
      queue_id: given.queue_id,
      attempt_id: `${index}`,
      agent_id: who === 'A' ? given.A : who === 'B' ? given.B : undefined,
      joined_at: event === 'joined' && waited !== undefined ? MIDNIGHT + at - waited : undefined,
    };
    return arrivals(hook(event, at, fields), arrives[position]);
  });
}

const words = ['online', 'online', 'pause', 'break_out', 'offline', 'Pause', 'away'] as const;
const status = fc
  .tuple(fc.constantFrom(...words), moment, agents, arrival)
  .map(([word, at, agent_id, arrives]) => arrivals(team(word, at, { agent_id }), arrives));

/** Four days of three agents and two queues, in the order of arrival. */
export const history: fc.Arbitrary<QueueEvent[]> = fc
  .tuple(
    fc.array(attempt, { minLength: 1, maxLength: 25, size: 'max' }),
    fc.array(status, { maxLength: 20, size: 'max' }),
  )
  .map(([attempts, statuses]) =>
    [...attempts.flatMap(arrivalsOf), ...statuses.flat()]
      .sort((one, other) => one.at - other.at)
      .map(({ event }) => event),
  );
