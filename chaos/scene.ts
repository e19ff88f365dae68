// What chaos is made in: the bridge, a Redis behind a proxy, a subscriber, and clients of Redis.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { Redis } from 'ioredis';
import { findHome, nameCall, nameOpenCalls } from '../lib/redis/keys.ts';
import { type Bridge, startBridge } from '../local/bridge.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { sqsClient } from '../local/sqs-client.ts';
import type { Victim } from './faults.ts';
import { openPoster, type Poster } from './post.ts';
import { startProxy } from './proxy.ts';
import { isSubscribed, type Received, subscribe } from './subscriber.ts';
import { createHarms } from './tamper.ts';

export const LISTS = ['enigma:notifications:campaigns', 'billing:cdr'];
/** The list of calls that never left. */
export const INCOMPLETE = 'enigma:notifications:incomplete';
/** Seconds, the least that there is: chaos makes calls older than they are. */
export const CALL_DEADLINE = 60;
const SWEEP_EVERY = 1_000;
const LIST_MAX = 300;
/** Seconds. Longer than the consumer tries to reach a Redis that is away. */
const VISIBILITY = 15;
/** Seconds. Shorter than that: what the consumer gives back to the queue is no longer live when it comes again. */
const NOTIFY_TTL = 12;

export type Scene = {
  readonly victim: Victim;
  readonly queues: Bridge['sqs']['queues'];
  readonly queue: SQSClient;
  readonly post: Poster['post'];
  readonly received: Received;
  /** a connection to the Redis itself */
  readonly client: Redis;
};

/** Starts all of it. @param stack stops it @param longestOutage milliseconds, of those that are counted */
export async function startScene(stack: AsyncDisposableStack, longestOutage: number): Promise<Scene> {
  const { path: folder } = stack.use(await scratch());
  const redisFolder = join(folder, 'redis');
  const redis = await startRedis(await freePort(), redisFolder);
  const port = Number(new URL(redis.url).port);
  const proxy = await startProxy(0, port);
  stack.defer(proxy.stop);
  const harms = createHarms();
  const bridge = await startBridge({
    port: 0,
    buildFolder: join(folder, 'functions'),
    queueFolder: join(folder, 'queues'),
    quiet: true,
    sweepEvery: SWEEP_EVERY,
    events: { VisibilityTimeout: `${VISIBILITY}` },
    tampering: { module: import.meta.resolve('./tamper.ts'), data: harms },
    env: {
      HOOK_TOKENS: 'chaos',
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      CDR_LISTS: `campaigns,${LISTS[1]}`,
      CDR_LIST_MAX: `${LIST_MAX}`,
      INCOMPLETE_LISTS: 'incomplete',
      CALL_DEADLINE: `${CALL_DEADLINE}`,
      NOTIFY_TTL: `${NOTIFY_TTL}`,
    },
  });
  stack.defer(bridge.stop);
  const queue = sqsClient(bridge.sqs);
  stack.defer(async () => queue.destroy());
  const { post, close } = openPoster(bridge.url, 'chaos');
  stack.defer(close);
  const received = await subscribe(connect(stack, port));
  const client = connect(stack, port);
  const victim: Victim = {
    ...{ proxy, redis, client, harms, folder: redisFolder },
    workers: { paused: false },
    outages: [],
    longestOutage,
    killConsumer: bridge.consumer.kill,
    killSweep: bridge.sweep.kill,
    ageCalls: () => ageCalls(client),
    waitForSubscriber: async () => {
      while (!(await isSubscribed(client))) await setTimeout(10);
    },
  };
  stack.defer(async () => victim.redis.stop());
  return { victim, queues: bridge.sqs.queues, queue, post, received, client };
}

/** KEYS: records of calls. Their hooks are as old as they say themselves, whenever the door received them. */
const forgetReceipt = `
for _, record in ipairs(KEYS) do
  for place, hook in ipairs(redis.call('LRANGE', record, 1, -1)) do
    redis.call('LSET', record, place, (string.gsub(hook, ',"received_at":%d+', '')))
  end
end`;

/** Makes every open call as old as if its last hook had come before CALL_DEADLINE. */
async function ageCalls(client: Redis): Promise<void> {
  const [seconds] = await client.time();
  const before = (Number(seconds) - CALL_DEADLINE - 1) * 1000;
  const home = findHome(LISTS);
  const open = nameOpenCalls(home, 'default');
  const calls = await client.zrange(open, '0', '-1');
  if (calls.length === 0) return;
  await client.eval(forgetReceipt, calls.length, ...calls.map((call) => nameCall(home, call)));
  await client.zadd(open, 'XX', 'LT', ...calls.flatMap((call) => [before, call]));
}

function connect(stack: AsyncDisposableStack, port: number): Redis {
  const client = new Redis(port, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  return stack.adopt(client, async () => client.disconnect());
}
