import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Rejected } from '../../../lib/errors.ts';
import { webitel } from '../../../lib/receive/sources/webitel.ts';
import { payload } from '../../support/stack.ts';

const readBody = (body: string, segment?: string) =>
  webitel.read({ body: Buffer.from(body), headers: {}, segment });
const read = (fields: object, segment?: string) => readBody(JSON.stringify(fields), segment);
const clean = (value: unknown) => JSON.parse(JSON.stringify(value));
const call = { channel: 'call', attempt_id: '918273' };

const rejection = (act: () => unknown): Rejected => {
  try {
    act();
  } catch (error) {
    if (error instanceof Rejected) return error;
    throw error;
  }
  throw new Error('nothing was rejected');
};
const paths = (fields: object, segment = 'leaving') =>
  rejection(() => read(fields, segment)).problems.map(({ path }) => path);

describe('the event', () => {
  it('is the last segment of the URL, in any case, whatever the body says', () => {
    assert.equal(read({ ...call, state: 'joined', event: 'missed' }, 'Bridged').hook.event, 'bridged');
  });

  it('is else the event of the body, else its state', () => {
    assert.equal(read({ ...call, event: 'Active', state: 'joined' }).hook.event, 'active');
    assert.equal(read({ ...call, event: '', state: 'Offering' }).hook.event, 'offering');
    assert.equal(read({ ...call, state: 'idle' }).hook.event, 'joined');
  });

  it('is known by the fields where there is no state', () => {
    assert.equal(read({ cc_result: 'expired' }).hook.event, 'leaving');
    assert.equal(read({ member_stop_cause: 'expired', state: '' }).hook.event, 'leaving');
    assert.equal(read({ status: 'pause', agent_id: 101 }).hook.event, 'agent_status');
  });

  it('is rejected at its path when it is missing or unknown', () => {
    const wrong = [
      {},
      call,
      { ...call, state: 'wait_agent' },
      { ...call, event: 'constructor', state: 'joined' },
      { event: { toString: 1 } },
    ];
    for (const fields of wrong)
      assert.deepEqual(rejection(() => read(fields)).problems[0]?.path, 'event', JSON.stringify(fields));
  });

  it('in the URL is rejected as no such event when it is unknown', () => {
    for (const segment of ['wait_agent', 'toString', 'idle']) {
      assert.equal(rejection(() => read(call, segment)).refusal, 'unknown_event');
    }
  });
});

describe('fields', () => {
  it('are coerced: numbers from text, text from numbers, blanks are absent', () => {
    const { hook } = read(
      {
        ...call,
        attempt_id: 918273,
        agent_extension: 1002,
        agent_id: ' 101 ',
        call_bill_sec: '12.5',
        use_processing: 'TRUE',
        call_sip_code: '200',
        member_name: '',
        queue_id: null,
      },
      'leaving',
    );
    assert.deepEqual(clean(hook), {
      event: 'leaving',
      channel: 'call',
      attempt_id: '918273',
      agent_extension: '1002',
      agent_id: '101',
      call_bill_sec: 12.5,
      use_processing: true,
      call_sip_code: 200,
    });
  });

  it('are required: channel and attempt_id of an attempt, agent_id and status of the team hook', () => {
    assert.deepEqual(paths({}), ['channel', 'attempt_id']);
    assert.deepEqual(paths({ channel: '', attempt_id: '' }), ['channel', 'attempt_id']);
    assert.deepEqual(paths({ agent_id: '1' }, 'agent_status'), ['status']);
    assert.deepEqual(paths({ status: 'online' }, 'agent_status'), ['agent_id']);
  });

  it('are not required of a member who expired before any attempt', () => {
    assert.equal(read({ cc_result: 'expired', member_id: 7 }, 'leaving').hook.member_id, '7');
    assert.deepEqual(paths({ cc_result: 'expired', attempt_id: 'x' }), ['attempt_id']);
  });

  it('are rejected by name when they cannot be coerced, all at once', () => {
    const wrong = {
      ...call,
      attempt_id: '9223372036854775808',
      agent_id: 'abc',
      call_bill_sec: 'soon',
      call_sip_code: 12.5,
      use_processing: 'maybe',
      destination: { a: 1 },
      timestamp: [],
    };
    assert.deepEqual(
      paths(wrong).sort(),
      Object.keys(wrong)
        .filter((name) => name !== 'channel')
        .sort(),
    );
  });

  it('that hold an unfilled placeholder are named as such', () => {
    const { problems } = rejection(() => read({ channel: 'call', attempt_id: `\${attempt_id}` }, 'leaving'));
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['attempt_id'],
    );
    assert.match(problems[0]?.message ?? '', /is a placeholder that the flow did not fill/);
    const [event] = rejection(() => read({ ...call, state: `\${state}` })).problems;
    assert.match(event?.message ?? '', /is a placeholder/);
  });

  it('that are missing are looked for among the misspelt ones', () => {
    const message = (fields: object, segment?: string) =>
      rejection(() => read(fields, segment)).problems[0]?.message ?? '';
    assert.match(message({ channel: 'call', attemptId: 1 }, 'leaving'), /did you mean "attemptId"\?$/);
    assert.match(message({ ...call, state: 'leavin' }), /did you mean leaving\?$/);
    assert.doesNotMatch(message({ channel: 'call', crm_account: 1 }, 'leaving'), /did you mean/);
    assert.match(rejection(() => read(call, 'ofering')).message, /did you mean offering\?$/);
  });

  it('are never quoted in what is said of them', () => {
    const { message, problems } = rejection(() => read({ ...call, agent_id: 'Olena Koval' }, 'leaving'));
    assert.doesNotMatch(message + JSON.stringify(problems), /Olena/);
  });

  it('are mended where the page misspells them, and a duration that is an epoch time is absent', () => {
    const { hook } = read(
      { ...call, amd_result: 'MASHINE', cc_result: 'sucess', call_duration: 1782900000 },
      'leaving',
    );
    assert.deepEqual(
      [hook.amd_result, hook.cc_result, hook.call_duration],
      ['MACHINE', 'success', undefined],
    );
    assert.equal(read({ ...call, amd_result: 'NOT_SURE' }, 'leaving').hook.amd_result, 'NOTSURE');
    assert.equal(read({ ...call, call_duration: 604800 }, 'leaving').hook.call_duration, 604800);
  });

  it('of the team hook are variables on every other event', () => {
    assert.deepEqual(read({ ...call, status: 'x', extension: '1' }, 'joined').variables, {
      status: 'x',
      extension: '1',
    });
    assert.deepEqual(read({ agent_id: 1, status: 'x', extension: 1 }, 'agent_status').variables, {});
  });
});

describe('a variable', () => {
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

  it('is kept to a depth of 64, and rejected beyond without its name, which may be a person', () => {
    assert.ok(read({ ...call, deep: nested(64) }, 'joined'));
    const rejected = rejection(() => read({ ...call, Olena: nested(66) }, 'joined'));
    assert.deepEqual(
      rejected.problems.map(({ path }) => path),
      ['variables'],
    );
  });
});

describe('a field of any length', () => {
  it('is read or rejected in no time', () => {
    for (const digits of [
      '1'.repeat(250_000),
      `${'1'.repeat(250_000)}x`,
      `${' '.repeat(100_000)}1${' '.repeat(100_000)}x`,
    ]) {
      assert.deepEqual(
        paths({ ...call, call_bill_sec: digits, agent_id: digits, timestamp: digits }).length,
        3,
      );
    }
  });
});

describe('properties', () => {
  const scalar = (value: unknown) =>
    fc.constantFrom(value, String(value), ` ${value} `.trim(), ...(value === true ? ['True'] : []));

  it('any mix of texts, numbers and booleans of a valid event gives the same event', async () => {
    const fields = await payload('predictive-leaving');
    const expected = read(fields);
    const known = [
      'attempt_id',
      'agent_id',
      'user_id',
      'member_id',
      'queue_id',
      'cc_attempt_seq',
      'call_bill_sec',
      'call_duration',
      'call_voice_sec',
      'call_sip_code',
      'timestamp',
      'joined_at',
      'bridged_at',
      'agent_extension',
      'destination',
    ];
    const mixed = fc.record({
      ...Object.fromEntries(known.map((name) => [name, scalar(Number(fields[name]))])),
      use_processing: scalar(true),
    });
    fc.assert(fc.property(mixed, (mix) => assert.deepEqual(read({ ...fields, ...mix }), expected)));
  });

  it('the three body forms of one event give the same event', async () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => value.isWellFormed());
    const fields = await payload('leaving');
    fc.assert(
      fc.property(fc.dictionary(text, text), text, (variables, member_name) => {
        const sent = { ...variables, ...fields, member_name } as Record<string, string>;
        const form = new URLSearchParams(Object.entries(sent)).toString();
        assert.deepEqual(readBody(form), read(sent));
      }),
    );
  });

  it('ids beyond 2^53 stay exact as bare numbers, as text and in a form', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
        for (const body of [
          `{"channel":"call","attempt_id":${id}}`,
          `{"channel":"call","attempt_id":"${id}"}`,
          `channel=call&attempt_id=${id}`,
        ]) {
          assert.equal(readBody(body, 'joined').hook.attempt_id, `${id}`);
        }
      }),
    );
  });

  it('a variable is never lost or changed, __proto__ and its like among them', () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'variables', 'id', 'ref'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.jsonValue({ maxDepth: 4 }))), (entries) => {
        const variables = Object.fromEntries(entries.map(([key, value]) => [`${key}`, value]));
        const text = JSON.stringify(variables);
        const reading = readBody(JSON.stringify({ ...JSON.parse(text), ...call }), 'joined');
        const sent = Object.entries(JSON.parse(text)).filter(
          ([key]) => !['channel', 'attempt_id', 'event', 'state'].includes(key),
        );
        assert.deepEqual(Object.entries(reading.variables), sent);
        assert.equal(Object.getPrototypeOf(reading.variables), Object.prototype);
      }),
    );
  });

  it('whatever the fields are, they are read or rejected, never anything else', () => {
    const known = fc.constantFrom(
      'channel',
      'attempt_id',
      'agent_id',
      'use_processing',
      'timestamp',
      'event',
      'state',
      'status',
      'cc_result',
      'call_duration',
    );
    fc.assert(
      fc.property(fc.dictionary(known, fc.jsonValue()), (fields) => {
        try {
          read(fields);
        } catch (error) {
          assert.ok(error instanceof Rejected, String(error));
        }
      }),
    );
  });
});
