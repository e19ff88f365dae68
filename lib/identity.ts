// Which events are the same event, and which must stay in order.
import { hash, randomBytes } from 'node:crypto';
import type { Hook, QueueEvent } from './event.ts';

/**
 * What tells the attempts of one system from those of another. Webitel's have the tenant alone, as they had when there
 * was no other source: an upgrade doubles nothing.
 */
export const findScope = ({ tenant, source }: Pick<QueueEvent, 'tenant' | 'source'>): string[] =>
  source === undefined ? [tenant] : [tenant, source];

/**
 * The idempotency key of an event: 32 hexadecimal digits.
 * @param identity what makes two deliveries the same event; undefined for an event of its own
 */
export const identify = (scope: readonly string[], identity: readonly unknown[] | undefined): string =>
  identity === undefined ? randomBytes(16).toString('hex') : digest([...scope, ...identity]);

/** The group within which order is kept: the attempt, else the agent or the member. At most 128 plain characters. */
export function nameGroup(event: Hook & Pick<QueueEvent, 'id' | 'source'>): string {
  const [kind, id] = findSubject(event);
  // SQS takes no group of any text.
  return event.source === undefined ? `${kind}:${id}` : `${kind}:${digest([event.source, id])}`;
}

function findSubject(event: Hook & Pick<QueueEvent, 'id'>): [kind: string, id: string] {
  const { attempt_id, member_id } = event;
  if (event.event === 'agent_status') return ['agent', event.agent_id];
  if (attempt_id !== undefined) return ['attempt', attempt_id];
  return member_id === undefined ? ['event', event.id] : ['member', member_id];
}

/** 32 hexadecimal digits of the words. */
export const digest = (words: readonly unknown[]): string =>
  hash('sha256', JSON.stringify(words), 'hex').slice(0, 32);
