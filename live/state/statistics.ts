// XiVO xuc: AgentStatistics and QueueStatistics out of what is known, at a moment.
import { wholeSeconds } from '../../lib/publish/dialects/json-fields.ts';
import { type Agent, measureTime } from './agents.ts';
import type { Queue } from './queues.ts';

type AgentStatistic = { readonly name: string; readonly value: number | string };
type QueueStatistic = { readonly statName: string; readonly value: number };

/** Totals of the day in whole seconds; dates in ISO 8601, left out while unknown. @param now epoch ms */
export function computeAgentStatistics(agent: Agent, now: number): AgentStatistic[] {
  const { login, logout } = agent;
  return [
    { name: 'AgentPausedTotalTime', value: wholeSeconds(0, measureTime(agent, 'paused', now)) },
    { name: 'AgentWrapupTotalTime', value: wholeSeconds(0, measureTime(agent, 'wrapup', now)) },
    { name: 'AgentReadyTotalTime', value: wholeSeconds(0, measureTime(agent, 'ready', now)) },
    ...(login === undefined ? [] : [{ name: 'LoginDateTime', value: formatDate(login) }]),
    ...(logout === undefined ? [] : [{ name: 'LogoutDateTime', value: formatDate(logout) }]),
  ];
}

const formatDate = (at: number): string => new Date(at).toISOString();

/** A call whose end never came waits no longer than so many ms. */
export const LONGEST_WAIT = 4 * 60 * 60 * 1000;

/** Calls of the day; the longest wait, of those waiting now, in whole seconds. @param now epoch ms */
export function computeQueueStatistics(queue: Queue, now: number): QueueStatistic[] {
  let waiting = 0;
  let longest = now;
  for (const since of queue.waiting.values()) {
    if (since < now - LONGEST_WAIT) continue;
    waiting++;
    longest = Math.min(longest, since);
  }
  return [
    { statName: 'TotalNumberCallsEntered', value: queue.entered },
    { statName: 'TotalNumberCallsAnswered', value: queue.answered },
    // The page's own spelling.
    { statName: 'TotalNumberCallsAbandonned', value: queue.abandoned },
    { statName: 'WaitingCalls', value: waiting },
    { statName: 'LongestWaitTime', value: wholeSeconds(longest, now) },
  ];
}
