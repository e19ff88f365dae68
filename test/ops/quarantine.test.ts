// What the door refused: seen without personal data, mended and replayed, each delivery by itself.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { printable } from '../../lib/printable.ts';
import { masked } from '../../ops/mask.ts';
import {
  eachKept,
  type Mending,
  openSteps,
  type Replayed,
  replayAll,
  type Steps,
} from '../../ops/quarantine.ts';
import type { Target } from '../../ops/target.ts';
import { fileText, payload, startStack, until } from '../support/stack.ts';
import { startRunHere } from './run-here.ts';
import { type Stack, targetOf, wordsOf } from './stack-target.ts';

const LIST = 'enigma:notifications:campaigns';
type Run = Awaited<ReturnType<typeof startRunHere>>;

const keptIds = async (target: Target) => {
  const ids: string[] = [];
  await eachKept(target, async ({ id }) => {
    ids.push(id);
    return false;
  });
  return ids;
};

/** Replays everything. Answers what became of each. */
async function replayed(target: Target, mending: Mending, more: Partial<Steps> = {}, dry = false) {
  const results: Replayed[] = [];
  const steps = { ...openSteps(target), ...more };
  await replayAll(target, { chosen: () => true, mending, dry }, steps, (result) => results.push(result));
  return results;
}

/** Posts a leaving without its attempt_id: 422, and kept. */
async function refuseOne(stack: Stack): Promise<string> {
  const { attempt_id: _, timestamp: __, ...rest } = await payload('leaving');
  const answered = await stack.post('/hooks/webitel', JSON.stringify(rest));
  assert.equal(answered.status, 422);
  return String(answered.body['quarantined']);
}

/** Puts a refused delivery into quarantine, as the door does. */
async function keep(
  { queue, sqs }: Pick<Run, 'queue' | 'sqs'>,
  body: string,
  more: object = {},
): Promise<string> {
  const id = randomUUID();
  const delivery = {
    id,
    tenant: 'default',
    received_at: Date.now(),
    path: '/hooks/webitel/leaving',
    headers: {},
    body: Buffer.from(body).toString('base64'),
    status: 422,
    detail: 'Some fields are missing or wrong',
    problems: [{ path: 'attempt_id', message: 'is missing' }],
    ...more,
  };
  await queue.send(
    new SendMessageCommand({ QueueUrl: sqs.queues.quarantine, MessageBody: JSON.stringify(delivery) }),
  );
  return id;
}

const unreadable = { status: 400, detail: 'The body begins like JSON but is not', problems: [] };

describe('the quarantine', () => {
  it('hands everything back that is only looked at', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const ids = [await refuseOne(stack), await refuseOne(stack)];
    for (const _ of [1, 2]) assert.deepEqual((await keptIds(target)).sort(), ids.toSorted());
  });

  it('lets go of what is accepted once mended, at its original time and with what is known of its queue', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const before = Date.now();
    const id = await refuseOne(stack);
    const after = Date.now();
    const mending = { set: { attempt_id: '7' } };
    const accepted = (results: readonly Replayed[]) => results.map((result) => [result.id, result.accepted]);
    assert.deepEqual(accepted(await replayed(target, mending, {}, true)), [[id, true]]);
    assert.deepEqual(await keptIds(target), [id]);
    assert.deepEqual(accepted(await replayed(target, mending)), [[id, true]]);
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    const { payload: cdr } = JSON.parse((await stack.client.lindex(LIST, 0)) ?? '');
    assert.deepEqual([cdr.attempt_id, cdr.queue_name], ['7', 'sales']);
    assert.ok(cdr.received_at >= before && cdr.received_at <= after);
    assert.deepEqual(await keptIds(target), []);
  });

  it('lets go of a CloudEvent in either mode once its type and a field are mended', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const { data, ...example } = JSON.parse(await fileText('events/cloudevents/leaving.json'));
    const attributes = { ...example, type: 'left' };
    const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]);
    const broken = (id: number) => ({ ...data, attempt_id: '', member_id: `${id}` });
    const post = (body: object, more = {}) => stack.post('/hooks/cloudevents', JSON.stringify(body), more);
    const refused = [
      await post({ ...attributes, data: broken(1) }),
      await post(broken(2), Object.fromEntries([...headers, ['ce-id', 'another']])),
    ];
    assert.deepEqual(
      refused.map(({ status }) => status),
      [422, 422],
    );
    const results = await replayed(target, { set: { attempt_id: '7' }, event: 'leaving' });
    assert.deepEqual(
      results.map(({ accepted }) => accepted),
      [true, true],
    );
    assert.deepEqual(await keptIds(target), []);
  });

  it('keeps what is refused again, once, with the new reasons', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const id = await refuseOne(stack);
    const [result] = await replayed(target, { set: { attempt_id: 'soon' } });
    assert.ok(result?.accepted === false && result.moved);
    const problems: unknown[] = [];
    await eachKept(target, async (kept) => {
      problems.push([kept.id, kept.problems[0]?.message]);
      return false;
    });
    assert.deepEqual(problems, [[id, 'must be a whole number of up to 64 bits, such as "918273"']]);
  });

  it('loses nothing and doubles nothing when a replay dies between any two of its steps', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    await refuseOne(stack);
    const died = new Error('died');
    for (const step of [{ enqueue: () => Promise.reject(died) }, { remove: () => Promise.reject(died) }])
      await assert.rejects(replayed(target, { set: { attempt_id: '7' } }, step), died);
    await replayed(target, { set: { attempt_id: '7' } });
    assert.deepEqual(await keptIds(target), []);
    await until('the CDR', async () => (await stack.client.llen(LIST)) > 0);
    await stack.post('/hooks/webitel', await fileText('events/webitel/expired-leaving.json'));
    await until('what was sent after it', () =>
      wordsOf(stack).some((heard) => heard.payload['cc_result'] === 'expired'),
    );
    assert.equal(await stack.client.llen(LIST), 1);
    assert.equal(wordsOf(stack).filter((heard) => heard.payload['attempt_id'] === '7').length, 1);
  });

  it('loses nothing when the keeping of new reasons dies between its steps', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const id = await refuseOne(stack);
    const died = new Error('died');
    for (const step of [{ quarantine: () => Promise.reject(died) }, { remove: () => Promise.reject(died) }])
      await assert.rejects(replayed(target, { set: { attempt_id: 'x' } }, step), died);
    assert.deepEqual(await keptIds(target), [id]);
  });
});

describe('hookline quarantine replay', () => {
  it('goes on behind a body that cannot be read or sent, reports each, and exits 1', async () => {
    // Smaller than the second body, which SQS therefore refuses.
    await using run = await startRunHere({}, { MaximumMessageSize: '2000' });
    const broken = await keep(run, '{"channel":"call","attempt_id": }', unreadable);
    const large = await keep(run, `{"attempt_id":8,"note":"${'x'.repeat(3000)}"}`);
    const good = [await keep(run, '{"attempt_id":7}'), await keep(run, 'attempt_id=9')];
    const mend = ['quarantine', 'replay', '--all', '--set', 'channel=chat'];

    const plan = await run.hookline(...mend, '--dry-run');
    assert.equal(plan.code, 1, plan.err);
    assert.match(plan.out, new RegExp(`^${broken} would be refused: 400 The body begins like JSON`, 'm'));
    for (const id of good)
      assert.match(plan.out, new RegExp(`^${id} would be accepted as leaving [0-9a-f]{32}$`, 'm'));
    assert.equal((await keptIds(run.target)).length, 4);

    const { code, out } = await run.hookline(...mend);
    assert.equal(code, 1);
    for (const [id, became] of [
      [broken, 'refused: 400 The body'],
      [large, 'refused: not sent: InvalidParameterValue'],
      ...good.map((id) => [id, 'accepted as leaving']),
    ])
      assert.match(out, new RegExp(`^${id} ${became}`, 'm'));
    assert.match(out, /^2 accepted, 2 refused$/m);
    assert.deepEqual((await keptIds(run.target)).sort(), [broken, large].sort());
    const { Messages = [] } = await run.queue.send(
      new ReceiveMessageCommand({ QueueUrl: run.sqs.queues.events, MaxNumberOfMessages: 10 }),
    );
    const sent = Messages.map(({ Body = '{}' }) => JSON.parse(Body).attempt_id);
    assert.deepEqual(sent.sort(), ['7', '9']);
  });

  it('takes those of one reason, as the list names it', async () => {
    await using run = await startRunHere();
    await keep(run, '{"channel":"call","attempt_id": }', unreadable);
    const wanted = await keep(run, '{"channel":"call","attempt_id":5}');
    const reasons: { reason: string; example: string }[] = JSON.parse(
      (await run.hookline('quarantine', 'list', '--json')).out,
    );
    const reason = reasons.find(({ example }) => example === wanted)?.reason ?? '';
    const one = await run.hookline('quarantine', 'replay', '--reason', reason, '--json');
    assert.equal(one.code, 0, one.err);
    assert.deepEqual(
      JSON.parse(one.out).map(({ id, accepted }: Replayed) => [id, accepted]),
      [[wanted, true]],
    );
    const none = await run.hookline('quarantine', 'replay', '--reason', 'no such');
    assert.equal(none.code, 1);
    assert.match(none.err, /^hookline: nothing was refused for this reason: hookline quarantine list.*\n$/);
  });

  it('takes one whose token could not be checked only when it is named', async () => {
    await using run = await startRunHere();
    const unverified = { status: 503, detail: 'The live tokens cannot be read', problems: [] };
    const id = await keep(run, '{"channel":"call","attempt_id":6}', unverified);
    const all = await run.hookline('quarantine', 'replay', '--all', '--json');
    assert.deepEqual([all.code, JSON.parse(all.out)], [0, []], all.err);
    const reason = '503 The live tokens cannot be read';
    const named = await run.hookline('quarantine', 'replay', '--reason', reason, '--json');
    assert.deepEqual(
      JSON.parse(named.out).map((result: Replayed) => [result.id, result.accepted]),
      [[id, true]],
    );
  });

  it('says how many another command has hidden, instead of an empty quarantine', async () => {
    await using run = await startRunHere();
    await keep(run, '{}');
    await run.queue.send(
      new ReceiveMessageCommand({ QueueUrl: run.sqs.queues.quarantine, VisibilityTimeout: 600 }),
    );
    const { out, err } = await run.hookline('quarantine', 'list');
    assert.doesNotMatch(out, /is empty/);
    assert.match(err, /about 1 that another command looks at/);
  });
});

describe('hookline quarantine show', () => {
  it('has no effect on the terminal, revealed or not', async () => {
    await using run = await startRunHere();
    const hostile = '{"channel":"call","name":"\u001b[2J\u009b31m\u007f\u202e\r"}';
    const id = await keep(run, hostile, { detail: '\u001b]0;x\u0007', problems: [] });
    for (const args of [
      ['show', id],
      ['show', id, '--reveal'],
      ['show', id, '--reveal', '--json'],
      ['list'],
      ['list', '--json'],
      ['replay', '--all', '--dry-run'],
    ]) {
      const { out, err } = await run.hookline('quarantine', ...args);
      const lines = `${out}${err}`.split('\n');
      assert.deepEqual(lines, lines.map(printable), args.join(' '));
    }
    const shown = JSON.parse((await run.hookline('quarantine', 'show', id, '--reveal', '--json')).out);
    assert.equal(shown.body, hostile);
  });
});

describe('a body that is shown masked', () => {
  const known = new Set(['attempt_id', 'destination', 'use_processing', 'channel', 'call']);

  it('has the names of its fields, misspelt ones too, and no values', () => {
    for (const [body, shown] of [
      [
        '{"atempt_id": ,"destination":"+420 123","Name":"Кovaль","use_processing":true}',
        '{"atempt_id": ,"destination":"+••• •••","Name":"••••••","use_processing":true}',
      ],
      ['atempt_id=5&chanel=call&x=Olena+K', 'atempt_id=•&chanel=call&x=•••••+•'],
      ['{\n  "chanel" : "chat"\n}', '{\n  "chanel" : "••••"\n}'],
    ] as const)
      assert.equal(masked(body, known), shown);
  });

  it('is masked in no time, however long a value is and wherever it ends', () => {
    const long = 'x'.repeat(262_144);
    const dots = '•'.repeat(long.length);
    const quotes = '\\"'.repeat(131_072);
    for (const [body, shown] of [
      [`a=${long}&b=${long}`, `a=${dots}&b=${dots}`],
      [` b=${long}`, ` b=${dots}`],
      [`{"a":"${long}`, `{"a":"${dots}`],
      [`{"${quotes}`, `{"${quotes}`],
      [`{"a":"${quotes}\\`, `{"a":"${quotes}\\`],
      ['{"a":1,"Olena:', '{"a":•,"•••••:'],
    ] as const)
      assert.ok(masked(body, known) === shown, body.slice(0, 20));
  });

  it('has no name that is deeper, that looks like data, or that a garbled body only seems to have', () => {
    for (const [body, shown] of [
      ['{"a":{"Olena":"x"},"b":[{"Petr":1}]}', '{"a":{"•••••":"•"},"b":[{"••••":•}]}'],
      ['{"380671112233":1,"Olena Koval":2,"ключ":3}', '{"••••••••••••":•,"••••• •••••":•,"••••":•}'],
      [`{"${'k'.repeat(41)}":1}`, `{"${'•'.repeat(41)}":•}`],
      ['{"\\u001b":1,"a\u001bb":2}', '{"\\•••••":•,"•\u001b•":•}'],
      ['Olena = Koval', '••••• = •••••'],
      ['QWxhZGRpbg==', '••••••••••=='],
      ['["Olena"]', '["•••••"]'],
    ] as const)
      assert.equal(masked(body, known), shown);
  });
});
