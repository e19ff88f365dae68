// Redis dies under load and comes back two seconds later with what its file has: what of the hooks comes out.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startBridge } from '../../local/bridge.ts';
import { freePort } from '../../local/free-port.ts';
import { startRedis } from '../../local/redis-server.ts';
import { stop } from '../child.ts';
import { hookOf } from '../load.ts';
import { LIST, type Peer, type Request, TOKEN } from './peer.ts';

const SENDERS = 10;
/** Webitel's patience with a hook, ms; it never sends it again. */
const PATIENCE = 1_000;

/** Counted by the CDRs in the list, which a restart keeps; PubSub keeps nothing for whoever isn't there. */
export type Outage = {
  readonly sent: number;
  /** answered with success within the patience of the sender */
  readonly answered: number;
  /** answered with success, and not in the list */
  readonly lost: number;
  /** in no list, whatever was answered */
  readonly missing: number;
  /** entries of the list beyond the first of an attempt */
  readonly doubled: number;
};

/** Milliseconds: of load before, while and after Redis is away, and of waiting for what was answered to come out. */
export type Script = { readonly phase: number; readonly settle: number };

export const peerOutage = (peer: Peer, folder: string, script: Script): Promise<Outage> =>
  outage(folder, peer.push ?? peer.hook, script, async (redisPort) => {
    const port = await freePort();
    const child = await peer.start({ port, redisPort, folder });
    return { url: `http://127.0.0.1:${port}`, stop: () => stop(child) };
  });

export const hooklineOutage = (folder: string, script: Script): Promise<Outage> =>
  outage(folder, { method: 'POST', path: '/hooks/webitel' }, script, (redisPort) =>
    startBridge({
      port: 0,
      buildFolder: join(folder, 'functions'),
      quiet: true,
      // Deployed it is 45 s; what failed comes again after it. The consumer tries for 8.
      events: { VisibilityTimeout: '10' },
      env: { HOOK_TOKENS: TOKEN, REDIS_URL: `redis://127.0.0.1:${redisPort}` },
    }),
  );

type Start = (redisPort: number) => Promise<{ readonly url: string; readonly stop: () => Promise<void> }>;

async function outage(folder: string, request: Request, script: Script, start: Start): Promise<Outage> {
  await using stack = new AsyncDisposableStack();
  const redisFolder = join(folder, 'redis');
  const port = await freePort();
  let redis = await startRedis(port, redisFolder);
  stack.defer(() => redis.stop());
  const bridge = await start(port);
  stack.defer(bridge.stop);

  const sent: string[] = [];
  const answered = new Set<string>();
  const over = new AbortController();
  const sending = Array.from({ length: SENDERS }, async () => {
    while (!over.signal.aborted) {
      const attempt = sent.length + 1;
      sent.push(`${attempt}`);
      if (await succeeds(`${bridge.url}${request.path}`, request.method, attempt)) answered.add(`${attempt}`);
      await setTimeout(50);
    }
  });
  await setTimeout(script.phase);
  process.kill(redis.pid, 'SIGKILL');
  await setTimeout(script.phase);
  redis = await startRedis(port, redisFolder);
  await setTimeout(script.phase);
  over.abort();
  await Promise.all(sending);

  const client = stack.adopt(new Redis(redis.url), async (connected) => connected.disconnect());
  for (const end = Date.now() + script.settle; Date.now() < end; await setTimeout(200))
    if (answered.isSubsetOf(new Set(await attemptsOf(client)))) break;
  const entries = await attemptsOf(client);
  const pushed = new Set(entries);
  return {
    sent: sent.length,
    answered: answered.size,
    lost: answered.difference(pushed).size,
    missing: new Set(sent).difference(pushed).size,
    doubled: entries.length - pushed.size,
  };
}

/** Whoever gets no answer in time is as badly off as whoever is refused. */
async function succeeds(url: string, method: string, attempt: number): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method,
      body: hookOf('leaving', attempt),
      headers: { 'x-api-key': TOKEN, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function attemptsOf(client: Redis): Promise<string[]> {
  const entries = await client.lrange(LIST, 0, -1);
  return entries.map((entry) => {
    const fields = JSON.parse(entry);
    return `${(fields.payload ?? fields).attempt_id}`;
  });
}
