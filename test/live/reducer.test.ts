// The rules of the reducer, each by example.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { QueueEvent } from '../../lib/event.ts';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { xuc } from '../../lib/publish/dialects/xuc.ts';
import { measureTime } from '../../live/state/agents.ts';
import { readMoment } from '../../live/state/moment.ts';
import { listStates, startReducer } from '../../live/state/reducer.ts';
import { exampleEvent, examples } from '../support/dialect-suite.ts';
import { DAY, dayOf, HOUR, hook, MIDNIGHT, MINUTE, SECOND, team } from '../support/history.ts';

function reduceAll(events: readonly QueueEvent[]) {
  const { snapshot, reduce } = startReducer(dayOf);
  return { snapshot, reduce, changes: events.map(reduce), last: events.length - 1 };
}

const agentOf = (events: readonly QueueEvent[], id = '19') => {
  const agent = reduceAll(events).snapshot.agents.get(id);
  assert.ok(agent, `agent ${id}`);
  return agent;
};

/** Seconds in ready, pause and wrap-up, so many seconds after midnight. */
const times = (events: readonly QueueEvent[], now: number, id = '19') => {
  const agent = agentOf(events, id);
  return (['ready', 'paused', 'wrapup'] as const).map(
    (activity) => measureTime(agent, activity, MIDNIGHT + now * SECOND) / SECOND,
  );
};

/** Entered, answered, abandoned, waiting. */
const counts = (events: readonly QueueEvent[], id = '51') => {
  const queue = reduceAll(events).snapshot.queues.get(id);
  assert.ok(queue, `queue ${id}`);
  return [queue.entered, queue.answered, queue.abandoned, queue.waiting.size];
};

const of = (attempt_id: string, agent_id = '19') => ({ attempt_id, agent_id });
const at = (seconds: number) => seconds * SECOND;

describe('an event happened', () => {
  it('at its timestamp, else when the door received it', () => {
    assert.equal(readMoment(hook('joined', 7)), MIDNIGHT + 7);
    assert.equal(readMoment(team('online', 8)), MIDNIGHT + 8);
  });

  it('when the door received it, where the timestamp is an hour off', () => {
    const received_at = MIDNIGHT;
    const moment = (timestamp: number) => readMoment(hook('joined', 0, { timestamp, received_at }));
    for (const off of [HOUR, -HOUR]) {
      assert.equal(moment(MIDNIGHT + off), MIDNIGHT + off);
      assert.equal(moment(MIDNIGHT + off + Math.sign(off)), MIDNIGHT);
    }
    assert.equal(moment(-1), MIDNIGHT);
  });
});

describe('an agent', () => {
  it('gets a state from the very events from which XiVO hears one', async () => {
    const names = {
      ready: 'AgentReady',
      paused: 'AgentOnPause',
      wrapup: 'AgentOnWrapup',
      out: 'AgentLoggedOut',
    };
    const busy = ['AgentRinging', 'AgentDialing', 'AgentOnCall'];
    for (const name of [...examples, 'agent_status-away']) {
      const fields = name === 'agent_status-away' ? { status: 'away' } : {};
      const event = await exampleEvent(name.replace('-away', ''), fields);
      const activity = [...reduceAll([event]).snapshot.agents.values()].map((agent) => agent.activity);
      const states = speak(xuc, event, { now: 0 }).map(({ ctiMessage }) => ctiMessage.name);
      assert.equal(activity.length, states.length, name);
      for (const [index, state] of states.entries()) {
        const known = activity[index];
        if (known === 'busy') assert.ok(busy.includes(state), name);
        else assert.equal(known && names[known], state, name);
      }
    }
  });

  it('has the name and the extension that were last said, the team hook’s own first', () => {
    const told = { agent_id: '19', agent_name: 'Olena', agent_extension: '1002' };
    assert.equal(agentOf([hook('offering', 0, told), team('online', 1)]).name, 'Olena');
    assert.equal(agentOf([hook('offering', 0, told), team('online', 1)]).extension, '1002');
    const moved = team('online', 1, { extension: '1003', agent_extension: '1004', agent_name: 'Olena K' });
    assert.equal(agentOf([hook('offering', 0, told), moved]).extension, '1003');
    assert.equal(agentOf([hook('offering', 0, told), moved]).name, 'Olena K');
  });

  it('keeps the last event that gave it a state, also when its attempt has left', () => {
    const bridged = hook('bridged', at(2), of('1'));
    const events = [
      team('online', 0),
      bridged,
      hook('missed', at(3), of('1')),
      hook('leaving', at(4), of('1')),
    ];
    assert.equal(agentOf(events).stateEvent.id, bridged.id);
  });

  it('never goes back in time: an older event changes nothing and is no news', () => {
    const events = [team('online', 0), team('pause', at(10)), team('offline', at(5))];
    const { changes, last } = reduceAll(events);
    const changed = changes[last];
    assert.ok(changed);
    const { agents, queue, news, overtaken } = changed;
    assert.deepEqual([agents, queue, news, overtaken], [[], undefined, false, true]);
    assert.deepEqual(times(events, 20), [10, 10, 0]);
    assert.equal(agentOf(events).logout, undefined);
  });

  it('is still told of a state that another overtook, unless that is long ago', () => {
    const overtaken = (behind: number) =>
      reduceAll([team('online', MINUTE), team('pause', MINUTE - behind)]).changes[1]?.overtaken;
    assert.deepEqual([overtaken(9_999), overtaken(10_000)], [true, false]);
  });

  it('is in the state of a hook that came after a team hook, though its own clock is behind or ahead', () => {
    for (const off of [-30 * SECOND, 2 * SECOND, 10 * MINUTE]) {
      const offset = (event: string, time: number) =>
        hook(event, time, { agent_id: '19', timestamp: MIDNIGHT + time + off });
      const events = [
        team('online', at(1)),
        offset('offering', at(2)),
        offset('bridged', at(3)),
        team('pause', at(4)),
      ];
      assert.deepEqual(
        reduceAll(events).changes.map(({ news }) => news),
        [true, true, true, true],
        `${off}`,
      );
    }
  });

  it('goes by the clock of Webitel between two hooks, whichever came first', () => {
    const events = [
      hook('processing', at(5), { agent_id: '19', received_at: MIDNIGHT + at(6) }),
      hook('bridged', at(4), { agent_id: '19', received_at: MIDNIGHT + at(7) }),
    ];
    assert.equal(agentOf(events).activity, 'wrapup');
  });

  it('at equal times is in the state that came later, unless it is there already', () => {
    const online = team('online', at(5));
    const events = [team('offline', 0), online, team('pause', at(5))];
    assert.deepEqual(times(events, 20), [0, 15, 0]);
    assert.deepEqual(times([...events, online], 20), [0, 15, 0]);
    assert.equal(reduceAll([...events, online]).changes[3]?.news, false);
    assert.equal(reduceAll(events).changes[2]?.news, true);
  });

  it('remembers a bounded number of events of one moment', () => {
    const events = Array.from({ length: 100 }, () => team('online', 0));
    assert.equal(agentOf(events).ids.length, 16);
  });

  it('on another channel is in a state, too', () => {
    const chat = { channel: 'chat', agent_id: '19' };
    assert.deepEqual(times([team('online', 0), hook('bridged', at(3), chat)], 9), [3, 0, 0]);
  });
});

describe('after missed and leaving, what an agent without a team status does is unknown and counts nowhere', () => {
  const wrapup = [hook('bridged', at(1), of('1')), hook('processing', at(5), of('1'))];

  it('from then on, until the next event says', () => {
    for (const event of ['missed', 'leaving'] as const) {
      const ended = [...wrapup, hook(event, at(8), of('1'))];
      assert.deepEqual(times(ended, 60), [0, 0, 3], event);
      assert.deepEqual(times([...ended, team('online', at(50))], 60), [10, 0, 3], event);
      assert.deepEqual(reduceAll(ended).changes[2]?.agents, ['19'], event);
    }
  });

  it('for that attempt alone', () => {
    const other = [...wrapup, hook('leaving', at(8), of('2')), hook('missed', at(8), of('2'))];
    assert.deepEqual(times(other, 10), [0, 0, 5]);
    assert.deepEqual(reduceAll(other).changes[2]?.agents, []);
    const paused = [...wrapup, team('pause', at(6)), hook('leaving', at(8), of('1'))];
    assert.deepEqual(times(paused, 10), [0, 4, 1]);
  });

  it('for that agent alone, when missed', () => {
    assert.deepEqual(times([...wrapup, hook('missed', at(8), of('1', '22'))], 10), [0, 0, 5]);
    assert.deepEqual(times([...wrapup, hook('missed', at(8), { attempt_id: '1' })], 10), [0, 0, 5]);
  });

  it('from the first of them, when both come', () => {
    const both = [hook('missed', at(7), of('1')), hook('leaving', at(9), of('1'))];
    assert.deepEqual(times([...wrapup, ...both], 20), [0, 0, 2]);
    assert.deepEqual(times([...wrapup, ...both.toReversed()], 20), [0, 0, 2]);
  });

  it('also when the leaving names nobody', () => {
    assert.deepEqual(times([...wrapup, hook('leaving', at(8), { attempt_id: '1' })], 20), [0, 0, 3]);
  });

  it('at once, where a leaving is of an earlier time: it is final', () => {
    assert.deepEqual(times([...wrapup, hook('leaving', at(4), of('1'))], 20), [0, 0, 0]);
  });

  it('also when they were overtaken by what they end', () => {
    const late = hook('processing', at(5), of('1'));
    for (const event of ['missed', 'leaving'] as const) {
      const events = [hook(event, at(8), of('1')), late];
      assert.deepEqual(times(events, 20), [0, 0, 3], event);
      assert.equal(reduceAll(events).changes[1]?.news, true, event);
    }
  });

  it('but an event before that is still news, and cuts it short', () => {
    const events = [...wrapup, hook('leaving', at(8), of('1')), team('pause', at(7))];
    assert.deepEqual(times(events, 20), [0, 13, 2]);
  });

  it('not when an earlier offer was missed', () => {
    const again = [hook('missed', at(4), of('1')), hook('processing', at(5), of('1'))];
    assert.deepEqual(times([team('online', 0), ...again], 20), [5, 0, 15]);
    assert.deepEqual(times([...wrapup, hook('missed', at(4), of('1'))], 20), [0, 0, 15]);
  });
});

describe('after missed and leaving, an agent whose team status is known is in it again', () => {
  const call = [hook('offering', at(1), of('1')), hook('bridged', at(2), of('1'))];
  /** What clients get of the last event. */
  const shown = (...events: QueueEvent[]) => {
    const { snapshot, changes } = reduceAll(events);
    const last = events.at(-1);
    const changed = changes.at(-1);
    assert.ok(last && changed);
    return listStates(snapshot, last, changed).flatMap((state) => {
      const { extension, team: known } = snapshot.agents.get(state.agent_id ?? '') ?? {};
      const states = speak(xuc, state, { now: MIDNIGHT + at(20), extension, team: known });
      return states.map(({ ctiMessage: { name, since, cause } }) => [name, since, cause].join(' ').trim());
    });
  };

  it('and its time counts so, for every call of the day', () => {
    const calls = ['1', '2', '3'].flatMap((id, index) => [
      hook('bridged', at(10 * index + 2), of(id)),
      hook('leaving', at(10 * index + 5), of(id)),
    ]);
    assert.deepEqual(times([team('online', 0), ...calls], 30), [21, 0, 0]);
    assert.deepEqual(times([team('pause', 0), ...calls], 30), [0, 21, 0]);
    assert.deepEqual(times([team('online', 0), ...calls, team('offline', at(40))], 60), [31, 0, 0]);
  });

  it('and clients get that, from that moment on', () => {
    const pause = team('pause', 0, { status_payload: 'Lunch' });
    for (const event of ['missed', 'leaving'] as const) {
      const end = hook(event, at(5), of('1'));
      assert.deepEqual(shown(team('online', 0), ...call, end), ['AgentReady 15'], event);
      assert.deepEqual(shown(pause, ...call, end), ['AgentOnPause 15 Lunch'], event);
      assert.deepEqual(shown(team('offline', 0), ...call, end), ['AgentLoggedOut 15'], event);
      assert.deepEqual(shown(...call, end), [], event);
    }
    assert.deepEqual(shown(team('online', 0), ...call, hook('leaving', at(5), { attempt_id: '1' })), [
      'AgentReady 15',
    ]);
  });

  it('everybody in the attempt, when it leaves: a transfer has no hook of its own', () => {
    const transferred = hook('bridged', at(3), of('1', '22'));
    const online = [team('online', 0), team('online', 0, { agent_id: '22' })];
    const events = [...online, ...call, transferred, hook('leaving', at(5), of('1', '22'))];
    assert.deepEqual(shown(...events), ['AgentReady 15', 'AgentReady 15']);
    assert.deepEqual(reduceAll(events).changes.at(-1)?.agents, ['19', '22']);
    assert.deepEqual(times(events, 10), [6, 0, 0]);
  });

  it('not while it is in another attempt, nor for another agent', () => {
    const other = hook('offering', at(4), of('2'));
    assert.deepEqual(shown(team('online', 0), ...call, other, hook('leaving', at(5), of('1'))), []);
    assert.deepEqual(shown(team('online', 0), ...call, hook('missed', at(5), of('1', '22'))), []);
  });

  it('also where the hooks overtook each other', () => {
    const [offering, bridged] = call;
    assert.ok(offering && bridged);
    const leaving = hook('leaving', at(5), of('1'));
    assert.deepEqual(shown(team('online', 0), offering, leaving, bridged), [
      'AgentOnCall 18',
      'AgentReady 15',
    ]);
    assert.deepEqual(times([team('online', 0), offering, leaving, bridged], 20), [16, 0, 0]);
    const late = [...call, leaving, team('online', at(1), { received_at: MIDNIGHT })];
    assert.deepEqual(times(late, 20), [15, 0, 0]);
  });

  it('and clients get that at once, however late the team hook comes', () => {
    const ended = [hook('bridged', at(15), of('1')), hook('leaving', at(18), of('1'))];
    assert.deepEqual(shown(...ended, team('online', 0)), ['AgentReady 20', 'AgentReady 2']);
    assert.deepEqual(shown(team('online', 0), ...ended, team('pause', at(1))), [
      'AgentOnPause 19',
      'AgentOnPause 2',
    ]);
    assert.deepEqual(shown(...ended, team('pause', at(1)), team('online', 0)), []);
  });

  it('by the last that is known, in whatever order it came', () => {
    const leaving = hook('leaving', at(5), of('1'));
    const paused = [team('pause', at(1) - 1), team('online', 0), ...call, leaving];
    assert.equal(agentOf(paused).team?.status, 'pause');
    assert.equal(agentOf([...call, team('pause', at(1)), team('online', 0)]).team?.status, 'pause');
  });
});

describe('attempts of different sources', () => {
  it('are different attempts, though their ids are equal', () => {
    const other = { source: 'cloudevents:/pbx/berlin' };
    const events = [hook('joined', 0), hook('joined', 1, other), hook('leaving', 2, other)];
    assert.deepEqual(counts(events), [2, 0, 1, 1]);
    assert.equal(reduceAll(events).snapshot.attempts.size, 2);
    const agents = [
      team('online', 0),
      hook('bridged', at(1), of('1')),
      hook('leaving', at(2), { ...of('1'), ...other }),
    ];
    assert.deepEqual(times(agents, 10), [1, 0, 0]);
  });
});

describe('a call moves in its queue', () => {
  const moved = (...events: QueueEvent[]) => reduceAll(events).changes.map((changed) => changed.moved);
  const [joined, bridged, leaving] = [hook('joined', 0), hook('bridged', 1), hook('leaving', 2)];

  it('when it joins, is connected and leaves, each once', () => {
    assert.deepEqual(moved(joined, bridged, leaving), [true, true, true]);
    assert.deepEqual(moved(joined, joined), [true, false]);
    assert.deepEqual(moved(joined, leaving, leaving), [true, true, false]);
    assert.deepEqual(moved(joined, bridged, hook('bridged', 2, of('1', '22'))), [true, true, true]);
    assert.deepEqual(moved(team('online', 0), hook('offering', 1), hook('missed', 2)), [false, false, false]);
  });

  it('never after its end, whatever hook comes late, and never back', () => {
    assert.deepEqual(moved(leaving, joined, bridged, hook('bridged', 3)), [true, false, false, false]);
    assert.deepEqual(moved(bridged, joined), [true, false]);
    assert.deepEqual(moved(hook('bridged', 2, of('1', '22')), bridged), [true, false]);
    const later = team('online', 2 * HOUR);
    const ahead = hook('offering', 0, { attempt_id: '9', timestamp: MIDNIGHT + HOUR });
    assert.deepEqual(moved(ahead, joined), [false, true], 'a wrong clock of another hook hides nothing');
    assert.deepEqual(moved(joined, leaving, later, joined, bridged), [true, true, false, false, false]);
  });
});

describe('an agent logs in', () => {
  const login = (...events: QueueEvent[]) => {
    const { login, logout } = agentOf(events);
    return [login, logout].map((moment) => moment && (moment - MIDNIGHT) / SECOND);
  };

  it('with the first online after offline, or of all', () => {
    assert.deepEqual(login(team('online', at(1))), [1, undefined]);
    assert.deepEqual(login(team('online', at(1)), team('offline', at(2)), team('online', at(3))), [3, 2]);
  });

  it('not with an online after a pause, or once more', () => {
    assert.deepEqual(login(team('online', at(1)), team('pause', at(2)), team('online', at(3))), [
      1,
      undefined,
    ]);
    assert.deepEqual(login(team('online', at(1)), team('online', at(3))), [1, undefined]);
  });

  it('before anybody knew, when it is first seen at work or in a pause', () => {
    assert.deepEqual(login(team('pause', at(1)), team('online', at(2))), [undefined, undefined]);
    assert.deepEqual(login(hook('offering', at(1), of('1')), team('online', at(2))), [undefined, undefined]);
  });

  it('not with the wrap-up of a call in which it went offline', () => {
    const events = [team('offline', at(1)), hook('processing', at(2), of('1')), team('online', at(3))];
    assert.deepEqual(login(...events), [3, 1]);
  });

  it('and out with the last offline', () => {
    assert.deepEqual(login(team('offline', at(1)), team('offline', at(2))), [undefined, 2]);
  });
});

describe('a queue', () => {
  it('counts the first joined, the first bridged, and who leaves without', () => {
    assert.deepEqual(counts([hook('joined', 0)]), [1, 0, 0, 1]);
    assert.deepEqual(counts([hook('joined', 0), hook('bridged', 1)]), [1, 1, 0, 0]);
    assert.deepEqual(counts([hook('joined', 0), hook('bridged', 1), hook('leaving', 2)]), [1, 1, 0, 0]);
    assert.deepEqual(counts([hook('joined', 0), hook('leaving', 2)]), [1, 0, 1, 0]);
  });

  it('counts none twice', () => {
    const events = [hook('joined', 0), hook('bridged', 1), hook('leaving', 2)];
    assert.deepEqual(counts([...events, ...events]), [1, 1, 0, 0]);
    assert.deepEqual(counts([hook('joined', 0), hook('bridged', 1), hook('bridged', 3)]), [1, 1, 0, 0]);
  });

  it('that dials counts no call that never entered: it has no more answers than calls', () => {
    assert.deepEqual(counts([hook('offering', 0), hook('bridged', 1), hook('leaving', 2)]), [0, 0, 0, 0]);
    assert.deepEqual(counts([hook('leaving', 2)]), [0, 0, 0, 0]);
  });

  it('counts the same in any order of the hooks', () => {
    const [joined, bridged, leaving] = [hook('joined', 0), hook('bridged', 1), hook('leaving', 2)];
    for (const events of [
      [joined, leaving, bridged],
      [bridged, joined, leaving],
      [bridged, leaving, joined],
      [leaving, joined, bridged],
      [leaving, bridged, joined],
    ])
      assert.deepEqual(counts(events), [1, 1, 0, 0]);
    assert.deepEqual(counts([leaving, joined]), [1, 0, 1, 0]);
  });

  it('is of calls only, and an attempt without a queue is of none', () => {
    const none = [
      hook('joined', 0, { channel: 'chat' }),
      hook('joined', 0, { queue_id: undefined, attempt_id: '2' }),
      hook('leaving', 1, { channel: undefined, attempt_id: undefined, cc_result: 'expired' }),
    ];
    assert.equal(reduceAll(none).snapshot.queues.size, 0);
  });

  it('is that of the attempt, where a hook doesn’t say', () => {
    assert.deepEqual(counts([hook('joined', 0), hook('leaving', 1, { queue_id: undefined })]), [1, 0, 1, 0]);
    assert.deepEqual(counts([hook('joined', 0, { queue_id: undefined }), hook('leaving', 1)]), [1, 0, 1, 0]);
  });

  it('has the name that was last said', () => {
    const named = (queue_name: string | undefined, attempt_id: string) =>
      hook('joined', 0, { queue_name, attempt_id });
    const events = [named('sales', '1'), named('winback', '2'), named(undefined, '3')];
    assert.equal(reduceAll(events).snapshot.queues.get('51')?.name, 'winback');
  });
});

describe('what changed', () => {
  const change = (...events: QueueEvent[]) => reduceAll(events).changes.at(-1);

  it('is the agent of a state, and the queue whose statistics moved', () => {
    const bridged = hook('bridged', 1, of('1'));
    assert.deepEqual(change(hook('joined', 0), bridged), {
      agents: ['19'],
      queue: '51',
      news: true,
      overtaken: false,
      released: false,
      moved: true,
      newDay: false,
    });
    const again = hook('bridged', 2, of('1', '22'));
    assert.deepEqual(change(hook('joined', 0), bridged, again), {
      agents: ['22'],
      queue: undefined,
      news: true,
      overtaken: false,
      released: false,
      moved: true,
      newDay: false,
    });
    assert.equal(change(hook('joined', 0))?.queue, '51');
    assert.equal(change(hook('joined', 0), hook('leaving', 1))?.queue, '51');
    assert.equal(change(bridged, hook('leaving', 2))?.queue, undefined);
    assert.equal(change(hook('offering', 0))?.queue, undefined);
  });

  it('is no news when it was there before', () => {
    for (const event of [
      hook('joined', 0),
      hook('bridged', 0),
      hook('leaving', 0),
      hook('missed', 0, of('1')),
      hook('bridged', 0, of('1')),
      team('pause', 0),
    ]) {
      assert.equal(change(event)?.news, true, event.event);
      const again = { agents: [], queue: undefined, news: false, overtaken: false, newDay: false };
      // A repeated bridge connects the same agent once more.
      const moved = event.event === 'bridged';
      assert.deepEqual(change(event, event), { ...again, released: false, moved }, event.event);
    }
  });
});

describe('a new day', () => {
  it('begins with an event of a greater day, not with the first of all, nor with one that is late', () => {
    const days = [team('online', 0), team('pause', DAY - 1), team('online', DAY), team('pause', DAY - 1)];
    const { changes } = reduceAll([...days, team('pause', 2 * DAY)]);
    assert.deepEqual(
      changes.map(({ newDay }) => newDay),
      [false, false, true, false, true],
    );
  });

  it('sets the counts to zero; who waits goes on waiting', () => {
    const called = { attempt_id: '2' };
    const events = [
      hook('joined', DAY - 3),
      hook('joined', DAY - 2, called),
      hook('bridged', DAY - 1, called),
      hook('joined', DAY - 2, { attempt_id: '3' }),
      hook('leaving', DAY - 1, { attempt_id: '3' }),
      team('online', DAY),
    ];
    assert.deepEqual(counts(events), [0, 0, 0, 1]);
    assert.deepEqual(counts([...events, hook('leaving', DAY)]), [0, 0, 1, 0]);
    assert.deepEqual(counts([...events, hook('bridged', DAY)]), [0, 1, 0, 0]);
  });

  it('counts nothing of an earlier day that comes late, but knows it', () => {
    const late = [hook('joined', DAY - 3), hook('bridged', DAY - 2), hook('leaving', DAY - 1)];
    const [joined, bridged, leaving] = late;
    assert.ok(joined && bridged && leaving);
    assert.deepEqual(counts([team('online', DAY), joined]), [0, 0, 0, 1]);
    assert.deepEqual(counts([team('online', DAY), ...late]), [0, 0, 0, 0]);
    assert.deepEqual(counts([joined, team('online', DAY), leaving, bridged]), [0, 0, 0, 0]);
  });

  it('sets the totals to zero; what an agent does counts from its first event', () => {
    const day = DAY / SECOND;
    const morning = [team('pause', 0), team('online', at(10)), hook('joined', at(day + 60))];
    assert.deepEqual(times(morning, day + 100), [40, 0, 0]);
    assert.deepEqual(times([...morning, team('pause', at(day + 70))], day + 100), [10, 30, 0]);
    const late = [...morning, team('pause', at(day - 10))];
    assert.deepEqual(times(late, day + 100), [0, 40, 0]);
    const early = [...morning, team('pause', at(day + 50))];
    assert.deepEqual(times(early, day + 100), [0, 50, 0]);
  });

  it('leaves an agent logged in', () => {
    const { login } = agentOf([team('online', at(1)), team('pause', DAY), team('online', DAY + 1)]);
    assert.equal(login, MIDNIGHT + at(1));
  });

  it('counts from its first event what began on an earlier day and came late', () => {
    const day = DAY / SECOND;
    assert.deepEqual(times([hook('joined', DAY), team('online', at(day - 30))], day + 5), [5, 0, 0]);
  });
});

describe('an attempt', () => {
  it('is remembered for ten minutes of the stream after it left, then forgotten', () => {
    const { snapshot, reduce } = reduceAll([hook('joined', 0), hook('leaving', MINUTE)]);
    reduce(team('online', 11 * MINUTE - 1));
    assert.equal(snapshot.attempts.size, 1);
    reduce(team('online', 11 * MINUTE));
    assert.equal(snapshot.attempts.size, 0);
    assert.deepEqual(snapshot.queues.get('51')?.waiting.size, 0);
  });

  it('that left late is remembered as long: the stream’s time counts', () => {
    const { snapshot, reduce } = reduceAll([
      hook('joined', 0),
      team('online', HOUR),
      hook('leaving', MINUTE),
    ]);
    reduce(hook('bridged', MINUTE - 1));
    reduce(team('online', HOUR + 10 * MINUTE - 1));
    assert.equal(snapshot.attempts.size, 1);
    reduce(team('online', HOUR + 10 * MINUTE));
    assert.equal(snapshot.attempts.size, 0);
  });

  it('goes in the order in which it left, and another leaves after all have gone', () => {
    const leaving = (attempt_id: string, minutes: number) =>
      hook('leaving', minutes * MINUTE, { attempt_id });
    const { snapshot, reduce } = reduceAll([leaving('1', 0), leaving('2', 5)]);
    reduce(team('online', 10 * MINUTE));
    assert.deepEqual([...snapshot.attempts.keys()], ['2']);
    reduce(team('online', 15 * MINUTE));
    reduce(leaving('3', 16));
    assert.deepEqual([...snapshot.attempts.keys()], ['3']);
    reduce(team('online', 26 * MINUTE));
    assert.equal(snapshot.attempts.size, 0);
  });

  it('that never leaves is forgotten on the next day, once it is a day old', () => {
    const { snapshot, reduce } = reduceAll([hook('joined', 0), hook('offering', HOUR, { attempt_id: '2' })]);
    reduce(team('online', DAY));
    assert.deepEqual([...snapshot.attempts.keys()], ['1', '2']);
    reduce(team('online', DAY + 2 * HOUR));
    assert.equal(snapshot.attempts.size, 2);
    reduce(team('online', 2 * DAY));
    assert.equal(snapshot.attempts.size, 0);
    assert.equal(snapshot.queues.get('51')?.waiting.size, 0);
  });

  it('that began again under its id isn’t forgotten for the one before', () => {
    const { snapshot, reduce } = reduceAll([
      hook('joined', 0),
      team('online', DAY),
      hook('leaving', 2 * DAY - 2),
    ]);
    reduce(team('online', 2 * DAY));
    assert.equal(snapshot.attempts.size, 0);
    reduce(hook('joined', 2 * DAY + MINUTE));
    reduce(team('online', 2 * DAY + 10 * MINUTE));
    assert.deepEqual([...snapshot.attempts.keys()], ['1']);
    assert.equal(snapshot.queues.get('51')?.waiting.size, 1);
  });
});
