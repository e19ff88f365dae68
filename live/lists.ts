// What a client may list, in the words of both vendors: only what is known, and only what it may see.
import { stated, writeId } from '../lib/publish/dialects/json-fields.ts';
import type { Group, Permissions } from './access/accounts.ts';
import type { LiveSettings } from './config.ts';
import type { Agent } from './state/agents.ts';
import type { Queue } from './state/queues.ts';
import type { Snapshot } from './state/reducer.ts';

export const filterAgents = ({ agents }: Snapshot, permissions: Permissions): Agent[] =>
  [...agents.values()].filter(({ id }) => permissions.seesAgent(id));

export const filterQueues = ({ queues }: Snapshot, permissions: Permissions): Queue[] =>
  [...queues.values()].filter(({ id }) => permissions.seesQueue(id));

const filterGroups = (agent: Agent, { groups }: Permissions): Group[] =>
  groups.filter(({ agents }) => agents.has(agent.id));

/** XiVO's "Agent List". Nobody here knows contexts: they are left out. */
export const listAgents = (snapshot: Snapshot, permissions: Permissions) =>
  filterAgents(snapshot, permissions).map((agent) => describeAgent(agent, permissions));

export const describeAgent = (agent: Agent, permissions: Permissions) => ({
  ...splitName(agent.name),
  ...stated({
    id: writeId(agent.id),
    number: agent.extension,
    groupId: writeId(filterGroups(agent, permissions)[0]?.id),
  }),
});

/**
 * The first word, and the rest. XiVO's own client drops an agent from its list whose firstName is missing or empty: where
 * no name is known it is null.
 */
function splitName(name: string | undefined) {
  const [firstName, ...rest] = name?.trim().split(/\s+/) ?? [];
  return firstName ? { firstName, lastName: rest.join(' ') } : { firstName: null, lastName: null };
}

/** XiVO's "Group List". */
export const listAgentGroups = ({ groups }: Permissions) =>
  groups.map(({ id, name }) => ({ id: writeId(id), name }));

export const listQueues = (snapshot: Snapshot, permissions: Permissions) =>
  filterQueues(snapshot, permissions).map(({ id, name }) => stated({ id: writeId(id), name }));

/** What Axialys answers to a login, beside target and id_session. */
export const listConfiguration = (
  snapshot: Snapshot,
  permissions: Permissions,
  { pauses }: LiveSettings,
) => ({
  ops: filterAgents(snapshot, permissions).map((agent) =>
    stated({
      id: writeId(agent.id),
      nom: agent.name,
      groupes: filterGroups(agent, permissions).map(({ id }) => writeId(id)),
    }),
  ),
  groupes: permissions.groups.map(({ id, name }) => ({ id: writeId(id), nom: name })),
  // Webitel has none.
  trunks: [],
  pauses,
});
