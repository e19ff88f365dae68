// The hooks that chaos sends: attempts of every queue type, events without one, and bodies that are refused.
import { agents, reportStatus } from '../simulation/agents.ts';
import { place } from '../simulation/attempt.ts';
import { dateHook, type Fields } from '../simulation/hook.ts';
import { expireMember } from '../simulation/members.ts';
import { pickQueueType, planAttempt } from '../simulation/queues.ts';
import type { Random } from '../simulation/random.ts';

/** An attempt's hooks in the order in which they happen. @param now when the last one does, epoch milliseconds */
export function callOf(random: Random, id: bigint, now: number): Fields[] {
  const type = pickQueueType(random);
  const attempt = planAttempt(random, type, id, type.member(random));
  const hooks = place(
    attempt,
    0,
    attempt.legs.map(() => random.pick(agents)),
  );
  const length = hooks.at(-1)?.at ?? 0;
  return hooks.map((hook) => dateHook(hook, now - length));
}

/** What fires without an attempt: an agent's change, or a member who expired. */
export const eventWithoutAttempt = (random: Random): Fields =>
  random.chance(0.3)
    ? expireMember(random)
    : reportStatus(random.pick(agents), random.pick(['online', 'offline', 'pause', 'break_out']));

/** Bodies that a broken flow sends, each refused with 400, 404 or 422. */
export const garbage: readonly { readonly path: string; readonly body: string }[] = [
  { path: '/hooks/webitel/leaving', body: '{"channel":"call","attempt_id": ,"agent_id":}' },
  { path: '/hooks/webitel', body: '' },
  { path: '/hooks/webitel', body: '["a"]' },
  { path: '/hooks/webitel/wait_agent', body: '{"channel":"call","attempt_id":"1"}' },
  { path: '/hooks/webitel', body: '{"channel":"call","attempt_id":"1"}' },
  { path: '/hooks/webitel/leaving', body: 'channel=call&attempt_id=soon' },
  { path: '/hooks/webitel/bridged', body: '{"channel":"call","attempt_id":"1","call_bill_sec":{}}' },
];
