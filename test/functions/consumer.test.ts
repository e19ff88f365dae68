// The function itself, not its bundle: what it gives back and what it logs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { writeMessage } from '../../lib/queue/message.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { catchLogLines } from '../support/log-lines.ts';
import { fileText, startTestRedis } from '../support/stack.ts';

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
    const failed = await consume(record('1', writeMessage(await exampleEvent('leaving'))));
    assert.deepEqual(failed, []);
    assert.equal(await redis.client.llen(LIST), 1);
    const [{ level, cdrs, published } = {}] = lines;
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
    const joined = await exampleEvent('joined');
    const name = JSON.stringify([joined.tenant, '7']);
    await redis.client.set(`{${LIST}}:call:${name}`, 'something else');
    const failed = await consume(record('1', writeMessage({ ...joined, id: 'another', attempt_id: '7' })));
    assert.deepEqual(failed, []);
    const [{ level, message, published, forgotten, memory } = {}] = lines;
    assert.deepEqual([level, message, published, forgotten], ['error', 'not remembered', 1, 1]);
    assert.match(JSON.stringify(memory), /WRONGTYPE.*remedy/);
  });
});
