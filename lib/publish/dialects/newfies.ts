// Newfies-Dialer, "Streaming Call-Center Events".
import type { EventName, QueueEvent } from '../../event.ts';
import { scopeOf } from '../../identity.ts';
import { DAY, type Message, TEN_MINUTES } from '../notification.ts';
import type { Dialect, Places } from './dialect.ts';

type Of<E extends EventName> = Extract<QueueEvent, { event: E }>;

/** Calls and agents are told of; an agent is known by the extension, so without one nothing is said. */
export const newfies: Dialect = {
  joined: null,
  offering: (event, places) =>
    callOf(event, places, 'Offering-Call-Agent', () => ({
      of: ['newfies', 'offering', ...scopeOf(event), event.id],
      seconds: TEN_MINUTES,
    })),
  active: null,
  answered: null,
  // May repeat after hold or transfer: a call is connected once per leg of the agent.
  bridged: (event, places) =>
    callOf(event, places, 'Connected-Call-Agent', (extension) => ({
      of: ['newfies', 'connected', ...scopeOf(event), event.attempt_id, event.agent_channel_id ?? extension],
      seconds: DAY,
    })),
  missed: null,
  processing: null,
  leaving: null,
  agent_status: (event, places) => statusOf(event, places),
};

type Once = NonNullable<Message['once']>;

function callOf(
  event: Of<'offering' | 'bridged'>,
  places: Places,
  name: string,
  once: (extension: string) => Once,
): Message[] {
  const { channel, agent_extension, destination } = event;
  if (channel !== 'call' || agent_extension === undefined) return [];
  const agent = agentOf(event, agent_extension);
  const fields = {
    callrequest_id: event.attempt_id,
    CC_Agent: agent,
    campaign_id: event.queue_id,
    CC_Member_CID_Name: event.member_name,
    phonenumber: destination,
    callerid_number: destination,
    CC_Member_Session_UUID: event.member_channel_id,
    CC_Queue: `${agent}-queue`,
  };
  return [{ ...said(places, name, fields), once: once(agent_extension) }];
}

/** A status never goes back in time; without a timestamp there is no time to compare. */
function statusOf(event: Of<'agent_status'>, places: Places): Message[] {
  const extension = event.extension;
  const status = statuses.get(event.status);
  if (extension === undefined || status === undefined) return [];
  const fields = { CC_Agent: agentOf(event, extension), CC_Agent_Status: status };
  const message = said(places, 'Agent-Status-Change', fields);
  if (event.timestamp === undefined) return [message];
  const of = ['newfies', 'agent', ...scopeOf(event), extension];
  return [{ ...message, newest: { of, at: event.timestamp } }];
}

const statuses: ReadonlyMap<string, string> = new Map([
  ['online', 'Available'],
  ['offline', 'Logged Out'],
  ['pause', 'On Break'],
  ['break_out', 'On Break'],
]);

/** The page's pattern is `tenant-<user id>@<agent's user name>`; that name is not in any hook. */
const agentOf = ({ tenant }: QueueEvent, extension: string) => `tenant-${tenant}@${extension}`;

/** The page's one key ends in a colon. What is undefined, JSON leaves out. */
const said = (
  { newfiesChannel }: Places,
  name: string,
  fields: Record<string, string | undefined>,
): Message => ({
  channels: [newfiesChannel],
  message: JSON.stringify({ [`${name}:`]: fields }),
});
