// The live gateway with thousands of clients: is any update lost, how late are they, what does it take?
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { QueueEvent } from '../lib/event.ts';
import { axialys } from '../lib/publish/dialects/axialys.ts';
import { speak } from '../lib/publish/dialects/dialect.ts';
import { xuc } from '../lib/publish/dialects/xuc.ts';
import { lifecycleMessage } from '../lib/publish/lifecycle.ts';
import { nameLiveStream } from '../lib/redis/keys.ts';
import { bundleGateway } from '../local/bundle.ts';
import { freePort } from '../local/free-port.ts';
import { type Child, measureCpu, start, startListening, stop } from './child.ts';
import { type Figure, percentile, type Size } from './figure.ts';
import type { Ask, Updates } from './live-clients.ts';
import { makeEvent, makeHook } from './load.ts';
import { startPlace } from './place.ts';

const STREAM = nameLiveStream(['enigma:notifications:campaigns']);
/** Events a second. */
const RATE = 200;
const AGENTS = 100;
/** Milliseconds after which an update is lost. */
const PATIENCE = 120_000;
const CALL = ['joined', 'offering', 'bridged', 'processing', 'leaving'] as const;

export async function live(size: Size): Promise<Figure[]> {
  const [idle, busy, seconds] = size === 'quick' ? [20, 5, 1] : [2_000, 200, 20];
  await using stack = new AsyncDisposableStack();
  const { folder, url: redis, client } = await startPlace(stack);
  const port = await freePort();
  const env = gatewayEnv(redis, port);
  const gateway = await startListening(port, [await bundleGateway(folder)], { env, stdio: 'ignore' });
  stack.defer(() => stop(gateway));
  const clients = start('live-clients.ts');
  stack.defer(() => stop(clients.process));
  clients.process.send({ url: `http://127.0.0.1:${port}`, idle, busy } satisfies Ask);
  await clients.receive<'connected'>();

  let number = 0;
  const publish = async (count: number): Promise<QueueEvent[]> => {
    const published: QueueEvent[] = [];
    const begun = performance.now();
    for (let index = 0; index < count; index++) {
      const event = await timedEvent(number++);
      const { message } = lifecycleMessage('enigma:notifications', event, false);
      await client.xadd(STREAM, 'MAXLEN', '~', 100_000, '*', 'event', message);
      published.push(event);
      const ahead = ((index + 1) * 1000) / RATE - (performance.now() - begun);
      if (ahead > 0) await setTimeout(ahead);
    }
    return published;
  };

  // A client receives from some moment after its init; what was published before isn't counted.
  for (let reached = 0; reached < busy; ) {
    await publish(AGENTS);
    reached = (await askForUpdates(clients)).reached;
  }
  // Up to an event whose time all clients find; the next ones end with the same kind.
  await awaitUpdates(clients, busy, await publish(2));

  const before = await usage(gateway);
  const published = await publish(RATE * seconds);
  const updates = await awaitUpdates(clients, busy, published);
  const after = await usage(gateway);

  prove(updates, published, idle, busy);
  const on = `${idle} idle and ${busy} busy clients, ${RATE} events/s`;
  const figure = (measures: string, unit: string, value: number): Figure => ({
    bench: 'live',
    measures: `${measures}: ${on}`,
    unit,
    ours: [value],
  });
  return [
    figure('updates received, of as many sent', 'updates', updates.axialys + updates.xuc),
    figure('delay from Redis to client, median', 'ms', percentile(updates.delays, 50)),
    figure('delay from Redis to client, 99 of 100', 'ms', percentile(updates.delays, 99)),
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

/** Throws when an update is lost or went astray, or a client is. Of an odd number of busy ones Axialys has one more. */
function prove(updates: Updates, published: readonly QueueEvent[], idle: number, busy: number): void {
  const count = (of: (event: QueueEvent) => number) => published.reduce((sum, event) => sum + of(event), 0);
  const due =
    count((event) => speak(axialys, event, {}).length) * Math.ceil(busy / 2) +
    count((event) => speak(xuc, event, { now: 0 }).length) * Math.floor(busy / 2);
  const received = updates.axialys + updates.xuc;
  if (due !== received) throw new Error(`${received} updates received of ${due} sent`);
  if (updates.idle > 0 || updates.connected !== idle + busy) {
    const left = `${updates.connected} of ${idle + busy} clients are left`;
    throw new Error(`${left}; ${updates.idle} updates went astray`);
  }
}

/** One call after the other, each with five events and one agent; fields that clients find hold the time. */
function timedEvent(number: number): Promise<QueueEvent> {
  const call = Math.floor(number / CALL.length);
  const hook = JSON.parse(makeHook(CALL[number % CALL.length] ?? 'joined', call));
  const at = performance.timeOrigin + performance.now();
  const agent = hook.agent_id === undefined ? {} : { agent_id: `${call % AGENTS}` };
  const times = { timestamp: Math.floor(at), destination: `${at}`, agent_extension: `${at}` };
  return makeEvent(JSON.stringify({ ...hook, ...agent, ...times }));
}

function askForUpdates(clients: Child): Promise<Updates> {
  clients.process.send('count');
  return clients.receive<Updates>();
}

/** All that was received, once every busy client has the last of these events: whatever was sent before it has come. */
async function awaitUpdates(
  clients: Child,
  busy: number,
  published: readonly QueueEvent[],
): Promise<Updates> {
  const time = published.at(-1)?.destination;
  const end = performance.now() + PATIENCE;
  let all = await askForUpdates(clients);
  while (all.latest.filter((latest) => latest === time).length < busy) {
    if (performance.now() > end) throw new Error('a client did not receive the last event');
    await setTimeout(20);
    const more = await askForUpdates(clients);
    all = {
      ...more,
      axialys: all.axialys + more.axialys,
      xuc: all.xuc + more.xuc,
      idle: all.idle + more.idle,
      delays: [...all.delays, ...more.delays],
    };
  }
  return all;
}

/** `cpu` and `at` in seconds, `peak` of memory in MB. */
async function usage({ pid = 0 }: ChildProcess): Promise<{ cpu: number; at: number; peak: number }> {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpu: (await measureCpu(pid)) / 1e6, at: performance.now() / 1000, peak: Number(peak) / 1024 };
}
