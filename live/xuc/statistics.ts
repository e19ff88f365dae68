// The statistics as XiVO's clients get them: when they ask, when they change, and as time goes by.

import { writeId } from '../../lib/publish/dialects/json-fields.ts';
import { framed } from '../../lib/publish/dialects/xuc.ts';
import type { Context } from '../context.ts';
import type { Agent } from '../state/agents.ts';
import type { Queue } from '../state/queues.ts';
import type { Changed } from '../state/reducer.ts';
import { computeAgentStatistics, computeQueueStatistics } from '../state/statistics.ts';
import { trackChanges } from './changes.ts';
import type { Client } from './clients.ts';

/** Statistics that change with each event are sent so often at most, ms. */
const EVERY = 500;
/** Statistics that change with time alone are sent so many times as seldom: every 10 s. */
const PARTS = 20;

export type StatisticsFeed = {
  /** The message about one, now. */
  readonly writeAgent: (agent: Agent) => string;
  readonly writeQueue: (queue: Queue) => string;
  /** To be sent soon, where it is another. */
  readonly note: (changed: Changed) => void;
  readonly stop: () => void;
};

export function feedStatistics(
  { snapshot, now }: Pick<Context, 'snapshot' | 'now'>,
  clients: ReadonlySet<Client>,
): StatisticsFeed {
  const writeAgent = (agent: Agent) =>
    JSON.stringify(
      framed('AgentStatistics', { id: writeId(agent.id), statistics: computeAgentStatistics(agent, now()) }),
    );
  const writeQueue = (queue: Queue) =>
    JSON.stringify(
      framed('QueueStatistics', {
        queueId: writeId(queue.id),
        counters: computeQueueStatistics(queue, now()),
      }),
    );
  const agents = trackChanges(snapshot.agents, PARTS, writeAgent, (id, text) => {
    for (const client of clients)
      if (client.agentStats && client.permissions.seesAgent(id)) client.sendText(text);
  });
  const queues = trackChanges(snapshot.queues, PARTS, writeQueue, (id, text) => {
    for (const client of clients) if (client.permissions.seesQueue(id)) client.sendText(text);
  });
  const timer = setInterval(() => {
    for (const each of [agents, queues]) {
      if (clients.size > 0) each.addPart();
      each.flush();
    }
  }, EVERY);
  return {
    writeAgent,
    writeQueue,
    note: ({ agents: changed, queue, newDay }) => {
      if (newDay && clients.size > 0) for (const each of [agents, queues]) each.addAll();
      for (const id of changed) agents.add(id);
      if (queue !== undefined) queues.add(queue);
    },
    stop: () => clearInterval(timer),
  };
}
