// XiVO's page, "Agent API", as its clients use it: a plain WebSocket.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { happened, type Live, NOW, startLive } from '../support/live.ts';
import { until } from '../support/stack.ts';

type Framed = { readonly msgType: string; readonly ctiMessage: unknown };
type Json = Readonly<Record<string, unknown>>;

const login = ({ url }: Live, body: unknown) =>
  fetch(`${url}/xuc/api/2.0/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const check = ({ url }: Live, authorization: string) =>
  fetch(`${url}/xuc/api/2.0/auth/check`, { headers: { authorization } });

async function tokenOf(live: Live, who = 'admin', password = 'secret'): Promise<string> {
  const { token } = (await (await login(live, { login: who, password })).json()) as Json;
  assert.equal(typeof token, 'string');
  return String(token);
}

/** A client: every message, and how it ended. */
function connect({ url }: Live, token: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/xuc/api/2.0/cti?token=${token}`);
  const heard: (Framed & Json)[] = [];
  const ended: [code: number, reason: string][] = [];
  socket.onmessage = ({ data }) => heard.push(JSON.parse(String(data)));
  socket.onclose = ({ code, reason }) => ended.push([code, reason]);
  const of = (type: string): Json[] =>
    heard.filter(({ msgType }) => msgType === type).map(({ ctiMessage }) => Object(ctiMessage));
  return {
    heard,
    ended,
    of,
    /** the last message of a type */
    last: (type: string): unknown => heard.findLast(({ msgType }) => msgType === type)?.ctiMessage,
    command: (command: string, more: object = {}) =>
      socket.send(JSON.stringify({ claz: 'web', command, ...more })),
    send: (text: string | Uint8Array<ArrayBuffer>) => socket.send(text),
    [Symbol.dispose]: () => socket.close(),
  };
}
type Client = ReturnType<typeof connect>;

const loggedOn = async (live: Live, who?: string, password?: string): Promise<Client> => {
  const client = connect(live, await tokenOf(live, who, password));
  await until('the profile', () => client.last('RightProfile') !== undefined);
  return client;
};

const status = (name: string, timestamp: number, more = {}) =>
  happened(`agent_status-${name}`, { timestamp, ...more });

/** What an agent is doing, by the name of the state. */
const states = (client: Client, agent: number) =>
  client
    .of('AgentStateEvent')
    .filter(({ agentId }) => agentId === agent)
    .map(({ name }) => name);

const countersOf = (client: Client, queue: number): Json | undefined => {
  const statistics = client.of('QueueStatistics').findLast(({ queueId }) => queueId === queue);
  const counters = statistics?.['counters'] as { statName: string; value: number }[] | undefined;
  return counters && Object.fromEntries(counters.map(({ statName, value }) => [statName, value]));
};

const statisticsOf = (client: Client, agent: number): Json | undefined => {
  const message = client.of('AgentStatistics').findLast(({ id }) => id === agent);
  const statistics = message?.['statistics'] as { name: string; value: unknown }[] | undefined;
  return statistics && Object.fromEntries(statistics.map(({ name, value }) => [name, value]));
};

describe('the login', () => {
  it('answers a token, which the check knows and renews', async () => {
    await using live = await startLive();
    const answer = await login(live, { login: 'admin', password: 'secret' });
    const granted = (await answer.json()) as Json;
    assert.deepEqual([answer.status, granted['login']], [200, 'admin']);
    const checked = await check(live, `Bearer ${granted['token']}`);
    const renewed = (await checked.json()) as Json;
    assert.deepEqual([checked.status, renewed['login']], [200, 'admin']);
    using client = connect(live, String(renewed['token']));
    await until('LoggedOn', () => client.of('LoggedOn').length === 1);
  });

  it('refuses a wrong password, an unknown login and no token with 401, and what is no JSON with 400', async () => {
    await using live = await startLive();
    const wrong = await login(live, { login: 'admin', password: 'wrong' });
    const unknown = await login(live, { login: 'constructor', password: 'secret' });
    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    assert.deepEqual(await wrong.json(), await unknown.json());
    for (const authorization of ['', 'Bearer', 'Bearer x.y', 'Basic YWRtaW46c2VjcmV0'])
      assert.equal((await check(live, authorization)).status, 401, authorization);
    for (const body of ['{', '[]', '"x"', { login: 'admin' }, { login: 1, password: 2 }])
      assert.equal((await login(live, body)).status, 400, JSON.stringify(body));
  });

  it('ends after half a day, and the check says so in the word that clients know', async () => {
    await using live = await startLive();
    const token = await tokenOf(live);
    live.clock.now += 12 * 3_600_000;
    const expired = await check(live, `Bearer ${token}`);
    assert.deepEqual([expired.status, Object(await expired.json()).error], [401, 'TokenExpired']);
    using client = connect(live, token);
    await until('the end', () => client.ended.length > 0);
    assert.deepEqual(client.heard, [{ msgType: 'LoggedOnError', ctiMessage: {} }]);
  });

  it("isn't good for the other protocol", async () => {
    await using live = await startLive();
    const xJson = '{"requete":"init","header":{"login":"admin","password":"secret"},"msg":{}}';
    const answer = await fetch(`${live.url}/ws`, { method: 'POST', headers: { 'x-json': xJson } });
    const { id_session } = (await answer.json()) as Json;
    assert.equal((await check(live, `Bearer ${id_session}`)).status, 401);
  });
});

describe('a connection', () => {
  it('is greeted with LoggedOn and the profile', async () => {
    await using live = await startLive();
    using admin = await loggedOn(live);
    using alice = await loggedOn(live, 'alice', 'wonder');
    const greeting = (profile: string) => [
      { msgType: 'LoggedOn', ctiMessage: {} },
      { msgType: 'RightProfile', ctiMessage: { profile, rights: [] } },
    ];
    assert.deepEqual([admin.heard, alice.heard], [greeting('Admin'), greeting('Supervisor')]);
  });

  it('without a good token hears LoggedOnError and is closed', async () => {
    await using live = await startLive();
    for (const token of ['', 'x', `${await tokenOf(live)}x`]) {
      using client = connect(live, token);
      await until('the end', () => client.ended.length > 0);
      assert.deepEqual(client.heard, [{ msgType: 'LoggedOnError', ctiMessage: {} }]);
      assert.deepEqual(client.ended, [[1008, 'no valid token']]);
    }
  });

  it('answers a ping, and nothing that it does not know', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    for (const text of ['', '{', 'null', '7', '{"claz":"web"}', '{"claz":"web","command":7}'])
      client.send(text);
    client.command('getList', { objectType: 'user' });
    client.command('subscribeToAgentEvents');
    client.send(new Uint8Array([1, 2, 3]));
    client.send('{"claz":"ping"}');
    await until('the pong', () => client.heard.length > 2);
    assert.deepEqual(client.heard.slice(2), [{ claz: 'ping' }]);
    assert.deepEqual(client.ended, []);
  });
});

describe('a command that asks for something to be done', () => {
  it('is answered with an AgentError: the gateway commands nobody', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    // The page's name, and the one that its library sends.
    const commands = ['loginAgent', 'agentLogin', 'pauseAgent', 'setAgentQueue', 'constructor'];
    for (const command of commands) client.command(command, { agentid: 19 });
    client.send('{"claz":"ping"}');
    await until('the pong', () => client.heard.some(({ claz }) => claz === 'ping'));
    assert.deepEqual(
      client.of('AgentError'),
      commands.map(() => ({ Error: 'NotSupported' })),
    );
  });
});

describe('agent states', () => {
  it('have the phone number once it is known, and become that of the team again after a call', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    const call = { attempt_id: '1', agent_id: '101', agent_extension: '' };
    await live.say(await status('pause', NOW - 9_000, { status_payload: 'Lunch' }));
    await live.say(await happened('offering', { ...call, timestamp: NOW - 6_000 }));
    await live.say(await happened('missed', { ...call, timestamp: NOW - 4_000 }));
    await live.say(await happened('bridged', { ...call, attempt_id: '2', timestamp: NOW - 3_000 }));
    await live.say(await status('online', NOW - 2_000));
    await live.say(await happened('processing', { ...call, attempt_id: '2', timestamp: NOW - 1_000 }));
    await live.say(await happened('leaving', { ...call, attempt_id: '2', timestamp: NOW }));
    await until('seven', () => client.of('AgentStateEvent').length === 7);
    const agent = { agentId: 101, phoneNb: '1002' };
    assert.deepEqual(client.of('AgentStateEvent'), [
      { name: 'AgentOnPause', ...agent, since: 9, cause: 'Lunch' },
      { name: 'AgentRinging', ...agent, since: 6 },
      { name: 'AgentOnPause', ...agent, since: 4, cause: 'Lunch' },
      { name: 'AgentOnCall', ...agent, since: 3, acd: true },
      { name: 'AgentReady', ...agent, since: 2 },
      { name: 'AgentOnWrapup', ...agent, since: 1 },
      { name: 'AgentReady', ...agent, since: 0 },
    ]);
    live.clock.now += 7_000;
    client.heard.length = 0;
    client.command('getAgentStates');
    await until('the answer', () => client.of('AgentStateEvent').length === 1);
    assert.deepEqual(client.of('AgentStateEvent'), [{ name: 'AgentReady', ...agent, since: 7 }]);
  });

  it('are told as they happen, in the fields of the page', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    await live.say(await status('online', NOW - 9_000));
    await live.say(await happened('agent_status', { timestamp: NOW - 2_500 }));
    await live.say(
      await happened('offering', { timestamp: NOW - 1_000, agent_id: '102', agent_extension: '1003' }),
    );
    await live.say(await happened('bridged', { timestamp: NOW }));
    await until('four', () => client.of('AgentStateEvent').length === 4);
    assert.deepEqual(client.of('AgentStateEvent'), [
      { name: 'AgentReady', agentId: 101, since: 9, phoneNb: '1002' },
      { name: 'AgentOnPause', agentId: 101, since: 2, phoneNb: '1002', cause: 'Lunch' },
      { name: 'AgentRinging', agentId: 102, since: 1, phoneNb: '1003' },
      { name: 'AgentOnCall', agentId: 102, since: 0, phoneNb: '1003', acd: true },
    ]);
  });

  it('began when the door received them, where their timestamp is more than an hour off', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    const seconds = Math.floor(NOW / 1000);
    const event = await happened('bridged', { timestamp: seconds });
    await live.say({ ...event, received_at: NOW - 3_000 });
    await until('the state', () => client.of('AgentStateEvent').length === 1);
    client.command('getAgentStates');
    await until('the answer', () => client.of('AgentStateEvent').length === 2);
    assert.deepEqual(
      client.of('AgentStateEvent').map(({ since }) => since),
      [3, 3],
    );
  });

  it('never go back: getAgentStates answers the last one of each agent', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    await live.say(await status('pause', NOW - 3_000), await status('online', NOW - 5_000));
    await live.say(await happened('bridged', { timestamp: NOW }), await happened('missed'));
    await live.say(await happened('offering', { agent_id: '103', attempt_id: '2' }));
    await until('the last event', () => states(client, 103).length > 0);
    client.heard.length = 0;
    client.command('getAgentStates');
    client.send('{"claz":"ping"}');
    await until('all answers', () => client.heard.some(({ claz }) => claz === 'ping'));
    assert.deepEqual([states(client, 101), states(client, 102)], [['AgentOnPause'], ['AgentOnCall']]);
  });
});

describe('the lists', () => {
  it('have what is known of agents, groups and queues, and no members', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    await live.say(await status('online', NOW), await happened('joined', { queue_id: '51' }));
    await live.say(await happened('bridged', { attempt_id: '2', agent_name: '' }));
    await until('the queues', () => countersOf(client, 42) !== undefined);
    for (const objectType of ['agent', 'agentgroup', 'queue', 'queuemember'])
      client.command('getList', { objectType });
    client.command('getAgentDirectory');
    await until('the last answer', () => client.last('AgentDirectory') !== undefined);
    assert.deepEqual(client.last('AgentList'), [
      { firstName: 'Olena', lastName: 'Koval', id: 101, number: '1002', groupId: 1 },
      { firstName: null, lastName: null, id: 102, number: '1003', groupId: 2 },
    ]);
    assert.deepEqual(client.last('AgentGroupList'), [
      { id: 1, name: 'sales' },
      { id: 2, name: 'support' },
    ]);
    assert.deepEqual(client.last('QueueMemberList'), []);
    const queues = client.last('QueueList') as Json[];
    assert.deepEqual(
      queues.map(({ id }) => id),
      [51, 42],
    );
    const { directory } = client.last('AgentDirectory') as { directory: Json[] };
    assert.deepEqual(directory[0], {
      agent: { firstName: 'Olena', lastName: 'Koval', id: 101, number: '1002', groupId: 1 },
      agentState: { name: 'AgentReady', agentId: 101, since: 0, phoneNb: '1002' },
    });
  });
});

describe('statistics', () => {
  it("of agents come to who subscribed: all that is known at once, then each change, in the page's names", async () => {
    await using live = await startLive();
    await live.say(await status('online', NOW - 60_000), await status('pause', NOW - 20_000));
    using client = await loggedOn(live);
    using other = await loggedOn(live);
    await until('the first', async () => {
      client.command('subscribeToAgentStats');
      return statisticsOf(client, 101);
    });
    await until('the pause', () => statisticsOf(client, 101)?.['AgentPausedTotalTime'] === 20);
    assert.deepEqual(statisticsOf(client, 101), {
      AgentPausedTotalTime: 20,
      AgentWrapupTotalTime: 0,
      AgentReadyTotalTime: 40,
      LoginDateTime: new Date(NOW - 60_000).toISOString(),
    });
    live.clock.now = NOW + 10_000;
    await live.say(await status('offline', NOW + 10_000));
    await until('the logout', () => statisticsOf(client, 101)?.['LogoutDateTime']);
    assert.deepEqual(statisticsOf(client, 101), {
      AgentPausedTotalTime: 30,
      AgentWrapupTotalTime: 0,
      AgentReadyTotalTime: 40,
      LoginDateTime: new Date(NOW - 60_000).toISOString(),
      LogoutDateTime: new Date(NOW + 10_000).toISOString(),
    });
    assert.deepEqual(other.of('AgentStatistics'), []);
  });

  it('of queues come to everybody, also when time alone changes them', async () => {
    await using live = await startLive();
    using client = await loggedOn(live);
    const call = (name: string, timestamp: number) =>
      happened(name, { timestamp, joined_at: NOW - 5_000, queue_id: '51' });
    await live.say(await call('joined', NOW - 5_000));
    await until('the waiting call', () => countersOf(client, 51)?.['WaitingCalls'] === 1);
    assert.deepEqual(countersOf(client, 51), {
      TotalNumberCallsEntered: 1,
      TotalNumberCallsAnswered: 0,
      TotalNumberCallsAbandonned: 0,
      WaitingCalls: 1,
      LongestWaitTime: 5,
    });
    live.clock.now = NOW + 25_000;
    await until('a longer wait', () => countersOf(client, 51)?.['LongestWaitTime'] === 30);
    await live.say(await call('bridged', NOW + 25_000));
    await until('the answer', () => countersOf(client, 51)?.['TotalNumberCallsAnswered'] === 1);
    assert.equal(countersOf(client, 51)?.['WaitingCalls'], 0);

    using late = await loggedOn(live);
    late.command('subscribeToQueueStats');
    await until('all of them', () => countersOf(late, 51));
    assert.deepEqual(countersOf(late, 51), countersOf(client, 51));
  });
});

describe("a supervisor's profile", () => {
  it('leaves out the direction of a foreign queue, and of none of hers', async () => {
    await using live = await startLive();
    using alice = await loggedOn(live, 'alice', 'wonder');
    using admin = await loggedOn(live);
    const call = async (queue_id: string, attempt_id: string) => ({
      ...(await happened('bridged', {
        queue_id,
        attempt_id,
        agent_id: '101',
        timestamp: NOW + Number(attempt_id),
      })),
      direction: 'inbound' as const,
    });
    await live.say(await call('42', '1'), await call('51', '2'));
    for (const client of [alice, admin]) await until('both', () => client.of('AgentStateEvent').length === 2);
    const directions = (client: Client) => client.of('AgentStateEvent').map(({ direction }) => direction);
    assert.deepEqual(directions(alice), [undefined, 'Incoming']);
    assert.deepEqual(directions(admin), ['Incoming', 'Incoming']);
  });

  it('filters queues by its queues, and agents by its groups, as the page says', async () => {
    await using live = await startLive();
    using alice = await loggedOn(live, 'alice', 'wonder');
    using admin = await loggedOn(live);
    for (const client of [alice, admin]) client.command('subscribeToAgentStats');
    const call = { queue_id: '42', agent_id: '102', attempt_id: '1' };
    await live.say(await happened('joined', call), await happened('bridged', call));
    await live.say(
      await happened('joined', { queue_id: '51', attempt_id: '2' }),
      await status('online', NOW),
    );
    await until("alice's own", () => countersOf(alice, 51) && states(alice, 101).length === 1);
    await until("the admin's", () => countersOf(admin, 42) && statisticsOf(admin, 102));
    for (const client of [alice, admin]) {
      for (const objectType of ['agent', 'agentgroup', 'queue']) client.command('getList', { objectType });
      for (const command of ['subscribeToAgentStats', 'subscribeToQueueStats', 'getAgentDirectory'])
        client.command(command);
      client.command('getAgentStates');
      client.send('{"claz":"ping"}');
    }
    await until('all answers', () =>
      [alice, admin].every(({ heard }) => heard.some(({ claz }) => claz === 'ping')),
    );
    for (const foreign of [/\b42\b/, /\b102\b/, /support/]) {
      assert.match(JSON.stringify(admin.heard), foreign);
      assert.doesNotMatch(JSON.stringify(alice.heard), foreign);
    }
    assert.deepEqual(alice.last('AgentGroupList'), [{ id: 1, name: 'sales' }]);
    assert.deepEqual((alice.last('QueueList') as Json[]).length, 1);
  });
});
