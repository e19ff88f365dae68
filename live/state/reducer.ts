// The reducer: what is known now of agents and queues, as a function of one tenant's events and nothing else.
import type { QueueEvent } from '../../lib/event.ts';
import {
  type Agent,
  type Entered,
  enterState,
  readActivity,
  readState,
  releaseAgent,
  startAgent,
  startDay,
} from './agents.ts';
import { type Attempt, advanceAttempt, createKey, DAY, movesCall, startAttempts } from './attempts.ts';
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
  /** agent_ids whose statistics or state changed */
  readonly agents: readonly string[];
  /** queue_id whose statistics changed */
  readonly queue: string | undefined;
  /** false: the event is older than what is known of its agent, or was there before */
  readonly news: boolean;
  /** an older state that comes a little late: clients get it all the same, before the newest again */
  readonly overtaken: boolean;
  /** the event ended what these agents did, so that they may be in another state */
  readonly released: boolean;
  /** the event moves its call in the queue, for a client that shows the queue */
  readonly moved: boolean;
  /** a new day began with this event: all statistics start again */
  readonly newDay: boolean;
};

/**
 * The states that clients get of an event, in this order: its own, if it gives one that is news; and the state in which
 * the agent really is, where that is another one: its attempt let go of it, or a newer event was there first.
 */
export function listStates(
  { agents }: Snapshot,
  event: QueueEvent,
  { agents: changed, news, overtaken, released }: Changed,
): readonly QueueEvent[] {
  const own = readActivity(event) !== undefined && (news || overtaken) ? [event] : [];
  const concerned = released
    ? changed
    : own.length > 0 && event.agent_id !== undefined
      ? [event.agent_id]
      : [];
  const states = concerned.flatMap((id) => {
    const agent = agents.get(id);
    if (agent === undefined) return [];
    const state = readState(agent);
    return overtaken || state !== agent.stateEvent ? [state] : [];
  });
  return [...own, ...states];
}

/**
 * Takes events in the order of the stream.
 * @param dayOf the day (any number that grows) of a moment in epoch ms
 */
export function startReducer(dayOf: (at: number) => number): {
  readonly snapshot: Snapshot;
  readonly reduce: (event: QueueEvent) => Changed;
} {
  const agents = new Map<string, Agent>();
  const queues = new Map<string, Queue>();
  const findQueue = ({ queue }: Attempt) => (queue === undefined ? undefined : queues.get(queue));
  const attempts = startAttempts((attempt) => findQueue(attempt)?.waiting.delete(attempt.key));
  const { today, advance } = startToday(dayOf);
  /** Webitel's clock may be wrong: how late a hook is, the door's clock decides. Epoch ms. */
  let newest = Number.NEGATIVE_INFINITY;

  /** Time goes on. True: into a new day. */
  const advanceTime = (at: number, received: number): boolean => {
    newest = Math.max(newest, received);
    attempts.forgetLeft(newest);
    const newDay = advance(at);
    if (!newDay) return false;
    attempts.forgetBefore(today.last - DAY);
    for (const agent of agents.values()) startDay(agent, today);
    for (const queue of queues.values()) Object.assign(queue, { entered: 0, answered: 0, abandoned: 0 });
    return true;
  };

  /** The attempt of an event, if it has one, and whether the event moves it in its queue. */
  const findAttempt = (event: QueueEvent, at: number) => {
    const { source, attempt_id } = event;
    if (event.event === 'agent_status' || attempt_id === undefined) return undefined;
    const key = createKey(source, attempt_id);
    const moved = movesCall(attempts.known.get(key), event, at, newest);
    return { attempt: attempts.find(key, at), moved };
  };

  /** The id of the queue of a call. */
  const registerQueue = ({ channel, queue_id, queue_name }: QueueEvent): string | undefined => {
    if (channel !== 'call' || queue_id === undefined) return undefined;
    const queue = queues.get(queue_id) ?? startQueue(queue_id);
    queues.set(queue_id, queue);
    queue.name = queue_name ?? queue.name;
    return queue_id;
  };

  /** How far the attempt came: whether that is new, and whether its queue's statistics changed. */
  const updateAttempt = (attempt: Attempt, event: QueueEvent, at: number) => {
    const before = computeShare(attempt, today);
    attempt.queue ??= registerQueue(event);
    const queue = findQueue(attempt);
    const fresh = advanceAttempt(attempt, event, at);
    if (fresh && event.event === 'leaving') attempts.leave(attempt, newest);
    const recounted = queue !== undefined && recount(queue, attempt, before, computeShare(attempt, today));
    return { fresh, recounted };
  };

  /** The agent of an event does something else; an attempt that is over by then lets go of it at once. */
  const updateAgent = (event: QueueEvent, attempt: Attempt | undefined, at: number): Entered | undefined => {
    const { agent_id } = event;
    const activity = readActivity(event);
    if (activity === undefined || agent_id === undefined) return undefined;
    const agent = agents.get(agent_id) ?? startAgent(agent_id, event);
    agents.set(agent_id, agent);
    const entered = enterState(agent, activity, event, at, today);
    if (entered !== 'entered' || attempt === undefined) return entered;
    agent.attempt = attempt.key;
    attempt.agents ??= new Set();
    attempt.agents.add(agent_id);
    if (attempt.left !== undefined) releaseAgent(agent, attempt.key, Math.max(agent.at, attempt.left));
    const missed = attempt.missed?.get(agent_id);
    if (missed !== undefined) releaseAgent(agent, attempt.key, missed);
    return entered;
  };

  /** Missed lets go of its agent; leaving is final: of everybody in the attempt. */
  const releaseAgents = (attempt: Attempt, event: QueueEvent, at: number): string[] => {
    if (event.event !== 'missed' && event.event !== 'leaving') return [];
    const leaving = event.event === 'leaving';
    const ids = leaving ? [...(attempt.agents ?? [])] : [event.agent_id ?? ''];
    return ids.filter((id) => {
      const agent = agents.get(id);
      return agent !== undefined && releaseAgent(agent, attempt.key, leaving ? Math.max(at, agent.at) : at);
    });
  };

  const reduce = (event: QueueEvent): Changed => {
    const at = readMoment(event);
    const newDay = advanceTime(at, event.received_at);
    const { attempt, moved = false } = findAttempt(event, at) ?? {};
    const updated = attempt && updateAttempt(attempt, event, at);
    const entered = updateAgent(event, attempt, at);
    const released = attempt === undefined ? [] : releaseAgents(attempt, event, at);
    return {
      agents: entered === 'entered' && event.agent_id !== undefined ? [event.agent_id] : released,
      queue: updated?.recounted ? attempt?.queue : undefined,
      news: entered === undefined ? (updated?.fresh ?? true) : entered === 'entered',
      overtaken: entered === 'overtaken',
      released: released.length > 0,
      moved,
      newDay,
    };
  };

  return { snapshot: { agents, queues, attempts: attempts.known }, reduce };
}
