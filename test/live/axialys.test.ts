// Axialys's page, "Notifications temps réel", as its clients of today and of its own time use it.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { io } from 'socket.io-client';
import io2 from 'socket.io-client-2';
import type { AxialysUpdate } from '../../lib/publish/dialects/axialys.ts';
import { lifecycleMessage } from '../../lib/publish/lifecycle.ts';
import { happened, type Live, NOW, STREAM, startLive } from '../support/live.ts';
import { until } from '../support/stack.ts';

type Session = { readonly target: string; readonly id_session: string } & Readonly<Record<string, unknown>>;

/** The page's curl. */
async function login({ url }: Live, login: string, password: string, headers = {}): Promise<Response> {
  const credentials = { login, password, account_type: 'supervisor' };
  const xJson = JSON.stringify({ requete: 'init', header: credentials, msg: {} });
  return fetch(`${url}/ws/`, { method: 'POST', headers: { 'x-json': xJson, ...headers } });
}

const sessionOf = async (live: Live, who = 'admin', password = 'secret', headers = {}) =>
  (await (await login(live, who, password, headers)).json()) as Session;

type Socket = {
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  close(): unknown;
};
type Options = {
  readonly path: string;
  readonly transports: string[];
  readonly extraHeaders: Record<string, string>;
  readonly forceNew: true;
};
type Version = { readonly name: string; readonly connect: (url: string, options: Options) => Socket };
const versions: readonly Version[] = [
  { name: 'socket.io-client 4.x', connect: (url, options) => io(url, options) },
  { name: 'socket.io-client 2.x', connect: (url, options) => io2.connect(url, options) },
];
const [current] = versions;

/** The page's demonstration: `init` when connected, and once before. */
function demonstrate(
  { url }: Live,
  init: readonly unknown[],
  {
    version = current,
    transports = ['polling', 'websocket'],
    extraHeaders = {},
  }: { version?: Version | undefined; transports?: string[]; extraHeaders?: Record<string, string> } = {},
) {
  assert.ok(version);
  const socket = version.connect(url, { path: '/socket.io/', transports, extraHeaders, forceNew: true });
  const updates: AxialysUpdate[] = [];
  const ended: string[] = [];
  socket.on('connect', () => {
    socket.emit('init', ...init);
  });
  socket.on('update', (update: AxialysUpdate) => {
    updates.push(update);
  });
  socket.on('disconnect', (reason: string) => {
    ended.push(reason);
  });
  socket.emit('init', ...init);
  return { socket, updates, ended, [Symbol.dispose]: () => socket.close() };
}

type Demonstration = ReturnType<typeof demonstrate>;

/** Says an event again and again until each hears it, and has heard all that was said since. */
async function listening(live: Live, ...demonstrations: Demonstration[]): Promise<void> {
  let attempt = 0;
  await until('every client to listen', async () => {
    await live.say(await happened('joined', { attempt_id: `${++attempt}`, queue_id: '51' }));
    return demonstrations.every(({ updates }) => updates.length > 0);
  });
  const last = `queue insert_call ${attempt}`;
  await until('every client to have heard', () => demonstrations.every((each) => told(each).at(-1) === last));
}

const initOf = ({ target, id_session }: Session) => ['supervisor', target, id_session];
const told = ({ updates }: Demonstration) =>
  updates.map(
    ({ event: { type_notification, event, msg } }) => `${type_notification} ${event} ${msg.id_call}`,
  );

describe('POST /ws/', () => {
  it('answers target and id_session, with the agents, groups and pauses that are known', async () => {
    await using live = await startLive();
    await live.say(await happened('agent_status'), await happened('bridged'));
    await until('both agents', async () => (await sessionOf(live))['ops']?.toString().includes(',') ?? false);
    const { target, id_session, ...rest } = await sessionOf(live);
    assert.equal(target, 'admin');
    assert.match(id_session, /^[\w.-]+$/);
    assert.deepEqual(rest, {
      ops: [
        { id: 101, nom: 'Olena Koval', groupes: [1] },
        { id: 102, nom: 'Ivan Petrenko', groupes: [2] },
      ],
      groupes: [
        { id: 1, nom: 'sales' },
        { id: 2, nom: 'support' },
      ],
      trunks: [],
      pauses: [{ id: 1, value: 'lunch' }],
    });
    const { ops, groupes } = await sessionOf(live, 'alice', 'wonder');
    assert.deepEqual(
      [ops, groupes],
      [[{ id: 101, nom: 'Olena Koval', groupes: [1] }], [{ id: 1, nom: 'sales' }]],
    );
  });

  it('answers a wrong password and an unknown login alike, and tells nothing', async () => {
    await using live = await startLive();
    const answers = await Promise.all([login(live, 'admin', 'wrong'), login(live, 'nobody', 'secret')]);
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 401],
    );
    assert.deepEqual(bodies[0], bodies[1]);
    assert.deepEqual(Object.keys(Object(bodies[0])), ['status', 'title', 'detail']);
  });

  it('reads a password that is no ASCII, as curl sends it', async () => {
    await using live = await startLive({ LIVE_USERS: '{"zoë":"clé"}', LIVE_SETTINGS: '{}' });
    const bytes = Buffer.from('{"requete":"init","header":{"login":"zoë","password":"clé"},"msg":{}}');
    const answer = await fetch(`${live.url}/ws/`, {
      method: 'POST',
      headers: { 'x-json': bytes.toString('latin1') },
    });
    assert.equal(answer.status, 200);
  });

  it('refuses what is no init', async () => {
    await using live = await startLive();
    for (const header of [
      '',
      '{',
      '[]',
      '{"requete":"exit","header":{"login":"admin","password":"secret"}}',
    ]) {
      const answer = await fetch(`${live.url}/ws/`, { method: 'POST', headers: { 'x-json': header } });
      assert.equal(answer.status, 400, header);
    }
  });
});

describe('the stream of updates', () => {
  for (const version of versions) {
    for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
      it(`reaches ${version.name} over ${transports.join(', then ')}, numbered without gaps`, async () => {
        await using live = await startLive();
        using client = demonstrate(live, initOf(await sessionOf(live)), { version, transports });
        await listening(live, client);
        const names = ['joined', 'offering', 'bridged', 'leaving'];
        await live.say(...(await Promise.all(names.map((name) => happened(name)))));
        await until('the end of the call', () => told(client).at(-1) === 'queue delete_call 918273');
        assert.deepEqual(
          told(client).filter((line) => line.endsWith('918273')),
          [
            'queue insert_call 918273',
            'operator status 918273',
            'queue connect_call 918273',
            'operator status 918273',
            'queue delete_call 918273',
          ],
        );
        assert.deepEqual(
          client.updates.map(({ cpt }) => cpt),
          client.updates.map((_, index) => index + 1),
        );
        assert.deepEqual(client.ended, []);
      });
    }
  }

  it("has the shape of the page's complete message", async () => {
    await using live = await startLive();
    using client = demonstrate(live, initOf(await sessionOf(live)));
    await listening(live, client);
    const before = client.updates.length;
    await live.say(await happened('bridged'));
    await until('two more', () => client.updates.length === before + 2);
    const [, connected] = client.updates.slice(before);
    assert.deepEqual(connected, {
      ts: NOW / 1000,
      // Whole seconds since the bridge.
      elapse: 5,
      cpt: before + 2,
      event: {
        type_notification: 'operator',
        event: 'status',
        msg: {
          status: 'connected',
          call_duration: 46,
          caller_id_num: '380671112233',
          id_queue: 42,
          id_call: 918273,
          id_operator: 102,
          id_client: 3,
        },
      },
    });
  });

  it('tells of logins and pauses, and of one that another overtook before it tells the newest again', async () => {
    await using live = await startLive();
    using client = demonstrate(live, initOf(await sessionOf(live)));
    await listening(live, client);
    const status = (name: string, timestamp: number) => happened(`agent_status-${name}`, { timestamp });
    await live.say(await status('online', NOW - 5_000), await status('pause', NOW - 3_000));
    await live.say(await status('offline', NOW - 4_000), await status('online', NOW - 1_000));
    const ui = () => client.updates.filter(({ event }) => event.type_notification === 'UI');
    await until('five', () => ui().length === 5);
    assert.deepEqual(
      ui().map(({ event }) => event.event),
      ['login', 'pause', 'logout', 'pause', 'login'],
    );
  });

  it('goes on through a backlog that is told at once, on whatever transport', async () => {
    await using live = await startLive();
    const init = initOf(await sessionOf(live));
    using polling = demonstrate(live, init, { transports: ['polling'] });
    using webSocket = demonstrate(live, init, { transports: ['websocket'] });
    await listening(live, polling, webSocket);
    const before = [polling.updates.length, webSocket.updates.length];
    const backlog = 3_000;
    const event = await happened('offering');
    const { message } = lifecycleMessage('enigma:notifications', event, false);
    const pipeline = live.redis.client.pipeline();
    for (let index = 0; index < backlog; index++)
      pipeline.xadd(
        STREAM,
        '*',
        'event',
        message
          .replace(event.id, `${index}`.padStart(32, '0'))
          .replace(/"timestamp":\d+/, `"timestamp":${NOW + index}`),
      );
    await pipeline.exec();
    for (const [index, client] of [polling, webSocket].entries())
      await until('every update', () => client.updates.length - (before[index] ?? 0) === backlog);
    const counts = polling.updates.map(({ cpt }) => cpt);
    assert.deepEqual(
      counts,
      Array.from(counts, (_, index) => index + 1),
    );
  });

  it('has nothing of another tenant', async () => {
    await using live = await startLive();
    using client = demonstrate(live, initOf(await sessionOf(live)));
    await listening(live, client);
    const before = client.updates.length;
    await live.say({ ...(await happened('bridged')), tenant: 'other' }, await happened('offering'));
    await until('the offering', () => client.updates.length > before);
    assert.deepEqual(
      client.updates.slice(before).map(({ event }) => event.msg['status']),
      ['ringing'],
    );
  });

  it("holds a supervisor's queues and groups, and nothing else", async () => {
    await using live = await startLive();
    using alice = demonstrate(live, initOf(await sessionOf(live, 'alice', 'wonder')));
    using admin = demonstrate(live, initOf(await sessionOf(live)));
    await listening(live, alice, admin);
    const foreign = { attempt_id: '7001', agent_id: '102', queue_id: '42' };
    const queueOnly = { attempt_id: '7002', agent_id: '102', queue_id: '51' };
    const agentOnly = { attempt_id: '7003', agent_id: '101', queue_id: '42' };
    for (const fields of [foreign, queueOnly, agentOnly]) await live.say(await happened('bridged', fields));
    const calls = (client: Demonstration) => told(client).filter((line) => /700\d$/.test(line));
    await until("the admin's six", () => calls(admin).length === 6);
    await until("alice's two", () => told(alice).some((line) => line === 'operator status undefined'));
    assert.deepEqual(calls(alice), ['queue connect_call 7002']);
    assert.deepEqual(
      alice.updates.map(({ cpt }) => cpt),
      alice.updates.map((_, index) => index + 1),
    );
  });

  it('has of a call what a supervisor may see: not the call of a foreign queue, nor a foreign agent', async () => {
    await using live = await startLive();
    using alice = demonstrate(live, initOf(await sessionOf(live, 'alice', 'wonder')));
    using admin = demonstrate(live, initOf(await sessionOf(live)));
    await listening(live, alice, admin);
    const before = alice.updates.length;
    const call = { call_duration: '46', destination: '380671112233' };
    await live.say(
      await happened('bridged', { ...call, attempt_id: '1', agent_id: '101', queue_id: '42' }),
      await happened('bridged', { ...call, attempt_id: '2', agent_id: '102', queue_id: '51' }),
      await happened('bridged', { ...call, attempt_id: '3', agent_id: '101', queue_id: '51' }),
    );
    // Two updates have the id of the last call, and each is a packet of its own.
    const isLast = ({ event: { type_notification, msg } }: AxialysUpdate) =>
      type_notification === 'operator' && msg['id_call'] === 3;
    await until('both', () => [alice, admin].every(({ updates }) => updates.some(isLast)));
    const ofCall = { call_duration: 46, caller_id_num: '380671112233', id_queue: 51 };
    const hers = alice.updates.slice(before).map(({ event: { type_notification, msg } }) => {
      const { duration_in_queue, ...rest } = msg;
      return { type_notification, ...rest };
    });
    assert.deepEqual(hers, [
      { type_notification: 'operator', status: 'connected', id_operator: 101, id_client: 3 },
      { type_notification: 'queue', status: 'connected', ...ofCall, id_call: 2, id_client: 3 },
      {
        type_notification: 'queue',
        status: 'connected',
        ...ofCall,
        id_call: 3,
        id_operator: 101,
        id_client: 3,
      },
      {
        type_notification: 'operator',
        status: 'connected',
        ...ofCall,
        id_call: 3,
        id_operator: 101,
        id_client: 3,
      },
    ]);
    const all = JSON.stringify(admin.updates);
    for (const text of ['"id_queue":42', '"id_operator":102', '"id_call":1'])
      assert.ok(all.includes(text), text);
    assert.doesNotMatch(
      JSON.stringify(alice.updates.slice(before)),
      /"id_queue":42|"id_operator":102|"id_call":1\b/,
    );
  });

  it('has delete_call as the last word on a call, whatever hook comes late', async () => {
    await using live = await startLive();
    using client = demonstrate(live, initOf(await sessionOf(live)));
    await listening(live, client);
    const call = { attempt_id: '7001', queue_id: '51' };
    for (const name of ['leaving', 'joined', 'bridged', 'joined', 'leaving'])
      await live.say(await happened(name, call));
    await live.say(await happened('joined', { attempt_id: '7002', queue_id: '51' }));
    await until('the next call', () => told(client).at(-1) === 'queue insert_call 7002');
    assert.deepEqual(
      told(client).filter((line) => line.startsWith('queue') && line.endsWith('7001')),
      ['queue delete_call 7001'],
    );
  });

  it('has an agent as available again after its call, when its last team status is online', async () => {
    await using live = await startLive();
    using client = demonstrate(live, initOf(await sessionOf(live)));
    await listening(live, client);
    const agent = { agent_id: '101', attempt_id: '7001', queue_id: '51' };
    await live.say(await happened('agent_status-online', { timestamp: NOW - 9_000 }));
    await live.say(await happened('bridged', { ...agent, timestamp: NOW - 6_000 }));
    await live.say(await happened('leaving', { ...agent, timestamp: NOW - 2_000 }));
    const operator = () => client.updates.filter(({ event }) => event.type_notification === 'operator');
    await until('the end', () => operator().length === 2);
    const { elapse, event } = operator()[1] ?? {};
    assert.deepEqual([elapse, event?.msg], [2, { status: 'available', id_operator: 101, id_client: 3 }]);
  });
});

describe('init', () => {
  let calls = 7_000;

  /** Says an event, until the client has heard it. */
  const hears = async (live: Live, client: Demonstration) => {
    const attempt_id = `${++calls}`;
    await live.say(await happened('joined', { attempt_id, queue_id: '51' }));
    await until('the witness', () => told(client).at(-1) === `queue insert_call ${attempt_id}`);
  };

  /** Is disconnected and hears nothing, while another client hears all. */
  const refusedInit = async (
    live: Live,
    init: readonly unknown[],
    { extraHeaders = {}, password = 'secret' } = {},
  ) => {
    using witness = demonstrate(live, initOf(await sessionOf(live, 'admin', password)));
    await listening(live, witness);
    for (const version of versions) {
      using client = demonstrate(live, init, { version, extraHeaders });
      await until('the end', async () => {
        await hears(live, witness);
        return client.ended.length > 0;
      });
      await hears(live, witness);
      assert.deepEqual([client.ended, client.updates], [['io server disconnect'], []], version.name);
    }
  };

  it('with anything else than the session of the target is disconnected, in both versions', async () => {
    await using live = await startLive();
    const { target, id_session } = await sessionOf(live);
    await refusedInit(live, ['supervisor', target, `${id_session}x`]);
    await refusedInit(live, ['supervisor', 'alice', id_session]);
    await refusedInit(live, ['operator', target, id_session]);
    await refusedInit(live, ['supervisor', target]);
    await refusedInit(live, [{ constructor: 1 }, null, ['x']]);
  });

  it('takes a target of digits as a number, too', async () => {
    await using live = await startLive({ LIVE_USERS: '{"123":"secret"}', LIVE_SETTINGS: '{}' });
    const { id_session } = await sessionOf(live, '123', 'secret');
    for (const target of [123, '123']) {
      using client = demonstrate(live, ['supervisor', target, id_session]);
      await listening(live, client);
    }
  });

  it('is good for two hours after the login, on any copy with the same secret, and with that alone', async () => {
    await using live = await startLive();
    const session = await sessionOf(live);
    live.clock.now = NOW + 2 * 3_600_000 - 1;
    using client = demonstrate(live, initOf(session));
    await listening(live, client);
    live.clock.now += 1;
    await refusedInit(live, initOf(session));
    assert.deepEqual(client.ended, [], 'who is connected stays');

    await using copy = await startLive({}, live.redis);
    using elsewhere = demonstrate(copy, initOf(session));
    await listening(copy, elsewhere);
    await using stranger = await startLive({ LIVE_SECRET: 'y'.repeat(32) }, live.redis);
    await refusedInit(stranger, initOf(session));
    await using changed = await startLive({ LIVE_USERS: '{"admin":"other","alice":"x"}' }, live.redis);
    await refusedInit(changed, initOf(session), { password: 'other' });
  });

  it('is good from the address of the login alone', async () => {
    await using live = await startLive();
    const { port } = new URL(live.url);
    const xJson = '{"requete":"init","header":{"login":"admin","password":"secret"},"msg":{}}';
    const session = await new Promise<Session>((resolve, reject) => {
      const options = { method: 'POST', path: '/ws/', port, host: '127.0.0.1', localAddress: '127.0.0.2' };
      request({ ...options, headers: { 'x-json': xJson } }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(JSON.parse(text));
      })
        .on('error', reject)
        .end();
    });
    assert.equal(session.target, 'admin');
    await refusedInit(live, initOf(session));
    // Nobody believes what a client says of its own address.
    await refusedInit(live, initOf(session), { extraHeaders: { 'x-forwarded-for': '127.0.0.2' } });
  });

  it('behind a proxy of ours is good from the address that the proxy saw', async () => {
    await using live = await startLive({ LIVE_PROXIES: '127.0.0.1' });
    const from = (address: string) => ({ 'x-forwarded-for': `10.9.9.9, ${address}` });
    const session = await sessionOf(live, 'admin', 'secret', from('203.0.113.9'));
    for (const version of versions) {
      using client = demonstrate(live, initOf(session), { version, extraHeaders: from('203.0.113.9') });
      await listening(live, client);
    }
    await refusedInit(live, initOf(session), { extraHeaders: from('203.0.113.10') });
  });
});
