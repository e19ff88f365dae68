// One attempt as it is lived through: a clock that is moved on, and hooks that carry what is known when they fire.
import { type Agent, describeAgent } from './agents.ts';
import { delayHook, type Fields, type Hook } from './hook.ts';
import type { Random } from './random.ts';

/** An agent's part in an attempt, in milliseconds from its beginning. */
export type Leg = { readonly from: number; readonly until: number; readonly missed: boolean };

export type Attempt = {
  /** `leg`: which of the legs' agents is on it */
  readonly hooks: readonly (Hook & { readonly leg: number | undefined })[];
  readonly legs: readonly Leg[];
  /** Is its member to be dialled again? */
  readonly retry: boolean;
};

const MOST_DIALS = 3;

/** The SIP code that FreeSWITCH gives with each cause. */
const sipCodes = {
  NORMAL_CLEARING: 200,
  UNALLOCATED_NUMBER: 404,
  NO_ANSWER: 480,
  NORMAL_UNSPECIFIED: 480,
  USER_BUSY: 486,
  ORIGINATOR_CANCEL: 487,
  CALL_REJECTED: 603,
} as const;
export type Cause = keyof typeof sipCodes;

/**
 * Begins an attempt. Its member's leg is a call only after `ring`; without, it has no figures.
 * @param common the fields that each of its hooks has
 */
export function openAttempt(random: Random, common: Fields) {
  const hooks: Attempt['hooks'][number][] = [];
  const legs: Leg[] = [];
  let now = 0;
  let known = common;
  let joined = 0;
  let ringing: number | undefined;
  let accepted: number | undefined;
  let bridged: number | undefined;
  let ended: number | undefined;
  let agent: { readonly from: number; readonly channel: Fields; missed: boolean } | undefined;
  let retry = false;

  const learn = (fields: Fields) => {
    known = { ...known, ...fields };
  };
  const figures = (): Fields => {
    if (ringing === undefined) return {};
    const since = (then: number) => `${Math.floor(((ended ?? now) - then) / 1000)}`;
    return {
      call_duration: since(ringing),
      ...(accepted !== undefined && { call_voice_sec: since(accepted) }),
      call_bill_sec: bridged === undefined ? '0' : since(bridged),
    };
  };
  const fire = (state: string) => {
    hooks.push({
      at: now,
      times: { timestamp: now, joined_at: joined, ...(bridged !== undefined && { bridged_at: bridged }) },
      leg: agent && legs.length,
      fields: { ...known, ...agent?.channel, ...figures(), state },
    });
  };
  const release = () => {
    if (agent !== undefined) legs.push({ from: agent.from, until: now, missed: agent.missed });
    agent = undefined;
  };
  const conclude = (result: string) => {
    if (known['cc_result'] === result) return;
    const { cc_attempt_seq } = common;
    const success = result === 'success';
    retry = !success && Number(cc_attempt_seq) < MOST_DIALS && random.chance(0.7);
    learn({ cc_result: result });
    if (success && cc_attempt_seq !== undefined) learn({ member_stop_cause: 'success' });
    if (!success && !retry) learn({ member_stop_cause: 'max_attempts' });
  };

  return {
    learn,
    fire,
    /** So many seconds pass, and at least a millisecond. */
    wait: (least: number, most: number) => {
      now += 1 + Math.floor(1000 * (least + random.next() * (most - least)));
    },
    /** It comes into the queue. */
    join: () => {
      joined = now;
    },
    ring: (member_channel_id = makeUuid(random)) => {
      ringing = now;
      learn({ member_channel_id });
    },
    accept: () => {
      accepted = now;
    },
    /** @param channel the id of the agent's leg; tasks have none */
    offer: (channel?: string) => {
      agent = {
        from: now,
        channel: channel === undefined ? {} : { agent_channel_id: channel },
        missed: false,
      };
      fire('offering');
    },
    /** The agent doesn't take it, and it waits for another. */
    miss: () => {
      fire('missed');
      if (agent !== undefined) agent.missed = true;
      release();
    },
    /** The agent doesn't take it, and there is no other. */
    missForGood: () => {
      conclude('cancel');
      if (agent !== undefined) agent.missed = true;
      fire('missed');
    },
    /** It may come again after hold or transfer: bridged_at stays at the first. */
    bridge: () => {
      bridged ??= now;
      fire('bridged');
    },
    hangUp: (cause: Cause) => {
      ended = now;
      learn({ call_cause: cause, call_sip_code: `${sipCodes[cause]}` });
    },
    /** The agent is to report. */
    process: () => {
      learn({ cc_result: 'processing' });
      fire('processing');
    },
    leave: (result: string) => {
      conclude(result);
      fire('leaving');
    },
    end: (): Attempt => {
      release();
      return { hooks, legs, retry };
    },
  };
}

export type Course = ReturnType<typeof openAttempt>;

/** The hooks of an attempt that begins then, with the agents of its legs. */
export const place = (attempt: Attempt, begin: number, agents: readonly Agent[]): Hook[] =>
  attempt.hooks.map(({ leg, ...hook }) => {
    const agent = leg === undefined ? undefined : agents[leg];
    return delayHook({ ...hook, fields: { ...hook.fields, ...(agent && describeAgent(agent)) } }, begin);
  });

/** A version 4 UUID. */
export function makeUuid(random: Random): string {
  const digits = (count: number) =>
    Array.from({ length: count }, () => random.below(16).toString(16)).join('');
  return `${digits(8)}-${digits(4)}-4${digits(3)}-${random.pick(['8', '9', 'a', 'b'])}${digits(3)}-${digits(12)}`;
}
