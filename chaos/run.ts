// Chaos: realistic calls through the whole bridge while parts of it die, and a ledger that must balance.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Redis } from 'ioredis';
import { startBridge } from '../local/bridge.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { sqsClient } from '../local/sqs-client.ts';
import { depthOf } from '../ops/scan.ts';
import type { Fields } from '../simulation/hook.ts';
import { createRandom, type Random } from '../simulation/random.ts';
import { callOf, eventWithoutAttempt, garbage } from './calls.ts';
import { faults, type Victim } from './faults.ts';
import { type Balance, openLedger } from './ledger.ts';
import { startProxy } from './proxy.ts';
import { noHarms } from './tamper.ts';

const LISTS = ['enigma:notifications:campaigns', 'billing:cdr'];
const CALLERS = 24;
const EVENTS_PER_FAULT = 400;
const LIST_MAX = 300;
/** Longer than the consumer needs for two tries on a frozen Redis, much shorter than the deployed minute. */
const VISIBILITY = 6;

export type Report = Balance & {
  readonly seed: number;
  readonly events: number;
  readonly duplicates: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly seconds: number;
};

/** Runs it. @param progress hears a line now and then */
export async function chaos(events: number, seed: number, progress: (line: string) => void): Promise<Report> {
  const begun = performance.now();
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redisFolder = join(folder, 'redis');
  const redis = await startRedis(await freePort(), redisFolder);
  const port = Number(new URL(redis.url).port);
  const proxy = await startProxy(0, port);
  stack.defer(proxy.stop);
  const connect = () => {
    const client = new Redis(port, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    client.on('error', () => undefined);
    return stack.adopt(client, async () => client.disconnect());
  };
  const harms = noHarms();
  const bridge = await startBridge({
    port: 0,
    buildFolder: join(folder, 'functions'),
    queueFolder: join(folder, 'queues'),
    quiet: true,
    events: { VisibilityTimeout: `${VISIBILITY}` },
    tampering: { module: import.meta.resolve('./tamper.ts'), data: harms },
    env: {
      HOOK_TOKENS: 'chaos',
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      CDR_LISTS: `campaigns,${LISTS[1]}`,
      CDR_LIST_MAX: `${LIST_MAX}`,
    },
  });
  stack.defer(bridge.stop);

  const ears = connect();
  const heard: string[] = [];
  ears.on('pmessage', (_pattern, _channel, text: string) => heard.push(JSON.parse(text).payload.id));
  await ears.psubscribe('enigma:notifications:queues*');

  const client = connect();
  const victim: Victim = {
    proxy,
    folder: redisFolder,
    client,
    redis,
    harms,
    workers: { paused: false },
    killConsumer: bridge.consumer.kill,
    listening: async () => {
      while (Number(await client.call('PUBSUB', 'NUMPAT')) !== 1) await setTimeout(10);
    },
  };
  stack.defer(async () => victim.redis.stop());

  const random = createRandom(seed);
  const ledger = openLedger();
  const done = new AbortController();
  const popping = pop(client, victim, done.signal);
  const counts: Record<string, number> = {};
  let posted = 0;
  let allowed = 0;
  let duplicates = 0;

  const post = async (path: string, body: string): Promise<{ id?: string; quarantined?: string }> => {
    const answer = await fetch(`${bridge.url}${path}`, {
      method: 'POST',
      body,
      headers: { 'x-api-key': 'chaos' },
    });
    if (answer.status >= 500) throw new Error(`the door answered ${answer.status}`);
    return (await answer.json()) as { id?: string; quarantined?: string };
  };
  const send = async (fields: Fields): Promise<void> => {
    // In step with the faults: each is to meet the same number of events.
    while (posted > allowed) await setTimeout(5);
    posted++;
    const { id } = await post('/hooks/webitel', JSON.stringify(fields));
    if (id === undefined) throw new Error(`a good hook was refused: ${JSON.stringify(fields)}`);
    ledger.accept(id, fields);
  };
  const refuse = async ({ path, body }: (typeof garbage)[number]) => {
    const { quarantined } = await post(path, body);
    ledger.refuse(quarantined ?? 'not promised');
  };

  let attempt = 10n ** 15n + BigInt(seed) * 10n ** 7n;
  const caller = async (chance: Random) => {
    const early: Fields[] = [];
    while (posted < events) {
      const hooks = callOf(chance, ++attempt, Date.now());
      if (chance.chance(0.1)) hooks.push(...hooks.splice(chance.below(hooks.length), 1));
      for (const hook of hooks) {
        await send(hook);
        if (!chance.chance(0.05)) continue;
        duplicates++;
        await send(hook);
      }
      const last = hooks.at(-1);
      if (last !== undefined && chance.chance(0.05)) early.push(last);
      if (chance.chance(0.1)) await send(eventWithoutAttempt(chance));
      if (chance.chance(0.1)) await refuse(chance.pick(garbage));
    }
    // Long after, when the queue may have forgotten them.
    for (const hook of early) {
      duplicates++;
      await send(hook);
    }
  };
  const harm = async () => {
    const planned = Math.max(Object.keys(faults).length, Math.floor(events / EVENTS_PER_FAULT));
    for (let index = 0; index < planned; index++) {
      const due = Math.floor(((index + 0.5) * events) / planned);
      allowed = due + events / planned;
      while (posted < due) await setTimeout(5);
      // Each kind once, then as it comes.
      const names = Object.keys(faults);
      const name = names[index] ?? random.pick(names);
      await faults[name]?.(victim, random);
      counts[name] = (counts[name] ?? 0) + 1;
      if (index % 10 === 9) progress(`${posted} events, ${index + 1} of ${planned} faults`);
    }
    allowed = Number.POSITIVE_INFINITY;
  };
  await Promise.all([
    harm(),
    ...Array.from({ length: CALLERS }, (_, index) => caller(createRandom(seed * 1_000 + index))),
  ]);

  progress(`${posted} events sent; waiting for the queue to be empty`);
  const queue = sqsClient(bridge.sqs);
  stack.defer(async () => queue.destroy());
  await untilEmpty(queue, bridge.sqs.queues.events);
  for (let waits = 0; waits < 100 && !ledger.settled(new Set(heard)); waits++) await setTimeout(100);
  done.abort();
  await popping;

  const idsIn = async (url: string) =>
    new Set((await drain(queue, url)).map((body) => JSON.parse(body).id as string));
  const entries = LISTS.map(async (list) => {
    const texts = [...(await client.lrange(list, 0, -1)), ...(await client.lrange(taken(list), 0, -1))];
    return [list, texts.map((text) => JSON.parse(text).payload.attempt_id as string)] as const;
  });
  const balance = ledger.balance({
    heard,
    lists: new Map(await Promise.all(entries)),
    deadLetters: await idsIn(bridge.sqs.queues.deadLetters),
    quarantined: await idsIn(bridge.sqs.queues.quarantine),
  });
  return {
    seed,
    events: posted,
    duplicates,
    faults: counts,
    ...balance,
    seconds: Math.round((performance.now() - begun) / 1000),
  };
}

const taken = (list: string) => `taken:${list}`;

/** Workers that pop. They move, so that a reply that is lost with a dying Redis loses no count. */
async function pop(client: Redis, { workers }: Victim, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const list of workers.paused ? [] : LISTS) {
      const pipeline = client.pipeline();
      for (let entry = 0; entry < 50; entry++) pipeline.lmove(list, taken(list), 'RIGHT', 'LEFT');
      await pipeline.exec().catch(() => undefined);
    }
    await setTimeout(10);
  }
}

async function untilEmpty(queue: SQSClient, url: string): Promise<void> {
  const end = Date.now() + 180_000;
  for (let left = await depthOf(queue, url); left > 0; left = await depthOf(queue, url)) {
    if (Date.now() > end) throw new Error(`${left} events are still in the queue after three minutes`);
    await setTimeout(100);
  }
}

async function drain(queue: SQSClient, url: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await queue.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = '' }) => Body));
  }
}
