// The CSV example, which is killed while it writes.
import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { grantWorker, isSettled, LIST } from '../../../chaos/clients/programs.ts';
import { scratch } from '../../../local/scratch.ts';
import { startTestRedis, until } from '../../support/stack.ts';
import { fullCdr, startExample } from './program.ts';

const CDRS = 500;
const DAY = '2026-07-01.csv';

describe('the CSV example', () => {
  const start = (folder: string, url: string) =>
    startExample(process.execPath, ['clients/examples/csv/worker.ts', folder], {
      REDIS_URL: url,
      LEASE_MS: '1000',
    });

  it('writes every CDR when it is killed again and again, and cuts off what a crash left unfinished', async () => {
    await using redis = await startTestRedis();
    await using folder = await scratch();
    const { client, server } = redis;
    const url = await grantWorker(client, server.url);
    const file = join(folder.path, DAY);
    const read = () => readFile(file, 'utf8').catch(() => '');
    for (let round = 0; round < 3; round++) {
      await using worker = start(folder.path, url);
      const ids = Array.from({ length: CDRS }, (_, index) => `${round}-${index}`);
      await client.lpush(LIST, ...ids.map((id) => fullCdr(id)));
      await until('some rows of this round', async () => (await read()).includes(`\n${round}-`));
      await worker.end('SIGKILL');
      await appendFile(file, '9-9,default,91');
    }
    await using worker = start(folder.path, url);
    await until('the rest', () => isSettled(client));
    assert.equal(await worker.end('SIGTERM'), 0, worker.output());
    const text = await read();
    assert.ok(text.endsWith('\n'));
    const [header, ...rows] = text.trimEnd().split('\n');
    assert.match(header ?? '', /^id,tenant,attempt_id,/);
    assert.equal(new Set(rows.map((row) => row.split(',', 1)[0])).size, 3 * CDRS);
    for (const row of rows)
      assert.match(
        row,
        /^\d-\d+,default,918273,1782900000100,42,102,1003,380671112233,,1782900000,180,hungup,16$/,
      );
  });

  it('keeps days apart, and what a spreadsheet would run is text', async () => {
    await using redis = await startTestRedis();
    await using folder = await scratch();
    const { client, server } = redis;
    const hostile = {
      number: '=HYPERLINK("http://x","y")',
      agent_id: '+49301',
      extension: '@a\r\nb',
      call_time: -1,
    };
    await client.lpush(LIST, fullCdr('a', hostile), fullCdr('b', { received_at: 1782950400000 }));
    await using worker = start(folder.path, server.url);
    await until('both', async () => worker.output().split('handled {').length === 3);
    const [, row = ''] = (await readFile(join(folder.path, DAY), 'utf8')).split('\n');
    assert.equal(
      row,
      `a,default,918273,1782900000100,42,+49301,'@a b,"'=HYPERLINK(""http://x"",""y"")",,1782900000,-1,hungup,16`,
    );
    assert.match(await readFile(join(folder.path, '2026-07-02.csv'), 'utf8'), /^b,/m);
  });

  it('waits while a file cannot be written, and gives no CDR up', async () => {
    await using redis = await startTestRedis();
    await using folder = await scratch();
    const { client, server } = redis;
    const file = join(folder.path, DAY);
    await mkdir(file);
    await using worker = start(folder.path, server.url);
    await client.lpush(LIST, fullCdr('a'));
    await until('it to wait', () => worker.output().includes('EISDIR'));
    assert.doesNotMatch(worker.output(), /failed/);
    await rmdir(file);
    await until('the row', () => worker.output().includes('handled'));
    assert.match(await readFile(file, 'utf8'), /^a,/m);
  });

  it('refuses a folder into which another one writes, and tries again what cannot be a row', async () => {
    await using redis = await startTestRedis();
    await using folder = await scratch();
    const { client, server } = redis;
    await using worker = start(folder.path, server.url);
    await until('the start', () => worker.output().includes('started'));
    await using second = start(folder.path, server.url);
    assert.equal(await second.ended, 1);
    assert.match(second.output(), /another worker writes into/);
    await client.lpush(LIST, fullCdr('a', { received_at: 'never' }));
    await until('the failure', () => worker.output().includes('failed'));
    assert.equal(await worker.end('SIGTERM'), 0, worker.output());
    assert.deepEqual(await client.llen(LIST), 1);
  });
});
