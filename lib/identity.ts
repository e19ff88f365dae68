// Which events are the same event, and which must stay in order.
import { hash, randomBytes } from 'node:crypto';
import type { Hook } from './event.ts';

/**
 * The idempotency key of an event: 32 hexadecimal digits.
 * With a timestamp, an event is (tenant, attempt, event, timestamp). Without, two equal bodies may be two real
 * events: they are one only under the same key of the sender, and a flow may send one key for a whole call, so
 * the key alone is not enough either.
 * @param key the `Idempotency-Key` or `webhook-id` header
 */
export function identify(tenant: string, hook: Hook, key: string | undefined): string {
  const { event, timestamp } = hook;
  const moment = timestamp === undefined ? (key === undefined ? undefined : ['key', key]) : ['at', timestamp];
  if (moment === undefined) return randomBytes(16).toString('hex');
  const identity = JSON.stringify([tenant, event, subject(hook), moment]);
  return hash('sha256', identity, 'hex').slice(0, 32);
}

/** The group within which order is kept: the attempt, else the agent or the member. At most 128 plain characters. */
export function groupOf(hook: Hook, id: string): string {
  const { event, attempt_id, agent_id, member_id } = hook;
  if (event === 'agent_status') return `agent:${agent_id}`;
  if (attempt_id !== undefined) return `attempt:${attempt_id}`;
  return member_id === undefined ? `event:${id}` : `member:${member_id}`;
}

function subject(hook: Hook): unknown {
  if (hook.event === 'agent_status') return ['agent', hook.agent_id, hook.status, hook.status_payload];
  if (hook.attempt_id !== undefined) return ['attempt', hook.attempt_id];
  return ['member', hook.queue_id, hook.member_id, hook.cc_attempt_seq, hook.member_name];
}
