// A PostgreSQL of a test's own, from the distribution's programs.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, globSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../local/free-port.ts';
import { scratch } from '../../../local/scratch.ts';
import { until } from '../../support/stack.ts';

/** Where its programs are; undefined when it is not installed. */
export const postgresPrograms = globSync('/usr/lib/postgresql/*/bin')
  .filter((folder) => globSync(join(folder, 'initdb')).length > 0)
  .sort()
  .at(-1);

export type Postgres = AsyncDisposable & {
  readonly url: string;
  /** Answers the lines that psql prints. */
  readonly query: (sql: string) => string;
  /** A session that takes statements as they come. */
  readonly openSession: () => ChildProcess;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export async function startPostgres(): Promise<Postgres> {
  assert.ok(postgresPrograms !== undefined);
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await scratch());
  const program = (name: string) => join(postgresPrograms ?? '', name);
  const user = await chooseUser(folder.path);
  const run = { cwd: folder.path, ...user };
  const data = join(folder.path, 'data');
  const made = spawnSync(program('initdb'), ['-D', data, '-U', 'cdr', '-A', 'trust', '--no-sync'], {
    ...run,
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
  const port = await freePort();
  const url = `postgresql://cdr@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | undefined;

  const start = async () => {
    const args = ['-D', data, '-k', folder.path, '-h', '127.0.0.1', '-p', `${port}`];
    server = spawn(program('postgres'), args, { ...run, stdio: 'ignore' });
    await until('PostgreSQL', () => {
      assert.equal(server?.exitCode, null);
      return spawnSync(program('psql'), [url, '-c', 'SELECT 1'], run).status === 0;
    });
  };
  const stop = async () => {
    if (server === undefined || server.exitCode !== null) return;
    // The fast stop: it ends sessions.
    server.kill('SIGINT');
    await once(server, 'exit');
  };
  starting.defer(stop);
  await start();
  const running = starting.move();
  return {
    ...{ url, start, stop },
    query: (sql) => {
      const { stdout, stderr, status } = spawnSync(program('psql'), [url, '-Atc', sql], {
        ...run,
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      return stdout.trim();
    },
    openSession: () => spawn(program('psql'), [url, '-Atq'], run),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** PostgreSQL refuses to run as root: then it is the user that its package makes, to whom the folder is given. */
async function chooseUser(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((what) => Number(spawnSync('id', [what, 'postgres']).stdout));
  assert.ok(uid !== undefined && gid !== undefined && uid > 0);
  await promisify(chown)(folder, uid, gid);
  return { uid, gid };
}
