// The statistics as XiVO's clients get them: when they ask, when they change, and as time goes by.

import { idOf } from '../../lib/publish/dialects/json-fields.ts';
import { framed } from '../../lib/publish/dialects/xuc.ts';
import type { Context } from '../context.ts';
import type { Agent } from '../state/agents.ts';
import type { Queue } from '../state/queues.ts';
import type { Changed } from '../state/reducer.ts';
import { agentStatistics, queueStatistics } from '../state/statistics.ts';
import { changes } from './changes.ts';
import type { Client } from './clients.ts';

/** Statistics that change with each event are told so often at most, ms. */
const EVERY = 500;
/** Statistics that change with time alone are told so many times as seldom: every 10 s. */
const PARTS = 20;

export type StatisticsFeed = {
  /** The message about one, now. */
  readonly agentText: (agent: Agent) => string;
  readonly queueText: (queue: Queue) => string;
  /** To be told soon, where it is another. */
  readonly mark: (changed: Changed) => void;
  readonly stop: () => void;
};

export function statisticsFeed(
  { snapshot, now }: Pick<Context, 'snapshot' | 'now'>,
  clients: ReadonlySet<Client>,
): StatisticsFeed {
  const agentText = (agent: Agent) =>
    JSON.stringify(
      framed('AgentStatistics', { id: idOf(agent.id), statistics: agentStatistics(agent, now()) }),
    );
  const queueText = (queue: Queue) =>
    JSON.stringify(
      framed('QueueStatistics', { queueId: idOf(queue.id), counters: queueStatistics(queue, now()) }),
    );
  const agents = changes(snapshot.agents, PARTS, agentText, (id, text) => {
    for (const client of clients) if (client.agentStats && client.permissions.agent(id)) client.send(text);
  });
  const queues = changes(snapshot.queues, PARTS, queueText, (id, text) => {
    for (const client of clients) if (client.permissions.queue(id)) client.send(text);
  });
  const timer = setInterval(() => {
    for (const each of [agents, queues]) {
      if (clients.size > 0) each.markPart();
      each.flush();
    }
  }, EVERY);
  return {
    agentText,
    queueText,
    mark: ({ agent, queue, newDay }) => {
      if (newDay && clients.size > 0) for (const each of [agents, queues]) each.markAll();
      if (agent !== undefined) agents.mark(agent);
      if (queue !== undefined) queues.mark(queue);
    },
    stop: () => clearInterval(timer),
  };
}
