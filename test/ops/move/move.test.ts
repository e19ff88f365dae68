// A tenant moves between two real Redis: each CDR is exactly once in both together, whatever happens meanwhile.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import { startProxy } from '../../../chaos/proxy.ts';
import { nameKeys } from '../../../clients/node/src/keys.ts';
import { nameLiveStream } from '../../../lib/redis/keys.ts';
import { root } from '../../../local/settings.ts';
import { redisFindings } from '../../../ops/doctor/redis.ts';
import { type Move, type Moved, move } from '../../../ops/move/move.ts';
import { Unanswered } from '../../../ops/trouble.ts';
import { startCluster } from '../../clients/cluster.ts';
import { findInTime } from '../../support/in-time.ts';
import { entry, eventMessage, LIST, message, publication, publisherAt } from '../../support/publications.ts';
import { fileText, payload, startStack, startTestRedis, until } from '../../support/stack.ts';

type Place = Awaited<ReturnType<typeof startTestRedis>>;

const at = ({ server }: Pick<Place, 'server'>) => ({ url: server.url, cluster: false });
const between = (from: Place, to: Place, more: Partial<Move> = {}): Promise<Moved> =>
  move({ from: at(from), to: at(to), lists: [LIST], ...more });
const portOf = ({ server }: Place) => Number(new URL(server.url).port);
const missing = ({ rows }: Moved) => rows.filter((row) => row.missing > 0);
const entriesOf = (client: Redis) => client.lrange(LIST, 0, -1);
const push = (place: Place, ...attempts: number[]) =>
  publisherAt(place.server.url)(attempts.map((attempt) => publication(`${attempt}`, entry(attempt))));
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a tenant that moves while its bridge runs', () => {
  it('has each CDR once and each event once, posted before, during or after, and posted again', async () => {
    await using stack = new AsyncDisposableStack();
    const old = stack.use(await startTestRedis());
    const proxy = stack.adopt(await startProxy(0, portOf(old)), ({ stop }) => stop());
    const settings = { REDIS_URL: `redis://127.0.0.1:${proxy.port}`, LIVE: 'on' };
    const fresh = stack.use(await startStack(settings, { VisibilityTimeout: '1' }));
    const leaving = await payload('leaving');
    let posts = 0;
    const post = async (attempts: readonly number[]) => {
      for (const attempt_id of attempts) {
        const body = { ...leaving, attempt_id, timestamp: `${Date.now() + posts++}` };
        assert.equal((await fresh.post('/hooks/webitel/leaving', JSON.stringify(body))).status, 202);
      }
    };

    await post(range(1, 12));
    await until('the CDRs at the old Redis', async () => (await old.client.llen(LIST)) === 12);
    const popped = await Promise.all(range(1, 4).map(() => old.client.rpop(LIST)));
    assert.equal((await between(old, fresh, { only: 'copy' })).entries, 0);
    await post(range(13, 15));
    await until('three more', async () => (await old.client.llen(LIST)) === 11);

    // Each attempt is a message group of its own: their order is the one that this list has got.
    const waiting = await entriesOf(old.client);
    const moved = await between(old, fresh);
    assert.deepEqual([moved.entries, moved.held, missing(moved)], [11, [], []]);
    // The consumer still has the old URL: what it is given waits in the queue.
    await post(range(16, 20));
    assert.equal((await between(old, fresh)).entries, 0);
    assert.deepEqual(await entriesOf(old.client), []);
    proxy.lead(portOf(fresh));
    await post(range(1, 25));
    await until('the last at the new Redis', async () => (await fresh.client.llen(LIST)) === 21);
    await until('an empty queue', async () => (await fresh.client.xlen(nameLiveStream([LIST]))) === 45);

    const entries = await entriesOf(fresh.client);
    // What was moved is taken first, in its order.
    assert.deepEqual(entries.slice(-11), waiting);
    assert.deepEqual(
      [...popped, ...entries]
        .map((text) => Number(JSON.parse(text ?? '').payload.attempt_id))
        .sort((a, b) => a - b),
      range(1, 25),
    );
    const events = [...(await old.allHeard()), ...(await fresh.allHeard())].flatMap(
      ({ channel, message: heard }) =>
        channel.includes(':queues:') ? [(heard as { payload: { id: string } }).payload.id] : [],
    );
    assert.equal(events.length, posts);
    assert.equal(new Set(events).size, posts);
    assert.equal(missing(await between(old, fresh, { only: 'verify' })).length, 0);
  });
});

describe('what goes along', () => {
  it('are markers with their time, keys of this run, newest times, and the stream with its ids', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    const more = { liveMax: 1_000 };
    const before = publisherAt(old.server.url, more);
    const batch = [
      publication(
        'a',
        entry(7),
        eventMessage('seven'),
        message('hello', { once: { words: ['x'], seconds: 60 } }),
      ),
      publication('b', message('newer', { newest: { subject: ['agent', '1'], at: 100 } })),
    ];
    assert.deepEqual(await before(batch), [undefined, undefined]);
    await old.client.hset(`{${LIST}}:tries`, 'x', 3);
    await old.client.expire(`{${LIST}}:tries`, 600);
    await old.client.hset(`{${LIST}}:later`, { a: '1' });
    assert.deepEqual(missing(await between(old, fresh)), []);

    const after = publisherAt(fresh.server.url, more);
    const stale = message('older', { newest: { subject: ['agent', '1'], at: 99 } });
    assert.deepEqual(await after([...batch, publication('c', stale)]), [undefined, undefined, undefined]);
    assert.deepEqual(await fresh.allHeard(), []);
    assert.equal((await entriesOf(fresh.client)).length, 1);
    const stream = nameLiveStream([LIST]);
    assert.deepEqual(await fresh.client.xrange(stream, '-', '+'), await old.client.xrange(stream, '-', '+'));
    for (const pattern of ['seen', 'newest', 'tries']) {
      const [key = ''] = await fresh.client.keys(`{${LIST}}:${pattern}*`);
      const [there, here] = [await old.client.pttl(key), await fresh.client.pttl(key)];
      assert.ok(here > 0 && Math.abs(there - here) < 60_000, key);
    }
    assert.deepEqual(await fresh.client.hgetall(`{${LIST}}:later`), { a: '1' });
  });

  it('what is remembered of a call, which nothing lacks then', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    const key = `{${LIST}}:call:["default","7"]`;
    await old.client.rpush(key, 'first', 'hook');
    await old.client.expire(key, 600);
    for (let turn = 0; turn < 2; turn++) assert.deepEqual(missing(await between(old, fresh)), []);
    assert.deepEqual(await fresh.client.lrange(key, 0, -1), ['first', 'hook']);
    assert.ok((await fresh.client.ttl(key)) > 0);
    await old.client.rpush(key, 'late');
    await fresh.client.rpush(key, 'newer');
    await between(old, fresh);
    assert.deepEqual(await fresh.client.lrange(key, 0, -1), ['first', 'hook', 'newer']);
  });

  it('a call that left after the first copy is open no more', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    const open = `{${LIST}}:open:default`;
    await old.client.zadd(open, 1, 'left', 2, 'stays');
    await between(old, fresh, { only: 'copy' });
    await old.client.zrem(open, 'left');
    await between(old, fresh);
    await fresh.client.zadd(open, 3, 'new');
    await between(old, fresh);
    assert.deepEqual(await fresh.client.zrange(open, '0', '-1'), ['stays', 'new']);
  });

  it('a second run takes nothing back that the new Redis knows better', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    const newest = (at: number) => publication('b', message(`${at}`, { newest: { subject: ['a'], at } }));
    await publisherAt(old.server.url)([newest(5)]);
    await old.client.set(`{${LIST}}:state`, 'old');
    await between(old, fresh);
    await publisherAt(fresh.server.url)([newest(9), publication('c', entry(1))]);
    await fresh.client.set(`{${LIST}}:state`, 'new');
    assert.equal((await between(old, fresh)).entries, 0);
    await publisherAt(fresh.server.url)([newest(7)]);
    assert.deepEqual(
      (await fresh.allHeard()).map((each) => each.message),
      ['9'],
    );
    assert.equal(await fresh.client.get(`{${LIST}}:state`), 'new');
    assert.equal((await entriesOf(fresh.client)).length, 1);
  });

  it('the old Redis takes nothing of a consumer any more, and does again when the tenant comes back', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    await push(old, 1);
    await between(old, fresh);
    await assert.rejects(push(old, 2), /WRONGTYPE/);
    const places = {
      base: 'enigma:notifications',
      lists: [LIST],
      incompleteLists: [],
      listMax: 0,
      stream: undefined,
      channels: [],
      cluster: false,
    };
    const findings = await findInTime(() => redisFindings({ redis: old.server.url }, places));
    assert.match(
      findings.find(({ check }) => check === 'moved')?.remedy ?? '',
      /REDIS_URL must name the new/,
    );
    await push(fresh, 2);
    const back = await between(fresh, old, { merge: true });
    assert.equal(back.entries, 2);
    await push(old, 1, 2, 3);
    assert.deepEqual(await entriesOf(old.client), ['"3"', '"2"', '"1"']);
    await assert.rejects(push(fresh, 4), /WRONGTYPE/);
  });
});

describe('workers at the old Redis', () => {
  it('lose nothing: what a dead one held is moved, what a living one holds is waited for', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    await push(old, 1, 2, 3, 4);
    const [dead, alive] = [nameKeys(LIST, 'dead-1'), nameKeys(LIST, 'alive-2')];
    await old.client.lmove(LIST, dead.processing, 'RIGHT', 'LEFT');
    await old.client.lmove(LIST, alive.processing, 'RIGHT', 'LEFT');
    await old.client.zadd(dead.leases, Date.now() - 1, 'dead-1', Date.now() + 600_000, 'alive-2');
    await old.client.lpush(dead.dead, 'letter');
    const first = await between(old, fresh);
    assert.deepEqual(first.held, [{ worker: 'alive-2', entries: 1 }]);
    assert.deepEqual(await entriesOf(fresh.client), ['"4"', '"3"', '"1"']);
    assert.deepEqual(await fresh.client.lrange(dead.dead, 0, -1), ['letter']);
    assert.equal(missing(first).length, 1);
    assert.equal(await fresh.client.exists(alive.leases), 0);

    const second = between(old, fresh, { patience: 60_000 });
    // It stops, and gives back what it holds.
    await old.client.lmove(alive.processing, LIST, 'LEFT', 'RIGHT');
    assert.deepEqual((await second).held, []);
    assert.deepEqual(await entriesOf(fresh.client), ['"4"', '"3"', '"1"', '"2"']);
  });

  it('that wait for an entry hear of none, and those at the new Redis get all', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    await push(old, 1, 2);
    const there = old.client.duplicate();
    const here = fresh.client.duplicate();
    const waiting = here.brpop(LIST, 0);
    await between(old, fresh);
    assert.deepEqual(await waiting, [LIST, '"1"']);
    assert.equal(await there.rpop(LIST), null);
    there.disconnect();
    here.disconnect();
  });
});

describe('a move that is interrupted', () => {
  for (const side of ['from', 'to'] as const) {
    it(`at any byte of an answer of the ${side === 'to' ? 'new' : 'old'} Redis is gone on with, and doubles nothing`, async () => {
      await using stack = new AsyncDisposableStack();
      const old = stack.use(await startTestRedis());
      const fresh = stack.use(await startTestRedis());
      const proxy = stack.adopt(await startProxy(0, portOf(side === 'from' ? old : fresh)), ({ stop }) =>
        stop(),
      );
      const through = { url: `redis://127.0.0.1:${proxy.port}`, cluster: false };
      const task = { from: at(old), to: at(fresh), [side]: through };
      await push(old, ...range(1, 50));
      await old.client.lpush(`{${LIST}}:dead`, 'letter');
      let cuts = 0;
      for (let bytes = 40; ; bytes += 37) {
        proxy.cutAfter(bytes);
        const done = await move({ lists: [LIST], ...task }).catch(() => undefined);
        if (done !== undefined) break;
        cuts++;
        // The next run finds some more, which the bridge pushed before it was refused.
        if (cuts === 20) await old.client.lpush(LIST, '"51"');
      }
      assert.ok(cuts > 20, `${cuts}`);
      const all = (await entriesOf(fresh.client)).map((text) => Number(JSON.parse(text)));
      assert.deepEqual(
        all.sort((a, b) => a - b),
        range(1, 51),
      );
      assert.deepEqual(await fresh.client.lrange(`{${LIST}}:dead`, 0, -1), ['letter']);
      await push(fresh, ...range(1, 50));
      assert.equal((await entriesOf(fresh.client)).length, 51);
    });
  }

  it('and given up, is taken home by a move the other way', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    await push(old, 1, 2);
    // As it is after the list was set aside, and before its copy was accepted.
    await old.client.rename(LIST, `{${LIST}}:moving:0123456789abcdef`);
    await fresh.client.set(`{${LIST}}:move`, 'copying');
    await between(fresh, old, { merge: true });
    assert.deepEqual(await entriesOf(old.client), ['"2"', '"1"']);
    assert.deepEqual(await push(old, 2, 3), [undefined, undefined]);
    assert.equal((await entriesOf(old.client)).length, 3);
  });

  it('two at once double nothing', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    await push(old, ...range(1, 2_000));
    // Only one can win the first rename; the others may fail, and say so.
    await Promise.allSettled([between(old, fresh), between(old, fresh), between(old, fresh)]);
    await between(old, fresh);
    assert.equal((await entriesOf(fresh.client)).length, 2_000);
    assert.equal(new Set(await entriesOf(fresh.client)).size, 2_000);
  });
});

describe('a move that is not meant', () => {
  const refusal = async (moving: Promise<unknown>) => {
    const error = await moving.then(() => undefined).catch((cause: unknown) => cause);
    assert.ok(error instanceof Unanswered, String(error));
    return `${error.message}: ${error.remedy}`;
  };

  it('to a Redis that holds such keys is refused, unless they are to be merged', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    await push(old, 1, 2);
    await push(fresh, 8, 2);
    assert.match(await refusal(between(old, fresh)), /CDR list 1, markers 1.*--merge/s);
    assert.deepEqual([await old.client.llen(LIST), await fresh.client.llen(LIST)], [2, 2]);
    assert.equal((await between(old, fresh, { merge: true })).entries, 2);
    await push(fresh, 1, 2, 8);
    // "2" was pushed in both before: that one was double already.
    assert.deepEqual(await entriesOf(fresh.client), ['"2"', '"8"', '"2"', '"1"']);
  });

  it('to the same Redis is refused, and leaves nothing there', async () => {
    await using old = await startTestRedis();
    await push(old, 1);
    const keys = (await old.client.keys('*')).sort();
    assert.match(await refusal(between(old, old)), /same Redis/);
    assert.deepEqual((await old.client.keys('*')).sort(), keys);
  });

  it('from an empty Redis moves nothing', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    const { entries, rows } = await between(old, fresh);
    assert.deepEqual([entries, rows], [0, []]);
  });
});

describe('a move into a cluster', () => {
  it('takes lists on several nodes and their markers along, and back', async () => {
    await using stack = new AsyncDisposableStack();
    const old = stack.use(await startTestRedis());
    const nodes = await startCluster(stack);
    const lists = [LIST, 'billing:cdr', 'tagged:{x}:cdr'];
    const cluster = { url: nodes[0]?.url ?? '', cluster: true };
    const batch = (attempt: number) =>
      publication(`${attempt}`, ...lists.map((list) => entry(attempt, list)), eventMessage(randomUUID()));
    const options = { cdrLists: lists, liveMax: 100 };
    await publisherAt(old.server.url, options)([1, 2, 3].map(batch));
    const moved = await move({ from: at(old), to: cluster, lists });
    assert.deepEqual([moved.entries, missing(moved)], [9, []]);
    const there = publisherAt(cluster.url, { ...options, cluster: true });
    assert.deepEqual(await there([2, 3, 4].map(batch)), [undefined, undefined, undefined]);

    const back = await move({ from: cluster, to: at(old), lists, merge: true });
    assert.deepEqual([back.entries, missing(back)], [12, []]);
    await publisherAt(old.server.url, options)([4, 5].map(batch));
    for (const list of lists)
      assert.deepEqual(await old.client.lrange(list, 0, -1), ['"5"', '"4"', '"3"', '"2"', '"1"'], list);
    assert.equal(await old.client.xlen(nameLiveStream(lists)), 8);
  });
});

describe('hookline move', () => {
  const run = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const child = spawn('bin/hookline', ['move', ...args], { cwd: root, env: { ...process.env, ...env } });
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      texts.out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      texts.err += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, ...texts };
  };

  it('prints what was moved and what comes next, with a user who has the rights of docs/managed-redis.md alone', async () => {
    await using old = await startTestRedis();
    await using fresh = await startTestRedis();
    const page = await fileText('docs/managed-redis.md');
    const words = /ACL SETUSER mover on >a-password (.*)/.exec(page)?.[1]?.split(' ') ?? [];
    assert.ok(words.length > 20);
    const urls = await Promise.all(
      [old, fresh].map(async ({ client, server }) => {
        await client.call('ACL', 'SETUSER', 'mover', 'reset', 'on', '>secret', ...words);
        return server.url.replace('//', '//mover:secret@');
      }),
    );
    const env = { REDIS_URL: urls[0] ?? '', NEW_REDIS_URL: urls[1] ?? '' };
    const batch = [
      publication('a', entry(1), eventMessage('one'), message('m', { newest: { subject: ['a'], at: 1 } })),
    ];
    await publisherAt(old.server.url, { liveMax: 10 })(batch);
    const keys = nameKeys(LIST, 'dead-1');
    await old.client.lpush(keys.processing, '"0"');
    await old.client.hset(`{${LIST}}:tries`, 'x', 1);
    const copied = await run(env, '--copy');
    assert.deepEqual([copied.code, copied.err], [0, '']);
    assert.match(copied.out, /next: the same without --copy/);
    assert.equal((await run(env, '--verify')).code, 1);
    const moved = await run(env);
    assert.deepEqual([moved.code, moved.err], [0, '']);
    assert.match(moved.out, /2 entries of lists were moved/);
    assert.deepEqual(await entriesOf(fresh.client), ['"1"', '"0"']);
    const compared = JSON.parse((await run(env, '--verify', '--json')).out);
    assert.ok(compared.rows.length >= 4 && missing(compared).length === 0);
    const back = await run({ REDIS_URL: urls[1], NEW_REDIS_URL: urls[0] }, '--merge');
    assert.deepEqual([back.code, back.err], [0, '']);
  });

  it('says what is missing', async () => {
    const { code, err } = await run({ REDIS_URL: 'redis://127.0.0.1:1', NEW_REDIS_URL: '' });
    assert.deepEqual([code, /NEW_REDIS_URL/.test(err)], [1, true]);
    const wrong = await run({ REDIS_URL: 'redis://127.0.0.1:1', NEW_REDIS_URL: 'http://x' });
    assert.deepEqual([wrong.code, /REDIS_URL must be a URL/.test(wrong.err)], [1, true]);
    const away = await run({ REDIS_URL: 'redis://127.0.0.1:1', NEW_REDIS_URL: 'redis://127.0.0.1:2' });
    assert.deepEqual([away.code, /cannot be reached/.test(away.err)], [1, true]);
  });
});
