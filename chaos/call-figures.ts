// What a CDR must tell of its call, from the hooks of the call alone: each figure for itself, by looking at all hooks.
// The script in lib/redis/call-memory.lua.ts goes through them once; a test and the ledger compare the two.
import type { CallHook } from '../lib/publish/call.ts';

const DAY = 24 * 3600 * 1000;

type At = { readonly agent_id: string; readonly at: number };

/** Keys of a CDR. Times in epoch ms, durations in seconds; what is unknown is absent. */
export type CallFigures = {
  readonly wait_seconds?: number;
  readonly talk_seconds?: number;
  readonly wrap_up_seconds?: number;
  readonly transfers?: number;
  readonly agents_offered?: readonly At[];
  readonly agents_missed?: readonly At[];
  readonly offered_at?: number;
  readonly answered_at?: number;
  readonly bridged_at?: number;
  readonly dialed_at?: number;
  readonly call_time?: number;
};

/**
 * @param earlier hooks that were published before the leaving, in any order, perhaps twice
 * @param lacking the keys that the leaving itself doesn't tell
 */
export function computeFigures(
  earlier: readonly CallHook[],
  leaving: CallHook,
  lacking: readonly string[],
): CallFigures {
  const firsts = earlier.filter(({ id }, index) => earlier.findIndex((other) => other.id === id) === index);
  const others = firsts.filter(({ id, event }) => id !== leaving.id && event !== 'leaving');
  if (others.length === 0) return {};
  const hooks = addBridge(others, leaving).toSorted(compareHooks);
  const select = (...events: CallHook['event'][]) => hooks.filter(({ event }) => events.includes(event));
  const bridges = select('bridged');
  const [first] = bridges;
  const again = select('offering').filter((one) => bridges.some((bridge) => compareHooks(one, bridge) < 0));
  const legs = sum(
    bridges.map((one) => lasts(one, [...bridges, ...select('processing'), ...again], leaving)),
  );
  const wrapUps = select('processing').map((one) =>
    lasts(one, [...bridges, ...select('processing'), ...again], leaving),
  );
  const joined = [leaving, ...others].find(({ joined_at }) => joined_at !== undefined)?.joined_at;
  const began = joined ?? select('joined')[0]?.at;
  const waited = began === undefined ? -1 : (first ?? leaving).at - began;
  return omitAbsent({
    wait_seconds: waited < 0 || waited > DAY ? undefined : waited / 1000,
    talk_seconds: first && legs / 1000,
    wrap_up_seconds: wrapUps.length === 0 ? undefined : sum(wrapUps) / 1000,
    transfers: first && countTransfers(hooks, again, leaving),
    agents_offered: listAgents(select('offering')),
    agents_missed: listAgents(select('missed')),
    offered_at: select('offering')[0]?.at,
    answered_at: select('active', 'answered')[0]?.at,
    bridged_at: leaving.bridged_at === undefined ? first?.at : undefined,
    dialed_at: lacking.includes('dialed_at') && began !== undefined ? Math.floor(began / 1000) : undefined,
    call_time: lacking.includes('call_time') && first ? Math.floor(legs / 1000) : undefined,
  });
}

/** The bridged that never came, where another hook has its time. */
function addBridge(others: readonly CallHook[], leaving: CallHook): readonly CallHook[] {
  const bridged = [leaving, ...others].find(({ bridged_at }) => bridged_at !== undefined)?.bridged_at;
  if (bridged === undefined || others.some(({ event }) => event === 'bridged')) return others;
  return [...others, { id: '', event: 'bridged', at: bridged }];
}

const lives = ['joined', 'offering', 'active', 'bridged', 'missed', 'processing'];
const rank = ({ event }: CallHook) => lives.indexOf(event === 'answered' ? 'active' : event);

const compareHooks = (one: CallHook, other: CallHook): number =>
  one.at - other.at || rank(one) - rank(other) || (one.id < other.id ? -1 : 1);

/** How long until the next of these, or the leaving, milliseconds. */
function lasts(one: CallHook, until: readonly CallHook[], leaving: CallHook): number {
  const ends = until.filter((end) => end !== one && compareHooks(one, end) < 0).map(({ at }) => at);
  return Math.max(0, (ends.length === 0 ? leaving.at : Math.min(...ends)) - one.at);
}

/** How often the agent changed from one hook of a connected call to the next, without being offered it. */
function countTransfers(hooks: readonly CallHook[], again: readonly CallHook[], leaving: CallHook): number {
  let agent: string | undefined;
  let count = 0;
  let connected = false;
  for (const hook of [...hooks, leaving]) {
    if (again.includes(hook)) agent = undefined;
    if (hook.event !== 'bridged' && hook.event !== 'processing' && hook.event !== 'leaving') continue;
    if (connected && agent !== undefined && hook.agent_id !== undefined && hook.agent_id !== agent) count++;
    agent = hook.agent_id ?? agent;
    connected ||= hook.event === 'bridged';
  }
  return count;
}

function listAgents(hooks: readonly CallHook[]): At[] | undefined {
  const agents = hooks.flatMap(({ agent_id, at }) => (agent_id === undefined ? [] : [{ agent_id, at }]));
  return agents.length === 0 ? undefined : agents;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

const omitAbsent = (
  figures: { readonly [Key in keyof CallFigures]: CallFigures[Key] | undefined },
): CallFigures => Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
