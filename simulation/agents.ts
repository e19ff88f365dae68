// The agents of the simulated calls, and what Webitel sends about them.
import type { Fields } from './hook.ts';

export type Agent = {
  readonly id: number;
  readonly user: number;
  readonly extension: number;
  readonly name: string;
};

export const agents: readonly Agent[] = [
  'Olena Koval',
  'Ivan Petrenko',
  'Daria Melnyk',
  'Andrii Shevchuk',
  'Iryna Bondar',
  'Maksym Tkachenko',
  'Nadia Kravets',
  'Yurii Lysenko',
  'Sofia Marchenko',
  'Petro Savchuk',
  'Larysa Hnatiuk',
  'Roman Polishchuk',
].map((name, index) => ({ id: 101 + index, user: 5001 + index, extension: 1002 + index, name }));

/** What a queue's hook carries while the agent is on the attempt. */
export const describeAgent = ({ id, user, extension, name }: Agent): Fields => ({
  agent_id: `${id}`,
  user_id: `${user}`,
  agent_name: name,
  agent_extension: `${extension}`,
});

export type AgentStatus = 'online' | 'offline' | 'pause' | 'break_out';

/** The team hook. It has no time and no queue, and its extension is `extension`. */
export const reportStatus = (
  { id, user, extension, name }: Agent,
  status: AgentStatus,
  cause = '',
): Fields => ({
  agent_id: `${id}`,
  user_id: `${user}`,
  team_id: '7',
  agent_name: name,
  status,
  status_payload: cause,
  extension: `${extension}`,
});
