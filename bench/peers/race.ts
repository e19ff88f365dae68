// One peer under load: what an event costs it, how many it says, how fast it answers.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../local/free-port.ts';
import { EVERY_SECOND, startRedis } from '../../local/redis-server.ts';
import { cpuOf, stop } from '../child.ts';
import { hookOf } from '../load.ts';
import { type Load, load } from './load.ts';
import { CHANNEL, LIST, type Peer, TOKEN } from './peer.ts';

/** One round: microseconds of CPU for an event, and events a second from the first hook to the last CDR. */
export type Lap = { readonly cpu: number; readonly rate: number; readonly load: Load };

/** Starts the peer on a Redis of its own and proves that it says a hook. @returns what runs a round */
export async function prepare(
  stack: AsyncDisposableStack,
  peer: Peer,
  folder: string,
  next: () => number,
): Promise<(duration: number) => Promise<Lap>> {
  const redis = await startRedis(await freePort(), `${folder}/redis`, EVERY_SECOND);
  stack.defer(redis.stop);
  const client = stack.adopt(new Redis(redis.url), async (connected) => connected.disconnect());
  const port = await freePort();
  const child = await peer.start({ port, redisPort: Number(new URL(redis.url).port), folder });
  stack.defer(() => stop(child));
  const { pid = 0 } = child;
  await prove(peer, port, redis.url, next());

  return async (duration) => {
    const pushed = await client.llen(LIST);
    const before = await cpuOf(pid);
    const begun = performance.now();
    const answered = await load(port, peer.hook, next, duration);
    const whole = peer.push === undefined ? pushed + answered.sent : pushed;
    const end = begun + duration + 30_000;
    while ((await client.llen(LIST)) < whole) {
      if (performance.now() > end) throw new Error(`${peer.name} has not said all that it answered`);
      await setTimeout(20);
    }
    const seconds = (performance.now() - begun) / 1000;
    const cpu = ((await cpuOf(pid)) - before) / answered.sent;
    return { cpu, rate: answered.sent / seconds, load: answered };
  };
}

/** Rejects when the hook is not heard within 10 s. */
async function prove({ name, hook }: Peer, port: number, url: string, attempt: number): Promise<void> {
  const ears = new Redis(url);
  try {
    await ears.subscribe(CHANNEL);
    const [[, message], { status }] = await Promise.all([
      once(ears, 'message', { signal: AbortSignal.timeout(10_000) }),
      fetch(`http://127.0.0.1:${port}${hook.path}`, {
        method: hook.method,
        body: hookOf('leaving', attempt),
        headers: { 'x-api-key': TOKEN, 'content-type': 'application/json' },
      }),
    ]);
    if (status >= 300 || !`${message}`.includes(`"attempt_id":"${attempt}"`))
      throw new Error(`${name} answered ${status} and said ${message}`);
  } finally {
    ears.disconnect();
  }
}
