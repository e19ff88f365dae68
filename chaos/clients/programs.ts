// Workers of both clients as child processes, and a Redis with a user of the least rights for them.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';
import { root } from '../../local/settings.ts';
import { until } from '../../local/until.ts';

export const LIST = 'enigma:notifications:campaigns';

export type Language = 'node' | 'python';

export const PYTHON = '/usr/bin/python3';
const python = spawnSync(PYTHON, ['-c', 'import redis']).status === 0;
/** Both clients, where Debian's python3-redis is there. */
export const languages: readonly Language[] = python ? ['node', 'python'] : ['node'];
export const skipped = python
  ? ''
  : ` (without Python: ${PYTHON} has no redis, apt-get install python3-redis)`;

/** A line of a worker's output, with the time of its clock, epoch ms. */
export type Line = {
  readonly at: number;
  readonly event: 'begun' | 'done' | 'progress' | 'stopping';
  readonly ids?: readonly string[];
  readonly type?: string;
  readonly id?: string;
  readonly worker?: string;
};

export type Program = {
  readonly language: Language;
  readonly child: ChildProcess;
  /** resolves when it has ended and every line of it is there */
  readonly ended: Promise<unknown>;
  readonly lines: readonly Line[];
  /** in the names of keys */
  readonly name: () => string | undefined;
  /** ids in the order in which their handling began, or was done */
  readonly ids: (event: 'begun' | 'done') => string[];
  readonly counters: () => Readonly<Record<string, number>>;
  /** how many handlings are done */
  readonly countDone: () => number;
  readonly errors: () => string;
};

export type Setup = {
  readonly url: string;
  readonly cluster: boolean;
  readonly list?: string;
  readonly mode?: string;
  readonly options: Readonly<Record<string, unknown>>;
};

const commands: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  node: [process.execPath, '--disable-warning=ExperimentalWarning', 'chaos/clients/worker.ts'],
  python: [PYTHON, '-B', 'chaos/clients/worker.py'],
};

export function startProgram(language: Language, setup: Setup): Program {
  const [command, ...args] = commands[language];
  const child = spawn(command, [...args, JSON.stringify({ list: LIST, mode: 'ok', ...setup })], {
    cwd: root,
    env: { ...process.env, PYTHONPATH: 'clients/python' },
  });
  const lines: Line[] = [];
  let latest: Readonly<Record<string, number>> = {};
  let done = 0;
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (text) => {
    // Kept once, and not with each of a hundred thousand lines.
    const { counters = latest, ...line } = JSON.parse(text);
    latest = counters;
    if (line.event === 'done') done += line.ids.length;
    lines.push(line);
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  // One that was killed takes no more input.
  child.stdin.on('error', () => undefined);
  return {
    ...{ language, child, ended: once(child, 'close'), lines },
    name: () => lines.find(({ worker, type }) => type === 'started' && worker !== undefined)?.worker,
    ids: (event) => lines.flatMap((line) => (line.event === event ? (line.ids ?? []) : [])),
    counters: () => latest,
    countDone: () => done,
    errors: () => errors,
  };
}

/** Stops as its users do, and waits until it has given back what it had not begun. */
export async function stopProgram({ child, ended, errors }: Program): Promise<void> {
  child.kill('SIGTERM');
  await until('the end of a worker', () => ended.then(() => true));
  assert.equal(child.exitCode, 0, errors());
}

/** Ends it wherever it is, also when it is frozen. */
export async function endProgram({ child, ended }: Program): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

/** Keys of what a worker of any kind took from the list. */
export const PROCESSING = `{${LIST}}:processing:*`;

/** Is nothing in the list nor in the hands of workers? In one look: entries go from one to the other and back. */
export async function isSettled(client: Redis): Promise<boolean> {
  const answers = await client.multi().exists(LIST).keys(PROCESSING).exec();
  return answers?.every(([, found]) => Number(Array.isArray(found) ? found.length : found) === 0) ?? false;
}

const page = await readFile(join(root, 'docs/worker.md'), 'utf8');
const [, user = ''] = /^ACL SETUSER worker (.*)$/m.exec(page) ?? [];
const [, more = ''] = /cluster `([^`]+)` as well/.exec(page) ?? [];

export const workerRights = user.split(' ').flatMap((word) => (word.startsWith('+') ? [word.slice(1)] : []));

/** Makes the user of docs/worker.md. @returns the URL with which a worker comes in */
export async function grantWorker(client: Redis, url: string, cluster = false): Promise<string> {
  assert.ok(user !== '' && more !== '');
  const words = [...user.split(' '), ...(cluster ? more.split(' ') : [])];
  await client.call('ACL', 'SETUSER', 'worker', ...words);
  return url.replace('//', '//worker:a-password@');
}

/** A CDR as short as a test can write it. */
export const cdr = (id: string): string => JSON.stringify({ type: 'cdr', payload: { id } });
