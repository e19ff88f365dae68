// What XiVO's clients ask for, and what they are answered.
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { type XucEvent, xuc } from '../../lib/publish/dialects/xuc.ts';
import { isObject, parsed } from '../access/http.ts';
import { agentGroupList, agentList, agentOf, agentsSeen, queueList, queuesSeen } from '../lists.ts';
import type { Agent } from '../state/agents.ts';
import type { World } from '../world.ts';
import type { Client } from './clients.ts';
import type { StatisticsFeed } from './statistics.ts';

type Commands = Readonly<Record<string, (client: Client, objectType: unknown) => void>>;

/** @returns what hears a client's message; whatever nobody here knows is not answered */
export function listener(
  world: Pick<World, 'standing' | 'now'>,
  feed: StatisticsFeed,
): (client: Client, text: string) => void {
  const commands = commandsOf(world, feed);
  return (client, text) => {
    const message = parsed(text);
    if (!isObject(message)) return;
    const { claz, command, objectType } = message;
    if (claz === 'ping') client.send('{"claz":"ping"}');
    if (claz === 'web' && typeof command === 'string' && Object.hasOwn(commands, command))
      commands[command]?.(client, objectType);
  };
}

function commandsOf({ standing, now }: Pick<World, 'standing' | 'now'>, feed: StatisticsFeed): Commands {
  const statesOf = ({ stated }: Agent): readonly XucEvent[] => speak(xuc, stated, { now: now() });
  return {
    getList: (client, objectType) => {
      const { sight, say } = client;
      if (objectType === 'agent') say('AgentList', agentList(standing, sight));
      if (objectType === 'agentgroup') say('AgentGroupList', agentGroupList(sight));
      if (objectType === 'queue') say('QueueList', queueList(standing, sight));
      // Which agent serves which queue, no hook tells.
      if (objectType === 'queuemember') say('QueueMemberList', []);
    },
    getAgentStates: ({ sight, send }) => {
      for (const agent of agentsSeen(standing, sight))
        for (const state of statesOf(agent)) send(JSON.stringify(state));
    },
    getAgentDirectory: ({ sight, say }) => {
      const directory = agentsSeen(standing, sight).flatMap((agent) =>
        statesOf(agent).map(({ ctiMessage }) => ({ agent: agentOf(agent, sight), agentState: ctiMessage })),
      );
      say('AgentDirectory', { directory });
    },
    subscribeToAgentStats: (client) => {
      client.agentStats = true;
      for (const agent of agentsSeen(standing, client.sight)) client.send(feed.agentText(agent));
    },
    subscribeToQueueStats: ({ sight, send }) => {
      for (const queue of queuesSeen(standing, sight)) send(feed.queueText(queue));
    },
  };
}
