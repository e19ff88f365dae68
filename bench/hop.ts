// The delay from the HTTP request in to the subscriber out, through the whole bridge, against a bare hop.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../local/free-port.ts';
import { EVERY_SECOND, startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { start } from './child.ts';
import { type Figure, interleave, percentile, type Size } from './figure.ts';
import { listen, untilHeard } from './hop-ears.ts';
import { hookOf } from './load.ts';

const RATES = [100, 500];
/** milliseconds after which what has not come is lost */
const PATIENCE = 30_000;

/** Posts a hook of that attempt. */
type Post = (attempt: number) => Promise<void>;
type Delays = { readonly p50: number; readonly p99: number };

/**
 * From the moment a hook is sent, at its time and whether or not those before were answered, to the moment the
 * subscriber has its message; load and subscriber are in this process. Both have a process of their own with three
 * threads, an emulator of SQS with the same queues, and the same Redis, which keeps its append-only file.
 * The bare hop has neither token nor schema, identity, order or log, says the body as it came on one channel, marks
 * nothing and tries nothing again. Both have the emulator, the door and what receives in a thread each; the bare hop
 * receives in one loop, the bridge with Lambda's five pollers.
 */
export async function hop(size: Size): Promise<Figure[]> {
  const [seconds, rounds] = size === 'quick' ? [0.3, 1] : [1, 14];
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), folder, EVERY_SECOND);
  stack.defer(redis.stop);
  const heard = await listen(
    stack.adopt(new Redis(redis.url), async (client) => client.disconnect()),
    '*',
  );
  const agent = new Agent({ keepAlive: true });
  stack.defer(async () => agent.destroy());
  const ours = poster(await startHop(stack, 'hop-bridge.ts', redis.url), agent);
  const theirs = poster(await startHop(stack, 'hop-bare.ts', redis.url), agent);

  let attempt = 0;
  const figures: Figure[] = [];
  for (const rate of RATES) {
    const delays = (post: Post) => async (): Promise<Delays> => {
      const sent = await send(Math.round(rate * seconds), rate, async () => {
        const one = { attempt: ++attempt, at: performance.now() };
        await post(one.attempt);
        return one;
      });
      const attempts = sent.map((one) => one.attempt);
      await untilHeard(heard, attempts, PATIENCE);
      // A connection that is idle through the other's turn may be closed just when it is used again.
      agent.destroy();
      const all = sent.map((one) => (heard.get(one.attempt) ?? Number.NaN) - one.at);
      if (all.some(Number.isNaN)) throw new Error('an event never came out');
      return { p50: percentile(all, 50), p99: percentile(all, 99) };
    };
    const [a, b] = await interleave(rounds, delays(ours), delays(theirs));
    for (const p of ['p50', 'p99'] as const) {
      figures.push({
        bench: 'hop',
        measures: `request in to subscriber out, ${rate} events/s, ${p}`,
        unit: 'ms',
        ours: a.map((delay) => delay[p]),
        theirs: { what: 'bare hop', samples: b.map((delay) => delay[p]) },
      });
    }
  }
  return figures;
}

/** Starts so many at their times, whether or not those before have ended: an open loop. */
async function send<T>(count: number, rate: number, one: () => Promise<T>): Promise<T[]> {
  const begun = performance.now();
  const under: Promise<T>[] = [];
  while (under.length < count) {
    const due = Math.min(count, 1 + Math.floor(((performance.now() - begun) / 1000) * rate));
    while (under.length < due) {
      const started = one();
      // Looked at when all are under way; one that fails sooner must not end the process.
      started.catch(() => undefined);
      under.push(started);
    }
    await setTimeout(1);
  }
  return Promise.all(under);
}

/** Starts one of the two in a process of its own and answers its URL. */
function startHop(stack: AsyncDisposableStack, file: string, redis: string): Promise<string> {
  const child = start(file, [redis]);
  stack.defer(async () => {
    if (child.process.connected) child.process.disconnect();
    await child.ended;
  });
  return child.told<string>();
}

const poster =
  (url: string, agent: Agent): Post =>
  async (attempt) => {
    const posted = request(`${url}/hooks/webitel`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'x-api-key': 'bench' },
    });
    posted.end(hookOf('joined', attempt));
    const [response] = await once(posted, 'response');
    response.resume();
    if (response.statusCode !== 202) throw new Error(`answered ${response.statusCode}`);
  };
