// The PHP and Go examples, which know two commands of Redis: killed while they write, each CDR is in the file once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { grantWorker, LIST } from '../../../chaos/clients/programs.ts';
import { scratch } from '../../../local/scratch.ts';
import { root } from '../../../local/settings.ts';
import { startTestRedis, until } from '../../support/stack.ts';
import { fullCdr, startExample } from './program.ts';

const CDRS = 500;
const SOURCES = '/usr/share/gocode';

const hasPhp = `${spawnSync('php', ['-m']).stdout}`.includes('redis');
const hasGo =
  spawnSync('go', ['version']).status === 0 && existsSync(`${SOURCES}/src/github.com/gomodule/redigo`);

type Plain = {
  readonly name: string;
  /** why it can't run here */
  readonly missing?: string | false;
  /** @returns the command, without the arguments of the worker */
  readonly build: (folder: string) => readonly [string, ...string[]];
};

const examples: readonly Plain[] = [
  {
    name: 'PHP',
    missing: !hasPhp && 'apt-get install php-cli php-redis',
    build: () => ['php', 'clients/examples/php/worker.php'],
  },
  {
    name: 'Go',
    missing: !hasGo && 'apt-get install golang-go golang-github-gomodule-redigo-dev',
    build: (folder) => {
      const program = join(folder, 'worker');
      const env = { GO111MODULE: 'off', GOPATH: SOURCES, GOCACHE: join(folder, 'cache'), CGO_ENABLED: '0' };
      const built = spawnSync('go', ['build', '-o', program, './clients/examples/go'], {
        cwd: root,
        env: { ...process.env, ...env },
        encoding: 'utf8',
      });
      assert.equal(built.status, 0, built.stderr);
      return [program];
    },
  },
];

for (const { name, missing, build } of examples) {
  describe(`the ${name} example${missing ? ` (skipped, to run it: ${missing})` : ''}`, {
    skip: Boolean(missing),
  }, () => {
    const stack = new AsyncDisposableStack();
    let run: readonly [string, ...string[]];
    before(async () => {
      run = build(stack.use(await scratch()).path);
    });
    after(() => stack.disposeAsync());

    it('writes every CDR once when it is killed again and again, in the order of the list', async () => {
      await using redis = await startTestRedis();
      await using folder = await scratch();
      const { client, server } = redis;
      const [command, ...args] = run;
      const url = await grantWorker(client, server.url);
      const file = join(folder.path, 'cdrs.jsonl');
      const start = () => startExample(command, [...args, file, 'test'], { REDIS_URL: url });
      const read = () => readFile(file, 'utf8').catch(() => '');
      const ids: string[] = [];
      for (let round = 0; round < 3; round++) {
        await using worker = start();
        const fresh = Array.from({ length: CDRS }, (_, index) => `${round}-${index}`);
        ids.push(...fresh);
        await client.lpush(LIST, ...fresh.map((id) => fullCdr(id)));
        await until('some of this round', async () => {
          assert.equal(worker.child.exitCode, null, worker.output());
          return (await read()).includes(`"${round}-`);
        });
        await worker.end('SIGKILL');
        await appendFile(file, '{"type":"cdr","pay');
      }
      await using worker = start();
      const text = await until('the rest', async () => {
        const written = await read();
        return written.endsWith('\n') && written.includes(`"${ids.at(-1)}"`) && written;
      });
      const texts = text.trimEnd().split('\n');
      assert.deepEqual(
        texts,
        ids.map((id) => fullCdr(id)),
        worker.output(),
      );
    });

    it('begins with what an earlier run had taken, and does not write twice what that had written', async () => {
      await using redis = await startTestRedis();
      await using folder = await scratch();
      const { client, server } = redis;
      const [command, ...args] = run;
      const file = join(folder.path, 'cdrs.jsonl');
      const own = `{${LIST}}:processing:test`;
      const pretty = JSON.stringify(JSON.parse(fullCdr('third')), undefined, 1);
      await appendFile(file, `${fullCdr('first')}\n`);
      await client.lpush(own, fullCdr('first'), fullCdr('second'));
      await client.lpush(LIST, 'no CDR', '{"type":"cdr","payload":null}', pretty);
      const env = { REDIS_URL: server.url };
      await using worker = startExample(command, [...args, file, 'test'], env);
      await until('all', async () => {
        assert.equal(worker.child.exitCode, null, worker.output());
        return (await client.exists(LIST, own)) === 0;
      });
      const lines = (await readFile(file, 'utf8')).split('\n');
      const read = lines.slice(0, -1).map((line) => JSON.parse(line).payload.id);
      assert.deepEqual(read, ['first', 'second', 'third'], worker.output());
      const dead = (await client.lrange(`{${LIST}}:dead`, 0, -1)).map((letter) => JSON.parse(letter));
      assert.deepEqual(
        dead.map(({ entry, worker: by, tries }) => [entry, by, tries]),
        [
          ['{"type":"cdr","payload":null}', 'test', 1],
          ['no CDR', 'test', 1],
        ],
      );
      const lease = Number(await client.zscore(`{${LIST}}:leases`, 'test')) - Date.now();
      assert.ok(lease > 0 && lease <= 60_000, `${lease}`);
      await using second = startExample(command, [...args, file, 'test'], env);
      assert.notEqual(await second.ended, 0);
      await server.stop();
      assert.notEqual(await worker.ended, 0);
    });
  });
}
