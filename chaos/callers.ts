// The callers: each posts call after call of any system, with repeats, disorder and garbage.
import { makeUuid } from '../simulation/attempt.ts';
import { makesCdr } from '../simulation/hook.ts';
import { type Random, seedRandom } from '../simulation/random.ts';
import { numberExtension, planCall, planEventWithoutAttempt } from './calls.ts';
import { garbage } from './garbage.ts';
import type { HookPoster } from './hook-poster.ts';
import { cloudEventSystems, type Hook, type System, systems, webitel } from './systems.ts';

const CALLERS = 24;
/** Milliseconds. Longer ago than CALL_DEADLINE of the scene: a call is then given up as soon as the index has it as old. */
const OLD = 2 * 60 * 1000;

/** Posts so many events, by many callers at once. */
export async function postCalls(poster: HookPoster, events: number, seed: number): Promise<void> {
  const numbers = countFrom(10n ** 15n + BigInt(seed) * 10n ** 7n);
  const randoms = Array.from({ length: CALLERS }, (_, index) => seedRandom(seed * 1_000 + index));
  await Promise.all(randoms.map((random) => runCaller(poster, random, numbers, events)));
}

/** Answers numbers that nothing else in the run has. */
type Numbers = () => bigint;

const countFrom = (first: bigint): Numbers => {
  let next = first;
  return () => next++;
};

async function runCaller(
  poster: HookPoster,
  random: Random,
  numbers: Numbers,
  events: number,
): Promise<void> {
  const early: Hook[] = [];
  while (poster.pace.posted < events) {
    const last = await postAnyCall(poster, random, numbers);
    early.push(...last.filter(() => random.chance(0.05)));
    if (random.chance(0.1)) await postWithoutAttempt(poster, random, numbers);
    if (random.chance(0.1)) await poster.postGarbage(random.pick(garbage));
  }
  // Long after, when the queue may have forgotten them.
  for (const hook of early) {
    if (makesCdr(hook.fields) && random.chance(0.3)) await poster.postRenamed(random, hook);
    else await poster.postAgain(random, hook);
  }
}

/** Posts a call of one system, or calls of the same number in all systems at once. Answers the last hook of each. */
async function postAnyCall(poster: HookPoster, random: Random, numbers: Numbers): Promise<Hook[]> {
  const attempt = `${numbers()}`;
  const post = (own: Random, system: System, attemptId: string) =>
    postCall(poster, own, planHooks(own, system, attemptId, numbers));
  if (random.chance(0.1)) {
    const calls = systems.map((system) => post(seedRandom(random.below(2 ** 31)), system, attempt));
    return (await Promise.all(calls)).flat();
  }
  // With the calls above, half of all.
  if (random.chance(0.55)) return post(random, webitel, attempt);
  return post(random, random.pick(cloudEventSystems), makeUuid(random));
}

function planHooks(random: Random, system: System, attemptId: string, numbers: Numbers): Hook[] {
  const planned = planCall(random, attemptId, Date.now() - OLD).map((fields): Hook => {
    return { system, id: makeUuid(random), fields: numberExtension(fields, numbers()) };
  });
  // Some never leave.
  const hooks = random.chance(0.03) ? planned.filter(({ fields }) => fields['state'] !== 'leaving') : planned;
  // One of them comes last.
  if (hooks.length > 0 && random.chance(0.1)) hooks.push(...hooks.splice(random.below(hooks.length), 1));
  return hooks;
}

/** Answers the last of the hooks. */
async function postCall(poster: HookPoster, random: Random, hooks: readonly Hook[]): Promise<Hook[]> {
  for (const hook of hooks) {
    await poster.postHook(random, hook);
    if (random.chance(0.05)) await poster.postAgain(random, hook);
    if (makesCdr(hook.fields) && random.chance(0.1)) await poster.postRenamed(random, hook);
  }
  return hooks.slice(-1);
}

function postWithoutAttempt(poster: HookPoster, random: Random, numbers: Numbers): Promise<void> {
  const system = random.pick<System>(random.chance(0.5) ? [webitel] : cloudEventSystems);
  const fields = numberExtension(planEventWithoutAttempt(random), numbers());
  return poster.postHook(random, { system, id: makeUuid(random), fields });
}
