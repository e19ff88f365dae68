// The hooks that chaos sends: attempts of every queue type, and events without one.
import { agents, reportStatus } from '../simulation/agents.ts';
import { place } from '../simulation/attempt.ts';
import { dateHook, type Fields } from '../simulation/hook.ts';
import { expireMember } from '../simulation/members.ts';
import { pickQueueType, planAttempt } from '../simulation/queues.ts';
import type { Random } from '../simulation/random.ts';

/** An attempt's hooks in the order in which they happen. @param now when the last one does, epoch milliseconds */
export function planCall(random: Random, attempt_id: string, now: number): Fields[] {
  const type = pickQueueType(random);
  const attempt = planAttempt(random, type, 0n, type.member(random));
  const hooks = place(
    attempt,
    0,
    attempt.legs.map(() => random.pick(agents)),
  );
  const length = hooks.at(-1)?.at ?? 0;
  return hooks.map((hook) => ({ ...dateHook(hook, now - length), attempt_id }));
}

/** What fires without an attempt: an agent's change, or a member who expired. */
export const planEventWithoutAttempt = (random: Random): Fields =>
  random.chance(0.3)
    ? expireMember(random)
    : reportStatus(random.pick(agents), random.pick(['online', 'offline', 'pause', 'break_out']));

/**
 * Gives the agent of one event an extension that no other event has: a message to an agent names the extension alone,
 * and so it is known which event it is of.
 */
export function numberExtension(fields: Fields, number: bigint): Fields {
  const { agent_extension, extension } = fields;
  if (agent_extension !== undefined) return { ...fields, agent_extension: `${agent_extension}-${number}` };
  return extension === undefined ? fields : { ...fields, extension: `${extension}-${number}` };
}
