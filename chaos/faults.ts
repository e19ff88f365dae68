// The faults: each does its harm, and undoes it.
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../local/redis-server.ts';
import type { Random } from '../simulation/random.ts';
import type { TcpProxy } from './proxy.ts';
import { addHarm, type Harms } from './tamper.ts';

/** What can be harmed. */
export type Victim = {
  readonly proxy: TcpProxy;
  readonly folder: string;
  /** a client on the Redis itself, not through the proxy */
  readonly client: Redis;
  readonly killConsumer: () => Promise<void>;
  /** Resolves when the ears are on the channels again. */
  readonly listening: () => Promise<void>;
  readonly harms: Harms;
  readonly workers: { paused: boolean };
  redis: RedisServer;
};

export type Fault = (victim: Victim, random: Random) => Promise<void>;

export const faults: Readonly<Record<string, Fault>> = {
  /** Redis dies and comes back with what its file has. */
  async kill(victim) {
    // PubSub keeps nothing for who isn't there: the bridge waits until the ledger's ears are.
    victim.proxy.shut();
    process.kill(victim.redis.pid, 'SIGKILL');
    victim.redis = await startRedis(Number(new URL(victim.redis.url).port), victim.folder);
    await victim.listening();
    victim.proxy.open();
  },
  async freeze({ redis }, random) {
    process.kill(redis.pid, 'SIGSTOP');
    await setTimeout(200 + random.below(4_000));
    process.kill(redis.pid, 'SIGCONT');
  },
  /** The connection breaks at a byte of a reply: what was asked for is done, and nobody knows. */
  async cut({ proxy }, random) {
    proxy.cutAfter(1 + random.below(300));
    await setTimeout(100);
  },
  async shut({ proxy }, random) {
    proxy.shut();
    await setTimeout(random.below(1_500));
    proxy.open();
  },
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
