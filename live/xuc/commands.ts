// What XiVO's clients ask for, and what they are answered.
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { type XucEvent, xuc } from '../../lib/publish/dialects/xuc.ts';
import { isObject, parsed } from '../access/http.ts';
import type { Context } from '../context.ts';
import { agentGroupList, agentList, agentOf, agentsSeen, queueList, queuesSeen } from '../lists.ts';
import type { Agent } from '../state/agents.ts';
import type { Client } from './clients.ts';
import type { StatisticsFeed } from './statistics.ts';

type Commands = Readonly<Record<string, (client: Client, objectType: unknown) => void>>;

/** @returns what hears a client's message; whatever nobody here knows is not answered */
export function listener(
  context: Pick<Context, 'snapshot' | 'now'>,
  feed: StatisticsFeed,
): (client: Client, text: string) => void {
  const commands = commandsOf(context, feed);
  return (client, text) => {
    const message = parsed(text);
    if (!isObject(message)) return;
    const { claz, command, objectType } = message;
    if (claz === 'ping') client.send('{"claz":"ping"}');
    if (claz === 'web' && typeof command === 'string' && Object.hasOwn(commands, command))
      commands[command]?.(client, objectType);
  };
}

function commandsOf({ snapshot, now }: Pick<Context, 'snapshot' | 'now'>, feed: StatisticsFeed): Commands {
  const statesOf = ({ stateEvent }: Agent): readonly XucEvent[] => speak(xuc, stateEvent, { now: now() });
  return {
    getList: (client, objectType) => {
      const { permissions, say } = client;
      if (objectType === 'agent') say('AgentList', agentList(snapshot, permissions));
      if (objectType === 'agentgroup') say('AgentGroupList', agentGroupList(permissions));
      if (objectType === 'queue') say('QueueList', queueList(snapshot, permissions));
      // Which agent serves which queue, no hook tells.
      if (objectType === 'queuemember') say('QueueMemberList', []);
    },
    getAgentStates: ({ permissions, send }) => {
      for (const agent of agentsSeen(snapshot, permissions))
        for (const state of statesOf(agent)) send(JSON.stringify(state));
    },
    getAgentDirectory: ({ permissions, say }) => {
      const directory = agentsSeen(snapshot, permissions).flatMap((agent) =>
        statesOf(agent).map(({ ctiMessage }) => ({
          agent: agentOf(agent, permissions),
          agentState: ctiMessage,
        })),
      );
      say('AgentDirectory', { directory });
    },
    subscribeToAgentStats: (client) => {
      client.agentStats = true;
      for (const agent of agentsSeen(snapshot, client.permissions)) client.send(feed.agentText(agent));
    },
    subscribeToQueueStats: ({ permissions, send }) => {
      for (const queue of queuesSeen(snapshot, permissions)) send(feed.queueText(queue));
    },
  };
}
