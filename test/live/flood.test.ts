// What strangers and greedy clients may do to a gateway: it stays up, and whoever is logged in is served.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Server } from 'socket.io';
import { createAddresses, readNetwork } from '../../live/access/http.ts';
import { limitStrangers } from '../../live/access/strangers.ts';
import { createThrottle } from '../../live/access/throttle.ts';
import { watchHandshakes } from '../../live/axialys/handshakes.ts';
import { listen } from '../../live/server.ts';
import { freePort } from '../../local/free-port.ts';
import { happened, NOW, SECRET, STREAM, startLive } from '../support/live.ts';
import { startTestRedis, until } from '../support/stack.ts';

const LOGIN = '{"login":"admin","password":"secret"}';

/** A gateway in a process of its own, with little memory. */
async function startProcess(redisUrl: string) {
  const port = await freePort();
  const env = {
    REDIS_URL: redisUrl,
    LIVE_HOST: '127.0.0.1',
    LIVE_PORT: `${port}`,
    LIVE_USERS: '{"admin":"secret"}',
    LIVE_SECRET: SECRET,
  };
  const main = join(import.meta.dirname, '../../live/main.ts');
  const child = spawn(process.execPath, ['--max-old-space-size=128', main], { env, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('the gateway to be ready', ready);
  return {
    url,
    port,
    alive: () => child.exitCode === null && child.signalCode === null,
    /** MB at most, until now */
    peak: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  };
}

/** A client of XiVO that is logged in. */
async function logIn(url: string) {
  const answer = await fetch(`${url}/xuc/api/2.0/auth/login`, { method: 'POST', body: LOGIN });
  const { token } = Object(await answer.json());
  const socket = new WebSocket(`${url.replace('http', 'ws')}/xuc/api/2.0/cti?token=${token}`);
  const heard: string[] = [];
  const ended: number[] = [];
  socket.onmessage = ({ data }) => heard.push(String(data));
  socket.onclose = ({ code }) => ended.push(code);
  await until('the profile', () => heard.some((text) => text.includes('RightProfile')));
  const ping = async () => {
    const before = heard.length;
    socket.send('{"claz":"ping"}');
    await until('the answer to a ping', () => heard.slice(before).includes('{"claz":"ping"}'));
  };
  return { socket, heard, ended, ping, [Symbol.dispose]: () => socket.close() };
}

/** Sends so many handshakes of Socket.IO on one connection after another; reads all answers. */
async function shakeHands(port: number, localAddress: string, count: number): Promise<void> {
  const header = `X-Fat: ${'x'.repeat(7_000)}`;
  const request = `GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`;
  for (let sent = 0; sent < count; ) {
    const socket: Socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    let answers = 0;
    let rest = '';
    const batch = Math.min(500, count - sent);
    socket.on('data', (data) => {
      const parts = (rest + data.toString('latin1')).split('HTTP/1.1 ');
      answers += parts.length - 1;
      // An answer may begin in one chunk and go on in the next.
      rest = parts.at(-1)?.slice(-8) ?? '';
      if (answers >= batch) socket.destroy();
    });
    socket.write(request.repeat(batch));
    await closed;
    sent += batch;
  }
}

describe('a flood of handshakes from strangers', () => {
  it('leaves a gateway up with its memory bounded, and serves who is logged in', async () => {
    await using redis = await startTestRedis();
    await using gateway = await startProcess(redis.server.url);
    using client = await logIn(gateway.url);
    const each = 2_500;
    const addresses = Array.from({ length: 8 }, (_, index) => `127.0.0.${index + 2}`);
    const flood = Promise.all(addresses.map((address) => shakeHands(gateway.port, address, each)));
    let over = false;
    const done = flood.finally(() => {
      over = true;
    });
    do await client.ping();
    while (!over);
    await done;
    assert.ok(gateway.alive());
    assert.ok(gateway.peak() < 400, `${gateway.peak()} MB`);
    assert.deepEqual(client.ended, []);
    // And newcomers are let in.
    using newcomer = await logIn(gateway.url);
    await newcomer.ping();
  });

  it('leaves a gateway up that has entries of a megabyte in its stream at its start', async () => {
    await using redis = await startTestRedis();
    const event = await happened('bridged');
    for (let index = 0; index < 150; index++) {
      const payload = { ...event, id: `${index}`.padStart(32), agent_id: `${index}` };
      const message = { type: 'bridged', payload: { ...payload, variables: { x: 'x'.repeat(1_000_000) } } };
      await redis.client.xadd(STREAM, '*', 'event', JSON.stringify(message));
    }
    await using gateway = await startProcess(redis.server.url);
    using client = await logIn(gateway.url);
    client.socket.send('{"claz":"web","command":"getAgentStates"}');
    // Statistics come unasked besides.
    const isState = (text: string) => text.includes('"AgentStateEvent"');
    await until('every agent', () => client.heard.filter(isState).length === 150);
    assert.ok(gateway.peak() < 400, `${gateway.peak()} MB`);
  });
});

describe('strangers', () => {
  it('are as many as may be: the oldest of the address is ended, or the oldest of all', () => {
    const ended: string[] = [];
    const strangers = limitStrangers({ inAll: 3, perAddress: 2 });
    const hold = (name: string, address?: string) => strangers.hold(address, () => ended.push(name));
    const leave = hold('a1', 'a');
    hold('a2', 'a');
    hold('a3', 'a');
    assert.deepEqual(ended, ['a1']);
    hold('b1', 'b');
    hold('c1', 'c');
    assert.deepEqual(ended, ['a1', 'a2']);
    // It was ended, and leaves once more.
    leave();
    assert.equal(strangers.count(), 3);
    for (const name of ['x1', 'x2', 'x3']) hold(name);
    assert.deepEqual(ended, ['a1', 'a2', 'a3', 'b1', 'c1']);
  });

  it('are from one address when they share the 64 bits of an IPv6 network', () => {
    assert.equal(readNetwork('192.0.2.7'), '192.0.2.7');
    assert.equal(readNetwork('2001:db8::1'), '2001:db8:0:0::/64');
    assert.equal(readNetwork('2001:db8:0:0:ffff::2'), readNetwork('2001:DB8::1'));
    assert.notEqual(readNetwork('2001:db8:0:1::1'), readNetwork('2001:db8::1'));
    assert.equal(readNetwork('::1'), '0:0:0:0::/64');
    assert.equal(readNetwork('fe80::1%eth0'), 'fe80:0:0:0::/64');
  });
});

describe('a handshake of Socket.IO', () => {
  it('has its time from the handshake on, also when nothing follows, and its request is not kept', async () => {
    const http = createServer();
    const io = new Server(http);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => io.close());
    const ended: unknown[] = [];
    const context = { addresses: createAddresses([]), connections: { trust: () => undefined } };
    watchHandshakes(
      io,
      context,
      (connection) => {
        ended.push(connection.request);
        connection.close(true);
      },
      50,
    );
    const port = await listen(http, 0, '127.0.0.1');
    const answer = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`);
    assert.equal(answer.status, 200);
    await until('its end', () => io.engine.clientsCount === 0);
    assert.deepEqual(ended, [undefined]);
  });
});

describe('wrong passwords', () => {
  it('are counted by address and by login, and come back with time', () => {
    const { check, fail } = createThrottle();
    const refused = (address: string, login: string, now: number) => {
      try {
        check(address, login, now);
        return false;
      } catch {
        return true;
      }
    };
    for (let index = 0; index < 10; index++) {
      assert.equal(refused('a', 'alice', NOW), false);
      fail(`a${index}`, 'alice', NOW);
    }
    assert.equal(refused('b', 'alice', NOW), true, 'from any address');
    assert.equal(refused('b', 'bob', NOW), false, 'not for another login');
    assert.equal(refused('b', 'alice', NOW + 6_000), false);
    for (let index = 0; index < 30; index++) fail('c', `login ${index}`, NOW);
    assert.equal(refused('c', 'anybody', NOW), true, 'whatever the login');
    assert.equal(refused('c', 'anybody', NOW + 2_000), false);
  });

  it('lock nobody out where it logged in before', () => {
    const { check, fail, succeed } = createThrottle();
    succeed('home', 'alice');
    for (let index = 0; index < 20; index++) fail('elsewhere', 'alice', NOW);
    for (let index = 0; index < 40; index++) fail('home', `login ${index}`, NOW);
    check('home', 'alice', NOW);
    assert.throws(() => check('home', 'bob', NOW), /Too many logins failed/);
    assert.throws(() => check('other', 'alice', NOW), /Too many logins failed/);
    for (let index = 0; index < 10; index++) fail('home', 'alice', NOW);
    assert.throws(() => check('home', 'alice', NOW), /Too many logins failed/);
  });

  for (const protocol of ['Axialys', 'XiVO'] as const) {
    it(`are answered with 429 and when to come again, by the login of ${protocol}`, async () => {
      await using live = await startLive();
      const post = (password: string) => {
        const fields = { login: 'admin', password };
        const xJson = JSON.stringify({ requete: 'init', header: fields, msg: {} });
        return protocol === 'Axialys'
          ? fetch(`${live.url}/ws/`, { method: 'POST', headers: { 'x-json': xJson } })
          : fetch(`${live.url}/xuc/api/2.0/auth/login`, { method: 'POST', body: JSON.stringify(fields) });
      };
      for (let index = 0; index < 10; index++) assert.equal((await post('wrong')).status, 401);
      const refused = await post('secret');
      assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '6']);
      live.clock.now += 6_000;
      assert.equal((await post('secret')).status, 200);
    });
  }
});

describe('a client that sends thousands of commands at once', () => {
  it('is answered every one, and stalls nobody', async () => {
    await using live = await startLive();
    for (let index = 0; index < 300; index++)
      await live.say(await happened('bridged', { agent_id: `${1_000 + index}`, attempt_id: `${index}` }));
    using greedy = await logIn(live.url);
    using other = await logIn(live.url);
    await until('all agents', async () => {
      other.heard.length = 0;
      other.socket.send('{"claz":"web","command":"getAgentStates"}');
      await other.ping();
      return new Set(other.heard.flatMap((text) => /"agentId":\d+/.exec(text) ?? [])).size === 300;
    });
    const count = 1_000;
    const isDirectory = (text: string) => text.startsWith('{"msgType":"AgentDirectory"');
    for (let index = 0; index < count; index++)
      greedy.socket.send('{"claz":"web","command":"getAgentDirectory"}');
    await until('the first answer', () => greedy.heard.some(isDirectory));
    await other.ping();
    const before = greedy.heard.filter(isDirectory).length;
    assert.ok(before < count, `${before} were answered before the other one's turn`);
    await until('every answer', () => greedy.heard.filter(isDirectory).length === count);
    assert.deepEqual([greedy.ended, other.ended], [[], []]);
  });
});
