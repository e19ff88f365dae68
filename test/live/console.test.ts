// The console without its browser: who gets what, and that nothing personal is in it unless it is asked for.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { liveConfig } from '../../live/config.ts';
import * as schema from '../../live/console/schema.ts';
import { logIn, page, rawStatus, visit } from '../support/console.ts';
import { NEWS, openDesk } from '../support/desk.ts';
import { happened, NOW, printed, SECRET, say, startLive } from '../support/live.ts';
import { until } from '../support/stack.ts';

const start = (env: NodeJS.ProcessEnv = {}) => startLive(env, undefined, true, { page });
const OPEN = { LIVE_USERS: '{"local":"local-token"}', LIVE_SETTINGS: '{}', LIVE_OPEN_LOGIN: 'local' };

/** A call of queue 51 with agent 101, who is alice's. */
const of = (more: object = {}) => ({ queue_id: '51', agent_id: '101', agent_extension: '1003', ...more });

describe('the page', () => {
  it('is small, of this host alone, and nothing but text to its browser', async () => {
    const size = gzipSync(page.script).length + gzipSync(page.style).length + gzipSync(page.html).length;
    assert.ok(size <= 40 * 1024, `${size} bytes`);
    const hosts = [...`${page.html}${page.style}${page.script}`.matchAll(/https?:\/\/[\w.]+/g)].map(
      ([url]) => url,
    );
    assert.deepEqual(
      [...new Set(hosts)].filter((url) => url !== 'http://www.w3.org'),
      [],
    );
    assert.doesNotMatch(page.html, /<script(?![^>]*src)|<style|\son\w+=/);
    await using live = await start();
    const answer = await fetch(live.url);
    assert.equal(answer.status, 200);
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"])
      assert.ok(policy.includes(rule), policy);
    assert.doesNotMatch(policy, /unsafe/);
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
    assert.equal((await fetch(live.url, { headers })).status, 304);
    for (const path of ['/console.js', '/console.css'])
      assert.equal((await fetch(`${live.url}${path}`)).status, 200, path);
    assert.equal((await fetch(live.url, { method: 'POST' })).status, 400);
  });
});

describe('a visitor', () => {
  it('gets nothing without a login, and a cookie that no script and no other site has with one', async () => {
    await using live = await start();
    const stranger = visit(live.url);
    for (const path of ['me', 'deliveries?attempt=1', 'call?attempt=1', 'health', 'events'])
      assert.equal((await stranger.ask(path)).status, 401, path);
    assert.equal((await stranger.ask('login', { login: 'admin', password: 'wrong' })).status, 401);
    const { status, headers } = await stranger.ask('login', { login: 'admin', password: 'secret' });
    assert.equal(status, 200);
    assert.match(
      headers.get('set-cookie') ?? '',
      /^hookline-default=\S+; Path=\/console\/; HttpOnly; SameSite=Strict/,
    );
    const admin = await logIn(live.url, 'admin', 'secret');
    const { body } = await admin.ask('me');
    assert.deepEqual(schema.me.parse(body).login, 'admin');
    assert.equal((await admin.ask('nothing')).status, 404);
    assert.equal((await admin.ask('me', {})).status, 405);
    assert.match(
      (await admin.ask('logout', {})).headers.get('set-cookie') ?? '',
      /^hookline-default=; .*Max-Age=0/,
    );
  });

  it('is sent nothing more when the session has ended, until another login', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    using news = await admin.listen();
    await until('the wall', () => news.last('wall') !== undefined);
    live.clock.now += 12 * 3_600_000;
    await until('the end of the events', () => news.ended());
    assert.equal((await admin.ask('events')).status, 401);
    const again = await logIn(live.url, 'admin', 'secret');
    live.clock.now += 11 * 3_600_000;
    const { headers } = await again.ask('me');
    live.clock.now += 11 * 3_600_000;
    assert.equal((await again.ask('me')).status, 401);
    // What its page, which asks that each hour, has got.
    const kept = visit(live.url, headers.get('set-cookie')?.split(';', 1)[0]);
    using more = await kept.listen();
    await until('the wall', () => more.last('wall') !== undefined);
  });

  it('is refused with the session of another protocol', async () => {
    await using live = await start();
    const answer = await fetch(`${live.url}/xuc/api/2.0/auth/login`, {
      method: 'POST',
      body: '{"login":"admin","password":"secret"}',
    });
    const { token } = Object(await answer.json());
    assert.equal((await visit(live.url, `hookline-default=${token}`).ask('me')).status, 401);
  });

  it('is refused on behalf of a page of another origin', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ])
      assert.equal((await admin.ask('me', undefined, headers)).status, 403);
    assert.equal((await admin.ask('me', undefined, { origin: live.url })).status, 200);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await admin.ask('replay', { id: 'x', dry: false }, form)).status, 400);
  });

  it('needs no password on this machine, where that is set: not under another name, and not through a proxy', async () => {
    await using live = await start(OPEN);
    const here = visit(live.url);
    const { body } = await here.ask('me');
    assert.deepEqual([body['login'], body['open']], ['local', true]);
    const me = `${live.url}/console/api/me`;
    const port = new URL(live.url).port;
    assert.equal(await rawStatus(me, { host: `localhost:${port}` }), 200);
    assert.equal(await rawStatus(me, { host: `evil.example:${port}` }), 401);
    assert.equal(await rawStatus(me, { 'x-forwarded-for': '127.0.0.1' }), 401);
    assert.equal(await rawStatus(me, { via: '1.1 proxy' }), 401);
    const env = { REDIS_URL: live.redis.server.url, LIVE_SECRET: SECRET, ...OPEN };
    assert.throws(() => liveConfig({ ...env, LIVE_HOST: '0.0.0.0' }), /LIVE_OPEN_LOGIN needs no password/);
    const other = { ...env, LIVE_HOST: '127.0.0.1', LIVE_OPEN_LOGIN: 'x' };
    assert.throws(() => liveConfig(other), /LIVE_OPEN_LOGIN must be a login/);
  });
});

describe('an Admin', () => {
  it('sees each hook at once with what it made, without personal data', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    using feed = await admin.listen();
    await live.say(await happened('bridged', of()), await happened('leaving', of()));
    await until('the hooks', () => feed.pushed.flatMap(({ data }) => data['deliveries'] ?? []).length === 2);
    const news = feed.pushed.flatMap(({ name, data }) =>
      name === 'deliveries' ? schema.deliveries.parse(data).deliveries : [],
    );
    const leaving = news.find(({ event }) => event === 'leaving');
    assert.deepEqual(
      leaving?.made.map(({ kind, places }) => [kind, ...places]),
      [
        ['cdr', 'enigma:notifications:campaigns'],
        ['event', 'enigma:notifications:queues:51'],
      ],
    );
    assert.equal(leaving?.agent, '1003');
    assert.doesNotMatch(JSON.stringify(feed.pushed), /Petrenko|380671112233|ACC-7781/);
  });

  it('finds the hooks of an attempt and of an agent, and one call as a timeline', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    await live.say(
      await happened('joined', of({ attempt_id: '7', agent_id: '', agent_extension: '' })),
      await happened('bridged', of({ attempt_id: '7' })),
      await happened('bridged', of({ attempt_id: '77' })),
      await happened('agent_status-online', { agent_id: '102', extension: '1010' }),
    );
    const find = async (query: string) =>
      schema.deliveries
        .parse((await admin.ask(`deliveries?${query}`)).body)
        .deliveries.map(({ event }) => event);
    assert.deepEqual(await find('attempt=7'), ['bridged', 'joined']);
    assert.deepEqual(await find('agent=1003'), ['bridged', 'bridged']);
    assert.deepEqual(await find('agent=102'), ['agent_status']);
    assert.deepEqual(await find('agent=1003&attempt=77'), ['bridged']);
    assert.deepEqual(await find('attempt=nobody'), []);
    assert.equal((await admin.ask('deliveries')).status, 400);
    const call = schema.call.parse((await admin.ask('call?attempt=7')).body);
    assert.deepEqual(
      call.steps.map(({ event }) => event),
      ['joined', 'bridged'],
    );
    assert.deepEqual((await admin.ask('call?attempt=7&source=crm')).body['steps'], []);
    const id = call.steps[0]?.id ?? '';
    assert.equal(schema.call.parse((await admin.ask(`call?id=${id}`)).body).steps.length, 1);
    assert.equal((await admin.ask('call')).status, 400);
  });

  it('sees personal data when it is asked for, and that is logged', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    await live.say(await happened('leaving', of({ attempt_id: '7' })));
    const person = /Petrenko|380671112233|ACC-7781/;
    assert.doesNotMatch(JSON.stringify((await admin.ask('call?attempt=7')).body), person);
    const lines = await printed(async () => {
      assert.match(JSON.stringify((await admin.ask('call?attempt=7&reveal=1')).body), person);
      using feed = await admin.listen('?reveal=1');
      await until('the wall', () => JSON.stringify(feed.last('wall') ?? '').includes('380671112233'));
    });
    const shown = lines
      .map((line) => JSON.parse(line))
      .filter(({ message }) => message === 'personal data shown');
    assert.deepEqual(
      shown.map(({ login, of: what }) => [login, what]),
      [
        ['admin', 'attempt 7'],
        ['admin', 'the wall'],
      ],
    );
    assert.doesNotMatch(lines.join(''), person);
  });

  it('is told where the gateway has no rights for what is asked', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    assert.equal((await admin.ask('me')).body['desk'], false);
    for (const path of ['health', 'refused?id=x', 'examples']) {
      const { status, body } = await admin.ask(path);
      assert.deepEqual([status, /bin\/hookline console/.test(String(body['detail']))], [404, true], path);
    }
  });

  it('is told that Redis gives no answer', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    await live.redis.server.stop();
    const lines = await printed(async () => {
      const { status, body } = await admin.ask('deliveries?attempt=1');
      assert.deepEqual([status, body['detail']], [503, 'Redis gives no answer: look at Health']);
    });
    assert.match(lines.join(''), /live stream was not searched/);
    using feed = await admin.listen();
    await until('the wall to be old', () => feed.last('wall')?.['reading'] === false);
  });
});

describe('an Admin of a gateway with rights on the queues', () => {
  it('is answered by its desk, and what changes something is logged', async () => {
    const { desk, watched } = openDesk();
    await using live = await startLive({}, undefined, true, { page, desk });
    const admin = await logIn(live.url, 'admin', 'secret');
    const answered = async (path: string, body?: object) => (await admin.ask(path, body)).body;
    assert.equal((await answered('me'))['desk'], true);
    assert.equal(schema.health.parse(await answered('health')).findings.length, 1);
    assert.deepEqual(schema.examples.parse(await answered('examples')), {
      url: 'http://door',
      token: null,
      examples: { joined: '{}' },
    });
    assert.deepEqual(schema.whereabouts.parse(await answered('cdr?attempt=7')).cdrs[0]?.where, '7');
    assert.equal((await admin.ask('cdr')).status, 400);
    assert.deepEqual(await answered('flow', { url: 'x' }), { flow: 'x' });
    assert.equal(schema.refusedDelivery.parse(await answered('refused?id=1')).revealed, false);
    assert.equal((await admin.ask('refused?id=2')).status, 404);
    const lines = await printed(async () => {
      assert.equal((await answered('replay', { id: '1', dry: true }))['accepted'], false);
      assert.equal((await answered('replay', { id: '1', dry: false }))['accepted'], true);
      assert.equal((await admin.ask('replay', { id: '2', dry: false })).status, 404);
    });
    assert.equal(lines.filter((line) => line.includes('"replayed"')).length, 1);
    const wrong = await admin.ask('replay', { id: 1 });
    assert.deepEqual([wrong.status, wrong.body['detail']], [400, 'These fields are wrong: id, dry']);
    const { status, body } = await admin.ask('trial', { token: '', body: '' });
    assert.deepEqual([status, body['detail']], [503, 'the door is away: start it']);
    {
      using feed = await admin.listen();
      await until('the refused', () => feed.last('refused') !== undefined);
      assert.deepEqual([schema.refusedNews.parse(feed.last('refused')), watched()], [NEWS, 1]);
    }
    await until('nobody to watch', () => watched() === 0);
  });

  it('waits when others search already', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    const { pid } = live.redis.server;
    const search = async () => {
      const answers: string[] = [];
      process.kill(pid, 'SIGSTOP');
      const searches = Array.from({ length: 6 }, async () => {
        const { status, body } = await admin.ask('deliveries?attempt=1');
        answers.push(`${status} ${body['detail'] ?? ''}`);
        // The others wait for Redis until all have come.
        if (answers.length === 3) process.kill(pid, 'SIGCONT');
      });
      await Promise.all(searches);
      return answers.sort();
    };
    // A search gives up after two seconds: where the machine stood still for so long, once more.
    const answers = await until('no search to give up', async () => {
      const all = await search();
      return !all.some((answer) => answer.includes('Redis gives no answer')) && all;
    });
    const others = '503 Others are searching: try again in a moment';
    assert.deepEqual(answers, ['200 ', '200 ', '200 ', others, others, others]);
  });
});

describe('a Supervisor', () => {
  it('sees the wall of her queues and agents, and no hooks', async () => {
    await using live = await start();
    const alice = await logIn(live.url, 'alice', 'wonder');
    await live.say(
      await happened('joined', of({ attempt_id: '1', timestamp: NOW, joined_at: NOW })),
      await happened('joined', of({ attempt_id: '2', queue_id: '42', timestamp: NOW, joined_at: NOW })),
      await happened('bridged', of({ attempt_id: '3', queue_id: '42', agent_id: '102', timestamp: NOW })),
      await happened('bridged', of({ attempt_id: '4', agent_id: '101', timestamp: NOW })),
    );
    using feed = await alice.listen();
    // The first wall may be older than the last hook.
    const wall = await until('her wall', () => {
      const { success, data } = schema.wall.safeParse(feed.last('wall'));
      return success && data.agents.length > 0 && data;
    });
    const queues = [...wall.inbound, ...wall.outbound].map(({ id }) => id);
    assert.deepEqual([queues, wall.agents.map(({ id }) => id)], [['51'], ['101']]);
    assert.deepEqual([...new Set(feed.pushed.map(({ name }) => name))], ['wall']);
    for (const path of ['deliveries?attempt=1', 'call?attempt=1', 'health', 'refused?id=1', 'examples'])
      assert.equal((await alice.ask(path)).status, 403, path);
    assert.equal((await alice.ask('replay', { id: '1', dry: false })).status, 403);
  });
});

describe('the wall', () => {
  it('has queues that are called and queues that dial, agents by what they do, and CDRs', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    const at = (seconds: number) => ({ timestamp: NOW + seconds * 1000, received_at: NOW + seconds * 1000 });
    const call = (attempt_id: string, seconds: number, more: object = {}) => ({
      ...{ attempt_id, queue_id: '42', joined_at: NOW, agent_id: '', agent_extension: '' },
      ...at(seconds),
      ...more,
    });
    const by = (agent_id: string) => ({ agent_id, agent_extension: `1${agent_id}` });
    await live.say(
      ...(await Promise.all([
        happened('joined', call('1', 0)),
        happened('joined', call('2', 0)),
        happened('offering', call('2', 1, by('201'))),
        happened('joined', call('3', 0)),
        happened('bridged', call('3', 5, by('202'))),
        happened('joined', call('4', 0)),
        happened('bridged', call('4', 30, by('203'))),
        happened('processing', call('4', 40, by('203'))),
        happened('joined', call('5', 0)),
        happened('inbound-leaving-abandoned', call('5', 50)),
        happened('predictive-offering', call('6', 5, { queue_id: '60', ...by('204') })),
        happened('leaving', call('3', 60, by('202'))),
        happened('agent_status-online', { agent_id: '205', extension: '1205', ...at(60) }),
        happened('agent_status-pause', { agent_id: '206', extension: '1206', ...at(60) }),
        happened('agent_status-offline', { agent_id: '207', extension: '1207', ...at(60) }),
      ])),
    );
    live.clock.now = NOW + 61_000;
    using feed = await admin.listen();
    await until('all', () => JSON.stringify(feed.last('wall') ?? '').includes('"207"'));
    const { inbound, outbound, agents, cdrs, day } = schema.wall.parse(feed.last('wall'));
    const [queue] = inbound;
    assert.deepEqual(
      [queue?.waiting, queue?.ringing, queue?.talking, queue?.wrapup, queue?.longestSince],
      [1, 1, 0, 1, NOW],
    );
    assert.deepEqual(
      [queue?.entered, queue?.answered, queue?.abandoned, queue?.inTime, queue?.abandonRate, queue?.asa],
      [5, 2, 1, 0.2, 0.2, 17.5],
    );
    assert.deepEqual(
      outbound.map(({ id, ringing, calls, connected, connectRate }) => [
        id,
        ringing,
        calls,
        connected,
        connectRate,
      ]),
      [['60', 1, 1, 0, 0]],
    );
    assert.deepEqual(Object.fromEntries(agents.map(({ id, state }) => [id, state])), {
      201: 'ringing',
      202: 'unknown',
      203: 'wrapup',
      204: 'ringing',
      205: 'ready',
      206: 'paused',
      207: 'out',
    });
    const ended = cdrs.find(({ attempt }) => attempt === '3');
    assert.deepEqual([ended?.seconds, ended?.agent, /^[•]+$/.test(ended?.number ?? '')], [180, '1202', true]);
    assert.ok(Math.max(...day.waiting) >= 1);
    assert.deepEqual(
      day.answer.filter((seconds) => seconds !== null),
      [17.5],
    );
  });

  it('has nothing of yesterday in the sums of a day that no hook began yet', async () => {
    await using live = await start();
    const call = { queue_id: '42', joined_at: NOW, timestamp: NOW };
    await live.say(
      await happened('joined', call),
      await happened('bridged', { ...call, timestamp: NOW + 1_000 }),
      await happened('leaving', { ...call, timestamp: NOW + 2_000 }),
    );
    const midnight = new Date(NOW).setHours(24, 0, 0, 0);
    live.clock.now = midnight - 1;
    using feed = await (await logIn(live.url, 'admin', 'secret')).listen();
    const sums = () => {
      const { inbound, day } = schema.wall.parse(feed.last('wall'));
      const [queue] = inbound;
      return [queue?.entered, queue?.answered, queue?.inTime, queue?.asa, day.answer.filter(Number.isFinite)];
    };
    const enters = (calls: number) => () => feed.last('wall') !== undefined && sums()[1] === calls;
    await until('the call', enters(1));
    live.clock.now = midnight;
    await until('the new day', enters(0));
    assert.deepEqual(sums(), [0, 0, null, null, []]);
    const received_at = live.clock.now;
    const other = { attempt_id: '2', queue_id: '42', joined_at: received_at, timestamp: received_at };
    await live.say(
      { ...(await happened('joined', other)), received_at },
      { ...(await happened('bridged', other)), received_at },
    );
    await until('its first call', enters(1));
  });

  it('begins again where a copy of the gateway ends: its visitors connect to another', async () => {
    await using live = await start();
    const admin = await logIn(live.url, 'admin', 'secret');
    using feed = await admin.listen();
    await until('a wall', () => feed.last('wall') !== undefined);
    await live.stop();
    await until('the end', feed.ended);
  });

  it('is that of the events, whether the gateway was there or began after them', async () => {
    await using early = await start();
    await say(early.redis, await happened('joined', of({ timestamp: NOW, joined_at: NOW })));
    await using late = await startLive({}, early.redis, true, { page });
    const walls = await Promise.all(
      [early, late].map(async ({ url }) => {
        using feed = await (await logIn(url, 'admin', 'secret')).listen();
        // Where Redis was silent for a moment, the stream is read again.
        return await until('a wall', () => {
          const wall = feed.last('wall');
          return wall?.['reading'] === true && JSON.stringify(wall).includes('"id":"51"') && wall;
        });
      }),
    );
    assert.deepEqual(walls[0], walls[1]);
  });
});
