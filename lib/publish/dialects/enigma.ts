// Enigma dialler, "Redis Notifications" with Call Connection, Agent Status, Call Data Record and Dispositions.
import type { QueueEvent } from '../../event.ts';
import { findScope } from '../../identity.ts';
import { findEventTime } from '../event-time.ts';
import { findQ850, writeMessage } from '../lifecycle.ts';
import { type CdrEntry, DAY, type Message, TEN_MINUTES } from '../notification.ts';
import type { Dialect, Places } from './dialect.ts';
import type { Call, Cdr, Disposition, Status } from './enigma-messages.ts';
import { hangupCauses } from './hangup-causes.ts';

/** Agents hear of calls only; a CDR is made of a leaving that was really dialled. */
export const enigma: Dialect<Message | CdrEntry, Places> = {
  joined: null,
  offering: null,
  active: null,
  answered: null,
  bridged: (event, places) => [...announceCall(event, places), ...announceStatus(event, places, 'busy')],
  missed: null,
  processing: (event, places) => announceStatus(event, places, 'wrapup'),
  leaving: (event, places) => makeCdrs(event, places),
  agent_status: (event, places) => announceTeamStatus(event, places),
};

/** Call Connection. Bridged may repeat after hold or transfer: a screen pops once per leg of the agent. */
function announceCall(event: QueueEvent, places: Places): Message[] {
  const { channel, agent_extension, attempt_id, agent_channel_id } = event;
  if (channel !== 'call' || agent_extension === undefined || attempt_id === undefined) return [];
  const payload: Call = {
    call_ref: attempt_id,
    agent: agent_extension,
    contact_ref: findContact(event),
    number: event.destination ?? null,
    campaign_ref: event.queue_id ?? null,
    ref: agent_extension,
  };
  const once = {
    words: ['call', ...findScope(event), attempt_id, agent_channel_id ?? agent_extension],
    seconds: DAY,
  };
  return [{ ...addressAgent(places, agent_extension, 'call', payload), once }];
}

/** Agent Status, of an agent on a call. */
function announceStatus(event: QueueEvent, places: Places, status: Status['status']): Message[] {
  const { channel, agent_extension } = event;
  if (channel !== 'call' || agent_extension === undefined) return [];
  return [writeStatus(event, places, agent_extension, status, event.queue_id ?? null)];
}

/** Agent Status, of the team hook. The page has no word for a pause. */
function announceTeamStatus(
  event: Extract<QueueEvent, { event: 'agent_status' }>,
  places: Places,
): Message[] {
  const extension = event.extension;
  const status = teamStatuses.get(event.status);
  if (extension === undefined || status === undefined) return [];
  return [writeStatus(event, places, extension, status, null)];
}

const teamStatuses: ReadonlyMap<string, Status['status']> = new Map([
  ['online', 'available'],
  ['offline', 'offline'],
]);

/** Once per event. A status never goes back in time; without a time that can be believed there is none to compare. */
function writeStatus(
  event: QueueEvent,
  places: Places,
  extension: string,
  status: Status['status'],
  campaign_ref: string | null,
): Message {
  const payload: Status = { status, campaign_ref, ref: extension };
  const once = { words: ['status', event.id], seconds: TEN_MINUTES };
  const message = { ...addressAgent(places, extension, 'status', payload), once };
  const at = findEventTime(event);
  if (at === undefined) return message;
  return { ...message, newest: { subject: ['agent', ...findScope(event), extension], at } };
}

const addressAgent = (places: Places, extension: string, type: string, payload: object) => ({
  kind: 'message' as const,
  channels: places.agentTypes.map((agents) => `${places.base}:${agents}:${extension}`),
  message: JSON.stringify({ type, payload }),
});

/**
 * Call Data Record, one for each list. Not for what was never dialled, and not for chats and tasks. An offline queue
 * knows neither the member's channel nor a cause, only that it was bridged.
 */
function makeCdrs(event: QueueEvent, places: Places): CdrEntry[] {
  const { channel, attempt_id, member_channel_id, call_cause, bridged_at } = event;
  if (channel !== 'call' || attempt_id === undefined) return [];
  if ((member_channel_id ?? call_cause ?? bridged_at) === undefined) return [];
  const { told, lacking } = timeCall(event);
  const message = writeMessage('cdr', event, fillCdr(event, attempt_id, told));
  const scope = findScope(event);
  return places.cdrLists.map((list) => ({ kind: 'cdr', list, message, lacking, scope, attempt_id }));
}

/** An event, or no more than is known of it. */
export type Known = Partial<QueueEvent> & Pick<QueueEvent, 'variables'>;

type CallTimes = { readonly [K in 'dialed_at' | 'call_time']: Cdr[K] | undefined };

/** The twelve keys of the page, always all present, null where unknown. @param times two of them, where they are told */
function fillCdr(event: Known, attempt_id: string, times: CallTimes): Omit<Cdr, keyof CallTimes> & CallTimes {
  return {
    extension: event.agent_extension ?? null,
    number: event.destination ?? null,
    dial_number: readVariable(event, 'dial_number'),
    recording_url: readVariable(event, 'recording_url'),
    call_ref: attempt_id,
    contact_ref: findContact(event),
    ...times,
    end_reason: findDisposition(event),
    end_code: findQ850(event.call_cause) ?? null,
    call_dir: event.direction ?? (event.member_id === undefined ? null : 'outbound'),
    ref: event.queue_id ?? null,
  };
}

/** The same of a call that never left: how it ended, and how long it was, nobody knows. */
export const fillIncompleteCdr = (event: Known, attempt_id: string) => ({
  ...fillCdr(event, attempt_id, { ...timeCall(event).told, call_time: undefined }),
  end_reason: null,
  end_code: null,
});

/**
 * Two of the twelve keys: when the call began, and the seconds from bridge to end. What the leaving lacks, the earlier
 * hooks of the call may know; nobody knows how long a call was bridged without a duration.
 */
function timeCall({ joined_at, call_bill_sec, bridged_at }: Known) {
  return {
    told: {
      dialed_at: joined_at === undefined ? undefined : Math.floor(joined_at / 1000),
      call_time: call_bill_sec,
    },
    lacking: {
      ...(joined_at === undefined && { dialed_at: null }),
      ...(call_bill_sec === undefined && { call_time: bridged_at === undefined ? 0 : null }),
    },
  };
}

/** Dispositions. Who hung up is unknown, so never callee_hungup or agent_hungup. */
function findDisposition(event: Known): Disposition {
  const { call_cause, bridged_at, call_bill_sec } = event;
  const bridged = bridged_at !== undefined || (call_bill_sec ?? 0) > 0;
  if (isMachine(event)) return 'voicemail';
  if (call_cause === undefined) return bridged ? 'hungup' : 'error';
  const code = hangupCauses.get(call_cause);
  if (code === undefined) return 'error';
  if (code > 127) return bridged || call_cause === 'ORIGINATOR_CANCEL' ? 'hungup' : 'error';
  return byCode.get(code) ?? 'error';
}

/** The AI detector counts where the other one gives no result. Its human, silence and ringback are no disposition. */
const isMachine = (event: Known) =>
  event.amd_result === undefined
    ? readVariable(event, 'amd_ai_result') === 'voicemail'
    : event.amd_result === 'MACHINE';

const byCode: ReadonlyMap<number, Disposition> = new Map([
  [0, 'hungup'],
  [16, 'hungup'],
  [17, 'busy'],
  [18, 'timeout'],
  [19, 'reject'],
  [21, 'reject'],
  [22, 'reject'],
  [102, 'timeout'],
]);

const findContact = (event: Known) => readVariable(event, 'contact_ref') ?? event.member_id ?? null;

/** A variable that the flow may send under the vendor's own name. */
function readVariable({ variables }: Known, name: string): string | number | null {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? value : null;
}
