// Events a second of the packaged consumer into a real Redis, against a bare pipeline that says the same.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SQSEvent } from 'aws-lambda';
import { Redis } from 'ioredis';
import { bundle } from '../local/bundle.ts';
import { freePort } from '../local/free-port.ts';
import { EVERY_SECOND, startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { type Figure, interleave, type Size } from './figure.ts';
import { hookOf, recordOf } from './load.ts';

const BATCH = 10;
const IN_FLIGHT = 5;

type Batch = SQSEvent['Records'];
type Run = { readonly rate: number; readonly cpu: number };
type Handler = (event: SQSEvent) => Promise<unknown>;

export async function relay(size: Size): Promise<Figure[]> {
  // Short turns: what disturbs the machine then disturbs both alike.
  const [events, rounds] = size === 'quick' ? [500, 1] : [2_000, 61];
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), join(folder, 'redis'), EVERY_SECOND);
  stack.defer(redis.stop);
  await bundle(folder);
  process.env['REDIS_URL'] = redis.url;
  const { handler } = (await import(join(folder, 'consumer/consumer.mjs'))) as { handler: Handler };
  const client = stack.adopt(new Redis(redis.url), async (bare) => bare.disconnect());

  let attempt = 0;
  const write = process.stdout.write.bind(process.stdout);
  const timed = async (deal: (batch: Batch) => Promise<unknown>) => {
    attempt += events;
    const batches = await batchesOf(attempt, events);
    process.stdout.write = () => true;
    const begun = performance.now();
    const cpu = process.cpuUsage();
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => drain(batches, deal)));
    const seconds = (performance.now() - begun) / 1000;
    process.stdout.write = write;
    const { user, system } = process.cpuUsage(cpu);
    return { rate: events / seconds, cpu: (user + system) / events };
  };
  const consumer = () => timed((Records) => handler({ Records }));
  const [ours, bares] = await interleave(rounds, consumer, () => timed((batch) => bare(client, batch)));
  const commands = size === 'quick' ? 5_000 : 100_000;
  const limits = [];
  for (let run = 0; run < Math.min(rounds, 5); run++) limits.push(await limit(redis.url, commands));
  const length = await client.llen('enigma:notifications:campaigns');
  if (length !== (2 * (rounds + 1) * events) / 5) throw new Error(`${length} CDRs is not what was sent`);
  const figure = (measures: string, unit: string, pick: (run: Run) => number): Figure => ({
    bench: 'relay',
    measures,
    unit,
    ours: ours.map(pick),
    theirs: { what: 'bare ioredis pipeline', samples: bares.map(pick) },
  });
  return [
    figure('consumer, batches of 10, 5 in flight', 'events/s', ({ rate }) => rate),
    figure('CPU of the process for one event', 'µs', ({ cpu }) => cpu),
    { bench: 'relay', measures: 'limit: as many PUBLISH by redis-benchmark', unit: 'events/s', ours: limits },
  ];
}

/** Commands that an event is published with, in the mean: it itself, one CDR in five events, six to agents. */
const COMMANDS = (5 + 1 + 6) / 5;

/** What Redis itself could take from as many connections in as large pipelines, were all commands a PUBLISH. */
async function limit(url: string, commands: number): Promise<number> {
  const { port } = new URL(url);
  const text = hookOf('leaving', 1);
  const options = ['-p', port, '-n', `${commands}`, '-c', `${IN_FLIGHT}`, '-P', `${BATCH * COMMANDS}`, '-q'];
  const { stdout } = await promisify(execFile)('redis-benchmark', [...options, 'PUBLISH', 'channel', text]);
  const [, rate] = [...stdout.matchAll(/([\d.]+) requests per second/g)].at(-1) ?? [];
  if (rate === undefined) throw new Error('redis-benchmark told no rate');
  return Number(rate) / COMMANDS;
}

async function drain(batches: Batch[], deal: (batch: Batch) => Promise<unknown>): Promise<void> {
  for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) await deal(batch);
}

const NAMES = ['joined', 'offering', 'bridged', 'processing', 'leaving'];

/** One event in five is a leaving that makes a CDR. */
async function batchesOf(from: number, count: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const attempts = Array.from({ length: BATCH }, (_, index) => from + first + index);
    batches.push(
      await Promise.all(
        attempts.map((attempt) => recordOf(hookOf(NAMES[attempt % 5] ?? '', attempt), attempt)),
      ),
    );
  }
  return batches;
}

/** The least that could say the same: parse, serialise, the same publishes and pushes, no key and no marker. */
async function bare(client: Redis, batch: Batch): Promise<void> {
  const pipeline = client.pipeline();
  for (const { body } of batch) {
    const payload = JSON.parse(body);
    const message = JSON.stringify({ type: payload.event, payload });
    pipeline.publish(`enigma:notifications:queues:${payload.queue_id}`, message);
    if (payload.event === 'leaving')
      pipeline.lpush('enigma:notifications:campaigns', JSON.stringify({ type: 'cdr', payload }));
    const agent = payload.event === 'bridged' ? 4 : payload.event === 'processing' ? 2 : 0;
    for (let said = 0; said < agent; said++) {
      const status = { status: 'busy', campaign_ref: payload.queue_id, ref: payload.agent_extension };
      pipeline.publish(
        `enigma:notifications:agents:${payload.agent_extension}`,
        JSON.stringify({ type: 'status', payload: status }),
      );
    }
  }
  await pipeline.exec();
}
