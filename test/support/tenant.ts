// A tenant of a test: its runs of `npm start`, each a process as a shell starts it, and what they leave behind.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../local/free-port.ts';
import { endLeftRedis } from '../../local/redis-server.ts';
import { GONE } from '../../local/scratch.ts';
import { dataFolder, root } from '../../local/settings.ts';
import { until } from './stack.ts';

export type Run = {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
  readonly url: string;
};

/** A client that goes on asking while Redis is away. */
export function redisAt(port: string): Redis {
  const client = new Redis(Number(port), { maxRetriesPerRequest: null, retryStrategy: () => 100 });
  client.on('error', () => undefined);
  return client;
}

/** A tenant whose data and processes are gone when the test ends, with two ports. */
export async function startTenant() {
  const stack = new AsyncDisposableStack();
  const TENANT = `t-${randomUUID()}`;
  stack.defer(() => rm(dataFolder({ TENANT }), GONE));
  const env = { TENANT, PORT: `${await freePort()}`, REDIS_PORT: `${await freePort()}` };
  // A run that was killed leaves its Redis behind.
  stack.defer(() => endLeftRedis(join(dataFolder({ TENANT }), 'redis')));
  const inherited = {
    ...process.env,
    HOST: '',
    REDIS_URL: '',
    HOOK_TOKENS: '',
    LIVE: '',
    LIVE_HOST: '',
    LIVE_PORT: '',
    LIVE_USERS: '',
  };
  const client = () => stack.adopt(redisAt(env.REDIS_PORT), (redis) => redis.disconnect());

  /** Starts it in a process group of its own, as a shell does; the group is killed when the test ends. */
  const run = (more: NodeJS.ProcessEnv = {}, command = ['bin/hookline', 'start']): Run => {
    const set = { ...env, ...more };
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      cwd: root,
      detached: true,
      env: { ...inherited, ...set },
    });
    // Not at its exit: what it printed last comes after that.
    const exit = once(child, 'close').then(([code]) => code as number | null);
    stack.defer(async () => {
      signal(child, 'SIGKILL');
      await exit;
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    return { process: child, output: () => output, exit, url: `http://127.0.0.1:${set.PORT}` };
  };
  const ready = async (started: Run) => {
    const begun = () => started.output().includes('hookline ready') || started.process.exitCode !== null;
    await until('the run to be ready', begun);
    assert.match(started.output(), /^hookline ready/m);
  };
  /** Runs a command of the command line to its end. */
  const hookline = (...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile('bin/hookline', args, { cwd: root, env: { ...inherited, ...env } }, (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
    });
  return { env, client, run, ready, hookline, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** To the whole process group. */
export function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? 0), name);
  } catch {
    // It is gone already.
  }
}
