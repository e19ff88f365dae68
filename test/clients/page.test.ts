// The programs of docs/worker.md run as they are on the page, and survive kill -9.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LIST, languages, PYTHON, skipped } from '../../chaos/clients/programs.ts';
import { scratch } from '../../local/scratch.ts';
import { root } from '../../local/settings.ts';
import { fileText, startTestRedis, until } from '../support/stack.ts';
import { fullCdr, startExample } from './examples/program.ts';

const page = await fileText('docs/worker.md');

/** With the Redis of the test, and a shorter lease. @param seconds that the kill has time */
function readProgram(language: 'js' | 'python', url: string, seconds: number): string {
  const [, program] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(page) ?? [];
  assert.ok(program !== undefined, language);
  return program
    .replace('redis://127.0.0.1:8001', url)
    .replace('10_000', `${seconds * 1_000}`)
    .replace('sleep(10)', `sleep(${seconds})`)
    .replace('concurrency: 8', 'concurrency: 8, leaseMs: 1_000')
    .replace('concurrency=8', 'concurrency=8, lease_ms=1_000');
}

/** As `npm install` would, without a registry. */
async function installPackage(folder: string): Promise<void> {
  const own = join(folder, 'node_modules/@hookline/worker');
  await mkdir(own, { recursive: true });
  await cp(join(root, 'clients/node/package.json'), join(own, 'package.json'));
  await symlink(join(root, 'node_modules/ioredis'), join(folder, 'node_modules/ioredis'));
  const build = ['node_modules/typescript/bin/tsc', '-p', 'clients/node', '--outDir', join(own, 'dist')];
  const built = spawnSync(process.execPath, build, { cwd: root, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stdout);
}

describe(`the programs of docs/worker.md${skipped}`, () => {
  for (const language of languages) {
    it(`survive kill -9: ${language}`, async () => {
      await using redis = await startTestRedis();
      await using folder = await scratch();
      const node = language === 'node';
      const file = join(folder.path, node ? 'worker.mjs' : 'worker.py');
      const write = (seconds: number) =>
        writeFile(file, readProgram(node ? 'js' : 'python', redis.server.url, seconds));
      await write(600);
      if (node) await installPackage(folder.path);
      const start = () =>
        startExample(
          node ? process.execPath : PYTHON,
          node ? [file] : ['-B', file],
          { PYTHONPATH: join(root, 'clients/python') },
          folder.path,
        );
      await redis.client.lpush(LIST, fullCdr('a-cdr'));
      await using first = start();
      await until('the handler', () => first.output().includes('handles a-cdr'));
      await first.end('SIGKILL');
      await write(1);
      await using second = start();
      await until('its end', () => /handled/.test(second.output()));
      assert.match(second.output(), /taken_?over/i);
      assert.equal(await readFile(join(folder.path, 'kept.txt'), 'utf8'), 'a-cdr 180\n');
      assert.equal(await second.end('SIGTERM'), 0, second.output());
    });
  }
});
