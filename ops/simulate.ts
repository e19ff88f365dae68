// Plays a shift of simulated calls through the door.
import { setTimeout } from 'node:timers/promises';
import { dateHook, type Fields, makesCdr } from '../simulation/hook.ts';
import { planPace } from '../simulation/pace.ts';
import { queueTypes } from '../simulation/queues.ts';
import { seedRandom } from '../simulation/random.ts';
import { AGENTS, EXPIRED, type PlannedHook, planShift } from '../simulation/shift.ts';
import { postHook } from './post-hook.ts';
import type { Target } from './target.ts';

export type Simulation = {
  readonly calls: number;
  /** how many calls begin each minute of the shift */
  readonly rate: number;
  /** how many times faster than it happened the shift is played; at least 1 */
  readonly speed: number;
  readonly seed: number;
};

/** What was accepted of a type of queue, or of what fires without an attempt. */
export type Row = {
  readonly type: string;
  readonly calls: number;
  readonly hooks: number;
  readonly cdrs: number;
};

export type Simulated = Simulation & {
  readonly events: number;
  /** how often each status was answered */
  readonly statuses: Readonly<Record<string, number>>;
  readonly types: readonly Row[];
  /** the CDRs to expect in each list */
  readonly cdrs: number;
  /** how long the shift was, and how long playing it took, in seconds */
  readonly length: number;
  readonly seconds: number;
};

/**
 * Posts every hook of a shift when it is due. The hooks of one attempt, and those of one agent, go in their order.
 * @param progress hears how many hooks were answered
 * @throws Error when the door is not known
 */
export async function simulate(
  { door, token }: Pick<Target, 'door' | 'token'>,
  simulation: Simulation,
  progress: (events: number) => void,
): Promise<Simulated> {
  if (door === undefined) throw new Error('name the door with --url');
  const { calls, rate, speed, seed } = simulation;
  const start = Date.now();
  // Above the numbers that a Webitel has come to, and no other run's.
  const hooks = planShift(seedRandom(seed), calls, rate, BigInt(start) * 100_000n);
  const length = hooks.at(-1)?.at ?? 0;
  const { beginning, due } = planPace(length, speed, start);

  const statuses: Record<string, number> = {};
  const accepted: Accepted[] = [];
  let events = 0;
  const answered = ({ type }: PlannedHook, fields: Fields, status: string) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === '202') accepted.push({ type, fields });
    progress(++events);
  };
  const last = new Map<string, Promise<void>>();
  for (const hook of hooks) {
    await until(due(hook.at));
    const fields = dateHook(hook, beginning);
    const threads = splitThreads(fields);
    const earlier = threads.map((thread) => last.get(thread));
    const posting = Promise.all(earlier).then(async () =>
      answered(hook, fields, await post(`${door}/hooks/webitel`, token, fields)),
    );
    for (const thread of threads) last.set(thread, posting);
  }
  await Promise.all(last.values());
  const types = listRows(accepted);
  return {
    ...simulation,
    events,
    statuses,
    types,
    cdrs: types.reduce((sum, { cdrs }) => sum + cdrs, 0),
    length: length / 1000,
    seconds: (Date.now() - start) / 1000,
  };
}

/** What it must not overtake: the hooks before it of its attempt and of its agent. */
const splitThreads = ({ attempt_id, agent_id, member_id }: Fields): string[] => {
  const threads = [
    ...(attempt_id === undefined ? [] : [`attempt ${attempt_id}`]),
    ...(agent_id === undefined ? [] : [`agent ${agent_id}`]),
  ];
  return threads.length > 0 ? threads : [`member ${member_id}`];
};

/** By the very clock that the times are compared with; a timer may be early. */
async function until(due: number): Promise<void> {
  for (let left = due - Date.now(); left > 0; left = due - Date.now()) await setTimeout(Math.ceil(left));
}

const post = (url: string, token: string, fields: Fields): Promise<string> =>
  postHook(url, token, JSON.stringify(fields)).then(
    ({ status }) => `${status}`,
    () => 'no answer',
  );

type Accepted = { readonly type: string; readonly fields: Fields };

function listRows(accepted: readonly Accepted[]): Row[] {
  const byType = Map.groupBy(accepted, ({ type }) => type);
  return [...queueTypes.map(({ name }) => name), AGENTS, EXPIRED].flatMap((type) => {
    const hooks = byType.get(type)?.map(({ fields }) => fields);
    if (hooks === undefined) return [];
    const attempts = hooks.flatMap(({ attempt_id }) => attempt_id ?? []);
    return [
      { type, calls: new Set(attempts).size, hooks: hooks.length, cdrs: hooks.filter(makesCdr).length },
    ];
  });
}
