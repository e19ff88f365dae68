// The live messages of an event: its lifecycle message, and what its agent's clients expect of it (Enigma).
import type { Fields } from '../simulation/hook.ts';

/** Every spelling under which a message to an agent is published. */
const AGENT_TYPES = ['agents', 'agent'];

/** Names a live message: two messages of the same name are the same message. */
export const nameLifecycle = (id: string): string => `lifecycle ${id}`;
export const nameAgentMessage = (agentType: string, extension: string, type: string): string =>
  `${agentType} ${extension} ${type}`;
/**
 * Answers the names of an event's live messages.
 * @param legs the agents' legs that were bridged before, to which this adds: a screen pops once for each
 */
export function nameLiveMessages(
  id: string,
  call: string | undefined,
  fields: Fields,
  legs: Set<string>,
): string[] {
  const { extension, agent_extension } = fields;
  const to = agent_extension ?? extension;
  if (to === undefined) return [nameLifecycle(id)];
  const types = listTypes(fields, isNewLeg(call, fields, legs));
  return [
    nameLifecycle(id),
    ...AGENT_TYPES.flatMap((agentType) => types.map((type) => nameAgentMessage(agentType, to, type))),
  ];
}

function listTypes({ state, status, channel }: Fields, newLeg: boolean): string[] {
  if (status !== undefined) return ['online', 'offline'].includes(status) ? ['status'] : [];
  if (channel !== 'call') return [];
  if (state === 'bridged') return newLeg ? ['call', 'status'] : ['status'];
  return state === 'processing' ? ['status'] : [];
}

function isNewLeg(call: string | undefined, fields: Fields, legs: Set<string>): boolean {
  const { state, agent_channel_id } = fields;
  if (state !== 'bridged' || agent_channel_id === undefined) return true;
  const leg = `${call} ${agent_channel_id}`;
  const isNew = !legs.has(leg);
  legs.add(leg);
  return isNew;
}
