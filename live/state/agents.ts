// What an agent is doing, since when, and how long it did each thing today.
import type { EventName, QueueEvent } from '../../lib/event.ts';
import { readMoment } from './moment.ts';
import { limitText, shorten } from './shorten.ts';
import type { Today } from './today.ts';

/** `busy` is ringing, dialing or on a call: no statistic has how long. */
type Activity = 'ready' | 'paused' | 'wrapup' | 'busy' | 'out';

/** The last status that the team hook gave; `at` in epoch ms. */
export type TeamStatus = {
  readonly status: string;
  readonly cause: string | undefined;
  readonly activity: Activity;
  readonly at: number;
};

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
  /** the key of the attempt for which it does that */
  attempt: string | undefined;
  /** from when it counts, epoch ms: a new day cuts off what was before */
  countsFrom: number;
  /** when its attempt let go of it, epoch ms: from then on it is in its team status, if that is known */
  releasedAt: number | undefined;
  team: TeamStatus | undefined;
  /** ms of the day in what it did before */
  totals: Record<Activity, number>;
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
  stateEvent: shorten(stateEvent),
  at: Number.NEGATIVE_INFINITY,
  ids: [],
  activity: undefined,
  attempt: undefined,
  countsFrom: 0,
  releasedAt: undefined,
  team: undefined,
  totals: createTotals(),
  loggedIn: undefined,
  login: undefined,
  logout: undefined,
});

const createTotals = (): Record<Activity, number> => ({ ready: 0, paused: 0, wrapup: 0, busy: 0, out: 0 });

/** What the agent of an event does from then on; undefined when the event has nothing of that. */
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

/** null: the event has nothing of what its agent does. */
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
 * What an event is to its agent: a state of it; a state that another one overtook on the way here, by a little; or
 * nothing, because it is older or came before.
 */
export type Entered = 'entered' | 'overtaken' | 'known';

/** A state that is further behind than so many ms is not shown any more. */
const LITTLE = 10_000;

/** The agent begins something else. */
export function enterState(
  agent: Agent,
  activity: Activity,
  event: QueueEvent,
  moment: number,
  today: Today,
): Entered {
  if (agent.activity !== undefined && isOlder(event, agent.stateEvent)) {
    const { team } = agent;
    if (moment > (team?.at ?? Number.NEGATIVE_INFINITY)) updateTeam(agent, activity, event, moment);
    // Its attempt let go of it: it is in that status now, and clients have it in another, or still on the call.
    if (agent.team !== team && agent.releasedAt !== undefined) return 'overtaken';
    return agent.stateEvent.received_at - event.received_at < LITTLE ? 'overtaken' : 'known';
  }
  // One clock may put an event behind another that the other clock puts before it: time doesn't go back.
  const at = Math.max(moment, agent.at);
  const same = at === agent.at;
  if (same && agent.ids.includes(event.id)) return 'known';
  for (const [done, ms] of listSpans(agent, at)) agent.totals[done] += ms;
  agent.stateEvent = shorten(event);
  agent.ids = same ? [...agent.ids.slice(1 - SAME_MOMENT), event.id] : [event.id];
  agent.at = at;
  agent.activity = activity;
  agent.attempt = undefined;
  agent.countsFrom = today.has(at) ? at : today.first;
  agent.releasedAt = undefined;
  updateTeam(agent, activity, event, at);
  updateName(agent, agent.stateEvent);
  updateLogin(agent, event, activity, at);
  return 'entered';
}

/** By the clock that both have: Webitel's, else the door's, which is the only one of a team hook. */
function isOlder(event: QueueEvent, other: QueueEvent): boolean {
  if (event.timestamp === undefined || other.timestamp === undefined)
    return event.received_at < other.received_at;
  return readMoment(event) < readMoment(other);
}

function updateTeam(agent: Agent, activity: Activity, event: QueueEvent, at: number): void {
  if (event.event !== 'agent_status') return;
  const { status, status_payload } = event;
  agent.team = { status: status.toLowerCase(), cause: limitText(status_payload), activity, at };
}

/** The team hook's extension is `extension`. */
function updateName(agent: Agent, event: QueueEvent): void {
  const extension = event.event === 'agent_status' ? event.extension : undefined;
  agent.name = event.agent_name ?? agent.name;
  agent.extension = extension ?? event.agent_extension ?? agent.extension;
}

/** Whoever is first seen at work was logged in before, nobody knows when; after offline only online logs in. */
function updateLogin(agent: Agent, { event }: QueueEvent, activity: Activity, at: number): void {
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
export function releaseAgent(agent: Agent, attempt: string, at: number): boolean {
  if (agent.attempt !== attempt || at < agent.at || at >= (agent.releasedAt ?? Number.POSITIVE_INFINITY))
    return false;
  agent.releasedAt = at;
  return true;
}

/**
 * The event that describes the agent best now: the last that gave it a state; or, where its attempt let go of it and
 * its team status is known, a missed of that moment.
 */
export function readState({ stateEvent, releasedAt, team }: Agent): QueueEvent {
  if (releasedAt === undefined || team === undefined) return stateEvent;
  if (stateEvent.event === 'agent_status' || stateEvent.event === 'leaving') return stateEvent;
  return { ...stateEvent, event: 'missed', timestamp: releasedAt };
}

/** The totals begin again; what the agent does, it goes on doing. */
export function startDay(agent: Agent, { first }: Today): void {
  agent.totals = createTotals();
  agent.countsFrom = first;
}

/** ms of the day in which the agent did that, until `now` */
export function measureTime(agent: Agent, activity: Activity, now: number): number {
  let ms = agent.totals[activity];
  for (const [done, more] of listSpans(agent, now)) if (done === activity) ms += more;
  return ms;
}

/** What it does and did since its last state, in ms: until its attempt let go of it, and after that. */
function listSpans({ activity, countsFrom, releasedAt, team }: Agent, now: number): [Activity, number][] {
  const spans: [Activity, number][] = [];
  const released = releasedAt ?? Number.POSITIVE_INFINITY;
  if (activity !== undefined) spans.push([activity, Math.max(0, Math.min(released, now) - countsFrom)]);
  if (team !== undefined) spans.push([team.activity, Math.max(0, now - Math.max(released, countsFrom))]);
  return spans;
}
