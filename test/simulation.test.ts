// What is simulated is what Webitel sends: its order, its fields, figures that fit each other, agents in one place.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { webitel } from '../lib/receive/sources/webitel.ts';
import { agents } from '../simulation/agents.ts';
import { type Attempt, place } from '../simulation/attempt.ts';
import { dateHook, type Fields, makesCdr } from '../simulation/hook.ts';
import { planPace } from '../simulation/pace.ts';
import { planAttempt, queueTypes } from '../simulation/queues.ts';
import { seedRandom } from '../simulation/random.ts';
import { AGENTS, EXPIRED, type PlannedHook, planShift } from '../simulation/shift.ts';

const NOW = 1_795_426_500_000;
const CALLS = 40;

const shiftOf = (seed: number, calls = CALLS, rate = 6) =>
  planShift(seedRandom(seed), calls, rate, 9n * 10n ** 17n);
const sent = (hooks: readonly PlannedHook[]) =>
  hooks.map((hook) => ({ ...hook, fields: dateHook(hook, NOW) }));
const attemptsIn = (hooks: readonly PlannedHook[]) =>
  [
    ...Map.groupBy(
      sent(hooks).filter(({ fields }) => 'attempt_id' in fields),
      ({ fields }) => fields['attempt_id'],
    ).values(),
  ].map((own) => ({ type: own[0]?.type ?? '', hooks: own.map(({ fields }) => fields) }));

/** Asserts a fact about the shift of any seed. */
const always = (fact: (seed: number) => void) =>
  fc.assert(fc.property(fc.nat({ max: 2 ** 31 }), fact), { numRuns: 60 });

/** The contract's table. Whoever gives up leaves from where it stands. */
const queued = 'joined( offering missed)*( offering( bridged)+( processing)?)? leaving';
const orders: Readonly<Record<string, string>> = {
  'inbound call': queued,
  chat: queued.replace('joined', 'idle'),
  IM: queued.replace('joined', 'idle'),
  predictive: '(offering missed )*(offering( bridged)+( processing)? )?leaving',
  progressive: 'offering(( bridged)+( processing)?| missed) leaving',
  preview: 'offering( active( bridged)?( processing)?| missed) leaving',
  offline: 'offering( active bridged( processing)? leaving| missed)',
  'outbound IVR': 'joined offering( bridged)? leaving',
  'task with agent': 'offering( bridged( processing)?| missed) leaving',
  'task outbound': 'joined bridged leaving',
};

const codes: Readonly<Record<string, string>> = {
  NORMAL_CLEARING: '200',
  NO_ANSWER: '480',
  NORMAL_UNSPECIFIED: '480',
  USER_BUSY: '486',
  ORIGINATOR_CANCEL: '487',
  CALL_REJECTED: '603',
  UNALLOCATED_NUMBER: '404',
};

const statesOf = (hooks: readonly Fields[]) => hooks.map(({ state }) => state).join(' ');
const seconds = (from: number, to: number) => Math.floor((to - from) / 1000);

describe('the hooks of a shift', () => {
  it('are all read as Webitel’s, and none of their values is empty but a pause’s cause', () =>
    always((seed) => {
      for (const { fields, type } of sent(shiftOf(seed))) {
        const { hook } = webitel.read({ body: Buffer.from(JSON.stringify(fields)), headers: {} });
        if (type === AGENTS) assert.equal(hook.event, 'agent_status');
        else assert.equal(hook.event, (fields['state'] ?? 'leaving').replace('idle', 'joined'));
        for (const [name, value] of Object.entries(fields))
          assert.ok(value !== '' || name === 'status_payload', name);
      }
    }));

  it('come in the order of the contract’s table', () =>
    always((seed) => {
      for (const { type, hooks } of attemptsIn(shiftOf(seed)))
        assert.match(statesOf(hooks), new RegExp(`^(?:${orders[type]})$`), type);
    }));

  it('are planned in the order of their time, from 0 on, and carry no time that is to come', () =>
    always((seed) => {
      let before = 0;
      for (const { at, times } of shiftOf(seed)) {
        assert.ok(Number.isInteger(at) && at >= before);
        before = at;
        for (const time of Object.values(times)) assert.ok(Number.isInteger(time) && time <= at && time >= 0);
      }
    }));

  it('are of every queue type from as many calls on as there are types, and as many attempts as asked for', () =>
    always((seed) => {
      for (const calls of [queueTypes.length, CALLS]) {
        const attempts = attemptsIn(shiftOf(seed, calls));
        assert.equal(attempts.length, calls);
        assert.deepEqual(new Set(attempts.map(({ type }) => type)), new Set(Object.keys(orders)));
      }
    }));

  it('are the same again from the same seed', () => {
    assert.deepEqual(shiftOf(3), shiftOf(3));
    assert.notDeepEqual(shiftOf(3), shiftOf(4));
  });
});

describe('the pace', () => {
  it('of any speed makes no hook due before its time, and the last one due at its time', () => {
    const speed = fc.double({ min: 1, max: 1e9, noNaN: true });
    const shift = fc.tuple(fc.nat(), fc.nat()).map(([at, rest]) => ({ at, length: at + rest }));
    fc.assert(
      fc.property(shift, speed, ({ at, length }, faster) => {
        const { beginning, due } = planPace(length, faster, NOW);
        assert.ok(Number.isInteger(beginning) && beginning + at <= due(at) + 0.01);
        assert.ok(Math.abs(beginning + length - due(length)) <= 1.01);
      }),
    );
  });

  it('of 1 posts at the very time', () => {
    const { beginning, due } = planPace(600_000, 1, NOW);
    assert.deepEqual([beginning, due(1234)], [NOW, NOW + 1234]);
  });
});

describe('the times and figures of an attempt', () => {
  it('fit each other: joined, offered, bridged, left; duration, voice, bill', () =>
    always((seed) => {
      for (const { hooks } of attemptsIn(shiftOf(seed))) {
        const bridges = new Set(hooks.map(({ bridged_at }) => bridged_at).filter((at) => at !== undefined));
        assert.ok(bridges.size <= 1);
        assert.equal(new Set(hooks.map(({ joined_at }) => joined_at)).size, 1);
        hooks.forEach((hook, index) => {
          const [joined, time] = [Number(hook['joined_at']), Number(hook['timestamp'])];
          assert.ok(joined <= Number(hooks[0]?.['timestamp']));
          assert.ok(time >= Number(hooks[index - 1]?.['timestamp'] ?? 0));
          const bridged = hook['bridged_at'];
          if (bridged !== undefined) assert.ok(Number(bridged) <= time);
          if (hook['call_duration'] === undefined) return;
          const [bill, voice, duration] = ['call_bill_sec', 'call_voice_sec', 'call_duration'].map((name) =>
            Number(hook[name] ?? 0),
          );
          assert.ok(bill !== undefined && voice !== undefined && duration !== undefined);
          assert.ok(duration >= voice && voice >= bill && bill >= 0, JSON.stringify(hook));
        });
      }
    }));

  it('make the bill the time from the bridge to the end of the talk', () =>
    always((seed) => {
      for (const { hooks } of attemptsIn(shiftOf(seed))) {
        const ending = hooks.find(({ state }) => state === 'processing' || state === 'leaving');
        const { bridged_at, timestamp, call_bill_sec } = ending ?? {};
        if (call_bill_sec === undefined) continue;
        const talk = bridged_at === undefined ? 0 : seconds(Number(bridged_at), Number(timestamp));
        assert.equal(Number(call_bill_sec), talk);
        assert.equal(hooks.at(-1)?.['call_bill_sec'], call_bill_sec);
      }
    }));

  it('have a cause, a SIP code and a result that mean the same', () =>
    always((seed) => {
      for (const { type, hooks } of attemptsIn(shiftOf(seed))) {
        for (const hook of hooks) {
          const { state, call_cause, call_sip_code, bridged_at, call_duration, cc_result } = hook;
          assert.equal(call_sip_code, call_cause && codes[call_cause], call_cause);
          if (state === 'leaving') assert.ok(['success', 'abandoned', 'cancel'].includes(cc_result ?? ''));
          if (bridged_at !== undefined && call_cause !== undefined)
            assert.equal(call_cause, 'NORMAL_CLEARING');
          if (state === 'leaving' && type !== 'task outbound')
            assert.equal(cc_result === 'success', bridged_at !== undefined, `${type} ${cc_result}`);
          if (call_cause === 'USER_BUSY') assert.ok(Number(call_duration) <= 5 && !hook['call_voice_sec']);
          if (state === 'processing') assert.equal(cc_result, 'processing');
        }
      }
    }));
});

describe('the fields of an attempt', () => {
  const facts: Readonly<Record<string, (hook: Fields) => void>> = {
    offline: (hook) => {
      assert.ok(hook['agent_channel_id']);
      for (const name of ['member_channel_id', 'call_bill_sec', 'call_duration', 'call_cause'])
        assert.equal(hook[name], undefined);
    },
    preview: (hook) => assert.equal(hook['agent_channel_id'], hook['member_channel_id']),
    chat: (hook) =>
      hook['agent_id'] && assert.equal(hook['agent_channel_id'], hook['member_channel_id'] ?? ''),
    'outbound IVR': (hook) => assert.equal(hook['agent_id'], undefined),
    'task with agent': (hook) => assert.ok(hook['agent_extension']),
    'task outbound': (hook) => assert.equal(hook['agent_id'], undefined),
  };

  it('are those of its queue', () =>
    always((seed) => {
      for (const { type, hooks } of attemptsIn(shiftOf(seed))) {
        for (const hook of hooks) {
          (facts[type] ?? (() => undefined))(hook);
          const { channel, member_id, cc_attempt_seq } = hook;
          const listed = !['inbound call', 'chat', 'IM'].includes(type);
          assert.deepEqual([member_id !== undefined, cc_attempt_seq !== undefined], [listed, listed]);
          if (channel !== 'call') assert.equal(hook['call_duration'], undefined);
          if (channel === 'task') assert.ok(!('agent_channel_id' in hook) && !('member_channel_id' in hook));
          if (['offering', 'missed', 'processing'].includes(hook['state'] ?? '') && type !== 'outbound IVR')
            assert.ok(hook['agent_id'] && hook['agent_extension'], type);
        }
      }
    }));

  it('are those of another agent’s leg after a missed one', () => {
    const type = queueTypes.find(({ name }) => name === 'inbound call');
    assert.ok(type);
    const attempts: Attempt[] = Array.from({ length: 100 }, (_, seed) =>
      planAttempt(seedRandom(seed), type, 1n, type.member(seedRandom(seed))),
    );
    const passedOn = attempts.find(({ legs, hooks }) => legs.length > 1 && legs.length < hooks.length / 2);
    assert.ok(passedOn);
    const hooks = place(passedOn, 0, agents);
    const legs = hooks.filter(({ fields }) => fields['state'] === 'offering').map(({ fields }) => fields);
    assert.equal(new Set(legs.map((leg) => leg['agent_channel_id'])).size, legs.length);
    assert.deepEqual(
      legs.map((leg) => leg['agent_name']),
      agents.slice(0, legs.length).map(({ name }) => name),
    );
  });
});

describe('a redial', () => {
  it('is a new attempt of the same member, one higher in number, after the earlier one is over', () => {
    let redials = 0;
    always((seed) => {
      const byMember = Map.groupBy(
        attemptsIn(shiftOf(seed, 80)).filter(({ hooks }) => hooks[0]?.['member_id'] !== undefined),
        ({ hooks }) => hooks[0]?.['member_id'],
      );
      for (const dials of byMember.values()) {
        dials.forEach(({ hooks }, index) => {
          const [first] = hooks;
          assert.equal(first?.['cc_attempt_seq'], `${index + 1}`);
          const earlier = dials[index - 1]?.hooks.at(-1);
          if (earlier === undefined) return;
          redials++;
          assert.ok(Number(earlier['timestamp']) < Number(first['joined_at']));
          assert.notEqual(earlier['cc_result'], 'success');
          assert.equal(earlier['member_stop_cause'], undefined);
          assert.equal(earlier['destination'], first['destination']);
        });
      }
    });
    assert.ok(redials > 0);
  });
});

describe('an agent', () => {
  /** What an agent lives through: the time of each change, and of each attempt. */
  const lifeOf = (hooks: readonly PlannedHook[], agent: string) => {
    const own = hooks.filter(({ fields }) => fields['agent_id'] === agent);
    return {
      changes: own
        .filter(({ type }) => type === AGENTS)
        .map(({ at, fields }) => ({ at, status: fields['status'] })),
      hooks: own.filter(({ type }) => type !== AGENTS),
    };
  };
  const ids = agents.map(({ id }) => `${id}`);
  /** Where a missed one rids the agent of the attempt; elsewhere its leaving follows at once. */
  const free = ['inbound call', 'chat', 'IM', 'predictive', 'offline'];

  it('is on one attempt at a time', () =>
    always((seed) => {
      const hooks = shiftOf(seed, CALLS, 30);
      for (const id of ids) {
        let on: string | undefined;
        for (const { type, fields } of lifeOf(hooks, id).hooks) {
          const { attempt_id, state } = fields;
          assert.ok(on === undefined ? state === 'offering' : on === attempt_id, `${id}: ${state}`);
          const gone = state === 'leaving' || (state === 'missed' && free.includes(type));
          on = gone ? undefined : attempt_id;
        }
        assert.equal(on, undefined);
      }
    }));

  it('logs in before the first call, takes none while away, and logs out after the last', () =>
    always((seed) => {
      const hooks = shiftOf(seed);
      for (const id of ids) {
        const { changes, hooks: served } = lifeOf(hooks, id);
        assert.deepEqual([changes[0]?.status, changes.at(-1)?.status], ['online', 'offline']);
        assert.equal(changes.filter(({ status }) => status === 'offline').length, 1);
        for (const { at } of served)
          assert.equal(changes.findLast((change) => change.at <= at)?.status, 'online');
      }
    }));
});

describe('over some shifts', () => {
  const shifts = Array.from({ length: 20 }, (_, seed) => shiftOf(seed)).map(sent);
  const all = shifts.flat();

  it('all happens that can happen', () => {
    const statuses = new Set(all.map(({ fields }) => fields['status']));
    assert.deepEqual(statuses, new Set([undefined, 'online', 'pause', 'break_out', 'offline']));
    const causes = new Set(all.map(({ fields }) => fields['call_cause']));
    assert.deepEqual(causes, new Set([undefined, ...Object.keys(codes)]));
    assert.ok(all.some(({ type }) => type === EXPIRED));
    assert.ok(all.some(({ fields }) => fields['amd_result'] === 'MACHINE'));
    for (const type of ['inbound call', 'predictive', 'progressive'])
      assert.ok(
        shifts
          .flatMap(attemptsIn)
          .some((attempt) => attempt.type === type && /bridged bridged/.test(statesOf(attempt.hooks))),
      );
  });

  it('calls overlap', () => {
    for (const shift of shifts) {
      const spans = attemptsIn(shift).map(({ hooks }) => [
        hooks[0]?.['timestamp'],
        hooks.at(-1)?.['timestamp'],
      ]);
      assert.ok(
        spans.some(([begin = '', end = ''], index) =>
          spans.some(([other = ''], at) => at !== index && begin < other && other < end),
        ),
      );
    }
  });

  it('a leaving of a call makes a CDR, but where nothing was dialled', () => {
    for (const { type, hooks } of shifts.flatMap(attemptsIn)) {
      const count = hooks.filter(makesCdr).length;
      const nothing = type === 'predictive' && hooks.length === 1 && !hooks[0]?.['call_cause'];
      const leaves = hooks.at(-1)?.['state'] === 'leaving';
      assert.equal(count, hooks[0]?.['channel'] === 'call' && leaves && !nothing ? 1 : 0, type);
    }
    assert.ok(all.some(({ type, fields }) => type === 'offline' && makesCdr(fields)));
  });
});
