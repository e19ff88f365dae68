// What happens to workers, and to the Redis that they take from. Each fault notes whom it harmed, and when.
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../../local/redis-server.ts';
import { until } from '../../local/until.ts';
import type { Random } from '../../simulation/random.ts';
import type { Harm } from './ledger.ts';
import { endProgram, grantWorker, LIST, type Program, stopProgram } from './programs.ts';

/** What a fault may do something to. */
export type Crowd = {
  readonly client: Redis;
  readonly folder: string;
  /** the one that runs now */
  redis: RedisServer;
  /** the workers that run */
  alive: readonly Program[];
  readonly harms: Harm[];
  /** Starts one more. */
  readonly begin: () => Promise<void>;
};

export type WorkerFault = (crowd: Crowd, random: Random) => Promise<void>;

/** By name. */
export const workerFaults: Readonly<Record<string, WorkerFault>> = {
  kill: (crowd, random) => kill(crowd, [random.pick(crowd.alive)]),
  freeze: (crowd, random) => freeze(crowd, random.pick(crowd.alive)),
  stop: async (crowd, random) => {
    const program = random.pick(crowd.alive);
    leaveOut(crowd, [program]);
    await stopProgram(program);
    await crowd.begin();
  },
  restart: (crowd) => restart(crowd),
  killAll: (crowd) => kill(crowd, crowd.alive),
  freezeRedis: (crowd, random) => freezeRedis(crowd, () => setTimeout(500 + random.below(1_500))),
  // A handler of it is done, and nothing acknowledges that.
  killUnacknowledged: async (crowd) => {
    // Which of them are in the middle of a handler is chance.
    for (let tries = 0; tries < 5; tries++) {
      const killed = await freezeRedis(crowd, async () => {
        const program = await findUnacknowledged(crowd, Date.now() + 1);
        if (program !== undefined) await end(crowd, [program]);
        return program;
      });
      if (killed !== undefined) return crowd.begin();
    }
  },
};

/** One that was done with a handler after Redis was frozen. @param frozen when, epoch ms */
async function findUnacknowledged({ alive }: Crowd, frozen: number): Promise<Program | undefined> {
  const isDone = ({ lines }: Program) => lines.some(({ event, at }) => event === 'done' && at > frozen);
  for (let looks = 0; looks < 10; looks++) {
    await setTimeout(20);
    const program = alive.find(isDone);
    if (program !== undefined) return program;
  }
  return undefined;
}

const leaveOut = (crowd: Crowd, programs: readonly Program[]) => {
  crowd.alive = crowd.alive.filter((program) => !programs.includes(program));
};

async function kill(crowd: Crowd, programs: readonly Program[]): Promise<void> {
  await end(crowd, programs);
  for (const _ of programs) await crowd.begin();
}

async function end(crowd: Crowd, programs: readonly Program[]): Promise<void> {
  const from = Date.now();
  leaveOut(crowd, programs);
  await Promise.all(programs.map(endProgram));
  for (const program of programs)
    crowd.harms.push({ cause: 'killed', worker: program.name() ?? '', from, until: Date.now() });
}

/** Until another worker has given back what it held. */
async function freeze({ client, harms }: Crowd, program: Program): Promise<void> {
  const from = Date.now();
  program.child.kill('SIGSTOP');
  await until('its entries given back', () => isReleased(client, program));
  program.child.kill('SIGCONT');
  harms.push({ cause: 'frozen', worker: program.name() ?? '', from, until: Date.now() });
}

async function isReleased(client: Redis, program: Program): Promise<boolean> {
  const [seconds = '0'] = await client.time();
  const lease = Number(await client.zscore(`{${LIST}}:leases`, program.name() ?? ''));
  if (lease >= Number(seconds) * 1_000) return false;
  return (await client.llen(`{${LIST}}:processing:${program.name()}`)) === 0;
}

async function restart(crowd: Crowd): Promise<void> {
  const from = Date.now();
  const { url, pid } = crowd.redis;
  process.kill(pid, 'SIGKILL');
  crowd.redis = await startRedis(Number(new URL(url).port), crowd.folder);
  await untilAnswers(crowd.client);
  // Nothing keeps its users.
  await grantWorker(crowd.client, url);
  crowd.harms.push({ cause: 'redis', from, until: Date.now() });
}

async function freezeRedis<T>({ redis, client, harms }: Crowd, meanwhile: () => Promise<T>): Promise<T> {
  const from = Date.now();
  process.kill(redis.pid, 'SIGSTOP');
  try {
    return await meanwhile();
  } finally {
    process.kill(redis.pid, 'SIGCONT');
    await untilAnswers(client);
    harms.push({ cause: 'redis', from, until: Date.now() });
  }
}

const untilAnswers = (client: Redis) => until('Redis', () => client.ping().catch(() => false));
