// Who serves the calls: agents who log in, are on one attempt at a time, have their pauses, and log out.
import { type Agent, type AgentStatus, agents, reportStatus } from './agents.ts';
import type { Leg } from './attempt.ts';
import type { Hook } from './hook.ts';
import type { Random } from './random.ts';

const SECOND = 1000;

/** @param size how many agents at most; from two on, any attempt finds an agent sooner or later */
export function openStaff(random: Random, size: number) {
  const hooks: Hook[] = [];
  const turn = (agent: Agent, at: number, status: AgentStatus, cause?: string) =>
    hooks.push({ at, times: {}, fields: reportStatus(agent, status, cause) });
  const workers = agents.slice(0, size).map((agent) => {
    const at = random.below(20 * SECOND);
    turn(agent, at, 'online');
    return { agent, free: at + 5 * SECOND };
  });
  type Worker = (typeof workers)[number];

  const sendAway = (worker: Worker, status: AgentStatus, cause?: string) => {
    turn(worker.agent, worker.free, status, cause);
    worker.free += (20 + random.below(100)) * SECOND;
    turn(worker.agent, worker.free, 'online');
    worker.free += 2 * SECOND;
  };
  /** An agent for each leg; undefined when there is not one for all, at that time. */
  const find = (legs: readonly Leg[], begin: number): Worker[] | undefined => {
    const free = new Map(workers.map((worker) => [worker, worker.free]));
    const found: Worker[] = [];
    for (const leg of legs) {
      const ready = workers.filter((worker) => (free.get(worker) ?? 0) <= begin + leg.from);
      if (ready.length === 0) return undefined;
      const worker = random.pick(ready);
      free.set(worker, begin + leg.until + SECOND);
      found.push(worker);
    }
    return found;
  };

  return {
    /** what the agents themselves did, so far */
    hooks,
    /** Gives each leg its agent. The attempt begins as soon as they are free, not before `earliest`. */
    serve: (legs: readonly Leg[], earliest: number): { begin: number; agents: Agent[] } => {
      const [first] = legs;
      if (first === undefined) return { begin: earliest, agents: [] };
      let begin = Math.max(earliest, Math.min(...workers.map(({ free }) => free)) - first.from);
      let found = find(legs, begin);
      while (found === undefined) {
        begin += SECOND;
        found = find(legs, begin);
      }
      for (const [index, worker] of found.entries()) {
        const { until = 0, missed = false } = legs[index] ?? {};
        worker.free = begin + until + SECOND;
        // Not while the same attempt comes back.
        if (found.lastIndexOf(worker) > index) continue;
        if (missed && random.chance(0.3)) sendAway(worker, 'break_out');
        else if (random.chance(0.15)) sendAway(worker, 'pause', random.pick(['', 'Lunch', 'Training']));
      }
      return { begin, agents: found.map(({ agent }) => agent) };
    },
    /** All log out. @param end when the last attempt is over */
    close: (end: number) => {
      for (const { agent, free } of workers)
        turn(agent, Math.max(end, free) + random.below(10 * SECOND), 'offline');
    },
  };
}
