// Events a second of the packaged consumer into a real Redis, against a bare pipeline that says the same.
import { join } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { Redis } from 'ioredis';
import { receive } from '../lib/receive.ts';
import { bundle } from '../local/bundle.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { type Figure, interleave, type Size } from './figure.ts';
import { hookOf } from './load.ts';

const BATCH = 10;
const IN_FLIGHT = 5;

type Batch = SQSEvent['Records'];
type Handler = (event: SQSEvent) => Promise<unknown>;

export async function relay(size: Size): Promise<Figure[]> {
  const [events, rounds] = size === 'quick' ? [500, 1] : [10_000, 7];
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), join(folder, 'redis'));
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
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => drain(batches, deal)));
    const seconds = (performance.now() - begun) / 1000;
    process.stdout.write = write;
    return events / seconds;
  };
  const [ours, samples] = await interleave(
    rounds,
    () => timed((Records) => handler({ Records })),
    () => timed((batch) => bare(client, batch)),
  );
  const length = await client.llen('enigma:notifications:campaigns');
  if (length !== (2 * (rounds + 1) * events) / 5) throw new Error(`${length} CDRs is not what was sent`);
  return [
    {
      bench: 'relay',
      measures: 'consumer, batches of 10, 5 in flight',
      unit: 'events/s',
      ours,
      theirs: { what: 'bare ioredis pipeline', samples },
    },
  ];
}

async function drain(batches: Batch[], deal: (batch: Batch) => Promise<unknown>): Promise<void> {
  for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) await deal(batch);
}

/** One event in five is a leaving that makes a CDR. */
async function batchesOf(from: number, count: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const attempts = Array.from({ length: BATCH }, (_, index) => from + first + index);
    batches.push(await Promise.all(attempts.map(recordOf)));
  }
  return batches;
}

async function recordOf(attempt: number) {
  const name = (['joined', 'offering', 'bridged', 'processing', 'leaving'] as const)[attempt % 5] ?? 'joined';
  let body = '';
  const delivery = { body: Buffer.from(hookOf(name, attempt)), receivedAt: Date.now() };
  await receive(delivery, { tenant: 'default', queues: {} }, async (event) => {
    body = JSON.stringify(event);
  });
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '0',
    MessageGroupId: `attempt:${attempt}`,
  };
  return {
    messageId: `${attempt}`,
    receiptHandle: '',
    body,
    attributes,
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}

/** The least that could say the same: parse, serialise, the same publishes and pushes, no guard and no mark. */
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
