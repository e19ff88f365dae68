// What a client may list, in the words of both vendors: only what is known, and only what it may see.
import { idOf, stated } from '../lib/publish/dialects/json-fields.ts';
import type { Group, Permissions } from './access/accounts.ts';
import type { LiveSettings } from './config.ts';
import type { Agent } from './state/agents.ts';
import type { Queue } from './state/queues.ts';
import type { Snapshot } from './state/reducer.ts';

export const agentsSeen = ({ agents }: Snapshot, permissions: Permissions): Agent[] =>
  [...agents.values()].filter(({ id }) => permissions.agent(id));

export const queuesSeen = ({ queues }: Snapshot, permissions: Permissions): Queue[] =>
  [...queues.values()].filter(({ id }) => permissions.queue(id));

const groupsOf = (agent: Agent, { groups }: Permissions): Group[] =>
  groups.filter(({ agents }) => agents.has(agent.id));

/** XiVO's "Agent List". First names and contexts nobody knows here: left out. */
export const agentList = (snapshot: Snapshot, permissions: Permissions) =>
  agentsSeen(snapshot, permissions).map((agent) => agentOf(agent, permissions));

export const agentOf = (agent: Agent, permissions: Permissions) =>
  stated({
    id: idOf(agent.id),
    lastName: agent.name,
    number: agent.extension,
    groupId: idOf(groupsOf(agent, permissions)[0]?.id),
  });

/** XiVO's "Group List". */
export const agentGroupList = ({ groups }: Permissions) =>
  groups.map(({ id, name }) => ({ id: idOf(id), name }));

export const queueList = (snapshot: Snapshot, permissions: Permissions) =>
  queuesSeen(snapshot, permissions).map(({ id, name }) => stated({ id: idOf(id), name }));

/** What Axialys answers to a login, beside target and id_session. */
export const configuration = (snapshot: Snapshot, permissions: Permissions, { pauses }: LiveSettings) => ({
  ops: agentsSeen(snapshot, permissions).map((agent) =>
    stated({
      id: idOf(agent.id),
      nom: agent.name,
      groupes: groupsOf(agent, permissions).map(({ id }) => idOf(id)),
    }),
  ),
  groupes: permissions.groups.map(({ id, name }) => ({ id: idOf(id), nom: name })),
  // Webitel has none.
  trunks: [],
  pauses,
});
