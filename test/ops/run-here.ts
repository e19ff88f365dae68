// A run on this machine as the commands find it: real queues, a Redis and a door as the test has them.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { dataFolder, root } from '../../local/settings.ts';
import { sqsClient } from '../../local/sqs-client.ts';
import { startSqs } from '../../local/sqs-server.ts';
import { announce, type Running, type Target } from '../../ops/target.ts';

/** A listener that takes every connection and never answers. */
export async function startSilence() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    asked: () => sockets.size > 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export type Command = {
  readonly process: ChildProcessWithoutNullStreams;
  readonly out: () => string;
  readonly err: () => string;
  /** by itself, or by a signal of the test; what never ends is killed, and its code is null */
  readonly exit: Promise<number | null>;
};

/** A command that has not ended by then hangs. */
const HANGS = 300_000;

/** A run that is announced under a tenant of its own. @param where its parts are; by default nothing is there */
export async function startRunHere(
  where: Partial<Running> = {},
  events: Record<string, string> = {},
  more: NodeJS.ProcessEnv = {},
) {
  await using starting = new AsyncDisposableStack();
  const sqs = starting.adopt(await startSqs(undefined, events), ({ stop }) => stop());
  const queue = starting.adopt(sqsClient(sqs), async (client) => client.destroy());
  const TENANT = `t-${randomUUID()}`;
  starting.defer(() => rm(dataFolder({ TENANT }), { recursive: true, force: true }));
  await announce(TENANT, {
    pid: process.pid,
    url: 'http://127.0.0.1:1',
    redis: 'redis://127.0.0.1:1',
    sqs: sqs.endpoint,
    urls: sqs.queues,
    queues: '{}',
    ...where,
  });
  const inherited = { ...process.env, TZ: 'UTC', REDIS_URL: '', HOOK_TOKENS: '', LIVE: '', COLUMNS: '' };
  const target: Target = {
    sqs: queue,
    urls: sqs.queues,
    tenant: TENANT,
    queues: {},
    door: where.url,
    token: '',
    redis: where.redis,
  };

  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}, program = 'bin/hookline'): Command => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...inherited, ...more, TENANT, ...env },
      // A group of its own, which can be ended with whatever the command has started.
      detached: true,
    });
    child.stdout.on('error', () => undefined);
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      texts.out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      texts.err += chunk;
    });
    const end = () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
    };
    const timer = setTimeout(end, HANGS);
    running.defer(end);
    const exit = once(child, 'close').then(([code]) => {
      clearTimeout(timer);
      return code as number | null;
    });
    return { process: child, out: () => texts.out, err: () => texts.err, exit };
  };
  /** Runs a command to its end. */
  const hookline = async (...args: string[]) => {
    const command = start(args);
    const code = await command.exit;
    return { code, out: command.out(), err: command.err() };
  };
  const running = starting.move();
  return { TENANT, sqs, queue, target, start, hookline, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
