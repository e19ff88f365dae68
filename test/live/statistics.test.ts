// Statistics of the state, at a moment: by example, and for any history as a plain recount of it has them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { QueueEvent } from '../../lib/event.ts';
import { readMoment } from '../../live/state/moment.ts';
import { startReducer } from '../../live/state/reducer.ts';
import { computeAgentStatistics, computeQueueStatistics } from '../../live/state/statistics.ts';
import { DAY, dayOf, HOUR, history, hook, MIDNIGHT, MINUTE, SECOND, team } from '../support/history.ts';
import { agentReference, agentsIn, MEMORY, queueReference, queuesIn } from '../support/reference.ts';

type Reducer = ReturnType<typeof startReducer>;

function reduceAll(events: readonly QueueEvent[], into: Reducer = startReducer(dayOf)): Reducer {
  for (const event of events) into.reduce(event);
  return into;
}

/** Everything that is said of everybody. */
const said = ({ snapshot }: Reducer, now: number) => ({
  agents: new Map([...snapshot.agents].map(([id, agent]) => [id, computeAgentStatistics(agent, now)])),
  queues: new Map([...snapshot.queues].map(([id, queue]) => [id, computeQueueStatistics(queue, now)])),
});

const agentAt = (events: readonly QueueEvent[], now: number) => {
  const agent = reduceAll(events).snapshot.agents.get('19');
  const statistics = agent === undefined ? [] : computeAgentStatistics(agent, MIDNIGHT + now);
  return Object.fromEntries(statistics.map(({ name, value }) => [name.replace('TotalTime', ''), value]));
};

const queueAt = (events: readonly QueueEvent[], now: number) => {
  const queue = reduceAll(events).snapshot.queues.get('51');
  const statistics = queue === undefined ? [] : computeQueueStatistics(queue, MIDNIGHT + now);
  return statistics.map(({ value }) => value);
};

describe('the times of an agent', () => {
  it('are whole seconds of the day in pause, wrap-up and ready; what is open counts until now', () => {
    const events = [team('online', 0), team('pause', 10_900), team('online', 15_000)];
    const times = {
      AgentPaused: 4,
      AgentWrapup: 0,
      AgentReady: 16,
      LoginDateTime: '2024-10-04T00:00:00.000Z',
    };
    assert.deepEqual(agentAt(events, 20_999), times);
    assert.deepEqual(agentAt(events, 21_100), { ...times, AgentReady: 17 });
  });

  it('are in the words and the order of the page', () => {
    const agent = reduceAll([team('offline', 0), team('online', SECOND)]).snapshot.agents.get('19');
    assert.deepEqual(agent && computeAgentStatistics(agent, MIDNIGHT + 3 * SECOND), [
      { name: 'AgentPausedTotalTime', value: 0 },
      { name: 'AgentWrapupTotalTime', value: 0 },
      { name: 'AgentReadyTotalTime', value: 2 },
      { name: 'LoginDateTime', value: '2024-10-04T00:00:01.000Z' },
      { name: 'LogoutDateTime', value: '2024-10-04T00:00:00.000Z' },
    ]);
  });

  it('count a break as pause, and neither ringing, dialing nor a call', () => {
    const agent_id = '19';
    const events = [
      team('break_out', 0),
      hook('offering', 2000, { agent_id }),
      hook('active', 3000, { agent_id }),
      hook('bridged', 4000, { agent_id }),
      hook('processing', 9000, { agent_id }),
    ];
    assert.deepEqual(agentAt(events, 10_000), { AgentPaused: 2, AgentWrapup: 1, AgentReady: 0 });
  });

  it('are never less than nothing, where the clock of the reader is behind', () => {
    assert.equal(agentAt([team('online', 5000)], 0)['AgentReady'], 0);
  });
});

describe('the statistics of a queue', () => {
  it('are in the words and the order of the page', () => {
    const queue = reduceAll([hook('joined', 0)]).snapshot.queues.get('51');
    assert.deepEqual(queue && computeQueueStatistics(queue, MIDNIGHT + 2500), [
      { statName: 'TotalNumberCallsEntered', value: 1 },
      { statName: 'TotalNumberCallsAnswered', value: 0 },
      { statName: 'TotalNumberCallsAbandonned', value: 0 },
      { statName: 'WaitingCalls', value: 1 },
      { statName: 'LongestWaitTime', value: 2 },
    ]);
  });

  it('have the longest wait of those that wait now', () => {
    const events = [0, 1, 2].map((call) => hook('joined', call * SECOND, { attempt_id: `${call}` }));
    assert.deepEqual(queueAt(events, 5000), [3, 0, 0, 3, 5]);
    const answered = [...events, hook('bridged', 4000, { attempt_id: '0' })];
    assert.deepEqual(queueAt(answered, 5000), [3, 1, 0, 2, 4]);
    const left = [1, 2].map((call) => hook('leaving', 4500, { attempt_id: `${call}` }));
    assert.deepEqual(queueAt([...answered, ...left], 5000), [3, 1, 2, 0, 0]);
  });

  it('count from joined_at how long a call waits, where that can be', () => {
    const waited = (joined_at: number) =>
      queueAt([hook('joined', 2 * DAY, { joined_at: MIDNIGHT + joined_at })], 2 * DAY + SECOND)[4];
    assert.equal(waited(2 * DAY - 9 * SECOND), 10);
    assert.equal(waited(2 * DAY + 1), 1);
    assert.equal(waited(DAY), 1);
  });

  it('have no call that waits for more than four hours: its end never came', () => {
    const events = [hook('joined', 0), hook('joined', HOUR, { attempt_id: '2' })];
    assert.deepEqual(queueAt(events, 4 * HOUR), [2, 0, 0, 2, 4 * 3600]);
    assert.deepEqual(queueAt(events, 4 * HOUR + 1), [2, 0, 0, 1, 3 * 3600]);
    assert.deepEqual(queueAt(events, 9 * HOUR), [2, 0, 0, 0, 0]);
  });

  it('have no negative wait, where the clock of the reader is behind', () => {
    assert.equal(queueAt([hook('joined', 5000)], 0)[4], 0);
  });
});

/** A history, a place in it, and a moment after that place. */
const somewhere = fc
  .tuple(history, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: HOUR }))
  .map(([events, share, later]) => {
    const until = events.slice(0, Math.ceil(share * events.length));
    const now = Math.max(MIDNIGHT, ...until.map(readMoment)) + later;
    return { events: until, now };
  });

describe('for any history, at any moment,', () => {
  it('the statistics of each agent are those of a recount', () => {
    fc.assert(
      fc.property(somewhere, ({ events, now }) => {
        const { agents } = reduceAll(events).snapshot;
        const ids = agentsIn(events);
        assert.deepEqual(new Set(agents.keys()), ids);
        for (const id of ids) {
          const agent = agents.get(id);
          assert.ok(agent);
          const { LoginDateTime, LogoutDateTime, ...times } = agentReference(events, id, now);
          const dates = {
            ...(LoginDateTime && { LoginDateTime }),
            ...(LogoutDateTime && { LogoutDateTime }),
          };
          const statistics = computeAgentStatistics(agent, now).map(({ name, value }) => [name, value]);
          assert.deepEqual(Object.fromEntries(statistics), { ...times, ...dates });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('the statistics of each queue are those of a recount', () => {
    fc.assert(
      fc.property(somewhere, ({ events, now }) => {
        const { queues } = reduceAll(events).snapshot;
        const ids = queuesIn(events);
        assert.deepEqual(new Set(queues.keys()), ids);
        for (const id of ids) {
          const queue = queues.get(id);
          assert.ok(queue);
          const statistics = computeQueueStatistics(queue, now).map(({ statName, value }) => [
            statName,
            value,
          ]);
          assert.deepEqual(Object.fromEntries(statistics), queueReference(events, id, now));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('everything is the same for a copy that is read from on the way', () => {
    fc.assert(
      fc.property(somewhere, fc.nat(), ({ events, now }, place) => {
        const read = reduceAll(events.slice(0, place % events.length));
        said(read, now);
        assert.deepEqual(
          said(reduceAll(events.slice(place % events.length), read), now),
          said(reduceAll(events), now),
        );
      }),
    );
  });

  it('everything is the same where each event comes twice, at once or a few minutes later', () => {
    fc.assert(
      fc.property(
        somewhere,
        fc.array(fc.nat({ max: MEMORY / 2 }), { minLength: 1 }),
        ({ events, now }, delays) => {
          // The clock of the stream: an event that was late doesn't set it back.
          let clock = 0;
          const twice = events.flatMap((event, place) => {
            clock = Math.max(clock, readMoment(event));
            const again = clock + (delays[place % delays.length] ?? 0) / 2;
            return [
              { event, at: clock },
              { event, at: again },
            ];
          });
          const stream = twice.sort((one, other) => one.at - other.at).map(({ event }) => event);
          assert.deepEqual(said(reduceAll(stream), now), said(reduceAll(events), now));
        },
      ),
    );
  });

  it('no attempt is kept once all have left and ten minutes have passed', () => {
    fc.assert(
      fc.property(history, (events) => {
        const last = Math.max(...events.map(readMoment)) - MIDNIGHT;
        const ids = new Set(events.flatMap(({ attempt_id }) => attempt_id ?? []));
        const leaving = [...ids].map((attempt_id) => hook('leaving', last + MINUTE, { attempt_id }));
        const { snapshot, reduce } = reduceAll([...events, ...leaving]);
        assert.equal(snapshot.attempts.size > 0, true);
        reduce(team('online', last + MINUTE + MEMORY));
        assert.equal(snapshot.attempts.size, 0);
        for (const queue of snapshot.queues.values()) assert.equal(queue.waiting.size, 0);
      }),
    );
  });
});
