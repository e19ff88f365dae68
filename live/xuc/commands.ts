// What XiVO's clients ask for, and what they are answered.
import { isObject, parseJson } from '../access/http.ts';
import type { Context } from '../context.ts';
import {
  describeAgent,
  filterAgents,
  filterQueues,
  listAgentGroups,
  listAgents,
  listQueues,
} from '../lists.ts';
import { type Agent, readState } from '../state/agents.ts';
import type { Client } from './clients.ts';
import { describeState } from './states.ts';
import type { StatisticsFeed } from './statistics.ts';

type Commands = Readonly<Record<string, (client: Client, objectType: unknown) => void>>;

/**
 * XiVO's client asks for much that nobody here knows, and reports on itself: such a command stays without an answer.
 * Every other one wants something done, and nothing is done here.
 */
const QUESTION =
  /^(?:get|find|search|directoryLookUp|displayNameLookup|subscribe|unsubscribe|pushLog|video|setUserPreference)/i;

/** @returns what answers a client's message */
export function createMessageHandler(
  context: Pick<Context, 'snapshot' | 'now'>,
  feed: StatisticsFeed,
): (client: Client, text: string) => void {
  const commands = createCommands(context, feed);
  return (client, text) => {
    const message = parseJson(text);
    if (!isObject(message)) return;
    const { claz, command, objectType } = message;
    if (claz === 'ping') client.sendText('{"claz":"ping"}');
    if (claz !== 'web' || typeof command !== 'string') return;
    if (Object.hasOwn(commands, command)) commands[command]?.(client, objectType);
    else if (!QUESTION.test(command)) client.send('AgentError', { Error: 'NotSupported' });
  };
}

function createCommands(
  { snapshot, now }: Pick<Context, 'snapshot' | 'now'>,
  feed: StatisticsFeed,
): Commands {
  const describe = (agent: Agent, { permissions }: Client) => {
    const state = readState(agent);
    return describeState(snapshot, state, now(), permissions.seesQueue(state.queue_id));
  };
  return {
    getList: ({ permissions, send }, objectType) => {
      if (objectType === 'agent') send('AgentList', listAgents(snapshot, permissions));
      if (objectType === 'agentgroup') send('AgentGroupList', listAgentGroups(permissions));
      if (objectType === 'queue') send('QueueList', listQueues(snapshot, permissions));
      // No hook has which agent serves which queue.
      if (objectType === 'queuemember') send('QueueMemberList', []);
    },
    getAgentStates: (client) => {
      for (const agent of filterAgents(snapshot, client.permissions))
        for (const state of describe(agent, client)) client.sendText(JSON.stringify(state));
    },
    getAgentDirectory: (client) => {
      const { permissions, send } = client;
      const directory = filterAgents(snapshot, permissions).flatMap((agent) =>
        describe(agent, client).map(({ ctiMessage }) => ({
          agent: describeAgent(agent, permissions),
          agentState: ctiMessage,
        })),
      );
      send('AgentDirectory', { directory });
    },
    subscribeToAgentStats: (client) => {
      client.agentStats = true;
      for (const agent of filterAgents(snapshot, client.permissions)) client.sendText(feed.writeAgent(agent));
    },
    subscribeToQueueStats: ({ permissions, sendText }) => {
      for (const queue of filterQueues(snapshot, permissions)) sendText(feed.writeQueue(queue));
    },
  };
}
