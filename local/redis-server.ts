// A real redis-server on this machine: started, found again after a crash, stopped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { log } from '../lib/log.ts';

export type RedisServer = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> };

/** Starts one on loopback that keeps its data in `folder`, or takes over the one that runs there already. */
export async function startRedis(
  port: number,
  folder: string,
  more: readonly string[] = [],
): Promise<RedisServer> {
  await mkdir(folder, { recursive: true });
  const left = await leftBehind(folder);
  if (left !== undefined) {
    if (await answersInTime(port, left)) return server(port, left);
    // It listens elsewhere: two servers on one folder would spoil it.
    await terminate(left);
  }
  const process = spawn(env['REDIS_SERVER'] ?? 'redis-server', [...options(port, folder), ...more], {
    // A group of its own: Ctrl-C reaches the whole group, and Redis must outlive the drain.
    detached: true,
    stdio: 'ignore',
  });
  const failed = once(process, 'exit').then(async () => {
    throw new Error(
      `redis-server did not start on port ${port} (taken? set REDIS_PORT, or REDIS_URL for a Redis of yours):\n${await lastWords(folder)}`,
    );
  });
  failed.catch(() => undefined);
  await once(process, 'spawn');
  const { pid = 0 } = process;
  while ((await Promise.race([answers(port, pid), failed])) !== 'yes') await setTimeout(20);
  process.unref();
  return server(port, pid);
}

/** Ends the one that a run which was killed left behind on the folder, if there is one. */
export async function endLeftRedis(folder: string): Promise<void> {
  const left = await leftBehind(folder);
  if (left !== undefined) await terminate(left);
}

/** The same as startRedis, and starts it again when it dies. */
export async function keepRedis(port: number, folder: string): Promise<Omit<RedisServer, 'pid'>> {
  let current = await startRedis(port, folder);
  const stopping = new AbortController();
  const watching = watch();
  return {
    url: current.url,
    stop: async () => {
      stopping.abort();
      await watching;
      await current.stop();
    },
  };

  async function watch(): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      await setTimeout(500, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || isAlive(current.pid)) continue;
      log('warn', 'redis-server died and is started again');
      try {
        current = await startRedis(port, folder);
      } catch (error) {
        log('error', 'redis-server cannot be started', { error });
      }
    }
  }
}

/** Redis's own default: what was written last is not yet on the disk when it is acknowledged. For measuring. */
export const EVERY_SECOND = ['--appendfsync', 'everysec'];

const options = (port: number, folder: string) => [
  ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--pidfile', join(folder, 'redis.pid')],
  ...['--logfile', join(folder, 'redis.log'), '--appendonly', 'yes', '--save', '', '--daemonize', 'no'],
  // With everysec, a Redis that is killed while its disk is slow loses up to two seconds of acknowledged CDRs.
  ...['--appendfsync', 'always'],
];

const server = (port: number, pid: number): RedisServer => ({
  url: `redis://127.0.0.1:${port}`,
  pid,
  stop: () => terminate(pid),
});

/** The process of a server that still runs on this folder. */
async function leftBehind(folder: string): Promise<number | undefined> {
  const pid = Number(await readFile(join(folder, 'redis.pid'), 'utf8').catch(() => '0'));
  for (; pid > 0 && isAlive(pid); await setTimeout(20)) {
    const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(({ code }) =>
      code === 'ENOENT' ? '' : '/',
    );
    // One that was killed has none any more, and may hold its port for a moment.
    if (workingFolder === '') continue;
    // Another process may have the number by now: the server's working directory is its folder.
    return workingFolder === folder ? pid : undefined;
  }
  return undefined;
}

/** Silent is also one that loads its data, or whose machine is busy. */
type Answers = 'yes' | 'no' | 'silent';

/** Waits some seconds for one that is silent. */
async function answersInTime(port: number, pid: number): Promise<boolean> {
  for (let tries = 0; tries < 10; tries++, await setTimeout(500)) {
    const answered = await answers(port, pid);
    if (answered !== 'silent') return answered === 'yes';
  }
  return false;
}

/** Does this very process answer on the port, with its data loaded? */
async function answers(port: number, pid: number): Promise<Answers> {
  const redis = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    // Whoever listens there may be no Redis, and say nothing.
    connectTimeout: 1_000,
    commandTimeout: 1_000,
  });
  // What a command rejects with is only that the connection is closed.
  let failure: unknown;
  redis.on('error', (error) => {
    failure ??= error;
  });
  try {
    await redis.connect();
    const info = await redis.info();
    if (!info.includes(`process_id:${pid}\r`)) return 'no';
    return info.includes('loading:0\r') ? 'yes' : 'silent';
  } catch (error) {
    return /timed ?out/i.test(String(failure ?? error)) ? 'silent' : 'no';
  } finally {
    redis.disconnect();
  }
}

/** Lets it save what it has; one that doesn't end within 5 s is killed, which its append-only file survives. */
async function terminate(pid: number): Promise<void> {
  kill(pid, 'SIGTERM');
  // One that was stopped hears nothing.
  kill(pid, 'SIGCONT');
  for (let polls = 0; polls < 250 && isAlive(pid); polls++) await setTimeout(20);
  for (; isAlive(pid); await setTimeout(20)) kill(pid, 'SIGKILL');
}

/** Is there a process of this number? One that has ended keeps it until its parent looks, which some never do. */
export const isAlive = (pid: number): boolean => kill(pid, 0) && !hasEnded(pid);

/** Its threads end one after the other, and only the last one closes its files and its port. */
function hasEnded(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) =>
      /^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
    );
  } catch {
    return false;
  }
}

/** False when there is no such process any more. */
function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

const lastWords = async (folder: string) =>
  (await readFile(join(folder, 'redis.log'), 'utf8').catch(() => '')).trim().split('\n').slice(-3).join('\n');
