// `npm start` as whoever types it sees it: a process of its own, its signals, its leftovers.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { freePort } from '../../local/free-port.ts';
import { startRedis } from '../../local/redis-server.ts';
import { scratch } from '../../local/scratch.ts';
import { dataFolder } from '../../local/settings.ts';
import { examples } from '../support/dialect-suite.ts';
import { fileText, until } from '../support/stack.ts';
import { type Run, redisAt, signal, startTenant } from '../support/tenant.ts';

const LIST = 'enigma:notifications:campaigns';

const post = async ({ url }: Run, example: string, token = 'local-token') => {
  const headers = { 'x-api-key': token };
  return fetch(`${url}/hooks/webitel`, {
    method: 'POST',
    body: await fileText(`events/webitel/${example}.json`),
    headers,
  });
};

describe('a run', () => {
  it('is ready with a line that names URL, token and Redis, and drains to exit 0 on signals that come twice', async () => {
    await using tenant = await startTenant();
    const started = tenant.run();
    await tenant.ready(started);
    const line =
      started
        .output()
        .split('\n')
        .find((text) => text.startsWith('hookline ready')) ?? '';
    for (const part of [started.url, 'local-token', `redis://127.0.0.1:${tenant.env.REDIS_PORT}`])
      assert.ok(line.includes(part), line);
    assert.equal((await post(started, 'leaving')).status, 202);
    const redis = tenant.client();
    await until('the CDR', async () => (await redis.llen(LIST)) === 1);
    for (const _ of [1, 2]) signal(started.process, 'SIGTERM');
    assert.equal(await started.exit, 0);
    await until('Redis to be gone', () => redis.status === 'reconnecting');
  });

  it('prints neither its tokens nor a word of a caller or agent', async () => {
    await using tenant = await startTenant();
    const started = tenant.run({ HOOK_TOKENS: 'hush-hush' });
    await tenant.ready(started);
    for (const example of examples) assert.equal((await post(started, example, 'hush-hush')).status, 202);
    const bad = '{"channel":"call","attempt_id":"Olena","destination":{"a":"380671112233"}}';
    await fetch(`${started.url}/hooks/webitel/leaving`, {
      method: 'POST',
      body: bad,
      headers: { 'x-api-key': 'hush-hush' },
    });
    for (const line of ['"accepted"', '"relayed"', '"quarantined"'])
      await until(line, () => started.output().includes(line));
    signal(started.process, 'SIGINT');
    assert.equal(await started.exit, 0);
    assert.doesNotMatch(
      started.output(),
      /hush|Olena|Halyna|Koval|380671112233|380509998877|billing| {4}at /,
    );
  });

  it('starts its own Redis again when that dies, with what was in it', async () => {
    await using tenant = await startTenant();
    const started = tenant.run();
    await tenant.ready(started);
    const redis = tenant.client();
    await redis.lpush('kept', 'x');
    const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
    process.kill(pid, 'SIGKILL');
    await until('another Redis', async () => !(await redis.info('server')).includes(`process_id:${pid}\r`));
    assert.equal(await redis.llen('kept'), 1);
  });
});

describe('the live gateway of a run', () => {
  const urlIn = (run: Run) => /^live gateway: (\S+) login: /m.exec(run.output())?.[1] ?? '';

  it('is named in the line before the last, and tells a client of XiVO what was posted at the door', async () => {
    await using tenant = await startTenant();
    const started = tenant.run();
    await tenant.ready(started);
    assert.match(
      started.output(),
      /^live gateway: \S+ login: local password: local-token\nhookline ready: .*\n/m,
    );
    const url = urlIn(started);
    await until('its health', async () => (await fetch(`${url}/health`)).ok);
    const body = '{"login":"local","password":"local-token"}';
    const answer = await fetch(`${url}/xuc/api/2.0/auth/login`, { method: 'POST', body });
    const { token } = (await answer.json()) as { token: string };
    const heard: string[] = [];
    const socket = new WebSocket(`${url.replace('http', 'ws')}/xuc/api/2.0/cti?token=${token}`);
    socket.onmessage = ({ data }) => heard.push(String(data));
    await until('the greeting', () => heard.length >= 2);
    assert.equal((await post(started, 'bridged')).status, 202);
    await until('the agent on call', () => heard.some((text) => text.includes('AgentOnCall')));
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code }) => resolve(code);
    });
    signal(started.process, 'SIGTERM');
    assert.equal(await closed, 1001);
    assert.equal(await started.exit, 0);
  });

  it('takes a free port when 3001 is taken, is a clear error when LIVE_PORT is, and is away with LIVE=off', async () => {
    await using tenant = await startTenant();
    const server = createServer(() => undefined).on('error', () => undefined);
    // Another run may have it already, and give it up meanwhile.
    await new Promise<void>((resolve) => {
      server.once('error', () => resolve()).listen(3001, '127.0.0.1', resolve);
    });
    const beside = tenant.run();
    await tenant.ready(beside);
    assert.ok(!server.listening || !urlIn(beside).endsWith(':3001'), urlIn(beside));
    assert.ok((await fetch(`${urlIn(beside)}/nowhere`)).status === 404);
    signal(beside.process, 'SIGTERM');
    assert.equal(await beside.exit, 0);

    server.close();

    const LIVE_PORT = `${await freePort()}`;
    const blocker = createServer(() => undefined).listen(Number(LIVE_PORT), '127.0.0.1');
    const refused = tenant.run({ LIVE_PORT });
    assert.equal(await refused.exit, 1);
    assert.match(refused.output(), new RegExp(`Port ${LIVE_PORT} is taken.*LIVE_PORT`));
    const without = tenant.run({ LIVE: 'off', LIVE_PORT });
    await tenant.ready(without);
    assert.doesNotMatch(without.output(), /live gateway/);
    assert.equal((await post(without, 'joined')).status, 202);
    const redis = tenant.client();
    await until('the event', async () => (await redis.dbsize()) > 0);
    assert.equal(await redis.exists(`{${LIST}}:live`), 0);
    blocker.close();
  });

  it('prints no password of LIVE_USERS', async () => {
    await using tenant = await startTenant();
    const started = tenant.run({ LIVE_USERS: '{"alice":"hush-hush"}', LIVE_SECRET: 'hush'.repeat(8) });
    await tenant.ready(started);
    assert.match(started.output(), /^live gateway: \S+ login: as in LIVE_USERS\nhookline ready/m);
    signal(started.process, 'SIGTERM');
    assert.equal(await started.exit, 0);
    assert.doesNotMatch(started.output(), /hush/);
  });
});

describe('after a kill -9', () => {
  it('the next run takes over the Redis that was left behind, and nothing answered 202 is lost', async () => {
    await using tenant = await startTenant();
    const first = tenant.run({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    await until('the door', () => first.output().includes('hookline waits for Redis'));
    assert.equal((await post(first, 'leaving')).status, 202);
    signal(first.process, 'SIGKILL');
    await first.exit;

    const second = tenant.run();
    await tenant.ready(second);
    const redis = tenant.client();
    const pid = async () => /process_id:(\d+)/.exec(await redis.info('server'))?.[1];
    const left = await pid();
    signal(second.process, 'SIGKILL');
    await second.exit;

    const third = tenant.run();
    await tenant.ready(third);
    assert.equal(await pid(), left);
    // The first run may have had it in flight: it comes again after the visibility timeout.
    await until('the CDR of the first run', async () => (await redis.llen(LIST)) === 1);
  });

  it('the next run on another Redis port ends the one that was left behind, and keeps its data', async () => {
    await using tenant = await startTenant();
    const first = tenant.run();
    await tenant.ready(first);
    const old = tenant.client();
    await old.lpush('kept', 'x');
    signal(first.process, 'SIGKILL');
    await first.exit;
    const REDIS_PORT = `${await freePort()}`;
    const second = tenant.run({ REDIS_PORT });
    await tenant.ready(second);
    await using stack = new AsyncDisposableStack();
    const redis = stack.adopt(redisAt(REDIS_PORT), async (client) => client.disconnect());
    assert.equal(await redis.llen('kept'), 1);
    await until('the old one to be gone', () => old.status === 'reconnecting');
  });
});

describe('a run whose Redis does not answer yet', () => {
  it('takes hooks, says once for each reason what it waits for, and is ready when Redis answers', async () => {
    await using tenant = await startTenant();
    await using folder = await scratch();
    const port = await freePort();
    const started = tenant.run({ REDIS_URL: `redis://:hush-hush@127.0.0.1:${port}` });
    const waits = () => started.output().match(/^hookline waits for Redis at .*$/gm) ?? [];
    const refused = /ECONNREFUSED.*check that it runs, and REDIS_URL.*Hooks are taken at http/;
    await until('the door', () => waits().some((line) => refused.test(line)));
    assert.equal((await post(started, 'leaving')).status, 202);

    const redis = await startRedis(port, folder.path);
    await using stack = new AsyncDisposableStack();
    stack.defer(redis.stop);
    // One without a password takes any: Redis warns, and answers.
    await tenant.ready(started);
    assert.ok(started.output().indexOf('waits for Redis') < started.output().indexOf('hookline ready'));
    // A busy machine may have another reason in between: that it took too long.
    assert.ok(waits().every((line, place, all) => line !== all[place - 1]));
    assert.doesNotMatch(started.output(), /hush/);
    signal(started.process, 'SIGTERM');
    assert.equal(await started.exit, 0);
  });

  it('stops with exit 0 while it waits', async () => {
    await using tenant = await startTenant();
    const started = tenant.run({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    await until('the door', () => started.output().includes('hookline waits for Redis'));
    signal(started.process, 'SIGINT');
    assert.equal(await started.exit, 0);
    assert.doesNotMatch(started.output(), /hookline ready/);
  });
});

describe('the address of a run', () => {
  it('is HOST, which the ready line names', async () => {
    await using tenant = await startTenant();
    const started = tenant.run({ HOST: '127.0.0.2' });
    await tenant.ready(started);
    const url = `http://127.0.0.2:${tenant.env.PORT}`;
    assert.ok(started.output().includes(`hookline ready: ${url} token: local-token`), started.output());
    assert.equal((await post({ ...started, url }, 'joined')).status, 202);
    await assert.rejects(post(started, 'joined'));
  });

  it('off loopback wants a token of its own, before anything is started', async () => {
    await using tenant = await startTenant();
    const refused = tenant.run({ HOST: '0.0.0.0' });
    assert.equal(await refused.exit, 1);
    assert.match(refused.output(), /^hookline: HOOK_TOKENS is not set.*HOST=0\.0\.0\.0.*openssl rand/);
    assert.ok(!existsSync(dataFolder(tenant.env)));

    const started = tenant.run({ HOST: '0.0.0.0', HOOK_TOKENS: 'hush-hush', ALLOWED_IPS: '127.0.0.0/8' });
    await tenant.ready(started);
    assert.match(
      started.output(),
      /hookline ready: http:\/\/127\.0\.0\.1:.*\(listens on all addresses, 0\.0\.0\.0\)/,
    );
    assert.equal((await post(started, 'joined', 'hush-hush')).status, 202);
  });
});

describe('the output of a run', () => {
  it('is text on a terminal, and JSON lines elsewhere', async () => {
    await using tenant = await startTenant();
    // Last the one whose process ends at a time of its own, behind that of the terminal.
    for (const terminal of [false, true]) {
      const started = tenant.run(
        { NO_COLOR: '1' },
        terminal ? ['script', '-qec', 'bin/hookline start', '/dev/null'] : undefined,
      );
      await tenant.ready(started);
      assert.equal((await post(started, terminal ? 'offering' : 'bridged')).status, 202);
      const accepted = /^\d\d:\d\d:\d\d {2}accepted {3}offering {6}queue 42 {2}attempt 918273\r?$/m;
      const json = /^\{"level":"info","message":"accepted"/m;
      await until('a line', () => (terminal ? accepted : json).test(started.output()));
      assert.doesNotMatch(started.output(), terminal ? /^\{/m : /^\d\d:\d\d/m);
      signal(started.process, 'SIGTERM');
      await started.exit;
    }
  });
});

describe('a run that cannot start', () => {
  it('says which folder it cannot write to, and what to do', async () => {
    await using tenant = await startTenant();
    const folder = dataFolder(tenant.env);
    await mkdir(folder, { recursive: true });
    // Root may write everywhere, as long as it has that capability.
    await chmod(folder, 0o500);
    const command =
      process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', 'bin/hookline', 'start'] : undefined;
    const refused = tenant.run({}, command);
    assert.equal(await refused.exit, 1);
    assert.match(refused.output(), /^hookline: cannot write to \S+ \(EACCES.*chown -R \d+ /m);
    await chmod(folder, 0o700);
  });

  it('says which port is taken, and leaves nothing behind', async () => {
    await using tenant = await startTenant();
    await using folder = await scratch();
    const foreign = await startRedis(Number(tenant.env.REDIS_PORT), folder.path);
    const blocked = tenant.run();
    assert.equal(await blocked.exit, 1);
    assert.match(blocked.output(), new RegExp(`port ${tenant.env.REDIS_PORT}[^]*(?:taken|in use)`, 'i'));
    await foreign.stop();

    // Somebody who is no Redis, and never answers.
    const silent = createServer(() => undefined).listen(Number(tenant.env.REDIS_PORT), '127.0.0.1');
    const unanswered = tenant.run();
    assert.equal(await unanswered.exit, 1);
    assert.match(unanswered.output(), new RegExp(`port ${tenant.env.REDIS_PORT}`));
    silent.close();

    const running = tenant.run();
    await tenant.ready(running);
    const again = tenant.run({ PORT: `${await freePort()}` });
    assert.equal(await again.exit, 1);
    assert.match(again.output(), /in use by another run/);
    assert.equal((await post(running, 'joined')).status, 202);

    const other = tenant.run({ TENANT: `${tenant.env.TENANT}-2`, REDIS_PORT: `${await freePort()}` });
    assert.equal(await other.exit, 1);
    assert.match(other.output(), new RegExp(`Port ${tenant.env.PORT} is taken`));
    await rm(dataFolder({ TENANT: `${tenant.env.TENANT}-2` }), { recursive: true, force: true });
  });

  it('names the setting that is wrong', async () => {
    await using tenant = await startTenant();
    const wrong = tenant.run({ PORT: 'three thousand', REDIS_PORT: '70000' });
    assert.equal(await wrong.exit, 1);
    assert.match(wrong.output(), /PORT must be a port.*REDIS_PORT must be a port/);
  });
});
