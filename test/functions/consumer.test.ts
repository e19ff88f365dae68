// The function itself, not its bundle: what it gives back and what it logs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { writeMessage } from '../../lib/queue/message.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { catchLogLines } from '../support/log-lines.ts';
import { fileText, startTestRedis, until } from '../support/stack.ts';

const LIST = 'enigma:notifications:campaigns';
const example: SQSEvent = JSON.parse(await fileText('events/lambda/sqs.json'));
let redis: Awaited<ReturnType<typeof startTestRedis>>;
let handler: typeof import('../../functions/consumer.ts').handler;

before(async () => {
  redis = await startTestRedis();
  process.env['REDIS_URL'] = redis.server.url;
  ({ handler } = await import('../../functions/consumer.ts'));
});
after(() => redis[Symbol.asyncDispose]());

const record = (id: string, body: string): SQSRecord => {
  const [first] = example.Records;
  assert.ok(first);
  return { ...first, messageId: id, body, attributes: { ...first.attributes, MessageGroupId: id } };
};

/** The messages that are given back. */
async function consume(...Records: SQSRecord[]): Promise<string[]> {
  const { batchItemFailures } = await handler({ Records });
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

describe('the consumer function', () => {
  it('publishes a batch and logs what of which attempts', async (t) => {
    const lines = catchLogLines(t);
    let attempts = 0;
    // What a try that timed out has done, the next one only counts as done before.
    await until('a batch in one try', async () => {
      const leaving = await exampleEvent('leaving', { attempt_id: `${++attempts}` });
      assert.deepEqual(await consume(record('1', writeMessage(leaving))), []);
      return lines.at(-1)?.['suppressed'] === 0;
    });
    assert.equal(await redis.client.llen(LIST), attempts);
    const { level, cdrs, published } = lines.at(-1) ?? {};
    assert.deepEqual([level, cdrs, published], ['info', 1, 1]);
    assert.doesNotMatch(JSON.stringify(lines), /Petrenko|380671/);
  });

  it('gives back what it cannot read, alone, and logs why and what to do', async (t) => {
    const lines = catchLogLines(t);
    const failed = await consume(
      record('1', '{"olena":'),
      record('2', writeMessage(await exampleEvent('joined'))),
    );
    assert.deepEqual(failed, ['1']);
    const [{ level, message, given_back, published } = {}] = lines;
    assert.deepEqual([level, message, given_back, published], ['error', 'given back', 1, 1]);
    assert.match(JSON.stringify(lines), /"messages":\["1"\]/);
    assert.doesNotMatch(JSON.stringify(lines), /olena/);
  });

  it('publishes what it cannot remember for a CDR, and logs why and what to do', async (t) => {
    const lines = catchLogLines(t);
    let attempt = 1_000;
    // A try that timed out may have published it, and the next one has nothing to remember.
    await until('a batch in one try', async () => {
      const joined = await exampleEvent('joined', { attempt_id: `${++attempt}` });
      const name = JSON.stringify([joined.tenant, joined.attempt_id]);
      await redis.client.set(`{${LIST}}:call:${name}`, 'something else');
      assert.deepEqual(await consume(record('1', writeMessage(joined))), []);
      return lines.at(-1)?.['suppressed'] === 0;
    });
    const { level, message, published, forgotten, memory } = lines.at(-1) ?? {};
    assert.deepEqual([level, message, published, forgotten], ['error', 'not remembered', 1, 1]);
    assert.match(JSON.stringify(memory), /WRONGTYPE.*remedy/);
  });
});
