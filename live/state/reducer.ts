// The fold: what is known now of agents and queues, as a function of one tenant's events and nothing else.
import type { QueueEvent } from '../../lib/event.ts';
import { type Agent, type Entered, enter, readActivity, release, startAgent, startDay } from './agents.ts';
import { type Attempt, DAY, progress, startAttempts } from './attempts.ts';
import { readMoment } from './moment.ts';
import { computeShare, type Queue, recount, startQueue } from './queues.ts';
import { startToday } from './today.ts';

/** Changes with every event that is taken. */
export type Snapshot = {
  /** those that an event gave a state */
  readonly agents: ReadonlyMap<string, Agent>;
  /** those that had a call */
  readonly queues: ReadonlyMap<string, Queue>;
  /** those that are open, or left within the last ten minutes of the stream */
  readonly attempts: ReadonlyMap<string, Attempt>;
};

export type Changed = {
  /** agent_id whose statistics or state changed */
  readonly agent: string | undefined;
  /** queue_id whose statistics changed */
  readonly queue: string | undefined;
  /** false: the event is older than what is known of its agent, or was there before */
  readonly news: boolean;
  /** an older state that comes a little late: to be said all the same, before the newest again */
  readonly overtaken: boolean;
  /** a new day began with this event: all statistics start again */
  readonly newDay: boolean;
};

/** Whose states clients are told of: nobody's, when it is no news; an overtaken one before the newest again. */
export function listStates(
  { agents }: Snapshot,
  event: QueueEvent,
  { news, overtaken }: Changed,
): readonly QueueEvent[] {
  const newest = overtaken ? agents.get(event.agent_id ?? '')?.stateEvent : undefined;
  if (newest !== undefined) return [event, newest];
  return news ? [event] : [];
}

/**
 * Takes events in the order of the stream.
 * @param dayOf the day (any number that grows) of a moment in epoch ms
 */
export function startReducer(dayOf: (at: number) => number): {
  readonly snapshot: Snapshot;
  readonly take: (event: QueueEvent) => Changed;
} {
  const agents = new Map<string, Agent>();
  const queues = new Map<string, Queue>();
  const queueOf = ({ queue }: Attempt) => (queue === undefined ? undefined : queues.get(queue));
  const attempts = startAttempts((attempt) => queueOf(attempt)?.waiting.delete(attempt.id));
  const { today, advance } = startToday(dayOf);

  /** Time goes on. True: into a new day. */
  const reach = (at: number): boolean => {
    const newDay = advance(at);
    attempts.forgetLeft(today.last);
    if (!newDay) return false;
    attempts.forgetBefore(today.last - DAY);
    for (const agent of agents.values()) startDay(agent, today);
    for (const queue of queues.values()) Object.assign(queue, { entered: 0, answered: 0, abandoned: 0 });
    return true;
  };

  const attemptOf = ({ event, attempt_id }: QueueEvent, at: number) =>
    event === 'agent_status' || attempt_id === undefined ? undefined : attempts.of(attempt_id, at);

  /** The id of the queue of a call. */
  const queueIn = ({ channel, queue_id, queue_name }: QueueEvent): string | undefined => {
    if (channel !== 'call' || queue_id === undefined) return undefined;
    const queue = queues.get(queue_id) ?? startQueue(queue_id);
    queues.set(queue_id, queue);
    queue.name = queue_name ?? queue.name;
    return queue_id;
  };

  /** How far the attempt came: whether that is new, and whether its queue's statistics changed. */
  const follow = (attempt: Attempt, event: QueueEvent, at: number) => {
    const before = computeShare(attempt, today);
    attempt.queue ??= queueIn(event);
    const queue = queueOf(attempt);
    const fresh = progress(attempt, event, at);
    if (fresh && event.event === 'leaving') attempts.leave(attempt, today.last);
    const recounted = queue !== undefined && recount(queue, attempt, before, computeShare(attempt, today));
    return { fresh, recounted };
  };

  /** The agent of an event does something else; an attempt that is over by then lets go of it at once. */
  const employ = (event: QueueEvent, attempt: Attempt | undefined, at: number): Entered | undefined => {
    const { agent_id } = event;
    const activity = readActivity(event);
    if (activity === undefined || agent_id === undefined) return undefined;
    const agent = agents.get(agent_id) ?? startAgent(agent_id, event);
    agents.set(agent_id, agent);
    const entered = enter(agent, activity, event, at, today);
    if (entered !== 'entered' || attempt === undefined) return entered;
    attempt.agent = agent_id;
    if (attempt.left !== undefined) release(agent, attempt.id, Math.max(agent.at, attempt.left));
    const missed = attempt.missed?.get(agent_id);
    if (missed !== undefined) release(agent, attempt.id, missed);
    return entered;
  };

  /** Missed lets go of its agent; leaving is final: of whoever is in the attempt. */
  const dismiss = (event: QueueEvent, attempt: Attempt, at: number): string | undefined => {
    if (event.event !== 'missed' && event.event !== 'leaving') return undefined;
    const leaving = event.event === 'leaving';
    const agent = agents.get(event.agent_id ?? (leaving ? attempt.agent : undefined) ?? '');
    if (agent === undefined) return undefined;
    return release(agent, attempt.id, leaving ? Math.max(at, agent.at) : at) ? agent.id : undefined;
  };

  const take = (event: QueueEvent): Changed => {
    const at = readMoment(event);
    const newDay = reach(at);
    const attempt = attemptOf(event, at);
    const followed = attempt && follow(attempt, event, at);
    const employed = employ(event, attempt, at);
    const dismissed = attempt && dismiss(event, attempt, at);
    return {
      agent: employed === 'entered' ? event.agent_id : dismissed,
      queue: followed?.recounted ? attempt?.queue : undefined,
      news: employed === undefined ? (followed?.fresh ?? true) : employed === 'entered',
      overtaken: employed === 'overtaken',
      newDay,
    };
  };

  return { snapshot: { agents, queues, attempts: attempts.known }, take };
}
