// What an agent is activity, since when, and how long it did each thing today.
import type { EventName, QueueEvent } from '../../lib/event.ts';
import { readMoment } from './moment.ts';
import type { Today } from './today.ts';

/** `busy` is ringing, dialing or on a call: nobody asks how long. */
type Activity = 'ready' | 'paused' | 'wrapup' | 'busy' | 'out';

export type Agent = {
  readonly id: string;
  name: string | undefined;
  extension: string | undefined;
  /** the last event that gave it a state */
  stateEvent: QueueEvent;
  /** when that was, epoch ms */
  at: number;
  /** the ids of the events that gave it a state at this very moment */
  ids: readonly string[];
  activity: Activity | undefined;
  /** of which attempt it is doing it */
  attempt: string | undefined;
  /** from when it counts, epoch ms: a new day cuts off what was before */
  from: number;
  /** when its attempt let go of it, epoch ms: after that nobody knows what it does */
  until: number | undefined;
  /** ms of the day in what it did before */
  spent: Record<Activity, number>;
  /** undefined until a state was seen */
  loggedIn: boolean | undefined;
  /** epoch ms */
  login: number | undefined;
  logout: number | undefined;
};

export const startAgent = (id: string, stateEvent: QueueEvent): Agent => ({
  id,
  name: undefined,
  extension: undefined,
  stateEvent,
  at: Number.NEGATIVE_INFINITY,
  ids: [],
  activity: undefined,
  attempt: undefined,
  from: 0,
  until: undefined,
  spent: nothing(),
  loggedIn: undefined,
  login: undefined,
  logout: undefined,
});

const nothing = (): Record<Activity, number> => ({ ready: 0, paused: 0, wrapup: 0, busy: 0, out: 0 });

/** What the agent of an event does from then on; undefined when the event doesn't say. */
export function readActivity(event: QueueEvent): Activity | undefined {
  if (event.event === 'agent_status') return statuses.get(event.status.toLowerCase());
  return event.agent_id === undefined ? undefined : (stages[event.event] ?? undefined);
}

const statuses: ReadonlyMap<string, Activity> = new Map([
  ['online', 'ready'],
  ['offline', 'out'],
  ['pause', 'paused'],
  ['break_out', 'paused'],
]);

/** null: it says nothing of what its agent does. */
const stages: Readonly<Record<Exclude<EventName, 'agent_status'>, Activity | null>> = {
  joined: null,
  offering: 'busy',
  active: 'busy',
  answered: 'busy',
  bridged: 'busy',
  missed: null,
  processing: 'wrapup',
  leaving: null,
};

/** So many events of one agent at one millisecond are known again when they come twice. */
const SAME_MOMENT = 16;

/**
 * What an event is to its agent: a state of it; one that another overtook on the way here, by a little; or nothing,
 * being older or there before.
 */
export type Entered = 'entered' | 'overtaken' | 'known';

/** What is further behind than so many ms nobody waits for. */
const LITTLE = 10_000;

/** The agent does something else. */
export function enter(
  agent: Agent,
  activity: Activity,
  event: QueueEvent,
  moment: number,
  today: Today,
): Entered {
  if (agent.activity !== undefined && isOlder(event, agent.stateEvent))
    return agent.stateEvent.received_at - event.received_at < LITTLE ? 'overtaken' : 'known';
  // By the clock of the one an event may come after another, by that of the other before it: time doesn't go back.
  const at = Math.max(moment, agent.at);
  const same = at === agent.at;
  if (same && agent.ids.includes(event.id)) return 'known';
  if (agent.activity !== undefined) agent.spent[agent.activity] += elapsed(agent, at);
  agent.stateEvent = event;
  agent.ids = same ? [...agent.ids.slice(1 - SAME_MOMENT), event.id] : [event.id];
  agent.at = at;
  agent.activity = activity;
  agent.attempt = event.event === 'agent_status' ? undefined : event.attempt_id;
  agent.from = today.has(at) ? at : today.first;
  agent.until = undefined;
  introduce(agent, event);
  log(agent, event, activity, at);
  return 'entered';
}

/** By the clock that both have: Webitel's, else the door's, which is all that a team hook has. */
function isOlder(event: QueueEvent, other: QueueEvent): boolean {
  if (event.timestamp === undefined || other.timestamp === undefined)
    return event.received_at < other.received_at;
  return readMoment(event) < readMoment(other);
}

/** The team hook's extension is `extension`. */
function introduce(agent: Agent, event: QueueEvent): void {
  const extension = event.event === 'agent_status' ? event.extension : undefined;
  agent.name = event.agent_name ?? agent.name;
  agent.extension = extension ?? event.agent_extension ?? agent.extension;
}

/** Whoever is first seen at work was logged in before, nobody knows when; after offline only online logs in. */
function log(agent: Agent, { event }: QueueEvent, activity: Activity, at: number): void {
  if (activity === 'out') {
    agent.loggedIn = false;
    agent.logout = at;
  } else if (event === 'agent_status' && activity === 'ready') {
    if (agent.loggedIn !== true) agent.login = at;
    agent.loggedIn = true;
  } else {
    agent.loggedIn ??= true;
  }
}

/** The attempt lets go of the agent. False: the agent was not in it, or no longer. */
export function release(agent: Agent, attempt: string, at: number): boolean {
  if (agent.attempt !== attempt || at < agent.at || at >= (agent.until ?? Number.POSITIVE_INFINITY))
    return false;
  agent.until = at;
  return true;
}

/** The totals begin again; what the agent does, it goes on activity. */
export function startDay(agent: Agent, { first }: Today): void {
  agent.spent = nothing();
  agent.from = first;
}

/** ms of the day that the agent has spent so, until `now` */
export const measureTime = (agent: Agent, activity: Activity, now: number): number =>
  agent.spent[activity] + (agent.activity === activity ? elapsed(agent, now) : 0);

const elapsed = ({ from, until = Number.POSITIVE_INFINITY }: Agent, now: number): number =>
  Math.max(0, Math.min(until, now) - from);
