// A shift: calls of all queue types that overlap, the agents who serve them, and members who expire meanwhile.
import { place } from './attempt.ts';
import type { Fields, Hook } from './hook.ts';
import { expireMember, planRedial } from './members.ts';
import { pickQueueType, planAttempt, type QueueType, queueTypes } from './queues.ts';
import type { Random } from './random.ts';
import { openStaff } from './staff.ts';

const MINUTE = 60_000;
const CALLS_PER_EXPIRY = 25;

/** `type` is the name of a queue type, or what fires without an attempt. */
export type PlannedHook = Hook & { readonly type: string };
export const AGENTS = 'agents';
export const EXPIRED = 'expired members';

type Dial = { readonly type: QueueType; readonly member: Fields };

/**
 * Every hook of a shift in the order of time, which begins at 0. The first calls are one of each queue type.
 * @param calls how many attempts, redials included
 * @param rate how many begin each minute, while agents are free
 * @param firstAttempt the attempts are numbered from it on
 */
export function planShift(random: Random, calls: number, rate: number, firstAttempt: bigint): PlannedHook[] {
  const staff = openStaff(random, calls + 1);
  const hooks: PlannedHook[] = [];
  const each = shuffle(random, queueTypes);
  const redials: (Dial & { readonly from: number })[] = [];

  const next = (planned: number): Dial => {
    const type = each.pop();
    if (type !== undefined) return { type, member: type.member(random) };
    const due = redials.findIndex(({ from }) => from <= planned);
    const [redial] = due < 0 ? [] : redials.splice(due, 1);
    if (redial !== undefined) return redial;
    const any = pickQueueType(random);
    return { type: any, member: any.member(random) };
  };
  for (let call = 0; call < calls; call++) {
    const planned = Math.floor(((call + random.next()) * MINUTE) / rate);
    const { type, member } = next(planned);
    const attempt = planAttempt(random, type, firstAttempt + BigInt(call), member);
    const { begin, agents } = staff.serve(attempt.legs, planned);
    const placed = place(attempt, begin, agents);
    hooks.push(...placed.map((hook) => ({ ...hook, type: type.name })));
    const from = (placed.at(-1)?.at ?? begin) + MINUTE / 2 + random.below(MINUTE);
    if (attempt.retry) redials.push({ type, member: planRedial(member), from });
  }
  const end = hooks.reduce((latest, { at }) => Math.max(latest, at), 0);
  staff.close(end);
  return [
    ...hooks,
    ...staff.hooks.map((hook) => ({ ...hook, type: AGENTS })),
    ...planExpiries(random, Math.ceil(calls / CALLS_PER_EXPIRY), end),
  ].sort((one, other) => one.at - other.at);
}

/** Members expire in bursts. */
const planExpiries = (random: Random, bursts: number, end: number): PlannedHook[] =>
  Array.from({ length: bursts }, () => random.below(end + 1)).flatMap((at) =>
    Array.from({ length: 1 + random.below(5) }, () => ({
      type: EXPIRED,
      at,
      times: {},
      fields: expireMember(random),
    })),
  );

function shuffle<T>(random: Random, from: readonly T[]): T[] {
  const left = [...from];
  return from.flatMap(() => left.splice(random.below(left.length), 1));
}
