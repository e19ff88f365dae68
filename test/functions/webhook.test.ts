// The function itself, not its bundle: what it answers and what it logs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { sqsClient } from '../../local/sqs-client.ts';
import { queueEnv, type SqsServer, startSqs } from '../../local/sqs-server.ts';
import { catchLogLines } from '../support/log-lines.ts';
import { fileText } from '../support/stack.ts';

const example: APIGatewayProxyEventV2 = JSON.parse(await fileText('events/lambda/http-api.json'));
let sqs: SqsServer;
let handler: typeof import('../../functions/webhook.ts').handler;

before(async () => {
  sqs = await startSqs();
  Object.assign(process.env, queueEnv(sqs), { HOOK_TOKENS: 'local-token' });
  ({ handler } = await import('../../functions/webhook.ts'));
});
after(() => sqs.stop());

const ask = (change: Partial<APIGatewayProxyEventV2>) => handler({ ...example, ...change });

describe('the webhook function', () => {
  it('puts a hook on the queue, answers 202, and logs which event it was, without personal data', async (t) => {
    const lines = catchLogLines(t);
    const answer = await ask({});
    assert.equal(answer.statusCode, 202);
    const [{ level, message, id, accepted } = {}] = lines;
    assert.deepEqual([level, message, accepted], ['info', 'accepted', 1]);
    assert.equal(id, JSON.parse(answer.body ?? '').id);
    assert.doesNotMatch(JSON.stringify(lines), /Petrenko|380671/);
    const client = sqsClient(sqs);
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: sqs.queues.events }));
    client.destroy();
    assert.equal(Messages.length, 1);
  });

  it('keeps what it refuses, and logs which fields were wrong', async (t) => {
    const lines = catchLogLines(t);
    const answer = await ask({ body: '{"state":"joined"}', isBase64Encoded: false });
    assert.equal(answer.statusCode, 422);
    const [{ level, message, fields, quarantined } = {}] = lines;
    assert.deepEqual(
      [level, message, fields, quarantined],
      ['warn', 'quarantined', ['channel', 'attempt_id'], 1],
    );
  });

  it('logs a refusal that it does not keep, and not a question for its health', async (t) => {
    const lines = catchLogLines(t);
    assert.equal((await ask({ headers: { 'x-api-key': 'secret' } })).statusCode, 401);
    const http = { ...example.requestContext.http, method: 'GET' };
    const requestContext = { ...example.requestContext, http };
    assert.equal((await ask({ rawPath: '/health', requestContext })).statusCode, 200);
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['refused'],
    );
    assert.doesNotMatch(JSON.stringify(lines), /secret/);
  });
});
