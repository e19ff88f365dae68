// The doctor on a real Redis that lets it see less than it would like to.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import { nameKeys } from '../../../clients/node/src/keys.ts';
import type { Finding } from '../../../ops/doctor/finding.ts';
import type { Places } from '../../../ops/doctor/places.ts';
import { redisFindings } from '../../../ops/doctor/redis.ts';
import { grants } from '../../support/acl.ts';
import { findInTime } from '../../support/in-time.ts';
import { LIST } from '../../support/publications.ts';
import { startTestRedis } from '../../support/stack.ts';

const BASE = 'enigma:notifications';

const examine = (
  redis: string,
  lists: readonly string[] = [LIST],
  more: Partial<Places> = {},
): Promise<Finding[]> => {
  const usual = { incompleteLists: [], listMax: 0, stream: undefined, channels: [], cluster: false };
  return findInTime(() => redisFindings({ redis }, { base: BASE, lists, ...usual, ...more }));
};
const find = (findings: readonly Finding[], check: string) => findings.filter((each) => each.check === check);
const states = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ check, state }) => [check, state]));

/** A user who may do what the words say, and its URL. */
async function grant(client: Redis, url: string, ...words: string[]): Promise<string> {
  await client.call('ACL', 'SETUSER', 'least', 'reset', 'on', '>secret', ...words);
  return url.replace('//', '//least:secret@');
}

describe('the doctor on a Redis that lets it see everything', () => {
  it('finds nothing to change, and how often the append-only file is synced', async () => {
    await using redis = await startTestRedis(['--appendfsync', 'always']);
    const findings = await examine(redis.server.url);
    assert.deepEqual(
      findings.filter(({ state }) => state !== 'good'),
      [],
    );
    assert.equal(find(findings, 'persistence')[0]?.detail, 'append-only file, always');
  });
});

describe('the doctor on a Redis without CONFIG, as every managed one is', () => {
  it('sees all that INFO has, and where to look for the rest', async () => {
    await using redis = await startTestRedis(['--rename-command', 'CONFIG', '']);
    const findings = await examine(redis.server.url);
    assert.deepEqual(
      findings.filter(({ state }) => state !== 'good'),
      [],
    );
    assert.match(
      find(findings, 'persistence')[0]?.detail ?? '',
      /append-only file, how often .* can't be seen/,
    );
  });

  it('and without an append-only file, which nobody may set there, names the page', async () => {
    await using redis = await startTestRedis(['--rename-command', 'CONFIG', '', '--appendonly', 'no']);
    const [persistence] = find(await examine(redis.server.url), 'persistence');
    assert.equal(persistence?.state, 'warning');
    assert.match(persistence?.remedy ?? '', /docs\/managed-redis\.md/);
  });

  it('says that the policy must be changed where INFO shows another', async () => {
    const policy = ['--maxmemory-policy', 'volatile-lru'];
    await using redis = await startTestRedis(['--rename-command', 'CONFIG', '', ...policy]);
    const [eviction] = find(await examine(redis.server.url), 'eviction');
    assert.deepEqual([eviction?.state, eviction?.detail], ['failed', 'volatile-lru']);
    assert.match(eviction?.remedy ?? '', /parameter group/);
  });
});

describe('the doctor on a Redis without WAIT, as a serverless cache is', () => {
  it('warns, and has examined the other rights', async () => {
    await using redis = await startTestRedis(['--rename-command', 'WAIT', '']);
    const [rights] = find(await examine(redis.server.url), 'rights');
    assert.deepEqual([rights?.state, rights?.detail], ['warning', 'this Redis lacks WAIT']);
    const url = await grant(redis.client, redis.server.url, '~*', '&*', '+@all', '-lpush');
    const [denied] = find(await examine(url), 'rights');
    assert.deepEqual([denied?.state, denied?.detail], ['failed', `least may not LPUSH ${LIST}`]);
  });
});

describe('the doctor with a user who may not look', () => {
  it('warns of what it cannot see instead of failing, and goes on', async () => {
    await using redis = await startTestRedis();
    const url = await grant(redis.client, redis.server.url, '~*', '&*', '+@all', '-config', '-info', '-acl');
    const findings = await examine(url);
    assert.deepEqual(states(findings), {
      Redis: 'warning',
      role: 'warning',
      eviction: 'warning',
      persistence: 'warning',
      cluster: 'warning',
      lists: 'good',
      workers: 'good',
      rights: 'good',
    });
    assert.match(find(findings, 'eviction')[0]?.detail ?? '', /can't be seen here/);
    assert.match(find(findings, 'eviction')[0]?.remedy ?? '', /parameter group/);
    assert.match(find(findings, 'rights')[0]?.detail ?? '', /not examined/);
  });

  it('may not even PING or see the list: a warning that names the right', async () => {
    await using redis = await startTestRedis();
    const url = await grant(redis.client, redis.server.url, '~*', '&*', '+@all', '-ping', '-llen');
    const found = states(await examine(url));
    assert.deepEqual([found['lists'], found['Redis'], found['rights']], ['warning', 'good', 'failed']);
  });

  it('without a right that it needs to see the workers says which', async () => {
    await using redis = await startTestRedis();
    const url = await grant(redis.client, redis.server.url, ...grants(BASE), '+ping', '-zrange');
    const [workers] = find(await examine(url), 'workers');
    assert.equal(workers?.state, 'good');
    assert.match(workers?.detail ?? '', /not examined: .*zrange/i);
  });
});

describe('the doctor, of lists', () => {
  const INCOMPLETE = 'given-up:calls';

  it('names the one that is of another type, and examines everything else', async () => {
    await using redis = await startTestRedis();
    await redis.client.set(INCOMPLETE, 'a counter of somebody');
    const findings = await examine(redis.server.url, [LIST], { incompleteLists: [INCOMPLETE] });
    const [lists] = find(findings, 'lists');
    assert.deepEqual([lists?.state, lists?.detail], ['failed', `${LIST} 0, ${INCOMPLETE} is no list`]);
    assert.match(lists?.remedy ?? '', /rename it/);
    assert.deepEqual(
      findings.filter(({ state }) => state !== 'good').map(({ check }) => check),
      ['lists'],
    );
  });

  it('says that one is full, of CDRs or of incomplete calls', async () => {
    await using redis = await startTestRedis();
    await redis.client.lpush(LIST, 'one');
    await redis.client.lpush(INCOMPLETE, 'one', 'two');
    const findings = await examine(redis.server.url, [LIST], { incompleteLists: [INCOMPLETE], listMax: 2 });
    const [lists] = find(findings, 'lists');
    assert.deepEqual(
      [lists?.state, lists?.detail],
      ['failed', `${LIST} 1, ${INCOMPLETE} 2 of CDR_LIST_MAX 2`],
    );
    assert.match(lists?.remedy ?? '', /raise CDR_LIST_MAX/);
  });

  it('looks once at a list that takes both, and at the rights on the markers of both', async () => {
    await using redis = await startTestRedis();
    const both = { incompleteLists: [LIST] };
    const findings = await examine(redis.server.url, [LIST], both);
    assert.equal(find(findings, 'lists')[0]?.detail, `${LIST} 0`);
    assert.equal(find(findings, 'workers').length, 1);
    const keys = [`~${LIST}`, `~{${LIST}}:[^i]*`];
    const url = await grant(redis.client, redis.server.url, ...keys, '&*', '+@all');
    assert.equal(find(await examine(url), 'rights')[0]?.state, 'good');
    assert.equal(
      find(await examine(url, [LIST], both), 'rights')[0]?.detail,
      `least may not SISMEMBER {${LIST}}:incomplete:doctor:0`,
    );
  });

  it('counts what workers of a list of incomplete calls hold', async () => {
    await using redis = await startTestRedis();
    const keys = nameKeys(INCOMPLETE, 'billing-1');
    await redis.client.zadd(keys.leases, Date.now() - 125_000, 'billing-1');
    await redis.client.lpush(keys.processing, cdr(Date.now()));
    const findings = await examine(redis.server.url, [LIST], { incompleteLists: [INCOMPLETE] });
    assert.deepEqual(
      find(findings, 'workers').map(({ state }) => state),
      ['good', 'warning'],
    );
  });
});

describe('the doctor, of workers', () => {
  it('counts what those that live hold, and says how old the oldest is', async () => {
    await using redis = await startTestRedis();
    const keys = nameKeys(LIST, 'billing-1');
    const now = Date.now();
    await redis.client.zadd(keys.leases, now + 600_000, 'billing-1', now - 5_000, 'idle-2');
    for (const minutes of [7, 3])
      await redis.client.lpush(keys.processing, cdr(now - minutes * 60_000 - 5_000));
    const [workers] = find(await examine(redis.server.url), 'workers');
    assert.equal(workers?.state, 'good');
    assert.equal(workers?.detail, `${LIST}: 1 with a lease; held by workers: 2, the oldest from 7 min ago`);
  });

  it('warns of a dead one that holds entries, and of dead entries', async () => {
    await using redis = await startTestRedis();
    const list = 'billing:{cdr}';
    const keys = nameKeys(list, 'billing-1');
    await redis.client.zadd(keys.leases, Date.now() - 125_000, 'billing-1');
    await redis.client.lpush(keys.processing, 'no CDR at all', cdr(Date.now()));
    await redis.client.lpush(keys.dead, '{}', '{}');
    const findings = await examine(redis.server.url, [list]);
    const [workers] = find(findings, 'workers');
    assert.equal(workers?.state, 'warning');
    assert.match(workers?.detail ?? '', /billing-1 holds 2, its lease ended 2 min ago/);
    assert.match(workers?.remedy ?? '', /docs\/worker\.md/);
    const [dead] = find(findings, 'dead entries');
    assert.deepEqual([dead?.state, dead?.detail], ['warning', `${list}: 2`]);
    assert.match(dead?.remedy ?? '', /billing:\{cdr\}:dead/);
  });
});

const cdr = (received_at: number): string => JSON.stringify({ type: 'cdr', payload: { received_at } });
