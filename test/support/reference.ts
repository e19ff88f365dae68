// The statistics once more, from the whole history at once: slow, plain, and with nothing of the reducer in it.
import type { QueueEvent } from '../../lib/event.ts';
import { DAY, dayOf, HOUR, MINUTE } from './history.ts';

/** An event at its place in the order of arrival. */
type Arrival = { readonly event: QueueEvent; readonly at: number; readonly place: number };

/** Each event once, where it first arrived. */
function listArrivals(history: readonly QueueEvent[]): Arrival[] {
  const firsts = history.filter((event, place) => history.findIndex(({ id }) => id === event.id) === place);
  return firsts.map((event, place) => ({ event, at: event.timestamp ?? event.received_at, place }));
}

/** The events with which a day began. */
const daysOf = (arrivals: readonly Arrival[]) =>
  arrivals.filter(({ at, place }) =>
    arrivals.slice(0, place).every((earlier) => dayOf(earlier.at) < dayOf(at)),
  );

const words = new Map([
  ['online', 'ready'],
  ['pause', 'paused'],
  ['break_out', 'paused'],
  ['offline', 'out'],
  ['away', undefined],
]);

function stateOf({ event }: Arrival): string | undefined {
  if (event.event === 'agent_status') return words.get(event.status.toLowerCase());
  if (event.event === 'processing') return 'wrapup';
  return ['offering', 'active', 'answered', 'bridged'].includes(event.event) ? 'busy' : undefined;
}

/** The states of an agent, without those that came too late. */
function statesOf(arrivals: readonly Arrival[], agent: string): Arrival[] {
  const said = arrivals.filter((one) => one.event.agent_id === agent && stateOf(one) !== undefined);
  return said.filter(({ at, place }) => said.every((other) => other.place >= place || other.at <= at));
}

const sameAttempt = ({ event: one }: Arrival, { event: other }: Arrival) =>
  one.event !== 'agent_status' && one.attempt_id === other.attempt_id;

/** When the attempt of a state lets go of its agent, as far as was known before the agent's next state. */
function releaseOf(arrivals: readonly Arrival[], state: Arrival, next: Arrival | undefined): number {
  const { agent_id } = state.event;
  const ends = arrivals
    .filter((one) => sameAttempt(state, one) && (next === undefined || one.place < next.place))
    .flatMap((one) => {
      if (one.event.event === 'missed')
        return one.event.agent_id === agent_id && one.at >= state.at ? one.at : [];
      if (one.event.event !== 'leaving') return [];
      return Math.max(one.at, state.at);
    });
  return Math.min(...ends, Number.POSITIVE_INFINITY);
}

/** The newest team status of an agent that was known before its next state. */
function teamOf(arrivals: readonly Arrival[], agent: string, next: Arrival | undefined): Arrival | undefined {
  const states = statesOf(arrivals, agent);
  let team: Arrival | undefined;
  for (const one of arrivals) {
    if (one.event.event !== 'agent_status' || one.event.agent_id !== agent) continue;
    if (stateOf(one) === undefined || (next !== undefined && one.place >= next.place)) continue;
    if (team === undefined || states.includes(one) || one.at > team.at) team = one;
  }
  return team;
}

/** The ids of those that an event gave a state. */
export const agentsIn = (history: readonly QueueEvent[]): Set<string> =>
  new Set(
    listArrivals(history).flatMap((one) => (stateOf(one) === undefined ? [] : (one.event.agent_id ?? []))),
  );

/** The ids of those that had a call. */
export const queuesIn = (history: readonly QueueEvent[]): Set<string> =>
  new Set(history.flatMap(({ channel, queue_id }) => (channel === 'call' ? (queue_id ?? []) : [])));

/** `now` epoch ms; values as in AgentStatistics. */
export function agentReference(history: readonly QueueEvent[], agent: string, now: number) {
  const arrivals = listArrivals(history);
  const dawn = daysOf(arrivals).at(-1)?.at ?? 0;
  const states = statesOf(arrivals, agent);
  const total = (name: string) => {
    const times = states.map((state, index) => {
      const next = states[index + 1];
      const from = dayOf(state.at) === dayOf(dawn) ? state.at : dawn;
      const until = Math.min(next?.at ?? now, now);
      const release = releaseOf(arrivals, state, next);
      const own = stateOf(state) === name ? Math.max(0, Math.min(until, release) - from) : 0;
      const team = teamOf(arrivals, agent, next);
      const again =
        team !== undefined && stateOf(team) === name ? Math.max(0, until - Math.max(release, from)) : 0;
      return own + again;
    });
    return Math.floor(times.reduce((sum, time) => sum + time, 0) / 1000);
  };
  const logouts = states.filter((state) => stateOf(state) === 'out');
  const logins = states.filter((state, index) => {
    if (stateOf(state) !== 'ready') return false;
    const before = states.slice(0, index).map(stateOf);
    const out = before.lastIndexOf('out');
    return index === 0 || (out >= 0 && !before.slice(out).includes('ready'));
  });
  const date = (found: Arrival | undefined) => found && new Date(found.at).toISOString();
  return {
    AgentPausedTotalTime: total('paused'),
    AgentWrapupTotalTime: total('wrapup'),
    AgentReadyTotalTime: total('ready'),
    LoginDateTime: date(logins.at(-1)),
    LogoutDateTime: date(logouts.at(-1)),
  };
}

/** `now` epoch ms; values as in QueueStatistics. */
export function queueReference(history: readonly QueueEvent[], queue: string, now: number) {
  const arrivals = listArrivals(history);
  const days = daysOf(arrivals);
  const today = dayOf(days.at(-1)?.at ?? 0);
  const calls = arrivals.filter(({ event }) => event.channel === 'call' && event.queue_id === queue);
  const attempts = [...new Set(calls.map(({ event }) => event.attempt_id))].map((id) => {
    const first = (name: string) =>
      calls.find(({ event }) => event.attempt_id === id && event.event === name);
    return { joined: first('joined'), bridged: first('bridged'), left: first('leaving') };
  });
  const isToday = (one: Arrival | undefined) => one !== undefined && dayOf(one.at) === today;
  const since = ({ event, at }: Arrival) => {
    const said = event.joined_at;
    return said === undefined || said > at || said <= at - DAY ? at : said;
  };
  const waiting = attempts.flatMap(({ joined, bridged, left }) => {
    if (joined === undefined || bridged !== undefined || left !== undefined) return [];
    const forgotten = days.some((day) => day.place > joined.place && since(joined) < day.at - DAY);
    return forgotten || since(joined) < now - 4 * HOUR ? [] : since(joined);
  });
  const unanswered = attempts.filter(({ joined, bridged }) => joined && !bridged);
  return {
    TotalNumberCallsEntered: attempts.filter(({ joined }) => isToday(joined)).length,
    TotalNumberCallsAnswered: attempts.filter(({ joined, bridged }) => joined && isToday(bridged)).length,
    TotalNumberCallsAbandonned: unanswered.filter(({ left }) => isToday(left)).length,
    WaitingCalls: waiting.length,
    LongestWaitTime: Math.floor(Math.max(0, ...waiting.map((begin) => now - begin)) / 1000),
  };
}

/** No attempt is remembered so long after it left. */
export const MEMORY = 10 * MINUTE;
