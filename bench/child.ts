// A process that a benchmark starts, receives from, measures and stops.
import { type ChildProcess, type ForkOptions, fork, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export type Child = {
  readonly process: ChildProcess;
  /** The next message that it sends; rejects when it ends before. */
  readonly receive: <T>() => Promise<T>;
  readonly ended: Promise<unknown>;
};

const quiet = '--disable-warning=ExperimentalWarning';

/** Forks a file of bench/. */
export function start(file: string, args: readonly string[] = [], options: ForkOptions = {}): Child {
  const process = fork(join(import.meta.dirname, file), args, { ...options, execArgv: [quiet] });
  const ended = once(process, 'exit');
  const died = ended.then(([code]) => {
    throw new Error(`${file} ended with ${code}`);
  });
  died.catch(() => undefined);
  const receive = async <T>(): Promise<T> => {
    const [message] = await Promise.race([once(process, 'message'), died]);
    return message;
  };
  return { process, receive, ended };
}

/** The one message of a process that ends by itself. */
export async function runChild<T>(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<T> {
  const child = start(file, args, { env });
  const result = await child.receive<T>();
  await child.ended;
  return result;
}

/** Runs a file with this Node, and waits until it listens on the port. */
export async function startListening(
  port: number,
  args: readonly string[],
  options: SpawnOptions,
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [quiet, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    ...options,
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${args[0]} ended with ${code} and did not listen on port ${port}`);
  });
  failed.catch(() => undefined);
  while (!(await Promise.race([listens(port), failed]))) await setTimeout(20);
  return child;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await once(socket, 'connect').catch(() => undefined);
  socket.destroy();
  return connected !== undefined;
}

/** Ends it by SIGTERM, and by SIGKILL when it has not ended after 5 s. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = globalThis.setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(kill);
}

/** Microseconds of CPU that a process and its children have had, user and system; to 10 ms. */
export async function measureCpu(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const more = await Promise.all(children.map((child) => measureCpu(Number(child))));
  return more.reduce((sum, cpu) => sum + cpu, ticks * 10_000);
}
