// A peer of Hookline: a program that takes the same hook over HTTP and tells the same Redis.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';

export const TOKEN = 'bench-token';
export const LIST = 'enigma:notifications:campaigns';
export const CHANNEL = 'enigma:notifications:queues:42';

/** Where a peer shall listen, on loopback, what it shall tell, and a folder of its own. */
export type Place = { readonly port: number; readonly redisPort: number; readonly folder: string };

/** How a hook is given to it. */
export type Request = { readonly method: 'POST' | 'PUT'; readonly path: string };

export type Peer = {
  /** with its version */
  readonly name: string;
  readonly start: (place: Place) => Promise<ChildProcess>;
  /** how a hook comes to it, on which the message is published */
  readonly hook: Request;
  /** how a CDR comes into the list; without, `hook` does both */
  readonly push?: Request;
};

/** Starts a program that is silent and in the foreground, and waits until it listens. */
export async function startListening(
  port: number,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ended with ${code} and did not listen on port ${port}`);
  });
  failed.catch(() => undefined);
  while (!(await Promise.race([listens(port), failed]))) await setTimeout(20);
  return child;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = new AbortController();
  const late = setTimeout(5_000, 'late', { signal: patience.signal }).catch(() => undefined);
  if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
  await ended;
  patience.abort();
}

/** Microseconds of CPU that a process and its children have had, user and system; to 10 ms. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const theirs = await Promise.all(children.map((child) => cpuOf(Number(child))));
  return theirs.reduce((sum, cpu) => sum + cpu, ticks * 10_000);
}
