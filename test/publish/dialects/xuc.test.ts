import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { speak } from '../../../lib/publish/dialects/dialect.ts';
import { framed, xuc } from '../../../lib/publish/dialects/xuc.ts';
import { dialectSuite, exampleEvent } from '../../support/dialect-suite.ts';

const known = { now: 1782900040000 };
dialectSuite('xuc', xuc, { known, golden: (said) => said });

const say = async (name: string, fields: object = {}, now = known.now) =>
  speak(xuc, await exampleEvent(name, fields), { now });
const states = async (name: string, fields: object = {}, now = known.now) =>
  (await say(name, fields, now)).map(({ ctiMessage }) => ctiMessage);

describe('the state of an agent', () => {
  it('is AgentRinging when a call is offered, framed', async () => {
    assert.deepEqual(await say('offering'), [
      {
        msgType: 'AgentStateEvent',
        ctiMessage: { name: 'AgentRinging', agentId: 101, since: 31, phoneNb: '1002' },
      },
    ]);
  });

  it('is AgentDialing when active, and when answered, its other name', async () => {
    for (const name of ['active', 'answered'])
      assert.deepEqual(
        (await states(name)).map((state) => state.name),
        ['AgentDialing'],
      );
  });

  it('is AgentOnCall when bridged, by the distribution of calls', async () => {
    assert.deepEqual(await states('bridged'), [
      { name: 'AgentOnCall', agentId: 102, since: 5, phoneNb: '1003', acd: true },
    ]);
  });

  it('is AgentOnWrapup when processing', async () => {
    assert.deepEqual(await states('processing'), [
      { name: 'AgentOnWrapup', agentId: 102, since: 0, phoneNb: '1003' },
    ]);
  });

  it('is what the team hook says, in any case', async () => {
    for (const [status, name] of [
      ['online', 'AgentReady'],
      ['offline', 'AgentLoggedOut'],
      ['pause', 'AgentOnPause'],
      ['break_out', 'AgentOnPause'],
    ] as const) {
      const expected = { name, agentId: 101, since: 39, phoneNb: '1002' };
      assert.deepEqual(await states(`agent_status-${status}`), [expected]);
      const cause = name === 'AgentOnPause' ? { cause: 'Lunch' } : {};
      const shouted = { status: status.toUpperCase() };
      assert.deepEqual(await states('agent_status', shouted), [{ ...expected, ...cause }]);
    }
    for (const status of ['constructor', 'away']) assert.deepEqual(await say('agent_status', { status }), []);
  });

  it('is that of the team again after missed and leaving', async () => {
    const event = await exampleEvent('leaving', { agent_extension: '' });
    const after = (status: string, cause?: string) =>
      speak(xuc, event, { ...known, extension: '1003', team: { status, cause } })[0]?.ctiMessage;
    const ended = { agentId: 102, since: 0, phoneNb: '1003' };
    assert.deepEqual(after('online', 'Lunch'), { name: 'AgentReady', ...ended });
    assert.deepEqual(after('pause', 'Lunch'), { name: 'AgentOnPause', ...ended, cause: 'Lunch' });
    assert.deepEqual(after('break_out'), { name: 'AgentOnPause', ...ended });
    assert.deepEqual(after('offline'), { name: 'AgentLoggedOut', ...ended });
    assert.equal(after('away'), undefined);
    const missed = speak(xuc, await exampleEvent('missed'), {
      ...known,
      team: { status: 'online', cause: undefined },
    });
    assert.equal(missed[0]?.ctiMessage.name, 'AgentReady');
  });

  it('is not guessed from joined, missed and leaving, where no team status is known', async () => {
    for (const name of ['joined', 'missed', 'leaving', 'expired-leaving', 'chat-joined', 'chat-leaving'])
      assert.deepEqual(await say(name), [], name);
  });

  it('is of nobody without an agent', async () => {
    for (const name of ['offering', 'active', 'answered', 'bridged', 'processing'])
      assert.deepEqual(await say(name, { agent_id: '' }), [], name);
  });
});

describe('a field', () => {
  it('agentId is a number where a double holds it, else its exact text', async () => {
    const id = async (agent_id: string) => (await states('offering', { agent_id }))[0]?.agentId;
    assert.equal(await id('9007199254740991'), 9007199254740991);
    assert.equal(await id('9007199254740993'), '9007199254740993');
  });

  it('phoneNb is the extension, that of the team hook first, and is left out when unknown', async () => {
    const phone = async (name: string, fields: object) => (await states(name, fields))[0];
    assert.equal((await phone('agent_status', { agent_extension: '1009' }))?.phoneNb, '1002');
    const other = { extension: '', agent_extension: '1009' };
    assert.equal((await phone('agent_status', other))?.phoneNb, '1009');
    assert.ok(!('phoneNb' in ((await phone('offering', { agent_extension: '' })) ?? {})));
    assert.ok(!('phoneNb' in ((await phone('agent_status', { extension: '' })) ?? {})));
  });

  it('phoneNb is the last extension of the agent, where the event has none', async () => {
    const event = await exampleEvent('processing', { agent_extension: '' });
    const [state] = speak(xuc, event, { ...known, extension: '1009' });
    assert.equal(state?.ctiMessage.phoneNb, '1009');
  });

  it('since counts from when the door took it, for a team hook: that has no timestamp', async () => {
    const since = async (name: string, fields: object) => (await states(name, fields))[0]?.since;
    assert.equal(await since('agent_status', {}), 39);
    assert.equal(await since('agent_status', { timestamp: `${known.now - 5_000}` }), 5);
  });

  it('since is whole seconds, never negative, and 0 without a timestamp', async () => {
    const since = async (timestamp: string, now: number) =>
      (await states('offering', { timestamp }, now))[0]?.since;
    assert.equal(await since('1000', 3_999), 2);
    assert.equal(await since('5000', 3_999), 0);
    assert.equal(await since('', 3_999), 0);
  });

  it('direction is that of the queue, when configured', async () => {
    const event = await exampleEvent('bridged');
    const direction = (configured: object) => {
      const [said] = speak(xuc, { ...event, ...configured }, known);
      return said?.ctiMessage.direction;
    };
    assert.equal(direction({ direction: 'inbound' }), 'Incoming');
    assert.equal(direction({ direction: 'outbound' }), 'Outgoing');
    const [ringing] = speak(xuc, { ...(await exampleEvent('offering')), direction: 'inbound' }, known);
    assert.ok(ringing && !('direction' in ringing.ctiMessage) && !('acd' in ringing.ctiMessage));
  });
});

describe('a frame', () => {
  it('names the type beside the message, whatever it is', () => {
    const rights = { profile: 'Supervisor', rights: [] };
    assert.deepEqual(framed('RightProfile', rights), { msgType: 'RightProfile', ctiMessage: rights });
  });
});
