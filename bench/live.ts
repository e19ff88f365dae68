// The live gateway with thousands of clients: is any update lost, how late are they, what does it take?
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { QueueEvent } from '../lib/event.ts';
import { axialys } from '../lib/publish/dialects/axialys.ts';
import { speak } from '../lib/publish/dialects/dialect.ts';
import { xuc } from '../lib/publish/dialects/xuc.ts';
import { lifecycleMessage } from '../lib/publish/lifecycle.ts';
import { receive } from '../lib/receive/receive.ts';
import { nameLiveStream } from '../lib/redis/keys.ts';
import { bundleGateway } from '../local/bundle.ts';
import { freePort } from '../local/free-port.ts';
import { EVERY_SECOND, startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { type Child, cpuOf, start, stop } from './child.ts';
import { type Figure, percentile, type Size } from './figure.ts';
import type { Ask, Heard } from './live-clients.ts';
import { hookOf } from './load.ts';

const STREAM = nameLiveStream(['enigma:notifications:campaigns']);
/** Events a second. */
const RATE = 200;
const AGENTS = 100;

export async function live(size: Size): Promise<Figure[]> {
  const [idle, busy, seconds] = size === 'quick' ? [20, 5, 1] : [2_000, 200, 20];
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), join(folder, 'redis'), EVERY_SECOND);
  stack.defer(redis.stop);
  const client = stack.adopt(new Redis(redis.url), async (each) => each.disconnect());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const gateway = spawn(process.execPath, [await bundleGateway(folder)], {
    env: gatewayEnv(redis.url, port),
    stdio: 'ignore',
  });
  stack.defer(() => stop(gateway));
  while (!(await healthy(url))) await setTimeout(20);

  const clients = start('live-clients.ts');
  stack.defer(() => stop(clients.process));
  clients.process.send({ url, idle, busy } satisfies Ask);
  await clients.told<'connected'>();

  let number = 0;
  const say = async (count: number): Promise<QueueEvent[]> => {
    const said: QueueEvent[] = [];
    const begun = performance.now();
    for (let index = 0; index < count; index++) {
      const event = await eventOf(number++);
      const { message } = lifecycleMessage('enigma:notifications', event, false);
      await client.xadd(STREAM, 'MAXLEN', '~', 100_000, '*', 'event', message);
      said.push(event);
      const ahead = ((index + 1) * 1000) / RATE - (performance.now() - begun);
      if (ahead > 0) await setTimeout(ahead);
    }
    return said;
  };

  // Whoever has sent its init hears at some time; what was said before isn't counted.
  for (let ears = 0; ears < busy; ) {
    await say(AGENTS);
    ears = (await heardBy(clients)).ears;
  }
  await quiet(clients);

  const before = await usage(gateway);
  const said = await say(RATE * seconds);
  const heard = await quiet(clients);
  const after = await usage(gateway);

  prove(heard, said, idle, busy);
  const on = `${idle} idle and ${busy} busy clients, ${RATE} events/s`;
  const figure = (measures: string, unit: string, value: number): Figure => ({
    bench: 'live',
    measures: `${measures}: ${on}`,
    unit,
    ours: [value],
  });
  return [
    figure('updates received, of as many sent', 'updates', heard.axialys + heard.xuc),
    figure('delay from Redis to client, median', 'ms', percentile(heard.delays, 50)),
    figure('delay from Redis to client, 99 of 100', 'ms', percentile(heard.delays, 99)),
    figure('CPU of the gateway', '% of a core', ((after.cpu - before.cpu) / (after.at - before.at)) * 100),
    figure('memory of the gateway, at most', 'MB', after.peak),
  ];
}

const gatewayEnv = (redis: string, port: number) => ({
  REDIS_URL: redis,
  LIVE_HOST: '127.0.0.1',
  LIVE_PORT: `${port}`,
  LIVE_SECRET: 'x'.repeat(32),
  LIVE_USERS: '{"idle":"x","busy":"x"}',
  LIVE_SETTINGS: '{"profiles":{"idle":{}}}',
});

const healthy = (url: string) =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Throws when an update is lost or went astray, or a client is. Of an odd number of busy ones Axialys has one more. */
function prove(heard: Heard, said: readonly QueueEvent[], idle: number, busy: number): void {
  const words = (of: (event: QueueEvent) => number) => said.reduce((sum, event) => sum + of(event), 0);
  const due =
    words((event) => speak(axialys, event, {}).length) * Math.ceil(busy / 2) +
    words((event) => speak(xuc, event, { now: 0 }).length) * Math.floor(busy / 2);
  const received = heard.axialys + heard.xuc;
  if (due !== received) throw new Error(`${received} updates received of ${due} sent`);
  if (heard.idle > 0 || heard.connected !== idle + busy)
    throw new Error(
      `${heard.connected} of ${idle + busy} clients are left; ${heard.idle} updates went astray`,
    );
}

/** One call after the other, each with five events and one agent; the time of saying where clients find it. */
async function eventOf(number: number): Promise<QueueEvent> {
  const names = ['joined', 'offering', 'bridged', 'processing', 'leaving'] as const;
  const call = Math.floor(number / names.length);
  const hook = JSON.parse(hookOf(names[number % names.length] ?? 'joined', call));
  const at = performance.timeOrigin + performance.now();
  const agent = hook.agent_id === undefined ? {} : { agent_id: `${call % AGENTS}` };
  const fields = {
    ...hook,
    ...agent,
    timestamp: Math.floor(at),
    destination: `${at}`,
    agent_extension: `${at}`,
  };
  const received = {
    source: 'webitel' as const,
    headers: {},
    body: Buffer.from(JSON.stringify(fields)),
    receivedAt: Date.now(),
  };
  return receive(received, { tenant: 'default', queues: {} }, async () => undefined);
}

function heardBy(clients: Child): Promise<Heard> {
  clients.process.send('heard');
  return clients.told<Heard>();
}

/** All that was heard until a second went by in which nothing was. */
async function quiet(clients: Child): Promise<Heard> {
  let all = await heardBy(clients);
  for (;;) {
    await setTimeout(1_000);
    const more = await heardBy(clients);
    if (more.axialys + more.xuc === 0) return { ...all, connected: more.connected };
    all = {
      ...more,
      axialys: all.axialys + more.axialys,
      xuc: all.xuc + more.xuc,
      idle: all.idle + more.idle,
      delays: [...all.delays, ...more.delays],
    };
  }
}

/** `cpu` and `at` in seconds, `peak` of memory in MB. */
async function usage({ pid = 0 }: ChildProcess): Promise<{ cpu: number; at: number; peak: number }> {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpu: (await cpuOf(pid)) / 1e6, at: performance.now() / 1000, peak: Number(peak) / 1024 };
}
