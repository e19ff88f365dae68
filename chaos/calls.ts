// Realistic calls: the hooks of attempts of every queue type, as Webitel fires them (docs: life of an attempt).
import type { Random } from './random.ts';

/** One hook's fields, as an object template sends them: all text. */
export type Fields = Record<string, string>;

type Life = {
  readonly channel: string;
  /** `hook?` may be left out, `hook*` may come again */
  readonly hooks: readonly string[];
  readonly dialled: boolean;
  readonly withMember: boolean;
};

const call = { channel: 'call', dialled: true };

const lives: readonly Life[] = [
  {
    ...call,
    withMember: false,
    hooks: ['joined', 'offering*', 'missed?', 'offering', 'bridged', 'processing?', 'leaving'],
  },
  { ...call, withMember: true, hooks: ['offering*', 'missed?', 'bridged*', 'processing?', 'leaving'] },
  { ...call, withMember: true, hooks: ['leaving'] },
  { ...call, withMember: true, hooks: ['offering', 'bridged*', 'processing?', 'missed?', 'leaving'] },
  { ...call, withMember: true, hooks: ['offering', 'active', 'bridged', 'processing?', 'leaving'] },
  { ...call, withMember: true, hooks: ['offering', 'active', 'missed'] },
  { ...call, withMember: true, hooks: ['joined', 'offering', 'bridged', 'leaving'] },
  {
    channel: 'chat',
    dialled: false,
    withMember: false,
    hooks: ['joined', 'offering*', 'missed?', 'bridged', 'leaving'],
  },
  {
    channel: 'task',
    dialled: false,
    withMember: true,
    hooks: ['offering', 'bridged', 'processing?', 'leaving'],
  },
];

const causes = [
  'NORMAL_CLEARING',
  'USER_BUSY',
  'NO_ANSWER',
  'ORIGINATOR_CANCEL',
  'CALL_REJECTED',
  'BLIND_TRANSFER',
  '',
];

/** An attempt's hooks in the order in which they happen. @param now when it begins, epoch milliseconds */
export function callOf(random: Random, attempt: bigint, now: number): Fields[] {
  const life = random.pick(lives);
  const member = { member_id: `${700_000 + random.below(9_999)}`, cc_attempt_seq: `${1 + random.below(3)}` };
  const common: Fields = {
    channel: life.channel,
    attempt_id: `${attempt}`,
    destination: `38050${random.below(10_000_000)}`,
    queue_id: `${40 + random.below(8)}`,
    joined_at: `${now}`,
    crm_account: `ACC-${random.below(1000)}`,
    ...(life.withMember && member),
  };
  const hooks = life.hooks.flatMap((hook) => {
    if (hook.endsWith('?')) return random.chance(0.5) ? [hook.slice(0, -1)] : [];
    if (hook.endsWith('*')) return Array.from({ length: 1 + random.below(2) }, () => hook.slice(0, -1));
    return [hook];
  });
  let time = now;
  let agent: Fields = {};
  let bridged: Fields = {};
  return hooks.map((state) => {
    time += 1 + random.below(30_000);
    if (state === 'offering') agent = agentOf(random, life.channel);
    if (state === 'bridged') bridged = { bridged_at: `${time}` };
    const ended = state === 'leaving' || state === 'processing' ? endOf(random, life, bridged) : {};
    return { ...common, state, timestamp: `${time}`, ...agent, ...bridged, ...ended };
  });
}

function agentOf(random: Random, channel: string): Fields {
  const agent = random.below(50);
  return {
    agent_id: `${100 + agent}`,
    user_id: `${5000 + agent}`,
    agent_name: `Agent ${agent}`,
    agent_extension: `${1000 + agent}`,
    ...(channel === 'call' && { agent_channel_id: `leg-${random.below(2 ** 31)}` }),
  };
}

function endOf(random: Random, { channel, dialled }: Life, bridged: Fields): Fields {
  if (channel !== 'call' || !dialled) return { cc_result: 'success' };
  const talked = 'bridged_at' in bridged;
  return {
    member_channel_id: `member-${random.below(2 ** 31)}`,
    call_bill_sec: talked ? `${random.below(600)}` : '0',
    call_cause: random.pick(causes),
    cc_result: talked ? 'success' : 'failed',
  };
}

/** What fires without an attempt: an agent's change, or a member who expired. */
export function eventWithoutAttempt(random: Random): Fields {
  const agent = random.below(50);
  if (random.chance(0.3)) {
    return {
      member_id: `${700_000 + random.below(9_999)}`,
      queue_id: '51',
      cc_result: 'expired',
      member_stop_cause: 'expired',
    };
  }
  return {
    agent_id: `${100 + agent}`,
    extension: `${1000 + agent}`,
    status: random.pick(['online', 'offline', 'pause']),
  };
}

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
