// What a client may list, in the words of both vendors: only what is known, and only what it may see.
import { idOf, stated } from '../lib/publish/dialects/json-fields.ts';
import type { Group, Sight } from './access/accounts.ts';
import type { LiveSettings } from './config.ts';
import type { Agent } from './state/agents.ts';
import type { Queue } from './state/queues.ts';
import type { Standing } from './state/reducer.ts';

export const agentsSeen = ({ agents }: Standing, sight: Sight): Agent[] =>
  [...agents.values()].filter(({ id }) => sight.agent(id));

export const queuesSeen = ({ queues }: Standing, sight: Sight): Queue[] =>
  [...queues.values()].filter(({ id }) => sight.queue(id));

const groupsOf = (agent: Agent, { groups }: Sight): Group[] =>
  groups.filter(({ agents }) => agents.has(agent.id));

/** XiVO's "Agent List". First names and contexts nobody knows here: left out. */
export const agentList = (standing: Standing, sight: Sight) =>
  agentsSeen(standing, sight).map((agent) => agentOf(agent, sight));

export const agentOf = (agent: Agent, sight: Sight) =>
  stated({
    id: idOf(agent.id),
    lastName: agent.name,
    number: agent.extension,
    groupId: idOf(groupsOf(agent, sight)[0]?.id),
  });

/** XiVO's "Group List". */
export const agentGroupList = ({ groups }: Sight) => groups.map(({ id, name }) => ({ id: idOf(id), name }));

export const queueList = (standing: Standing, sight: Sight) =>
  queuesSeen(standing, sight).map(({ id, name }) => stated({ id: idOf(id), name }));

/** What Axialys answers to a login, beside target and id_session. */
export const configuration = (standing: Standing, sight: Sight, { pauses }: LiveSettings) => ({
  ops: agentsSeen(standing, sight).map((agent) =>
    stated({
      id: idOf(agent.id),
      nom: agent.name,
      groupes: groupsOf(agent, sight).map(({ id }) => idOf(id)),
    }),
  ),
  groupes: sight.groups.map(({ id, name }) => ({ id: idOf(id), nom: name })),
  // Webitel has none.
  trunks: [],
  pauses,
});
