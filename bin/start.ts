// hookline start: the whole bridge on this machine until it is stopped.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Command } from 'commander';
import { isLoopback } from '../live/access/loopback.ts';
import { startBridge } from '../local/bridge.ts';
import { printForPeople } from '../local/human-lines.ts';
import { type LiveGateway, startLiveGateway } from '../local/live-gateway.ts';
import { isWildcard } from '../local/reach.ts';
import { keepRedis } from '../local/redis-server.ts';
import { untilRedisAnswers } from '../local/redis-wait.ts';
import { dataFolder, type LocalSettings, localSettings, refuseDefaultToken } from '../local/settings.ts';
import { claimFolder } from '../local/storage.ts';
import { localTenantFile } from '../local/tenant-file.ts';
import { startQueueFigures } from '../ops/queue-figures.ts';
import { announce } from '../ops/target.ts';

export const start = new Command('start').action(run);

const STOPS = 'hookline stops: in flight first';

async function run(): Promise<void> {
  const stopping = new AbortController();
  const toldToStop = once(stopping.signal, 'abort');
  // A signal may come twice, once for the group and once passed on by npm: a repeat changes nothing.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  const settings = localSettings();
  refuseDefaultToken(settings);
  if (process.stdout.isTTY) printForPeople(process.stdout);
  const folder = dataFolder(settings);
  await using running = new AsyncDisposableStack();
  running.defer(await lock(folder));
  await claimFolder(folder);
  let redisUrl = settings.REDIS_URL;
  if (redisUrl === undefined) {
    const redis = await keepRedis(settings.REDIS_PORT, join(folder, 'redis'));
    running.defer(redis.stop);
    redisUrl = redis.url;
  }
  const known = await localTenantFile(settings.TENANT);
  const env = {
    ...process.env,
    REDIS_URL: redisUrl,
    LIVE: settings.LIVE,
    QUEUES: process.env['QUEUES'] || JSON.stringify(known.queues),
    // The login of every day, `local`, has none of the profiles.
    LIVE_SETTINGS:
      process.env['LIVE_SETTINGS'] ||
      JSON.stringify(process.env['LIVE_USERS'] ? known.live : { ...known.live, profiles: {} }),
  };
  const figures = randomUUID();
  let live: LiveGateway | undefined;
  if (settings.LIVE === 'on') {
    live = await startLive(settings, folder, env, figures);
    // After the consumer: its last events are sent, too.
    running.defer(live.stop);
  }
  const bridge = await startBridge({
    host: settings.HOST,
    port: settings.PORT,
    buildFolder: join(folder, 'functions'),
    queueFolder: join(folder, 'queues'),
    env: { ...env, HOOK_TOKENS: settings.HOOK_TOKENS },
    figures,
  });
  running.defer(bridge.stop);
  running.defer(startQueueFigures(bridge.sqs, figures));

  const { endpoint, queues: urls } = bridge.sqs;
  running.defer(
    await announce(settings.TENANT, {
      pid: process.pid,
      url: bridge.url,
      redis: whereIs(redisUrl),
      sqs: endpoint,
      urls,
      queues: env.QUEUES,
    }),
  );

  const token = process.env['HOOK_TOKENS'] ? 'as in HOOK_TOKENS' : settings.HOOK_TOKENS;
  const reach = isWildcard(settings.HOST) ? ` (listens on all addresses, ${settings.HOST})` : '';
  const login = process.env['LIVE_USERS'] ? 'as in LIVE_USERS' : 'local password: local-token';
  // The door is open already: what is posted meanwhile waits in the queue.
  await untilRedisAnswers(redisUrl, stopping.signal, (reason) => {
    console.log(
      `hookline waits for Redis at ${whereIs(redisUrl)}: ${reason}. Hooks are taken at ${bridge.url}`,
    );
  });
  if (stopping.signal.aborted) return console.log(STOPS);
  if (live !== undefined) console.log(`console: ${live.url}/`);
  if (live !== undefined) console.log(`live gateway: ${live.url} login: ${login}`);
  console.log(`hookline ready: ${bridge.url} token: ${token} redis: ${whereIs(redisUrl)}${reach}`);
  await toldToStop;
  console.log(STOPS);
}

async function startLive(
  { LIVE_HOST, LIVE_USERS }: LocalSettings,
  folder: string,
  env: NodeJS.ProcessEnv,
  figures: string,
): Promise<LiveGateway> {
  // Whoever sits at this machine needs no password, unless there are logins of somebody's own.
  const openLogin = !env['LIVE_USERS'] && isLoopback(LIVE_HOST) ? { LIVE_OPEN_LOGIN: 'local' } : {};
  const own = {
    ...openLogin,
    ...env,
    LIVE_HOST,
    LIVE_USERS,
    LIVE_SECRET: env['LIVE_SECRET'] || randomBytes(32).toString('hex'),
  };
  return startLiveGateway(folder, own, figures, join(import.meta.dirname, '../ops/console/local-desk.ts'));
}

/** Keeps a second run off the same folder. The kernel gives the lock up with the process, however it dies. */
async function lock(folder: string): Promise<() => Promise<void>> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', () =>
      reject(new Error(`${folder} is in use by another run: stop that, or set TENANT`)),
    );
    // A name in the kernel has 107 bytes.
    const name = createHash('sha256').update(folder).digest('hex');
    server.listen(`\0hookline:${name}`, resolve);
  });
  return async () => {
    server.close();
  };
}

/** A URL may hold a password, as such or as a parameter. */
function whereIs(text: string): string {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`;
}
