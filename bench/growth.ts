// Nothing grows with history: the consumer after many events, beside many open attempts, onto a long list.
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { bundle } from '../local/bundle.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { start, stop } from './child.ts';
import type { Figure, Size } from './figure.ts';
import type { Done, Memory, Task } from './growth-process.ts';
import { bytesEach, cdrOfOneIn, eventOf } from './redis-bytes.ts';

const CALL = ['joined', 'offering', 'bridged', 'processing', 'leaving'];
/** Events of one sample: few beside the history whose effect is looked for. */
const WINDOW = 2_000;
const WARM = 3_000;

type Consumer = AsyncDisposable & {
  readonly handle: (names: readonly string[], count: number, among?: number) => Promise<Done>;
  readonly memory: () => Promise<Memory>;
};
type Place = { readonly folder: string; readonly rounds: number; readonly stack: AsyncDisposableStack };

/** Each part measures its states in turn, with Redis in memory alone; 1 is flat. */
export async function growth(size: Size): Promise<Figure[]> {
  const quick = size === 'quick';
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  await bundle(folder, ['functions/consumer.ts']);
  const place = { folder, rounds: quick ? 1 : 15, stack };
  return [
    ...(await aged(place, quick ? [100, 200, 400] : [1_000, 10_000, 100_000])),
    ...(await remembered(place, quick ? [100, 200] : [1_000, 10_000, 100_000])),
    ...(await open(place, quick ? [10, 100] : [10, 1_000, 100_000])),
    ...(await listed(place, quick ? 1_000 : 1_000_000)),
    ...(await said(place, quick ? [500, 1_000] : [1_000, 10_000, 100_000])),
  ];
}

/** What an event costs a process that has handled so many: the youngest is a new one each time. */
async function aged(place: Place, [few, some, many]: [number, number, number]): Promise<Figure[]> {
  const url = await redisOf(place);
  const times: [number[], number[], number[]] = [[], [], []];
  await using middle = await agedConsumer(place, url, some);
  await using old = await agedConsumer(place, url, many);
  for (let round = 0; round < place.rounds; round++) {
    await using young = await agedConsumer(place, url, few);
    for (const [index, process] of inTurn([...[young, middle, old].entries()], round)) {
      times[index]?.push(await process.handle(CALL, WINDOW));
    }
  }
  const what = `time an event, from ${many} handled`;
  return [
    compared(what, 'µs', times[2], `from ${few} handled`, times[0]),
    compared(what, 'µs', times[2], `from ${some} handled`, times[1]),
  ];
}

/**
 * What memory a process has that has handled so many. What is resident grows until V8's young generation has its full
 * size, and stays then: so twice as many are looked at, too.
 */
async function remembered(place: Place, counts: readonly [number, ...number[]]): Promise<Figure[]> {
  const url = await redisOf(place);
  const states: (Memory & { readonly count: number })[] = [];
  for (const count of counts) {
    await using process = await agedConsumer(place, url, count);
    states.push({ count, ...(await process.memory()) });
    if (count !== counts.at(-1)) continue;
    await process.handle(CALL, count);
    states.push({ count: 2 * count, ...(await process.memory()) });
  }
  return (['heap', 'resident'] as const).flatMap((kind) =>
    states.slice(1).map((state, index) => {
      const before = states[index] ?? state;
      const what = `memory, ${kind}, ${state.count} handled`;
      return compared(what, 'MB', [state[kind]], `${before.count} handled`, [before[kind]]);
    }),
  );
}

async function agedConsumer(place: Place, url: string, events: number): Promise<Consumer> {
  const process = await consumer(place, url);
  await process.handle(CALL, events);
  return process;
}

/** What an event of an open attempt costs beside many that have begun and not left, each with a Redis of its own. */
async function open(place: Place, counts: readonly [number, ...number[]]): Promise<Figure[]> {
  const states: { process: Consumer; count: number; samples: number[] }[] = [];
  for (const count of counts) {
    const url = await redisOf(place);
    await using opener = await consumer(place, url);
    await opener.handle(['joined'], count);
    const process = place.stack.use(await consumer(place, url));
    await process.handle(['bridged'], WARM, count);
    states.push({ process, count, samples: [] });
  }
  for (let round = 0; round < place.rounds; round++) {
    for (const { process, count, samples } of inTurn(states, round)) {
      samples.push(await process.handle(['bridged'], WINDOW, count));
    }
  }
  const [least, ...more] = states;
  return more.map(({ count, samples }) =>
    compared(
      `time an event, ${count} attempts open`,
      'µs',
      samples,
      `${counts[0]} open`,
      least?.samples ?? [],
    ),
  );
}

/** What a CDR costs whose list is long already, and one whose list is empty. */
async function listed(place: Place, length: number): Promise<Figure[]> {
  const url = await redisOf(place);
  const client = place.stack.adopt(new Redis(url), async (redis) => redis.disconnect());
  const fill = "for _ = 1, tonumber(ARGV[1]) do redis.call('RPUSH', KEYS[1], ARGV[2]) end";
  for (let filled = 0; filled < length; filled += 1_000) {
    await client.eval(fill, 1, 'list:long', Math.min(1_000, length - filled), 'x'.repeat(100));
  }
  await using long = await consumer(place, url, { CDR_LISTS: 'list:long' });
  await using empty = await consumer(place, url, { CDR_LISTS: 'list:empty' });
  const ours: number[] = [];
  const theirs: number[] = [];
  for (const process of [long, empty]) await process.handle(['leaving'], WARM);
  for (let round = 0; round < place.rounds; round++) {
    ours.push(await long.handle(['leaving'], WINDOW));
    await client.del('list:empty');
    theirs.push(await empty.handle(['leaving'], WINDOW));
  }
  const pushed = (await client.llen('list:long')) - length;
  if (pushed !== WARM + place.rounds * WINDOW) throw new Error(`${pushed} CDRs is not what was sent`);
  return [compared(`time a CDR, ${length} in the list`, 'µs', ours, 'an empty list', theirs)];
}

/** What each takes in Redis of so many that have been said. */
async function said(place: Place, counts: readonly [number, ...number[]]): Promise<Figure[]> {
  const url = await redisOf(place);
  const figures: Figure[] = [];
  for (const [what, saidOf] of [
    ['CDR mark', cdrOfOneIn(1)],
    ['said event', eventOf],
  ] as const) {
    const [least = Number.NaN, ...more] = await bytesEach(url, counts, saidOf);
    for (const [index, bytes] of more.entries()) {
      const measures = `Redis for each ${what}, of ${counts[index + 1]}`;
      figures.push(compared(measures, 'bytes', [bytes], `of ${counts[0]}`, [least]));
    }
  }
  return figures;
}

/** Forwards and backwards: none is always the one behind another. */
const inTurn = <T>(states: readonly T[], round: number): readonly T[] =>
  round % 2 === 0 ? states : states.toReversed();

const compared = (
  measures: string,
  unit: string,
  ours: readonly number[],
  what: string,
  samples: readonly number[],
): Figure => ({ bench: 'growth', measures, unit, ours, theirs: { what, samples } });

async function redisOf({ folder, stack }: Place): Promise<string> {
  const port = await freePort();
  const redis = await startRedis(port, join(folder, `redis-${port}`), ['--appendonly', 'no']);
  stack.defer(redis.stop);
  return redis.url;
}

let attempts = 900_000_000;

function nextAttempts(): number {
  attempts += 1_000_000;
  return attempts;
}

/** A process of its own, with attempts of its own unless it is told among how many. */
async function consumer({ folder }: Place, redis: string, env: NodeJS.ProcessEnv = {}): Promise<Consumer> {
  const { process, told } = start('growth-process.ts', [join(folder, 'consumer/consumer.mjs')], {
    env: { REDIS_URL: redis, ...env },
    execArgv: ['--expose-gc'],
  });
  const own = nextAttempts();
  const ask = <T>(question: Task | 'memory'): Promise<T> => {
    process.send(question);
    return told<T>();
  };
  return {
    handle: (names, count, among) =>
      ask<Done>({ names, count, from: among === undefined ? own : 1, ...(among && { among }) }),
    memory: () => ask<Memory>('memory'),
    [Symbol.asyncDispose]: () => stop(process),
  };
}
