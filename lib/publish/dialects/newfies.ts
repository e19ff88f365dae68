// Newfies-Dialer, "Streaming Call-Center Events".
import * as z from 'zod/mini';
import type { EventName, QueueEvent } from '../../event.ts';
import { findScope } from '../../identity.ts';
import { findEventTime } from '../event-time.ts';
import { DAY, type DeduplicationKey, type Message, TEN_MINUTES } from '../notification.ts';
import type { Dialect } from './dialect.ts';

type Of<E extends EventName> = Extract<QueueEvent, { event: E }>;

/** `NEWFIES_CHANNEL`: the one channel of its clients. */
export const newfiesSettings = { NEWFIES_CHANNEL: z._default(z.string(), 'callcenter_events') };

export type NewfiesSettings = { readonly NEWFIES_CHANNEL: string };

export const listNewfiesChannels = ({ NEWFIES_CHANNEL }: NewfiesSettings): string[] => [NEWFIES_CHANNEL];

/** Its clients hear of calls and agents. An agent is known by the extension, so without one nothing is published. */
export const newfies: Dialect<Message, NewfiesSettings> = {
  joined: null,
  offering: (event, settings) =>
    announceCall(event, settings, 'Offering-Call-Agent', () => ({
      words: ['newfies', 'offering', ...findScope(event), event.id],
      seconds: TEN_MINUTES,
    })),
  active: null,
  answered: null,
  // May repeat after hold or transfer: a call is connected once per leg of the agent.
  bridged: (event, settings) =>
    announceCall(event, settings, 'Connected-Call-Agent', (extension) => ({
      words: [
        'newfies',
        'connected',
        ...findScope(event),
        event.attempt_id,
        event.agent_channel_id ?? extension,
      ],
      seconds: DAY,
    })),
  missed: null,
  processing: null,
  leaving: null,
  agent_status: (event, settings) => announceStatus(event, settings),
};

function announceCall(
  event: Of<'offering' | 'bridged'>,
  settings: NewfiesSettings,
  name: string,
  deduplicate: (extension: string) => DeduplicationKey,
): Message[] {
  const { channel, agent_extension, destination } = event;
  if (channel !== 'call' || agent_extension === undefined) return [];
  const agent = writeAgent(event, agent_extension);
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
  return [{ ...writeMessage(settings, name, fields), once: deduplicate(agent_extension) }];
}

/** Once per event. A status never goes back in time; without a time that can be believed there is none to compare. */
function announceStatus(event: Of<'agent_status'>, settings: NewfiesSettings): Message[] {
  const extension = event.extension;
  const status = statuses.get(event.status);
  if (extension === undefined || status === undefined) return [];
  const fields = { CC_Agent: writeAgent(event, extension), CC_Agent_Status: status };
  const once = { words: ['newfies', 'status', event.id], seconds: TEN_MINUTES };
  const message = { ...writeMessage(settings, 'Agent-Status-Change', fields), once };
  const at = findEventTime(event);
  if (at === undefined) return [message];
  return [{ ...message, newest: { subject: ['newfies', 'agent', ...findScope(event), extension], at } }];
}

const statuses: ReadonlyMap<string, string> = new Map([
  ['online', 'Available'],
  ['offline', 'Logged Out'],
  ['pause', 'On Break'],
  ['break_out', 'On Break'],
]);

/** The page's pattern is `tenant-<user id>@<agent's user name>`; that name is not in any hook. */
const writeAgent = ({ tenant }: QueueEvent, extension: string) => `tenant-${tenant}@${extension}`;

/** The page's one key ends in a colon. What is undefined, JSON leaves out. */
const writeMessage = (
  { NEWFIES_CHANNEL }: NewfiesSettings,
  name: string,
  fields: Record<string, string | undefined>,
): Omit<Message, 'once'> => ({
  kind: 'message',
  channels: [NEWFIES_CHANNEL],
  message: JSON.stringify({ [`${name}:`]: fields }),
});
