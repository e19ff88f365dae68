// The gateway whatever the protocol: catching up, slow clients, origins, refusals, and its end.
import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { describe, it } from 'node:test';
import { WebSocket as RawSocket } from 'ws';
import { startProxy } from '../../chaos/proxy.ts';
import type { QueueEvent } from '../../lib/event.ts';
import { createHttpServer } from '../../live/server.ts';
import { happened, type Live, NOW, printed, STREAM, startLive } from '../support/live.ts';
import { startTestRedis, until } from '../support/stack.ts';

const login = '{"login":"admin","password":"secret"}';
const xJson = `{"requete":"init","header":${login},"msg":{}}`;

async function tokenOf({ url }: Pick<Live, 'url'>): Promise<string> {
  const answer = await fetch(`${url}/xuc/api/2.0/auth/login`, { method: 'POST', body: login });
  return Object(await answer.json()).token;
}

/** A client of XiVO on a socket that can be held still. */
async function xucClient(live: Pick<Live, 'url'>) {
  const url = `${live.url.replace('http', 'ws')}/xuc/api/2.0/cti?token=${await tokenOf(live)}`;
  return rawClient(url, () => undefined, 'RightProfile');
}

/** A client of Axialys that speaks Socket.IO by itself, on a socket that can be held still. */
async function axialysClient(live: Pick<Live, 'url'>) {
  const answer = await fetch(`${live.url}/ws/`, { method: 'POST', headers: { 'x-json': xJson } });
  const { target, id_session } = Object(await answer.json());
  const url = `${live.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const init = `42${JSON.stringify(['init', 'supervisor', target, id_session])}`;
  return rawClient(url, (socket, text) => {
    if (text.startsWith('0')) socket.send('40');
    if (text.startsWith('40')) socket.send(init);
    if (text === '2') socket.send('3');
    if (text === '41') socket.close();
  });
}

async function rawClient(url: string, hear: (socket: RawSocket, text: string) => void, greeting = '') {
  const socket = new RawSocket(url);
  const heard: string[] = [];
  const ended: [code: number, reason: string][] = [];
  socket.on('error', () => undefined);
  socket.on('message', (data) => {
    const text = data.toString();
    heard.push(text);
    hear(socket, text);
  });
  socket.on('close', (code, reason) => ended.push([code, reason.toString()]));
  await until('a greeting', () => heard.some((text) => text.includes(greeting)));
  return { socket, heard, ended, [Symbol.dispose]: () => socket.terminate() };
}
type Raw = Awaited<ReturnType<typeof rawClient>>;

const phoneOf = (text: string) =>
  /"phoneNb":"(\d+)/.exec(text)?.[1] ?? /"caller_id_num":"(\d+)/.exec(text)?.[1];
/** Which of the numbered events it heard. */
const numbers = ({ heard }: Raw) => heard.flatMap((text) => phoneOf(text) ?? []).map(Number);

/** An event that both protocols tell of, with a number, and as long as it takes. */
const numbered = (number: number, length = 0): Promise<QueueEvent> => {
  const text = `${number} ${'x'.repeat(length)}`;
  return happened('offering', {
    attempt_id: `${number}`,
    timestamp: NOW + number,
    agent_extension: text,
    destination: text,
  });
};

async function listening(live: Live, ...clients: Raw[]): Promise<void> {
  let number = 0;
  await until('all to listen', async () => {
    await live.say(await numbered(++number));
    return clients.every((client) => numbers(client).length > 0);
  });
  await until('all to have heard', () => clients.every((client) => numbers(client).at(-1) === number));
  for (const { heard } of clients) heard.length = 0;
}

/** What a gateway knows, as its clients are told. */
async function knowledge(live: Live): Promise<unknown> {
  using client = await xucClient(live);
  const commands = ['getAgentDirectory', 'subscribeToAgentStats', 'subscribeToQueueStats'];
  for (const command of commands) client.socket.send(JSON.stringify({ claz: 'web', command }));
  client.socket.send('{"claz":"ping"}');
  await until('the answers', () => client.heard.includes('{"claz":"ping"}'));
  // Statistics may come unasked besides, and the clock stands still.
  return [...new Set(client.heard.slice(2))].sort();
}

const day = async (from: number, to: number): Promise<QueueEvent[]> => {
  const names = ['joined', 'offering', 'bridged', 'processing', 'leaving', 'agent_status-online'];
  const events: QueueEvent[] = [];
  for (let number = from; number < to; number++) {
    const fields = {
      attempt_id: `${number >> 3}`,
      agent_id: `${100 + (number % 5)}`,
      queue_id: `${number % 3}`,
    };
    const times = { timestamp: NOW - 100_000 + number * 37, joined_at: NOW - 110_000 };
    events.push(await happened(names[(number * 7) % names.length] ?? '', { ...fields, ...times }));
  }
  return events;
};

describe('a copy of the gateway', () => {
  it('that starts late knows the same as one that was there, and says nothing of the past', async () => {
    await using early = await startLive();
    using client = await xucClient(early);
    await early.say(...(await day(0, 300)), await numbered(999));
    await until('the last event', () => numbers(client).includes(999));
    await using late = await startLive({}, early.redis);
    assert.deepEqual(await knowledge(late), await knowledge(early));
    using newcomer = await xucClient(late);
    await late.say(await numbered(1000));
    await until('the next event', () => numbers(newcomer).includes(1000));
    assert.deepEqual(numbers(newcomer), [1000]);
  });

  it('whose Redis was away says in order what it missed, and knows the same as one whose was not', async () => {
    await using there = await startLive();
    const proxy = await startProxy(0, Number(new URL(there.redis.server.url).port));
    await using stack = new AsyncDisposableStack();
    stack.defer(proxy.stop);
    await using away = await startLive({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` }, there.redis);
    using witness = await xucClient(there);
    using xuc = await xucClient(away);
    using axialys = await axialysClient(away);
    await listening(away, xuc, axialys);
    proxy.shut();
    await until('the loss to be told', async () => !(await away.healthy()));
    // Above every number that was needed until all listened.
    const above = [1_000_001, 1_000_002, 1_000_003];
    const missed = await Promise.all(above.map((number) => numbered(number)));
    await away.say(...(await day(0, 50)), ...missed);
    proxy.open();
    await until('health', away.healthy);
    for (const client of [xuc, axialys]) {
      await until('what was missed', () => numbers(client).includes(1_000_003));
      assert.deepEqual(
        numbers(client).filter((number) => number > 1_000_000 && number < 1_000_010),
        above,
      );
      assert.deepEqual(client.ended, []);
    }
    await until('the other gateway', () => numbers(witness).includes(1_000_003));
    assert.deepEqual(await knowledge(away), await knowledge(there));
  });

  it('whose Redis froze goes on when that thaws', async () => {
    await using live = await startLive();
    using client = await xucClient(live);
    await listening(live, client);
    process.kill(live.redis.server.pid, 'SIGSTOP');
    await until('the loss to be told', async () => !(await live.healthy()));
    process.kill(live.redis.server.pid, 'SIGCONT');
    await until('health', live.healthy);
    await live.say(await numbered(500));
    await until('the next event', () => numbers(client).includes(500));
  });

  it('goes on after an entry that it cannot read', async () => {
    await using live = await startLive();
    using client = await xucClient(live);
    await listening(live, client);
    for (const text of ['{"type":"joi', '[]', 'null', '{"type":"joined","payload":{"event":"joined"}}'])
      await live.redis.client.xadd(STREAM, '*', 'event', text);
    await live.redis.client.xadd(STREAM, '*', 'other', 'x');
    await live.say(await numbered(500));
    await until('the next event', () => numbers(client).includes(500));
    await until('health', live.healthy);
  });
});

const dropped = (text: string) => /"message":"client dropped/.test(text);

describe('a client that does not read', () => {
  it('is told and dropped, while the others of both protocols get everything in order', async () => {
    await using live = await startLive();
    using slowXuc = await xucClient(live);
    using slowAxialys = await axialysClient(live);
    using xuc = await xucClient(live);
    using axialys = await axialysClient(live);
    const swift = [xuc, axialys];
    await listening(live, slowXuc, slowAxialys, ...swift);
    for (const { socket } of [slowXuc, slowAxialys]) socket.pause();
    // Until it is more than the kernel's buffers and ours together hold, and some that nobody keeps for them.
    const all: number[] = [];
    const sayOne = async () => {
      const number = 10_000 + all.length;
      await live.say(await numbered(number, 40_000));
      all.push(number);
    };
    await printed(async (lines) => {
      while (lines().filter(dropped).length < 2) await sayOne();
    });
    for (let more = 0; more < 10; more++) await sayOne();
    for (const client of swift)
      await until('everything', () => numbers(client).length === all.length, 120_000);
    for (const { socket } of [slowXuc, slowAxialys]) socket.resume();
    for (const slow of [slowXuc, slowAxialys]) await until('its end', () => slow.ended.length > 0);
    for (const slow of [slowXuc, slowAxialys])
      assert.ok(numbers(slow).length < all.length, 'not everything was kept');
    for (const client of swift) {
      assert.deepEqual(numbers(client), all);
      assert.deepEqual(client.ended, []);
    }
    const cpts = axialys.heard.flatMap((text) => /"cpt":(\d+)/.exec(text)?.[1] ?? []).map(Number);
    assert.deepEqual(
      cpts,
      cpts.map((_, index) => (cpts[0] ?? 0) + index),
    );
  });

  it('is told why when it reads on within five seconds: 1008 by xuc, a disconnect by Axialys', async () => {
    await using live = await startLive();
    using xuc = await xucClient(live);
    using axialys = await axialysClient(live);
    await listening(live, xuc, axialys);
    const lines: string[] = [];
    // One after the other: the five seconds of each begin when it is dropped.
    for (const client of [xuc, axialys]) {
      client.socket.pause();
      const told = await printed(async (printedYet) => {
        for (let number = 1_000; !printedYet().some(dropped); number++)
          await live.say(await numbered(number, 40_000));
      });
      client.socket.resume();
      await until('its end', () => client.ended.length > 0);
      lines.push(...told);
    }
    assert.deepEqual(xuc.ended, [[1008, 'too slow']]);
    assert.equal(axialys.heard.at(-1)?.slice(0, 20), '41', 'the packet that disconnects');
    assert.deepEqual(
      lines.filter(dropped).map((line) => Object.keys(JSON.parse(line)).sort()),
      Array.from({ length: 2 }, () => ['clients', 'level', 'message', 'protocol']),
    );
  });
});

describe('without a login', () => {
  it('nothing is told: neither over HTTP nor over a socket', async () => {
    await using live = await startLive();
    await live.say(await happened('bridged'));
    for (const [method, path] of [
      ['POST', '/ws/'],
      ['POST', '/xuc/api/2.0/auth/login'],
      ['GET', '/xuc/api/2.0/auth/check'],
    ] as const) {
      const answer = await fetch(`${live.url}${path}`, { method, ...(method === 'POST' && { body: '{}' }) });
      assert.ok([400, 401].includes(answer.status), path);
      assert.doesNotMatch(await answer.text(), /102|Petrenko|admin|alice/);
    }
    const base = live.url.replace('http', 'ws');
    using socketIo = await rawClient(`${base}/socket.io/?EIO=4&transport=websocket`, (socket, text) => {
      if (text.startsWith('0')) socket.send('40');
    });
    using xuc = await rawClient(`${base}/xuc/api/2.0/cti`, () => undefined);
    using witness = await xucClient(live);
    await listening(live, witness);
    await until('the end of the one', () => xuc.ended.length > 0);
    assert.deepEqual(xuc.heard, ['{"msgType":"LoggedOnError","ctiMessage":{}}']);
    assert.deepEqual(
      socketIo.heard.filter((text) => text.startsWith('42')),
      [],
    );
  });
});

describe('a page of another origin', () => {
  const ORIGIN = 'https://wallboard.example.com';
  const headers = { origin: ORIGIN };
  const statusOf = (url: string, from: { origin: string } = headers) =>
    new Promise<number>((resolve) => {
      const socket = new RawSocket(url, { headers: from });
      socket.on('open', () => resolve(101));
      socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
      socket.on('error', () => resolve(0));
    });
  const handshake = '/socket.io/?EIO=4&transport=';

  it('is not let in by default', async () => {
    await using live = await startLive();
    const base = live.url.replace('http', 'ws');
    const answer = await fetch(`${live.url}/xuc/api/2.0/auth/login`, {
      method: 'POST',
      body: login,
      headers,
    });
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
    const preflight = await fetch(`${live.url}/ws/`, { method: 'OPTIONS', headers });
    assert.equal(preflight.status, 405);
    const polling = await fetch(`${live.url}${handshake}polling`, { headers });
    assert.deepEqual([polling.status, polling.headers.get('access-control-allow-origin')], [403, null]);
    assert.equal((await fetch(`${live.url}${handshake}polling&j=0`)).status, 403);
    assert.notEqual(await statusOf(`${base}${handshake}websocket`), 101);
    assert.equal(await statusOf(`${base}/xuc/api/2.0/cti?token=${await tokenOf(live)}`), 403);
  });

  it('is let in when it is the gateway’s own, though TLS ends before it', async () => {
    await using live = await startLive();
    const { host } = new URL(live.url);
    const base = live.url.replace('http', 'ws');
    const path = `/xuc/api/2.0/cti?token=${await tokenOf(live)}`;
    for (const origin of [`http://${host}`, `https://${host}`]) {
      const answer = await fetch(`${live.url}${handshake}polling`, { headers: { origin } });
      assert.equal(answer.status, 200, origin);
      assert.equal(await statusOf(`${base}${path}`, { origin }), 101, origin);
    }
    for (const origin of [`http://${host}0`, 'null', 'http://', `http://evil.example/${host}`])
      assert.equal(await statusOf(`${base}${path}`, { origin }), 403, origin);
  });

  it('is let in when LIVE_ORIGINS names it, and no other', async () => {
    await using live = await startLive({ LIVE_ORIGINS: `https://other.example.com,${ORIGIN}` });
    const base = live.url.replace('http', 'ws');
    const answer = await fetch(`${live.url}/xuc/api/2.0/auth/login`, {
      method: 'POST',
      body: login,
      headers,
    });
    assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
    const preflight = await fetch(`${live.url}/ws/`, { method: 'OPTIONS', headers });
    assert.deepEqual(
      [preflight.status, preflight.headers.get('access-control-allow-headers')],
      [204, 'authorization, content-type, x-json'],
    );
    const polling = await fetch(`${live.url}${handshake}polling`, { headers });
    assert.deepEqual([polling.status, polling.headers.get('access-control-allow-origin')], [200, ORIGIN]);
    assert.equal(await statusOf(`${base}${handshake}websocket`), 101);
    assert.equal(await statusOf(`${base}/xuc/api/2.0/cti?token=${await tokenOf(live)}`), 101);
    const foreign = await fetch(`${live.url}${handshake}polling`, {
      headers: { origin: 'https://evil.example' },
    });
    assert.equal(foreign.status, 403);
    await assert.rejects(startLive({ LIVE_ORIGINS: '*' }, live.redis), /LIVE_ORIGINS must be origins/);
  });
});

describe('a request that is wrong', () => {
  it('is answered in the shape of the door', async () => {
    await using live = await startLive();
    const large = 'x'.repeat(20_000);
    for (const [status, path, init] of [
      [404, '/', {}],
      [404, '/ws/x', { method: 'POST' }],
      [404, '/constructor', {}],
      [405, '/health', { method: 'POST' }],
      [405, '/ready', { method: 'POST' }],
      [405, '/ws/', {}],
      [405, '/xuc/api/2.0/auth/login', {}],
      [400, '/ws/', { method: 'POST', headers: { 'x-json': '{' } }],
      [431, '/ws/', { method: 'POST', headers: { 'x-json': large } }],
      [426, '/xuc/api/2.0/cti?token=x', {}],
    ] as const) {
      const answer = await fetch(`${live.url}${path}`, init);
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      const body = Object(await answer.json());
      assert.deepEqual([body.status, Object.keys(body)], [status, ['status', 'title', 'detail']]);
    }
    assert.equal((await fetch(`${live.url}/ws/`)).headers.get('allow'), 'POST');
  });

  it('of XiVO has the words on which its clients branch, too', async () => {
    await using live = await startLive();
    const token = await tokenOf(live);
    const large = 'x'.repeat(20_000);
    const path = '/xuc/api/2.0/auth/';
    const post = (body: string) => ({ method: 'POST', body });
    const bearer = (authorization: string) => ({ headers: { authorization } });
    for (const [status, error, url, init] of [
      [400, 'InvalidJson', 'login', post('{"login":')],
      [413, 'InvalidJson', 'login', post(large)],
      [413, 'InvalidJson', 'login', post(large.repeat(250))],
      [401, 'InvalidCredentials', 'login', post('{"login":"admin","password":"x"}')],
      [401, 'BearerNotFound', 'check', {}],
      [401, 'InvalidToken', 'check', bearer(`Bearer ${token}x`)],
    ] as const) {
      const answer = await fetch(`${live.url}${path}${url}`, init);
      const body = Object(await answer.json());
      assert.deepEqual([answer.status, body.status, body.error], [status, status, error]);
      assert.equal(body.message, body.detail);
    }
  });

  it('harms nobody else: no HTTP, a foreign upgrade, a frame that is too large', async () => {
    await using live = await startLive();
    using witness = await xucClient(live);
    const { port } = new URL(live.url);
    const raw = (text: string) =>
      new Promise<string>((resolve) => {
        let answer = '';
        const socket = connectTcp(Number(port), '127.0.0.1', () => socket.write(text));
        socket.on('data', (data) => {
          answer += data;
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(answer));
      });
    assert.match(await raw('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nHost: x\r\n\r\n';
    assert.match(await raw(`GET /nowhere HTTP/1.1\r\n${upgrade}`), /^HTTP\/1\.1 404 /);
    assert.match(await raw(`GET /xuc/api/2.0/cti HTTP/1.1\r\n${upgrade}`), /^HTTP\/1\.1 400 /);
    using large = await xucClient(live);
    large.socket.send('x'.repeat(20_000));
    await until('its end', () => large.ended.length > 0);
    assert.equal(large.ended[0]?.[0], 1009);
    await listening(live, witness);
  });
});

describe('behind a load balancer', () => {
  it('connections live longer than its 60 s, and an offer of HTTP/2 is passed over', async () => {
    await using live = await startLive();
    const { port, host } = new URL(live.url);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connectTcp(Number(port), '127.0.0.1');
      socket.on('data', (data) => {
        text += data;
        if (text.includes('"ok"')) socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
      const offer =
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
      socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\n${offer}\r\n`);
    });
    assert.match(answer, /^HTTP\/1\.1 200 /);
    const { headers } = await fetch(`${live.url}/health`);
    assert.equal(headers.get('keep-alive'), 'timeout=75');
    const server = createHttpServer();
    assert.ok(server.headersTimeout > server.keepAliveTimeout);
    assert.ok(server.timeout >= 60_000);
  });
});

describe('a profile of no login', () => {
  it('stops the start: its login, misspelt, would be an Admin', async () => {
    await using redis = await startTestRedis();
    const typo = startLive({ LIVE_USERS: '{"admin":"secret","alise":"wonder"}' }, redis);
    await assert.rejects(typo, /LIVE_SETTINGS\.profiles\.alice is a profile of no login.*LIVE_USERS/);
  });
});

describe('the end of a gateway', () => {
  it('is told to every client, and takes no longer because of one that does not listen', async () => {
    await using live = await startLive();
    using xuc = await xucClient(live);
    using axialys = await axialysClient(live);
    using deaf = await xucClient(live);
    await listening(live, xuc, axialys);
    deaf.socket.pause();
    await live.stop();
    await until('both ends', () => xuc.ended.length > 0 && axialys.ended.length > 0);
    assert.equal(xuc.ended[0]?.[0], 1001);
    await assert.rejects(fetch(`${live.url}/health`));
  });
});

describe('a gateway whose Redis is away at the start', () => {
  it('listens, lives, is not ready, takes nobody in, and catches up when Redis is there', async () => {
    await using redis = await startTestRedis();
    const proxy = await startProxy(0, Number(new URL(redis.server.url).port));
    await using stack = new AsyncDisposableStack();
    stack.defer(proxy.stop);
    proxy.shut();
    await using live = await startLive({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` }, redis, false);
    for (const [path, init] of [
      ['/ready', {}],
      ['/xuc/api/2.0/auth/login', { method: 'POST', body: login }],
      ['/ws/', { method: 'POST', headers: { 'x-json': xJson } }],
    ] as const) {
      const answer = await fetch(`${live.url}${path}`, init);
      assert.equal(answer.status, 503, path);
      const { status, error } = Object(await answer.json());
      // XiVO's client forgets the login that it has stored at any other error.
      assert.deepEqual([status, error], [503, path.startsWith('/xuc/') ? 'NoResponse' : undefined]);
    }
    // Or every copy would be replaced.
    assert.equal((await fetch(`${live.url}/health`)).status, 200);
    assert.equal((await fetch(`${live.url}/socket.io/?EIO=4&transport=polling`)).status, 403);
    proxy.open();
    await until('health', live.healthy);
    using client = await xucClient(live);
    await listening(live, client);
  });
});
