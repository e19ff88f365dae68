// What the wall adds to the statistics: by example, and in agreement with them for any history.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { QueueEvent } from '../../lib/event.ts';
import { startReducer } from '../../live/state/reducer.ts';
import { findStage, listMinutes, startFigures } from '../../live/state/wall.ts';
import { DAY, dayOf, HOUR, history, hook, MIDNIGHT, MINUTE, SECOND } from '../support/history.ts';

function take(events: readonly QueueEvent[]) {
  const { snapshot, reduce } = startReducer(dayOf);
  const { figures, note } = startFigures(snapshot.attempts, dayOf, 20 * SECOND);
  for (const event of events) {
    reduce(event);
    note(event);
  }
  return { snapshot, figures };
}

const queueAfter = (...events: QueueEvent[]) => {
  const queue = take(events).figures.queues.get('51');
  assert.ok(queue);
  return queue;
};

const stagesAfter = (...events: QueueEvent[]) =>
  [...queueAfter(...events).open].map(([attempt, call]) => findStage(attempt, call));

const called = (attempt_id: string, at: number, answered?: number) => [
  hook('joined', at, { attempt_id }),
  ...(answered === undefined ? [] : [hook('bridged', answered, { attempt_id, agent_id: '19' })]),
];

describe('an open call', () => {
  it('waits, rings, talks, and is wrapped up, in whatever order its hooks come', () => {
    const events = [
      hook('joined', 0),
      hook('offering', 1000),
      hook('missed', 2000, { agent_id: '19' }),
      hook('offering', 3000),
      hook('bridged', 4000),
      hook('processing', 5000),
    ];
    const stages = ['waiting', 'ringing', 'waiting', 'ringing', 'talking', 'wrapup'];
    for (const [index, stage] of stages.entries()) {
      const known = events.slice(0, index + 1);
      assert.deepEqual(stagesAfter(...known), [stage]);
      assert.deepEqual(stagesAfter(...known.toReversed()), [stage]);
    }
    assert.deepEqual(stagesAfter(...events, hook('leaving', 6000)), []);
  });
});

describe('the figures of a queue', () => {
  it('have who was answered in time, and how long they had waited', () => {
    const events = [...called('1', 0, 20_000), ...called('2', 0, 20_001), ...called('3', 0)];
    const { answered, inTime, waited } = queueAfter(...events);
    assert.deepEqual([answered, inTime, waited], [2, 1, 40_001]);
    const again = queueAfter(...events, ...events);
    assert.deepEqual([again.answered, again.inTime, again.waited], [2, 1, 40_001]);
  });

  it('count what a dialler makes apart, and see by its members that it dials', () => {
    const member_id = '7';
    const queue = queueAfter(
      hook('offering', 0, { attempt_id: '1', member_id }),
      hook('bridged', 1000, { attempt_id: '1', member_id }),
      hook('leaving', 2000, { attempt_id: '2', member_id }),
    );
    assert.deepEqual([queue.dialled, queue.connected, queue.answered, queue.dials], [2, 1, 0, true]);
  });

  it('begin again with a day, also for a call of the night', () => {
    const night = called('1', DAY - 5 * MINUTE, DAY + MINUTE);
    const queue = queueAfter(...called('9', 0, 1000), ...night, hook('leaving', DAY + 2 * MINUTE));
    assert.deepEqual([queue.answered, queue.waited, queue.inTime], [1, 6 * MINUTE, 0]);
  });

  it('have the minutes at whose beginning a call waited', () => {
    const { minutes } = queueAfter(
      ...called('1', 30 * SECOND, 150 * SECOND),
      ...called('2', 70 * SECOND, 80 * SECOND),
    );
    const first = MIDNIGHT / MINUTE;
    assert.deepEqual(
      [1, 2, 3].map((minute) => minutes.get(first + minute)?.waiting ?? 0),
      [1, 1, 0],
    );
    assert.deepEqual(minutes.get(first + 2), { waiting: 1, answered: 1, waited: 120 * SECOND });
    assert.deepEqual(listMinutes(0, 5 * HOUR), []);
    assert.deepEqual(listMinutes(1, 1), []);
  });

  it('agree with the statistics, whatever happened', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { snapshot, figures } = take(events);
        for (const queue of figures.queues.values()) {
          const known = snapshot.queues.get(queue.id);
          assert.equal(queue.answered, known?.answered, 'answered');
          assert.ok(queue.inTime <= queue.answered && queue.waited >= 0);
          const minutes = [...queue.minutes.values()];
          assert.ok(
            minutes.every(({ waiting, answered, waited }) => waiting >= 0 && answered >= 0 && waited >= 0),
          );
          assert.equal(
            minutes.reduce((sum, { answered }) => sum + answered, 0),
            queue.answered,
          );
          assert.equal(
            minutes.reduce((sum, { waited }) => sum + waited, 0),
            queue.waited,
          );
          const open = [...queue.open.keys()].filter(
            (attempt) => snapshot.attempts.get(attempt.key) === attempt,
          );
          const waiting = open.filter(({ joined, bridged }) => joined !== undefined && bridged === undefined);
          assert.deepEqual(waiting.map(({ key }) => key).sort(), [...(known?.waiting.keys() ?? [])].sort());
        }
      }),
      { numRuns: 200 },
    );
  });
});
