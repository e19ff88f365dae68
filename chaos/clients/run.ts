// Workers of both clients are killed and frozen at random, and Redis with them, while a ledger counts.
import { Redis } from 'ioredis';
import { freePort } from '../../local/free-port.ts';
import { startRedis } from '../../local/redis-server.ts';
import { scratch } from '../../local/scratch.ts';
import { until } from '../../local/until.ts';
import { type Random, seedRandom } from '../../simulation/random.ts';
import { type Crowd, workerFaults } from './faults.ts';
import { readHandlings } from './handlings.ts';
import { type Balance, balance, type Handling } from './ledger.ts';
import {
  cdr,
  endProgram,
  grantWorker,
  isSettled,
  LIST,
  languages,
  type Program,
  startProgram,
  stopProgram,
} from './programs.ts';

const WORKERS = 4;
/** Long enough for a machine that is busy: a lease that ends by itself is no fault of this run's. */
const LEASE = 5_000;
const LEAST_FAULTS = 12;
const CDRS_PER_FAULT = 1_000;
/** CDRs are pushed so many at a time. */
const AT_ONCE = 1_000;

export type WorkersReport = Balance & {
  readonly seed: number;
  readonly workers: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** on the dead list */
  readonly dead: number;
  readonly seconds: number;
};

/** Runs it. @param progress takes a line now and then */
export async function chaosOfWorkers(
  cdrs: number,
  seed: number,
  progress: (line: string) => void,
): Promise<WorkersReport> {
  const begun = performance.now();
  await using stack = new AsyncDisposableStack();
  const random = seedRandom(seed);
  const all: Program[] = [];
  const ended = new Map<Program, number>();
  const crowd = await gather(stack, random, all, ended);
  const ids = Array.from({ length: cdrs }, (_, index) => `${index}`);
  for (let count = 0; count < WORKERS; count++) await crowd.begin();

  const faults = await play(crowd, random, ids, all, progress);
  progress('the last CDRs');
  await until('the end', () => isSettled(crowd.client));
  await Promise.all(crowd.alive.map(stopProgram));
  const handlings = all.flatMap((program): Handling[] =>
    readHandlings(program.name() ?? '', program.lines, ended.get(program) ?? Date.now()),
  );
  return {
    seed,
    workers: countNames(all.map(({ language }) => language)),
    faults,
    ...balance(new Set(ids), handlings, crowd.harms, LEASE),
    dead: await crowd.client.llen(`{${LIST}}:dead`),
    seconds: Math.round((performance.now() - begun) / 1_000),
  };
}

/** A Redis, and what starts workers on it. */
async function gather(
  stack: AsyncDisposableStack,
  random: Random,
  all: Program[],
  ended: Map<Program, number>,
): Promise<Crowd> {
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), folder);
  stack.defer(() => crowd.redis.stop());
  const client = stack.adopt(
    new Redis(redis.url, { maxRetriesPerRequest: null, commandTimeout: 30_000, retryStrategy: () => 50 }),
    (connection) => connection.disconnect(),
  );
  client.on('error', () => undefined);
  const url = await grantWorker(client, redis.url);
  stack.defer(async () => void (await Promise.all(all.map(endProgram))));
  const begin = async () => {
    const language = languages[all.length % languages.length] ?? 'node';
    const options = {
      leaseMs: LEASE,
      concurrency: 1 + random.below(4),
      ...(random.chance(0.5) && { batch: 5 }),
    };
    const program = startProgram(language, { url, cluster: false, mode: 'slow', options });
    program.child.once('close', () => ended.set(program, Date.now()));
    all.push(program);
    await until('the start of a worker', () => {
      if (program.child.exitCode !== null) throw new Error(program.errors());
      return program.name();
    });
    crowd.alive = [...crowd.alive, program];
  };
  const crowd: Crowd = { client, folder, redis, alive: [], harms: [], begin };
  return crowd;
}

/** Each fault once, then as it comes, in the middle of work. @returns how often each was made */
async function play(
  crowd: Crowd,
  random: Random,
  ids: readonly string[],
  all: readonly Program[],
  progress: (line: string) => void,
): Promise<Readonly<Record<string, number>>> {
  const kinds = Object.entries(workerFaults);
  const planned = Math.max(LEAST_FAULTS, Math.floor(ids.length / CDRS_PER_FAULT));
  // As many again are in reserve: a fault meets workers that are at work.
  const countUntil = (chunk: number) => Math.floor((chunk * ids.length) / (planned + 1));
  const made: string[] = [];
  let pushed = 0;
  while (made.length < planned) {
    const due = countUntil(made.length + 2);
    await push(crowd.client, ids.slice(pushed, due));
    pushed = due;
    const enough = countUntil(made.length + random.next());
    await until('some work', () => all.reduce((sum, { countDone }) => sum + countDone(), 0) > enough);
    const [name, fault] = kinds[made.length] ?? random.pick(kinds);
    await fault(crowd, random);
    made.push(name);
    if (made.length % 10 === 0) progress(`${made.length} of ${planned} faults`);
  }
  return countNames(made);
}

async function push(client: Redis, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE)
    await client.lpush(LIST, ...ids.slice(from, from + AT_ONCE).map(cdr));
}

const countNames = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, of]) => [name, of.length]));
