// A gateway of a test's own, on a Redis of its own, with a clock that stands still until it is moved.
import { type QueueEvent, readEvent } from '../../lib/event.ts';
import { lifecycleMessage } from '../../lib/publish/lifecycle.ts';
import { liveConfig } from '../../live/config.ts';
import { type Extras, startGateway } from '../../live/gateway.ts';
import { exampleEvent } from './dialect-suite.ts';
import { startTestRedis, until } from './stack.ts';

export const STREAM = '{enigma:notifications:campaigns}:live';

/** Six seconds after the bridge of the example call. */
export const NOW = 1_782_900_040_000;

export const SECRET = 'x'.repeat(32);
const USERS = '{"alice":"wonder","admin":"secret"}';

/** Two queues and two groups, of which alice may see one each. */
export const SETTINGS = JSON.stringify({
  idClient: 3,
  groups: { 1: { name: 'sales', agents: ['101'] }, 2: { name: 'support', agents: ['102', '103'] } },
  profiles: { alice: { queues: ['51'], groups: ['1'] } },
  pauses: [{ id: 1, value: 'lunch' }],
});

export type Live = Awaited<ReturnType<typeof startLive>>;

type TestRedis = Awaited<ReturnType<typeof startTestRedis>>;

/**
 * @param env settings of the gateway
 * @param shared a Redis that another gateway has, too
 * @param waits until it is healthy
 * @param extras its console
 */
export async function startLive(
  env: NodeJS.ProcessEnv = {},
  shared?: TestRedis,
  waits = true,
  extras: Extras = {},
) {
  await using starting = new AsyncDisposableStack();
  const redis = shared ?? starting.use(await startTestRedis());
  const clock = { now: NOW };
  const settings = {
    REDIS_URL: redis.server.url,
    LIVE_HOST: '127.0.0.1',
    LIVE_PORT: '0',
    LIVE_USERS: USERS,
    LIVE_SECRET: SECRET,
    LIVE_SETTINGS: SETTINGS,
    ...env,
  };
  const gateway = await startGateway(liveConfig(settings), () => clock.now, extras);
  starting.defer(gateway.stop);
  const url = `http://127.0.0.1:${gateway.port}`;
  const healthy = async () => (await fetch(`${url}/ready`)).status === 200;
  if (waits) await until('the gateway to be healthy', healthy);
  const running = starting.move();
  return {
    url,
    clock,
    redis,
    healthy,
    stop: gateway.stop,
    say: (...events: QueueEvent[]) => say(redis, ...events),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Puts events into the stream, as the consumer does. */
export async function say({ client }: Pick<TestRedis, 'client'>, ...events: QueueEvent[]): Promise<void> {
  for (const event of events) {
    const { message } = lifecycleMessage('enigma:notifications', event, false);
    await client.xadd(STREAM, '*', 'event', message);
  }
}

/** An example payload as an event of its own. */
export async function happened(name: string, fields: object = {}): Promise<QueueEvent> {
  const event = await exampleEvent(name, fields);
  return readEvent({ ...event, id: `${name}-${JSON.stringify(fields)}`.padEnd(32) });
}

/** The lines that this process prints meanwhile. */
export async function printed(meanwhile: (lines: () => string[]) => Promise<void>): Promise<string[]> {
  const write = process.stdout.write;
  const lines: string[] = [];
  process.stdout.write = (chunk: string | Uint8Array) => {
    // The test runner's own reports are bytes.
    if (typeof chunk !== 'string') return write.call(process.stdout, chunk);
    lines.push(chunk);
    return true;
  };
  try {
    await meanwhile(() => lines);
  } finally {
    process.stdout.write = write;
  }
  return lines;
}
