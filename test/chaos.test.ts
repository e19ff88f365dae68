// Short runs of what `npm run chaos` and `npm run fuzz` do at length, and proof that the ledger finds each breach.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areCallsRight, countCalls } from '../chaos/call-ledger.ts';
import { fuzz, isGood } from '../chaos/fuzz.ts';
import {
  type Accepted,
  type Balance,
  type Evidence,
  isClean,
  nameCall,
  openLedger,
} from '../chaos/ledger.ts';
import { findAbsence, type Outage } from '../chaos/outages.ts';
import { chaos } from '../chaos/run.ts';
import { writeHook } from '../chaos/systems.ts';
import { cloudevents } from '../lib/receive/sources/cloudevents.ts';
import type { Fields } from '../simulation/hook.ts';
import { seedRandom } from '../simulation/random.ts';

const quiet = () => undefined;

const BERLIN = 'cloudevents:/pbx/berlin';
const leaving: Fields = { state: 'leaving', channel: 'call', attempt_id: '1', call_cause: 'USER_BUSY' };
const from = (source: string | undefined, fields: Fields, watchedFrom?: number): Accepted => ({
  source,
  fields,
  watchedFrom,
});
const publish = (...ids: string[]) => ids.map((id) => ({ id, late: false, run: 0 }));

/** The figures that are not as they should be. */
const findBreaches = (balance: Balance) => {
  const { accepted, cdrs, refused, live, sources, calls, ...figures } = balance;
  const { open, completed, compared, ...ofCalls } = calls;
  return Object.entries({ ...figures, ...ofCalls }).filter(([, count]) => count > 0);
};

describe('the ledger', () => {
  const told = (call: string) => {
    const [source = '', attempt_id] = call.split(' ');
    return { id: 'cdr', attempt_id, ...(source !== 'webitel' && { source }) };
  };
  const lists = (x: readonly string[], y: readonly string[]) =>
    new Map([
      ['x', x.map(told)],
      ['y', y.map(told)],
    ]);
  const [one, berlin, two] = [nameCall(undefined, '1'), nameCall(BERLIN, '1'), nameCall(undefined, '2')];
  const good: Evidence = {
    lifecycle: publish('a', 'b', 'c', 'b', 'a'),
    agents: [],
    lists: lists([one, berlin], [berlin, one]),
    incomplete: [],
    deadLetters: new Set(),
    quarantined: new Set(['q']),
    outages: [],
  };
  const balance = (more: Partial<Evidence> = {}) => {
    const ledger = openLedger();
    ledger.accept('a', from(undefined, { ...leaving, state: 'offering' }));
    ledger.accept('b', from(undefined, leaving));
    ledger.accept('b', from(undefined, leaving));
    ledger.accept('c', from(BERLIN, leaving));
    ledger.refuse('q');
    return ledger.balance({ ...good, ...more });
  };

  it('balances when all is there, repeats included', () => {
    assert.ok(isClean(balance()));
    assert.ok(isClean(balance({ lifecycle: publish('a', 'c'), deadLetters: new Set(['b']) })));
  });

  it('counts by source: an attempt of the same number in two sources is two calls', () => {
    const { accepted, cdrs, sources } = balance();
    assert.deepEqual([accepted, cdrs], [3, 2]);
    assert.deepEqual(
      Object.entries(sources).map(([name, figures]) => [name, figures.accepted, figures.cdrs]),
      [
        ['webitel', 2, 1],
        [BERLIN, 1, 1],
      ],
    );
    const lost = balance({ lists: lists([one], [one]) });
    assert.deepEqual([lost.sources['webitel']?.cdrsLost, lost.sources[BERLIN]?.cdrsLost], [0, 2]);
  });

  it('expects a CDR of a leaving on a call with a member’s channel, a cause or a bridge', () => {
    const none = { state: 'leaving', channel: 'call', attempt_id: '1' };
    const expected = (fields: Fields) => {
      const ledger = openLedger();
      ledger.accept('a', from(undefined, fields));
      return ledger.balance(good).cdrs;
    };
    for (const name of ['member_channel_id', 'call_cause', 'bridged_at'])
      assert.equal(expected({ ...none, [name]: '1795426504984' }), 1, name);
    assert.equal(expected(none), 0);
    assert.equal(expected({ ...leaving, channel: 'chat' }), 0);
    assert.equal(expected({ ...leaving, state: 'processing' }), 0);
  });

  it('finds each breach', () => {
    const breach = (more: Partial<Evidence>) => findBreaches(balance(more));
    assert.deepEqual(breach({ lifecycle: publish('a', 'c') }), [['lost', 1]]);
    assert.deepEqual(breach({ lifecycle: publish('b', 'a', 'c') }), [['disordered', 1]]);
    assert.deepEqual(breach({ lifecycle: publish('a', 'b', 'c', 'd') }), [['invented', 1]]);
    assert.deepEqual(breach({ lists: lists([one, berlin], [one]) }), [['cdrsLost', 1]]);
    assert.deepEqual(breach({ lists: lists([one, berlin, one], [one, berlin]) }), [['doubled', 1]]);
    assert.deepEqual(breach({ lists: lists([one, berlin, two], [one, berlin]) }), [['invented', 1]]);
    assert.deepEqual(breach({ quarantined: new Set() }), [['unquarantined', 1]]);
  });

  it('takes another leaving of the same attempt for another event, and no other CDR', () => {
    const ledger = openLedger();
    ledger.accept('a', from(BERLIN, leaving));
    ledger.accept('b', from(BERLIN, leaving));
    const evidence = { ...good, lifecycle: publish('a', 'b') };
    assert.ok(isClean(ledger.balance({ ...evidence, lists: lists([berlin], [berlin]) })));
    assert.equal(ledger.balance({ ...evidence, lists: lists([berlin, berlin], [berlin]) }).doubled, 1);
  });
});

describe('the calls in the ledger', () => {
  const hook = (id: string, state: string, seconds: number, more: Fields = {}) => ({
    id,
    call: 'webitel 1',
    fields: { state, channel: 'call', timestamp: `${seconds * 1000}`, ...more },
  });
  const bridged = hook('a', 'bridged', 5, { joined_at: '1000' });
  const left = hook('b', 'leaving', 9, { joined_at: '1000', call_bill_sec: '4', bridged_at: '5000' });
  const right = {
    ...{ id: 'b', call_time: 4, dialed_at: 1, bridged_at: 5000 },
    ...{ wait_seconds: 4, talk_seconds: 4, transfers: 0 },
  };
  const count = (cdr: object, records: readonly { id: string }[], ...events: (typeof left)[]) =>
    countCalls(events, {
      cdrs: new Map([['webitel 1', [{ id: 'b', ...cdr }]]]),
      incomplete: records.length === 0 ? new Map() : new Map([['webitel 1', records]]),
      unpublished: new Set(),
    });

  it('are right when the CDR tells what the hooks told, and names the record that was made before', () => {
    const figures = count(right, [], bridged, left);
    assert.ok(areCallsRight(figures));
    assert.equal(figures.compared, 1);
    const completed = count({ ...right, completes: 'r' }, [{ id: 'r' }], bridged, left);
    assert.ok(areCallsRight(completed));
    assert.equal(completed.completed, 1);
    assert.deepEqual([count({}, [{ id: 'r' }], bridged).open], [1]);
  });

  it('are wrong in each way in which they can be', () => {
    assert.equal(count({ ...right, talk_seconds: 5 }, [], bridged, left).wrong, 1);
    assert.equal(count({ ...right, transfers: undefined }, [], bridged, left).wrong, 1);
    assert.equal(count({ ...right, wrap_up_seconds: 0 }, [], bridged, left).wrong, 1);
    assert.equal(count(right, [{ id: 'r' }], bridged, left).unlinked, 1);
    assert.equal(count({ ...right, completes: 'r' }, [], bridged, left).unlinked, 1);
    assert.equal(count({}, [], bridged).incompleteLost, 1);
    assert.equal(count({}, [{ id: 'r' }, { id: 'r' }], bridged).incompleteDoubled, 1);
  });
});

describe('the live messages in the ledger', () => {
  const NOW = 1_795_426_500_000;
  const bridged: Fields = {
    ...{ state: 'bridged', channel: 'call', attempt_id: '1', agent_channel_id: 'leg' },
    agent_extension: '1002-1',
  };
  const outage = (begin: number, length: number): Outage => ({
    from: NOW + begin,
    until: NOW + begin + length,
  });
  const receive = (run: number, ...names: string[]) => names.map((name) => ({ name, run }));
  const [call, status] = ['agents 1002-1 call', 'agents 1002-1 status'];
  const agents = receive(0, call, status, 'agent 1002-1 call', 'agent 1002-1 status');
  const good: Evidence = {
    lifecycle: publish('a', 'b'),
    agents: [...agents, ...receive(0, 'agents 1002-2 status', 'agent 1002-2 status')],
    lists: new Map(),
    incomplete: [{ id: 'record', attempt_id: '1' }],
    deadLetters: new Set(),
    quarantined: new Set(),
    outages: [outage(100, 4_500)],
  };
  const balance = (more: Partial<Evidence> = {}, watched = true) => {
    const ledger = openLedger();
    const at = watched ? NOW : undefined;
    ledger.accept('a', from(undefined, bridged, at));
    // After a hold: the same leg of the agent doesn't pop up again.
    ledger.accept('b', from(undefined, { ...bridged, agent_extension: '1002-2' }, at));
    return ledger.balance({ ...good, ...more });
  };

  it('are the lifecycle message and the agents’ messages, a call once for each leg', () => {
    assert.deepEqual(findBreaches(balance()), []);
    assert.equal(balance().live, 8);
    assert.ok(isClean(balance()));
  });

  it('are lost, which is a breach, when nobody received them, or only as late', () => {
    const lost = (more: Partial<Evidence>) => {
      const figures = balance(more);
      assert.equal(isClean(figures), figures.liveLost === 0);
      return figures.liveLost;
    };
    assert.equal(lost({ agents: [] }), 6);
    assert.equal(lost({ agents: agents.slice(1) }), 3);
    assert.equal(lost({ lifecycle: [{ id: 'a', late: true, run: 0 }, ...publish('b')] }), 1);
    assert.equal(lost({ agents: [], outages: [] }), 6);
  });

  it('may be lost when Redis was away for 5 s or more, in all, before it was back', () => {
    const lost = (...outages: Outage[]) => balance({ agents: [], outages }).liveLost;
    assert.equal(lost(outage(100, 5_000)), 0);
    assert.equal(lost(outage(100, 3_000), outage(4_000, 2_000)), 0);
    assert.equal(lost(outage(100, 3_000), outage(6_000, 2_000)), 6);
    assert.equal(lost(outage(-3_000, 7_000)), 6);
  });

  it('are not counted while more is broken than the way to Redis', () => {
    const { live, liveLost } = balance({ agents: [] }, false);
    assert.deepEqual([live, liveLost], [0, 0]);
  });

  it('that come twice from one run of Redis are a breach', () => {
    const more = (run: number, name: string) => balance({ agents: [...good.agents, ...receive(run, name)] });
    assert.deepEqual(findBreaches(more(0, call)), [['liveDoubled', 1]]);
    assert.ok(!isClean(more(0, call)));
    assert.deepEqual(findBreaches(more(1, call)), []);
    assert.deepEqual(findBreaches(more(0, status)), [['liveDoubled', 1]]);
    assert.deepEqual(findBreaches(balance({ lifecycle: publish('a', 'b', 'a') })), [['liveDoubled', 1]]);
  });

  it('see of an outage that has begun what is left of it', () => {
    assert.equal(findAbsence([outage(-3_000, 7_000)], NOW), 4_000);
    assert.equal(findAbsence([outage(3_000, 1_000)], NOW), 0);
  });
});

describe('a CloudEvent of chaos', () => {
  it('is read as the same hook in both modes', () => {
    const fields = { ...leaving, state: 'idle', timestamp: '1795426504984', queue_id: '42' };
    const read = Array.from({ length: 20 }, (_, seed) =>
      writeHook(seedRandom(seed), { system: '/pbx/berlin', id: 'x', fields }),
    ).map(({ headers, body }) => {
      const texts = Object.entries(headers).map(([name, value]) => [name, `${value}`]);
      return JSON.stringify(
        cloudevents.read({ body: Buffer.from(body), headers: Object.fromEntries(texts) }),
      );
    });
    const [first = ''] = read;
    assert.deepEqual(new Set(read), new Set([first]));
    const { hook, origin } = JSON.parse(first);
    assert.deepEqual([hook.event, hook.timestamp, origin], ['joined', 1795426504984, '/pbx/berlin']);
  });
});

describe('a thousand events of both sources, while everything dies once', () => {
  it('are neither lost nor doubled nor disordered, and a short outage of Redis costs no live message', async () => {
    // The promise holds up to 5 s: what is left of them is for a machine that is busy.
    const report = await chaos(1_000, 7, quiet, 1_500);
    assert.ok(isClean(report), JSON.stringify(report));
    assert.ok(report.accepted > 900 && report.cdrs > 100 && report.refused > 3, JSON.stringify(report));
    // How many meet no outage of 5 s is a matter of the machine.
    assert.ok(report.live > 0, JSON.stringify(report));
    assert.ok(report.calls.open > 0 && report.calls.compared > 50, JSON.stringify(report.calls));
    assert.deepEqual(new Set(Object.values(report.faults)), new Set([1]));
    for (const source of ['webitel', BERLIN, 'cloudevents:/pbx/paris'])
      assert.ok((report.sources[source]?.cdrs ?? 0) > 20, JSON.stringify(report));
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
