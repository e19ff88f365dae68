// The faults: each does its harm, and undoes it.
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../local/redis-server.ts';
import type { Random } from '../simulation/random.ts';
import type { Outage } from './outages.ts';
import type { TcpProxy } from './proxy.ts';
import { addHarm, type Harms } from './tamper.ts';

/** What can be harmed. */
export type Victim = {
  readonly proxy: TcpProxy;
  readonly folder: string;
  /** a client on the Redis itself, not through the proxy */
  readonly client: Redis;
  readonly killConsumer: () => Promise<void>;
  readonly killSweep: () => Promise<void>;
  /** Makes every open call so old that it is given up, though its leaving may still come. */
  readonly ageCalls: () => Promise<void>;
  /** Resolves when the subscriber has its subscriptions again. */
  readonly waitForSubscriber: () => Promise<void>;
  readonly harms: Harms;
  readonly workers: { paused: boolean };
  /** of the outages that are counted */
  readonly outages: Outage[];
  /** of those, milliseconds */
  readonly longestOutage: number;
  redis: RedisServer;
};

export type Fault = (victim: Victim, random: Random) => Promise<void>;

export const faults: Readonly<Record<string, Fault>> = {
  /** Redis dies and comes back with what its file has. */
  kill: (victim) => restart(victim, 0),
  freeze: (victim, random) => stop(victim, 200 + random.below(4_000)),
  /** The connection breaks at a byte of a reply: what was asked for is done, and nobody knows. */
  async cut({ proxy }, random) {
    proxy.cutAfter(1 + random.below(300));
    await setTimeout(100);
  },
  shut: (victim, random) => cutOff(victim, random.below(1_500)),
  async flush({ client }) {
    await client.script('FLUSH');
  },
  async memory({ client }, random) {
    await client.config('SET', 'maxmemory', '1mb');
    await setTimeout(random.below(1_500));
    await client.config('SET', 'maxmemory', '0');
  },
  async consumer({ killConsumer }) {
    await killConsumer();
  },
  async sweep({ ageCalls, killSweep }, random) {
    await ageCalls();
    await setTimeout(random.below(1_500));
    await killSweep();
  },
  async redeliver({ harms }, random) {
    addHarm(harms, 'redeliver', 1 + random.below(20));
  },
  async forget({ harms }, random) {
    addHarm(harms, 'forget', 1 + random.below(5));
  },
  /** Nobody pops: the lists fill up to CDR_LIST_MAX. */
  async fill({ workers }, random) {
    workers.paused = true;
    await setTimeout(500 + random.below(2_000));
    workers.paused = false;
  },
};

/** The outages of Redis, half a second each at least. What they cost is counted, so nothing else may be broken meanwhile. */
export const outages: Readonly<Record<string, Fault>> = {
  cutOff: (victim, random) => record(victim, () => cutOff(victim, pickLength(victim, random))),
  stop: (victim, random) => record(victim, () => stop(victim, pickLength(victim, random))),
  restart: (victim, random) => record(victim, () => restart(victim, pickLength(victim, random))),
};

const pickLength = ({ longestOutage }: Victim, random: Random) => 500 + random.below(longestOutage - 500);

async function record({ outages }: Victim, harm: () => Promise<void>): Promise<void> {
  const from = Date.now();
  await harm();
  outages.push({ from, until: Date.now() });
}

async function cutOff({ proxy }: Victim, milliseconds: number): Promise<void> {
  proxy.shut();
  await setTimeout(milliseconds);
  proxy.open();
}

async function stop({ redis }: Victim, milliseconds: number): Promise<void> {
  process.kill(redis.pid, 'SIGSTOP');
  await setTimeout(milliseconds);
  process.kill(redis.pid, 'SIGCONT');
}

/**
 * PubSub keeps nothing for who is away: the consumer reaches Redis only while the subscriber is on its channels.
 * @param milliseconds at least; as long as Redis takes to start, if that is longer
 */
async function restart(victim: Victim, milliseconds: number): Promise<void> {
  const { proxy, client, folder } = victim;
  const pause = setTimeout(milliseconds);
  proxy.shut();
  // Its answer comes behind every message that was published before.
  await client.ping();
  process.kill(victim.redis.pid, 'SIGKILL');
  victim.redis = await startRedis(Number(new URL(victim.redis.url).port), folder);
  await victim.waitForSubscriber();
  await pause;
  proxy.open();
}
