// A process that a benchmark starts, listens to, measures and ends.
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export type Child = {
  readonly process: ChildProcess;
  /** What it tells next; rejects when it ends before. */
  readonly told: <T>() => Promise<T>;
  /** when it has ended */
  readonly ended: Promise<unknown>;
};

/** Forks a file of bench/. */
export function start(file: string, args: readonly string[] = [], options: ForkOptions = {}): Child {
  const child = fork(join(import.meta.dirname, file), args, {
    ...options,
    execArgv: ['--disable-warning=ExperimentalWarning', ...(options.execArgv ?? [])],
  });
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => {
    throw new Error(`${file} ended with ${code}`);
  });
  died.catch(() => undefined);
  const told = async <T>(): Promise<T> => {
    const [message] = await Promise.race([once(child, 'message'), died]);
    return message;
  };
  return { process: child, told, ended };
}

/** The one thing that a process tells before it ends by itself. */
export async function resultOf<T>(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<T> {
  const child = start(file, args, { env });
  const result = await child.told<T>();
  await child.ended;
  return result;
}

/** Ends it by SIGTERM, and by SIGKILL when it has not ended after 5 s. */
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
