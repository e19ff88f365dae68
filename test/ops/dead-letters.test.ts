// What the events queue gave up on: redriven in the order of each call, ten at a time, none lost or doubled.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { eachDeadLetter, openSteps, type Redriven, redriveAll, type Steps } from '../../ops/dead-letters.ts';
import { sendAll } from '../../ops/sqs.ts';
import type { Target } from '../../ops/target.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { fileText, startStack, until } from '../support/stack.ts';
import { startRunHere } from './run-here.ts';
import { targetOf, type Words } from './stack-target.ts';

const LIST = 'enigma:notifications:campaigns';

async function bury({ sqs, urls }: Target, body: string, group: string): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: urls.deadLetters,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: crypto.randomUUID(),
    }),
  );
}

async function redriven(target: Target, more: Partial<Steps> = {}): Promise<Redriven[]> {
  const all: Redriven[] = [];
  await redriveAll(target, { ...openSteps(target), ...more }, false, (one) => all.push(one));
  return all;
}

const whatIsLeft = async (target: Target) => {
  const left: string[] = [];
  await eachDeadLetter(target, async ({ what }) => {
    left.push(what);
    return false;
  });
  return left;
};

/** Everything in a queue, in its order; it is taken. */
async function bodiesIn(sqs: SQSClient, QueueUrl: string): Promise<string[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = '' }) => Body);
}

type Left = { readonly reason: string };

const eventOf = async (attempt: number, more: object = {}) =>
  JSON.stringify(await exampleEvent('leaving', { attempt_id: attempt, ...more }));

describe('dead letters', () => {
  it('go back in the order of their call, past the deduplication, and push no CDR again', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    // The queue has seen both, and Redis the CDR.
    for (const name of ['processing', 'leaving'])
      await stack.post('/hooks/webitel', await fileText(`events/webitel/${name}.json`));
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    // As if the ten minutes were over in which an event is published once.
    await stack.client.del(...(await stack.client.keys('*:said:*')));
    for (const name of ['processing', 'leaving'])
      await bury(target, JSON.stringify(await exampleEvent(name)), 'attempt:918273');
    assert.deepEqual(
      (await redriven(target)).map(({ letter, left }) => [letter.what, left]),
      [
        ['processing', undefined],
        ['leaving', undefined],
      ],
    );
    const lifecycle = () =>
      stack.heard
        .filter(({ channel }) => channel.includes(':queues:'))
        .map(({ message }) => (message as Words).type);
    await until('both again', () => lifecycle().length === 4);
    assert.deepEqual(lifecycle(), ['processing', 'leaving', 'processing', 'leaving']);
    assert.equal(await stack.client.llen(LIST), 1);
  });

  it('are neither lost nor doubled when a redrive dies between its steps', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    await bury(target, JSON.stringify(await exampleEvent('leaving')), 'attempt:918273');
    const died = new Error('died');
    for (const step of [{ send: () => Promise.reject(died) }, { remove: () => Promise.reject(died) }])
      await assert.rejects(redriven(target, step), died);
    await redriven(target);
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    assert.deepEqual(await whatIsLeft(target), []);
    assert.equal((await stack.allHeard()).length, 1);
  });

  it('that cannot be read say why, without a word of their content', async () => {
    await using run = await startRunHere();
    await bury(run.target, '{"secret":', 'g');
    assert.deepEqual(await whatIsLeft(run.target), ['unreadable: The message is not JSON']);
  });

  it('of many calls go back each in its own order, and only once', async () => {
    await using run = await startRunHere();
    const calls = Array.from({ length: 30 }, (_, call) => call + 1);
    for (const cc_attempt_seq of [1, 2]) {
      for (const call of calls)
        await bury(run.target, await eventOf(call, { cc_attempt_seq }), `attempt:${call}`);
    }
    const order = new Map<string | undefined, unknown[]>();
    for (const { letter } of await redriven(run.target)) {
      const { cc_attempt_seq } = JSON.parse(letter.message.body);
      order.set(letter.attempt_id, [...(order.get(letter.attempt_id) ?? []), cc_attempt_seq]);
    }
    assert.deepEqual(
      [...order.values()],
      calls.map(() => [1, 2]),
    );
    assert.deepEqual(await whatIsLeft(run.target), []);
  });

  it('that were sent, but not deleted, are reported, and hold the later ones of their call', async () => {
    await using run = await startRunHere();
    for (const cc_attempt_seq of [1, 2])
      await bury(run.target, await eventOf(1, { cc_attempt_seq }), 'attempt:1');
    const failing: Partial<Steps> = {
      remove: async (letters) => new Map(letters.map(({ message }) => [message.messageId, 'no'])),
    };
    assert.deepEqual(
      (await redriven(run.target, failing)).map(({ left }) => left),
      ['sent, but not deleted (no)'],
    );
    assert.equal((await bodiesIn(run.queue, run.sqs.queues.events)).length, 1);
  });
});

describe('a batch', () => {
  it('of which SQS refuses one sends none behind that of its group, and all others', async () => {
    // Smaller than one of the messages.
    await using run = await startRunHere({}, { MaximumMessageSize: '2000' });
    const message = (id: string, group: string, body = id) => ({ id, body, group, deduplication: id });
    const failures = await sendAll(run.queue, run.sqs.queues.events, [
      message('a1', 'a'),
      message('b1', 'b'),
      message('a2', 'a', 'x'.repeat(3000)),
      message('b2', 'b'),
      message('a3', 'a'),
      message('c1', 'c'),
    ]);
    assert.deepEqual([...failures.keys()], ['a2', 'a3']);
    assert.match(failures.get('a2') ?? '', /InvalidParameterValue/);
    assert.match(failures.get('a3') ?? '', /waits behind/);
    assert.deepEqual((await bodiesIn(run.queue, run.sqs.queues.events)).sort(), ['a1', 'b1', 'c1']);
  });

  it('is no larger than SQS takes', async () => {
    await using run = await startRunHere();
    const body = 'x'.repeat(400 * 1024);
    const messages = ['1', '2', '3', '4'].map((id) => ({ id, body, group: id, deduplication: id }));
    assert.deepEqual([...(await sendAll(run.queue, run.sqs.queues.events, messages))], []);
    assert.equal((await bodiesIn(run.queue, run.sqs.queues.events)).length, 4);
  });
});

describe('hookline dead-letters', () => {
  it('redrives past one that cannot be read and one that cannot be sent, reports both, and exits 1', async () => {
    await using run = await startRunHere({}, { MaximumMessageSize: '2000' });
    await bury(run.target, '{"secret":', 'g');
    await bury(run.target, await eventOf(1, { destination: 'x'.repeat(3000) }), 'attempt:1');
    await bury(run.target, await eventOf(2), 'attempt:2');
    const dry = await run.hookline('dead-letters', 'redrive', '--dry-run');
    assert.deepEqual([dry.code, /^2 would be redriven .*, 1 left$/m.test(dry.out)], [1, true], dry.out);
    const { code, out } = await run.hookline('dead-letters', 'redrive', '--json');
    assert.equal(code, 1);
    const { redriven: count, left } = JSON.parse(out);
    assert.equal(count, 1);
    // They are of two groups, and so in any order.
    const [large, unreadable] = left.toSorted((a: Left, b: Left) => a.reason.localeCompare(b.reason));
    assert.match(unreadable.reason, /^unreadable: The message is not JSON: redrive it with the version/);
    assert.match(large.reason, /^InvalidParameterValue/);
    assert.doesNotMatch(out, /secret/);
    assert.equal((await bodiesIn(run.queue, run.sqs.queues.events)).length, 1);

    assert.equal((await run.hookline('dead-letters', 'drop', unreadable.message_id)).code, 0);
    assert.deepEqual(await whatIsLeft(run.target), ['leaving']);
    const shown = await run.hookline('dead-letters', 'show', large.message_id);
    assert.doesNotMatch(shown.out, /xxx/);
    const gone = await run.hookline('dead-letters', 'drop', unreadable.message_id);
    assert.deepEqual(
      [gone.code, /^hookline: .* is not among the dead letters.*\n$/.test(gone.err)],
      [1, true],
    );
  });

  it('shows nothing that has an effect on the terminal', async () => {
    await using run = await startRunHere();
    await bury(run.target, '\u007f\u009b\u202e{"a":"b"}', 'g');
    const [{ example }] = JSON.parse((await run.hookline('dead-letters', 'list', '--json')).out).kinds;
    const { out } = await run.hookline('dead-letters', 'show', example, '--reveal');
    assert.match(out, /^\\u007f\\u009b\\u202e\{"a":"b"\}$/m);
  });
});
