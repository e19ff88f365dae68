// Short runs of what `npm run chaos` and `npm run fuzz` do at length, and proof that the ledger can tell a breach.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzz, isGood } from '../chaos/fuzz.ts';
import { type Evidence, isClean, openLedger } from '../chaos/ledger.ts';
import { chaos } from '../chaos/run.ts';
import type { Fields } from '../simulation/hook.ts';

const quiet = () => undefined;

describe('the ledger', () => {
  const leaving: Fields = { state: 'leaving', channel: 'call', attempt_id: '1', call_cause: 'USER_BUSY' };
  const good: Evidence = {
    heard: ['a', 'b', 'b', 'a'],
    lists: new Map([
      ['x', ['1']],
      ['y', ['1']],
    ]),
    deadLetters: new Set(),
    quarantined: new Set(['q']),
  };
  const balance = (more: Partial<Evidence> = {}) => {
    const ledger = openLedger();
    ledger.accept('a', { ...leaving, state: 'offering' });
    ledger.accept('b', leaving);
    ledger.accept('b', leaving);
    ledger.refuse('q');
    return ledger.balance({ ...good, ...more });
  };

  it('balances when all is there, repeats included', () => {
    assert.ok(isClean(balance()));
    assert.ok(isClean(balance({ heard: ['a'], deadLetters: new Set(['b']) })));
  });

  it('expects a CDR of a leaving on a call with a member’s channel, a cause or a bridge', () => {
    const none = { state: 'leaving', channel: 'call', attempt_id: '1' };
    const expected = (fields: Fields) => {
      const ledger = openLedger();
      ledger.accept('a', fields);
      return ledger.balance(good).cdrs;
    };
    for (const name of ['member_channel_id', 'call_cause', 'bridged_at'])
      assert.equal(expected({ ...none, [name]: '1795426504984' }), 1, name);
    assert.equal(expected(none), 0);
    assert.equal(expected({ ...leaving, channel: 'chat' }), 0);
    assert.equal(expected({ ...leaving, state: 'processing' }), 0);
  });

  it('tells each breach apart', () => {
    const breach = (more: Partial<Evidence>) =>
      Object.entries(balance(more)).filter(
        ([name, count]) => !['accepted', 'cdrs', 'refused'].includes(name) && count > 0,
      );
    assert.deepEqual(breach({ heard: ['a'] }), [['lost', 1]]);
    assert.deepEqual(breach({ heard: ['b', 'a'] }), [['disordered', 1]]);
    assert.deepEqual(breach({ heard: ['a', 'b', 'c'] }), [['invented', 1]]);
    assert.deepEqual(
      breach({
        lists: new Map([
          ['x', ['1']],
          ['y', []],
        ]),
      }),
      [['cdrsLost', 1]],
    );
    assert.deepEqual(
      breach({
        lists: new Map([
          ['x', ['1', '1']],
          ['y', ['1']],
        ]),
      }),
      [['doubled', 1]],
    );
    assert.deepEqual(
      breach({
        lists: new Map([
          ['x', ['1', '2']],
          ['y', ['1']],
        ]),
      }),
      [['invented', 1]],
    );
    assert.deepEqual(breach({ quarantined: new Set() }), [['unquarantined', 1]]);
  });
});

describe('a thousand events, while everything dies once', () => {
  it('are neither lost nor doubled nor disordered', async () => {
    const report = await chaos(1_000, 7, quiet);
    assert.ok(isClean(report), JSON.stringify(report));
    assert.ok(report.accepted > 900 && report.cdrs > 100 && report.refused > 10, JSON.stringify(report));
    assert.deepEqual(new Set(Object.values(report.faults)), new Set([1]));
  });
});

describe('three thousand broken bodies', () => {
  it('of each source are accepted, or refused and kept as delivered; none is answered 5xx', async () => {
    const report = await fuzz(3_000, 7, quiet);
    assert.ok(isGood(report), JSON.stringify(report));
    for (const statuses of Object.values(report.statuses)) {
      const expected = ['202', '400', '404', '413', '422'];
      assert.deepEqual(
        Object.keys(statuses),
        expected.filter((status) => status in statuses),
      );
      assert.ok((statuses['202'] ?? 0) > 100 && (statuses['422'] ?? 0) > 100, JSON.stringify(report));
    }
  });
});
