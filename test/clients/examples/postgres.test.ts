// The PostgreSQL example: what is handled twice is one row, and a database that is away loses nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { grantWorker, isSettled, LIST, PROCESSING, PYTHON } from '../../../chaos/clients/programs.ts';
import { startTestRedis, until } from '../../support/stack.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import { fullCdr, startExample } from './program.ts';

const hasLibraries = spawnSync(PYTHON, ['-c', 'import redis, psycopg2']).status === 0;
const isMissing = !hasLibraries || postgresPrograms === undefined;
const reason = isMissing
  ? ' (skipped, to run it: apt-get install postgresql python3-psycopg2 python3-redis)'
  : '';

const start = (redis: string, database: string) =>
  startExample(PYTHON, ['-B', 'clients/examples/postgres/worker.py'], {
    REDIS_URL: redis,
    DATABASE_URL: database,
    PYTHONPATH: 'clients/python',
    LEASE_MS: '1000',
  });

describe(`the PostgreSQL example${reason}`, { skip: isMissing }, () => {
  it('has one row of a CDR whose worker was killed between the commit and the acknowledgement', async () => {
    await using redis = await startTestRedis();
    await using postgres = await startPostgres();
    const { client, server } = redis;
    const url = await grantWorker(client, server.url);
    await using worker = start(url, postgres.url);
    await client.lpush(LIST, fullCdr('first'));
    await until('the first row', () => worker.output().includes("handled {'id': 'first'"));

    const session = postgres.openSession();
    session.stdin?.write('BEGIN; LOCK TABLE cdrs IN EXCLUSIVE MODE;\n');
    const count = (what: string) => postgres.query(`SELECT count(*) FROM ${what}`);
    await until(
      'the lock',
      () => count("pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'cdrs'::regclass") === '1',
    );
    await client.lpush(
      LIST,
      fullCdr('second', { number: 'a\0b', call_time: null, variables: { half: '\ud800' } }),
    );
    await until('its insert', () => count('pg_locks WHERE NOT granted') === '1');
    // From now on Redis takes no acknowledgement.
    await client.client('PAUSE', 600_000, 'WRITE');
    session.stdin?.end('COMMIT;\n');
    await until('the commit', () => count("cdrs WHERE id = 'second'") === '1');
    await worker.end('SIGKILL');
    // Else what it had sent would be done after all.
    await client.call('CLIENT', 'KILL', 'USER', 'worker');
    await client.client('UNPAUSE');
    assert.equal((await client.keys(PROCESSING)).length, 1);

    await using other = start(url, postgres.url);
    await until('the second time', () => other.output().includes("handled {'id': 'second', 'tries': 2}"));
    assert.equal(
      postgres.query(
        "SELECT id, number, call_time, dialed_at AT TIME ZONE 'UTC', end_code FROM cdrs ORDER BY id",
      ),
      'first|380671112233|180|2026-07-01 10:00:00|16\nsecond|a\ufffdb||2026-07-01 10:00:00|16',
    );
    assert.equal(await client.exists(LIST), 0);
    assert.equal(await other.end('SIGTERM'), 0, other.output());
  });

  it('has one row of each CDR when its workers are killed again and again', async () => {
    await using redis = await startTestRedis();
    await using postgres = await startPostgres();
    const { client, server } = redis;
    const ids = Array.from({ length: 1_500 }, (_, index) => `${index}`);
    for (let round = 0; round < 3; round++) {
      await using worker = start(server.url, postgres.url);
      await client.lpush(LIST, ...ids.slice(500 * round, 500 * (round + 1)).map((id) => fullCdr(id)));
      await until('some rows', () => worker.output().includes('handled'));
      await worker.end('SIGKILL');
    }
    await using worker = start(server.url, postgres.url);
    await until('the rest', () => isSettled(client));
    assert.equal(await worker.end('SIGTERM'), 0, worker.output());
    assert.equal(postgres.query('SELECT count(*), count(DISTINCT id) FROM cdrs'), '1500|1500');
  });

  it('waits while the database is away, gives no CDR up, and refuses one that cannot be a row', async () => {
    await using redis = await startTestRedis();
    await using postgres = await startPostgres();
    const { client, server } = redis;
    await using worker = start(server.url, postgres.url);
    const ids = Array.from({ length: 300 }, (_, index) => `${index}`);
    await client.lpush(LIST, ...ids.map((id) => fullCdr(id)));
    await until('some rows', () => worker.output().includes('handled'));
    await postgres.stop();
    await client.lpush(LIST, fullCdr('later'), fullCdr('later'), fullCdr('never', { dialed_at: 'x' }));
    await until('it to wait', () => worker.output().includes('waits for PostgreSQL'));
    await postgres.start();
    const count = () => postgres.query('SELECT count(*) FROM cdrs');
    await until('all rows', () => count() === `${ids.length + 1}`);
    await until('the refusal', () => worker.output().includes("failed {'id': 'never'"));
    assert.doesNotMatch(worker.output(), /dead/);
  });
});
