// Events and messages without personal data: what is not known to be harmless becomes dots.
import { isRecord } from '../../lib/field.ts';

/** Fields of events and of every dialect's messages that say nothing of a person: identifiers, times, what happened. */
const open = new Set([
  ...['type', 'payload', 'event', 'state', 'id', 'tenant', 'source', 'received_at', 'late', 'ref'],
  ...['queue_id', 'queue_name', 'direction', 'channel', 'attempt_id', 'call_ref', 'campaign_ref'],
  ...['agent_id', 'user_id', 'team_id', 'agent_extension', 'extension', 'agent', 'status', 'status_payload'],
  ...['agent_channel_id', 'member_channel_id', 'use_processing', 'cc_attempt_seq', 'cc_result'],
  ...['call_bill_sec', 'call_duration', 'call_voice_sec', 'call_cause', 'call_sip_code', 'amd_result'],
  ...['timestamp', 'joined_at', 'bridged_at', 'member_stop_cause', 'end_code', 'end_reason'],
  ...['call_time', 'call_dir', 'dialed_at', 'variables'],
  ...['callrequest_id', 'campaign_id', 'CC_Agent_Status', 'CC_Member_Session_UUID'],
  ...['Offering-Call-Agent:', 'Connected-Call-Agent:', 'Agent-Status-Change:'],
]);

/** Does a field of this name hold nothing of a person? */
export const isHarmless = (name: string): boolean => open.has(name);

const hide = (value: unknown) => String(value).replace(/[\p{L}\p{N}]/gu, '•');

/** @param known is the name of the field that holds the value known? Then it may be shown */
function maskValue(value: unknown, known: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => maskValue(each, known));
  if (isRecord(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, maskValue(each, known && open.has(name))]),
    );
  return known || value === null || typeof value === 'boolean' ? value : hide(value);
}

/** Dots in the place of letters and digits; as it is, when all may be seen. */
export const maskText = (text: string | undefined, reveal: boolean): string | null =>
  text === undefined ? null : reveal ? text : hide(text);

/** A JSON text: indented, and masked unless all may be seen. */
export const writeMasked = (json: unknown, reveal: boolean): string =>
  JSON.stringify(reveal ? json : maskValue(json, true), null, 2);
