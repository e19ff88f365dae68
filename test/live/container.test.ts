// What the container holds: the one bundle, run by plain Node in an empty folder; and its files for a deployment.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { listLiveVariables } from '../../live/config.ts';
import { bundleGateway } from '../../local/bundle.ts';
import { freePort } from '../../local/free-port.ts';
import { scratch } from '../../local/scratch.ts';
import { readTenantFile } from '../../local/tenant-file.ts';
import { grants } from '../support/acl.ts';
import { happened, SECRET, say } from '../support/live.ts';
import { fileText, startTestRedis, until } from '../support/stack.ts';

let folder: Awaited<ReturnType<typeof scratch>>;
before(async () => {
  folder = await scratch();
  await using building = await scratch();
  await copyFile(await bundleGateway(building.path), join(folder.path, 'live.mjs'));
});
after(() => folder[Symbol.asyncDispose]());

/** Plain Node, with nothing of the repository near it. @param env all of its environment */
function run(env: NodeJS.ProcessEnv) {
  const child: ChildProcess = spawn(process.execPath, ['live.mjs'], { cwd: folder.path, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  // Not at its exit: what it printed last comes after that.
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, exit, output: () => output, [Symbol.dispose]: () => child.kill('SIGKILL') };
}

const lastLine = (output: string) => JSON.parse(output.trim().split('\n').at(-1) ?? '');

describe('the bundle', () => {
  it('runs with its four settings, answers that it is ready, and ends with 0 when it is told to stop, twice', async () => {
    await using redis = await startTestRedis();
    const LIVE_PORT = `${await freePort()}`;
    const env = {
      REDIS_URL: redis.server.url,
      LIVE_USERS: '{"admin":"hush"}',
      LIVE_SECRET: SECRET,
      LIVE_PORT,
    };
    using gateway = run(env);
    const url = `http://127.0.0.1:${LIVE_PORT}`;
    await until('it to be ready', () =>
      fetch(`${url}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const body = '{"login":"admin","password":"hush"}';
    const answer = await fetch(`${url}/xuc/api/2.0/auth/login`, { method: 'POST', body });
    const socket = new WebSocket(
      `${url.replace('http', 'ws')}/xuc/api/2.0/cti?token=${Object(await answer.json()).token}`,
    );
    const heard: string[] = [];
    const ended: number[] = [];
    socket.onmessage = ({ data }) => heard.push(String(data));
    socket.onclose = ({ code }) => ended.push(code);
    await until('the greeting', () => heard.length >= 2);
    await say(redis, await happened('bridged'));
    await until('the call', () => heard.some((text) => text.includes('AgentOnCall')));
    for (const signal of ['SIGTERM', 'SIGTERM'] as const) gateway.child.kill(signal);
    assert.equal(await gateway.exit, 0);
    await until('the end', () => ended.length > 0);
    assert.deepEqual(ended, [1001]);
    // Neither a secret, nor a word of a caller or agent, nor a stack.
    assert.doesNotMatch(gateway.output(), /hush|xxxx|Petrenko|380671112233| {4}at /);
  });

  it('runs as a user of Redis with the rights of docs/redis.md, and no other', async () => {
    await using redis = await startTestRedis();
    const page = await fileText('docs/redis.md');
    const rights = /The live gateway's own user[^`]*`([^`]+)`/.exec(page)?.[1]?.split(' ') ?? [];
    assert.ok(rights.includes('+xread') && rights.length < 8);
    const base = 'enigma:notifications';
    const granted = rights.map((right) => right.replace('<base>', base));
    assert.doesNotMatch(granted.join(' '), /@|\+\*|~\*/);
    assert.ok(grants(base).length > granted.length, 'fewer than the bridge');
    await redis.client.call('ACL', 'SETUSER', 'live', 'on', '>secret', 'resetchannels', ...granted);
    const REDIS_URL = redis.server.url.replace('//', '//live:secret@');
    const LIVE_PORT = `${await freePort()}`;
    using gateway = run({ REDIS_URL, LIVE_USERS: '{"a":"b"}', LIVE_SECRET: SECRET, LIVE_PORT });
    await until('it to be ready', () =>
      fetch(`http://127.0.0.1:${LIVE_PORT}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    // After an outage it asks for more.
    await redis.client.call('CLIENT', 'KILL', 'USER', 'live');
    await until('the loss', () => gateway.output().includes('is not read'));
    await until('health', () => gateway.output().includes('is read again'));
    assert.doesNotMatch(gateway.output(), /NOPERM/);
  });

  it('refuses to start without users and secret, naming each setting that is wrong and its remedy', async () => {
    using bare = run({});
    assert.equal(await bare.exit, 1);
    const { message, error } = lastLine(bare.output());
    assert.equal(message, 'live gateway cannot start');
    for (const remedy of [/REDIS_URL is not set/, /LIVE_USERS is not set/, /LIVE_SECRET is not set/])
      assert.match(error.message, remedy);
    const env = { REDIS_URL: 'redis://127.0.0.1:1', LIVE_USERS: '{"a":""}', LIVE_SECRET: 'hush' };
    using wrong = run({ ...env, LIVE_PORT: 'x', LIVE_ORIGINS: '*', LIVE_PROXIES: 'lb' });
    assert.equal(await wrong.exit, 1);
    const said = lastLine(wrong.output()).error.message;
    for (const remedy of [
      /LIVE_USERS.*empty password/,
      /LIVE_SECRET must be/,
      /LIVE_PORT must/,
      /LIVE_PROXIES must/,
    ])
      assert.match(said, remedy);
    assert.doesNotMatch(wrong.output(), /hush/);
  });
});

describe("a tenant's settings file", () => {
  it('says who sees what live, and a mistake in it is told with the key', () => {
    const read = (live: unknown) => readTenantFile(JSON.stringify({ live })).live;
    const groups = { 1: { name: 'sales', agents: ['19'] } };
    const { profiles } = read({ groups, profiles: { alice: { groups: ['1'] } } });
    assert.deepEqual(profiles, { alice: { queues: [], groups: ['1'] } });
    assert.deepEqual(read(undefined), { groups: {}, profiles: {}, pauses: [] });
    const strange = () => read({ groups, profiles: { alice: { groups: ['2'] } } });
    assert.throws(strange, /live\.profiles has a profile with a group that is not among groups/);
    assert.throws(() => read({ profile: {} }), /live/);
  });
});

describe('deploy/live', () => {
  it('has a task definition that sets what is known, holds no secret, and has no wildcard', async () => {
    const text = await fileText('deploy/live/task-definition.json');
    const { containerDefinitions } = JSON.parse(text);
    const [container] = containerDefinitions;
    const names = (list: { name: string }[]) => list.map(({ name }) => name);
    const known = [...listLiveVariables(), 'TZ'];
    for (const name of [...names(container.environment), ...names(container.secrets)])
      assert.ok(known.includes(name), name);
    assert.deepEqual(names(container.secrets).sort(), ['LIVE_SECRET', 'LIVE_USERS', 'REDIS_URL']);
    for (const { valueFrom } of container.secrets)
      assert.match(valueFrom, /^arn:aws:(?:secretsmanager|ssm):/);
    assert.doesNotMatch(text, /\*/);
    assert.deepEqual([container.readonlyRootFilesystem, container.user], [true, 'node']);
    assert.ok(container.stopTimeout > 5, 'longer than a gateway takes to stop');
  });

  it('has one health check in both files, that goes by the answer of /health', async () => {
    const dockerfile = await fileText('deploy/live/Dockerfile');
    const { containerDefinitions } = JSON.parse(await fileText('deploy/live/task-definition.json'));
    const [, ...command] = containerDefinitions[0].healthCheck.command;
    assert.deepEqual(JSON.parse(/^ {2}CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? ''), command);
    await using redis = await startTestRedis();
    const LIVE_PORT = `${await freePort()}`;
    const env = { REDIS_URL: redis.server.url, LIVE_USERS: '{"a":"b"}', LIVE_SECRET: SECRET, LIVE_PORT };
    const check = async () => {
      const [, ...args] = command;
      const [code] = await once(spawn(process.execPath, args, { env: { LIVE_PORT } }), 'exit');
      return code;
    };
    assert.equal(await check(), 1);
    using _gateway = run(env);
    await until('health', async () => (await check()) === 0);
  });
});
