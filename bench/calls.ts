// What it costs to remember calls: the packaged consumer with MEMORY on and off, on whole calls.
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { bundle } from '../local/bundle.ts';
import { type Figure, interleave, type Size } from './figure.ts';
import { type Batch, batchesOf, batchesOfCalls, HOOKS_OF_CALL, repeat } from './load.ts';
import { startPlace } from './place.ts';

const IN_FLIGHT = 5;

type Handler = (batch: Batch) => Promise<unknown>;
type Run = { readonly rate: number; readonly cpu: number; readonly redis: number };

export async function calls(size: Size): Promise<Figure[]> {
  const [count, rounds] = size === 'quick' ? [100, 1] : [400, 41];
  await using stack = new AsyncDisposableStack();
  const { folder, url, client } = await startPlace(stack);
  await bundle(folder);
  process.env['REDIS_URL'] = url;
  const start = async (memory: 'on' | 'off'): Promise<Handler> => {
    process.env['MEMORY'] = memory;
    return (await import(`${join(folder, 'consumer/consumer.mjs')}?memory=${memory}`)).handler;
  };
  const [on, off] = [await start('on'), await start('off')];

  let first = 1;
  const measure = (handle: Handler) => async (): Promise<Run> => {
    const batches = await batchesOfCalls(first, count);
    first += count;
    const write = process.stdout.write;
    process.stdout.write = () => true;
    const [begun, cpu, redis] = [performance.now(), process.cpuUsage(), await redisCpu(client)];
    await repeat(
      IN_FLIGHT,
      () => batches.length > 0,
      () => handle(batches.shift() ?? { Records: [] }),
    );
    const seconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    process.stdout.write = write;
    const events = count * HOOKS_OF_CALL;
    return {
      rate: events / seconds,
      cpu: (user + system) / events,
      redis: ((await redisCpu(client)) - redis) / events,
    };
  };
  const [ours, theirs] = await interleave(rounds, measure(on), measure(off));
  const length = await client.llen('enigma:notifications:campaigns');
  if (length !== 2 * (rounds + 1) * count) throw new Error(`${length} CDRs is not what was sent`);
  const figure = (measures: string, unit: string, pick: (run: Run) => number): Figure => ({
    bench: 'calls',
    measures,
    unit,
    ours: ours.map(pick),
    theirs: { what: 'MEMORY=off', samples: theirs.map(pick) },
  });
  return [
    figure('consumer, whole calls, batches of 10, 5 in flight', 'events/s', ({ rate }) => rate),
    figure('CPU of the process for one event', 'µs', ({ cpu }) => cpu),
    figure('CPU of Redis for one event', 'µs', ({ redis }) => redis),
    await bytesOfOpenCalls(on, client, first, size === 'quick' ? 200 : 5_000),
  ];
}

/** Microseconds since Redis began. */
async function redisCpu(client: Redis): Promise<number> {
  const info = await client.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return 1e6 * (seconds('used_cpu_user') + seconds('used_cpu_sys'));
}

/** What Redis holds of a call that was joined, offered and bridged, its place in the index included. */
async function bytesOfOpenCalls(
  handle: Handler,
  client: Redis,
  first: number,
  calls: number,
): Promise<Figure> {
  await client.flushall();
  const { write } = process.stdout;
  process.stdout.write = () => true;
  for (const name of ['joined', 'offering', 'bridged']) {
    for (const batch of await batchesOf([name], first, calls)) await handle(batch);
  }
  process.stdout.write = write;
  const home = '{enigma:notifications:campaigns}';
  const index = Number(await client.memory('USAGE', `${home}:open:default`, 'SAMPLES', 0));
  const record = Number(await client.memory('USAGE', `${home}:call:["default","${first}"]`));
  return {
    bench: 'calls',
    measures: `${calls} open calls, three hooks each`,
    unit: 'bytes/call',
    ours: [record + index / calls],
  };
}
