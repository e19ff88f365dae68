// Fuzz of the endpoint: broken hooks over real HTTP; each is accepted, or refused and kept as it was delivered.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBridge } from '../local/bridge.ts';
import { freePort } from '../local/free-port.ts';
import { EVERY_SECOND, startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { root } from '../local/settings.ts';
import { sqsClient } from '../local/sqs-client.ts';
import { type Random, seedRandom } from '../simulation/random.ts';
import { breakCloudEvent } from './broken-cloudevents.ts';
import { breakWebitelHook } from './broken-webitel.ts';
import { type Delivery, openPoster } from './post.ts';
import { checkQuarantine } from './quarantine-check.ts';

export type FuzzReport = {
  readonly seed: number;
  readonly bodies: number;
  /** how often each status was answered, by the path's source */
  readonly statuses: Readonly<Record<'webitel' | 'cloudevents', Readonly<Record<string, number>>>>;
  /** refusals that are not in quarantine, or not as they were delivered, and what is there beside them */
  readonly unkept: number;
  /** megabytes that the process holds, at a quarter of the run and at its end */
  readonly memory: readonly [early: number, late: number];
  readonly seconds: number;
  readonly bodiesPerSecond: number;
  /** milliseconds of the processor for each body, Redis apart: what a machine that does other work, too, is measured by */
  readonly cpuPerBody: number;
};

const CALLERS = 16;
/** After so many bodies the quarantine is checked and emptied. */
const ROUND = 4_000;

/** Posts so many bodies. @param progress takes a line now and then */
export async function fuzz(
  bodies: number,
  seed: number,
  progress: (line: string) => void,
): Promise<FuzzReport> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), join(folder, 'redis'), EVERY_SECOND);
  stack.defer(redis.stop);
  const bridge = await startBridge({
    port: 0,
    buildFolder: folder,
    quiet: true,
    env: { HOOK_TOKENS: 'fuzz', REDIS_URL: redis.url },
  });
  stack.defer(bridge.stop);
  const queue = sqsClient(bridge.sqs);
  stack.defer(async () => queue.destroy());
  const { post, close } = openPoster(bridge.url, 'fuzz');
  stack.defer(close);

  const breakAny = createBreaker(await readExamples());
  const randoms = Array.from({ length: CALLERS }, (_, index) => seedRandom(seed * 1_000 + index));
  const statuses = { webitel: {}, cloudevents: {} } as Record<
    keyof FuzzReport['statuses'],
    Record<string, number>
  >;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  let [posted, unkept, early] = [0, 0, 0];

  /** Posts until so many are posted, and notes what is refused. */
  const call = async (random: Random, until: number, refused: Map<string, Delivery>) => {
    while (posted < until) {
      posted++;
      const delivery = breakAny(random);
      const { status, quarantined } = await post(delivery);
      const counts = statuses[delivery.path.startsWith('/hooks/webitel') ? 'webitel' : 'cloudevents'];
      counts[status] = (counts[status] ?? 0) + 1;
      if (status === 413 || status < 300) continue;
      if (quarantined === undefined) unkept++;
      else refused.set(quarantined, delivery);
    }
  };
  while (posted < bodies) {
    const until = Math.min(posted + ROUND, bodies);
    const refused = new Map<string, Delivery>();
    await Promise.all(randoms.map((random) => call(random, until, refused)));
    unkept += await checkQuarantine(queue, bridge.sqs.queues.quarantine, refused);
    if (early === 0 && posted >= bodies / 4) early = measureMemory();
    if (posted % (5 * ROUND) === 0)
      progress(`${posted} of ${bodies} bodies, ${computeRate(posted, begun)} per second`);
  }
  return {
    seed,
    bodies: posted,
    statuses,
    unkept,
    memory: [early, measureMemory()],
    seconds: Math.round((performance.now() - begun) / 1000),
    bodiesPerSecond: computeRate(posted, begun),
    cpuPerBody: measureCpu(cpu) / posted,
  };
}

/** Answers whether nothing was answered 5xx, and every refusal kept. */
export const isGood = ({ statuses, unkept }: FuzzReport): boolean =>
  unkept === 0 &&
  Object.values(statuses).every((counts) => Object.keys(counts).every((status) => Number(status) < 500));

const computeRate = (count: number, begun: number) =>
  Math.round((count * 1000) / (performance.now() - begun));

const measureCpu = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

const measureMemory = () => Math.round(process.memoryUsage().rss / 2 ** 20);

const readExamples = async (): Promise<Buffer[]> => {
  const folder = join(root, 'events/webitel');
  return Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file))));
};

/** Breaks hooks of either source, as often of the one as of the other. */
function createBreaker(examples: readonly Buffer[]): (random: Random) => Delivery {
  const fields = examples.map((example) => JSON.parse(example.toString()));
  return (random) =>
    random.chance(0.5)
      ? breakWebitelHook(random, random.pick(examples))
      : breakCloudEvent(random, random.pick(fields));
}
