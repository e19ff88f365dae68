// The packaged consumer, in batches on a real Redis, against a bare ioredis pipeline that publishes the same.
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { bundle } from '../local/bundle.ts';
import { type Figure, interleave, type Size } from './figure.ts';
import { type Batch, batchesOfCalls, HOOKS_OF_CALL, repeat } from './load.ts';
import { startPlace } from './place.ts';

const IN_FLIGHT = 5;

type Run = { readonly rate: number; readonly cpu: number };
type Handler = (batch: Batch) => Promise<unknown>;

export async function relay(size: Size): Promise<Figure[]> {
  // Short turns: what disturbs the machine then disturbs both alike.
  const [calls, rounds] = size === 'quick' ? [100, 1] : [400, 41];
  const events = calls * HOOKS_OF_CALL;
  await using stack = new AsyncDisposableStack();
  const { folder, url, client } = await startPlace(stack);
  await bundle(folder);
  process.env['REDIS_URL'] = url;
  const { handler }: { handler: Handler } = await import(join(folder, 'consumer/consumer.mjs'));

  let first = 1;
  const measure = (handle: Handler) => async (): Promise<Run> => {
    const batches = await batchesOfCalls(first, calls);
    first += calls;
    const write = process.stdout.write;
    process.stdout.write = () => true;
    const [begun, cpu] = [performance.now(), process.cpuUsage()];
    await repeat(
      IN_FLIGHT,
      () => batches.length > 0,
      () => handle(batches.shift() ?? { Records: [] }),
    );
    const seconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    process.stdout.write = write;
    return { rate: events / seconds, cpu: (user + system) / events };
  };
  const bare: Handler = (batch) => publishBare(client, batch);
  const [ours, bares] = await interleave(rounds, measure(handler), measure(bare));
  const length = await client.llen('enigma:notifications:campaigns');
  if (length !== 2 * (rounds + 1) * calls) throw new Error(`${length} CDRs is not what was sent`);
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
  ];
}

/** The least that publishes the same: parse, serialise, the same publishes and pushes, and no marker. */
async function publishBare(client: Redis, { Records }: Batch): Promise<void> {
  const pipeline = client.pipeline();
  for (const { body } of Records) {
    const payload = JSON.parse(body);
    const { event, queue_id, agent_extension } = payload;
    pipeline.publish(`enigma:notifications:queues:${queue_id}`, JSON.stringify({ type: event, payload }));
    if (event === 'leaving')
      pipeline.lpush('enigma:notifications:campaigns', JSON.stringify({ type: 'cdr', payload }));
    const messages = event === 'bridged' ? 4 : event === 'processing' ? 2 : 0;
    for (let index = 0; index < messages; index++) {
      const status = { status: 'busy', campaign_ref: queue_id, ref: agent_extension };
      const message = JSON.stringify({ type: 'status', payload: status });
      pipeline.publish(`enigma:notifications:agents:${agent_extension}`, message);
    }
  }
  await pipeline.exec();
}
