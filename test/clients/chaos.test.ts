// A short run of what `npm run chaos -- workers` does at length, and proof that its ledger finds each breach.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readHandlings } from '../../chaos/clients/handlings.ts';
import { balance, type Handling, type Harm, isClean } from '../../chaos/clients/ledger.ts';
import { languages, skipped } from '../../chaos/clients/programs.ts';
import { chaosOfWorkers } from '../../chaos/clients/run.ts';

const CDRS = 3_000;
const SEED = 20_261_123;
const GRACE = 100;

const handling = (id: string, more: Partial<Handling> = {}): Handling => ({
  ...{ id, worker: 'a', from: 1_000, until: 2_000, end: 'acknowledged' },
  ...more,
});
const count = (handlings: readonly Handling[], harms: readonly Harm[] = []) =>
  balance(new Set(['1', '2']), handlings, harms, GRACE);
const both = [handling('1'), handling('2')];

describe('the ledger of workers', () => {
  it('balances when each CDR is handled once', () => {
    assert.ok(isClean(count(both)));
    assert.deepEqual(count(both), {
      ...{ cdrs: 2, lost: 0, handledTwice: 0, doubles: { killed: 0, frozen: 0, redis: 0 } },
      ...{ unexplained: 0, acknowledgedTwice: 0, invented: 0 },
    });
  });

  it('finds what was lost, invented, or acknowledged twice', () => {
    for (const [handlings, breach] of [
      [[handling('1')], { lost: 1 }],
      [[...both, handling('3')], { invented: 1 }],
      [[...both, handling('1', { worker: 'b' })], { acknowledgedTwice: 1 }],
    ] as const) {
      const found = count(handlings);
      assert.ok(!isClean(found));
      assert.deepEqual({ ...found, ...breach }, found);
    }
  });

  it('explains a double by what happened to its own worker before the acknowledgement, and by nothing else', () => {
    const twice = [...both, handling('1', { worker: 'b', end: 'given back' })];
    const doubles = (worker: string | undefined, from: number, until: number) => {
      const harm: Harm = { cause: 'frozen', from, until, ...(worker !== undefined && { worker }) };
      const found = count(twice, [harm]);
      assert.equal(found.handledTwice, 1);
      assert.equal(isClean(found), found.doubles.frozen === 1);
      return found.doubles.frozen;
    };
    assert.equal(doubles('b', 1_500, 9_000), 1);
    assert.equal(doubles(undefined, 900, 950), 1);
    assert.equal(doubles('a', 1_500, 9_000), 0);
    assert.equal(doubles('b', 0, 899), 0);
    assert.equal(doubles('b', 2_101, 9_000), 0);
    assert.equal(count(twice).unexplained, 1);
  });
});

describe('the lines of a worker', () => {
  const at = (time: number, line: object) => ({ at: time, event: 'progress' as const, ...line });

  it('say of each handling when it began, when it ended and how', () => {
    const lines = [
      at(1, { event: 'begun', ids: ['x', 'y'] }),
      at(2, { event: 'done', ids: ['x', 'y'] }),
      at(3, { type: 'twice', id: 'x' }),
      at(4, { type: 'handled', id: 'y' }),
      at(5, { event: 'begun', ids: ['x'] }),
      at(6, { event: 'done', ids: ['x'] }),
      at(7, { event: 'begun', ids: ['z'] }),
    ];
    assert.deepEqual(readHandlings('a', lines, 9), [
      { id: 'x', worker: 'a', from: 1, until: 3, end: 'given back' },
      { id: 'y', worker: 'a', from: 1, until: 4, end: 'acknowledged' },
      { id: 'x', worker: 'a', from: 5, until: 9, end: 'unknown' },
    ]);
  });
});

describe(`workers of both clients, killed and frozen at random${skipped}`, () => {
  it(`lose none of ${CDRS} CDRs, and handle twice only what could not be acknowledged (seed ${SEED})`, async (t) => {
    const report = await chaosOfWorkers(CDRS, SEED, () => undefined);
    t.diagnostic(JSON.stringify(report));
    assert.ok(isClean(report) && report.dead === 0, JSON.stringify(report));
    assert.deepEqual(Object.keys(report.workers), [...languages]);
    assert.equal(Object.keys(report.faults).length, 7);
    assert.ok(report.handledTwice > 0);
  });
});
