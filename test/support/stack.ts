// A whole system for one test: a real Redis, a real queue, the real bundles, on free ports and in a scratch folder.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Bridge, startBridge } from '../../local/bridge.ts';
import { freePort } from '../../local/free-port.ts';
import { type RedisServer, startRedis } from '../../local/redis-server.ts';
import { scratch } from '../../local/scratch.ts';
import { sqsClient } from '../../local/sqs-client.ts';

export { until } from '../../local/until.ts';

export const TOKEN = 'local-token';

export type Said = { readonly channel: string; readonly message: unknown };

/** A Redis of the test's own, with a client on it and ears on every channel. */
export async function startTestRedis(more: readonly string[] = []) {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await scratch());
  // What is written outlives the server, and nobody turns off the machine: a slow disk must hold up no test.
  const options = ['--appendfsync', 'no', ...more];
  const server: RedisServer = await startRedis(await freePort(), folder.path, options);
  starting.defer(server.stop);
  const client = new Redis(server.url, { maxRetriesPerRequest: 1, retryStrategy: () => 100 });
  client.on('error', () => undefined);
  starting.defer(async () => client.disconnect());
  const ears = new Redis(server.url);
  ears.on('error', () => undefined);
  starting.defer(async () => ears.disconnect());
  const heard: Said[] = [];
  ears.on('pmessage', (_pattern, channel, text) => heard.push({ channel, message: JSON.parse(text) }));
  await ears.psubscribe('*');
  /** With everything that was published before it is called: on one connection, the answer comes behind that. */
  const allHeard = async (): Promise<readonly Said[]> => {
    await ears.ping();
    return heard;
  };
  const running = starting.move();
  return {
    server,
    client,
    heard,
    allHeard,
    folder: folder.path,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The whole bridge on a Redis of its own, where no noise of the machine makes an event late. @param env settings of the functions */
export async function startStack(env: NodeJS.ProcessEnv = {}, events: Record<string, string> = {}) {
  await using starting = new AsyncDisposableStack();
  const redis = starting.use(await startTestRedis());
  const folder = starting.use(await scratch());
  const bridge: Bridge = await startBridge({
    port: 0,
    buildFolder: folder.path,
    env: { HOOK_TOKENS: TOKEN, NOTIFY_TTL: '3600', REDIS_URL: redis.server.url, ...env },
    events,
    quiet: true,
  });
  starting.defer(bridge.stop);
  const queue = starting.adopt(sqsClient(bridge.sqs), async (client) => client.destroy());
  const running = starting.move();
  return {
    ...redis,
    bridge,
    queue,
    post: poster(bridge.url),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
};

/** Posts with the right token unless the headers say otherwise. */
export function poster(url: string) {
  return async (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Answered> => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      body,
      headers: { 'x-api-key': TOKEN, 'content-type': 'application/json', ...headers },
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
}

const root = join(import.meta.dirname, '../..');

/** The text of a file of the repository. */
export const fileText = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

/** One of the example payloads: its fields. */
export const payload = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse(await fileText(`events/webitel/${name}.json`));
