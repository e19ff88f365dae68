// The packaged zips, unpacked and run in a sandbox each, as Lambda does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { unzipSync } from 'fflate';
import { startProxy } from '../../chaos/proxy.ts';
import { bundle, functionNames } from '../../local/bundle.ts';
import { freePort } from '../../local/free-port.ts';
import { startRedis } from '../../local/redis-server.ts';
import { scratch } from '../../local/scratch.ts';
import { sqsClient } from '../../local/sqs-client.ts';
import { startSqs } from '../../local/sqs-server.ts';
import { zipFunctions } from '../../local/zip.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { fileText, startTestRedis, until } from '../support/stack.ts';
import { startFunction } from './sandbox.ts';

const LIST = 'enigma:notifications:campaigns';
const stack = new AsyncDisposableStack();
let folder: string;

before(async () => {
  folder = stack.use(await scratch()).path;
  await bundle(folder);
  await zipFunctions(folder, { 42: { name: 'sales' } });
  for (const name of functionNames) {
    const files = unzipSync(await readFile(join(folder, `${name}.zip`)));
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  }
});
after(() => stack.disposeAsync());

const webhookEnv = {
  HOOK_TOKENS: 't',
  EVENTS_QUEUE_URL: 'http://localhost:1/0/events.fifo',
  QUARANTINE_QUEUE_URL: 'http://localhost:1/0/q',
  AWS_REGION: 'x',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
};
const start = (name: string, env: NodeJS.ProcessEnv) => startFunction(join(folder, `${name}.mjs`), env);

const failed = (response: unknown) =>
  (response as SQSBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

describe('a zip', () => {
  it('is the same bytes for the same code', async () => {
    const zips = () => Promise.all(functionNames.map((name) => readFile(join(folder, `${name}.zip`))));
    const first = await zips();
    await bundle(folder);
    await zipFunctions(folder, { 42: { name: 'sales' } });
    assert.deepEqual(await zips(), first);
  });

  it('stays within its size: a cold start reads all of it, but for the description of the door', async () => {
    const size = async (name: string) => (await readFile(join(folder, `${name}.zip`))).length;
    assert.ok((await size('webhook')) < 92_000, `webhook: ${await size('webhook')}`);
    assert.ok((await size('consumer')) < 90_000, `consumer: ${await size('consumer')}`);
  });
});

describe('a function', () => {
  it('refuses to start without its settings, and names each of them', async () => {
    await assert.rejects(start('webhook', {}), /HOOK_TOKENS is not set.*EVENTS_QUEUE_URL is not set/);
    await assert.rejects(start('webhook', { ...webhookEnv, HOOK_TOKENS: ' , ' }), /HOOK_TOKENS is not set/);
    await assert.rejects(
      start('webhook', { ...webhookEnv, QUEUES: '{"42":{"direction":"up"}}' }),
      /QUEUES\.42\.direction must be inbound or outbound/,
    );
    await assert.rejects(start('webhook', { ...webhookEnv, QUEUES: '{' }), /QUEUES must be JSON/);
    await assert.rejects(start('webhook', { ...webhookEnv, TENANT: 'a b' }), /TENANT must be/);
    await assert.rejects(
      start('webhook', { ...webhookEnv, ALLOWED_IPS: '10.0.0.0/33' }),
      /ALLOWED_IPS must be/,
    );
    await assert.rejects(start('consumer', {}), /REDIS_URL is not set/);
    const redis = { REDIS_URL: 'redis://localhost' };
    await assert.rejects(start('consumer', { ...redis, CDR_LISTS: ' , ' }), /CDR_LISTS names no list/);
    await assert.rejects(start('consumer', { ...redis, DIALECTS: ',' }), /DIALECTS names none/);
    await assert.rejects(
      start('consumer', { ...redis, DIALECTS: 'klingon' }),
      /DIALECTS\S* must be among enigma/,
    );
    await assert.rejects(
      start('consumer', { ...redis, NOTIFY_TTL: 'soon' }),
      /NOTIFY_TTL must be a number of seconds/,
    );
    await assert.rejects(
      start('consumer', { REDIS_URL: 'http://secret' }),
      (error: Error) => /REDIS_URL must be/.test(error.message) && !/secret/.test(error.message),
    );
  });
});

describe('the envelopes that AWS documents', () => {
  it('are understood by the functions, from the door to Redis', async () => {
    await using running = new AsyncDisposableStack();
    const redis = running.use(await startTestRedis());
    const sqs = await startSqs();
    running.defer(sqs.stop);
    const { events, quarantine } = sqs.queues;
    const env = {
      ...webhookEnv,
      HOOK_TOKENS: 'local-token',
      EVENTS_QUEUE_URL: events,
      QUARANTINE_QUEUE_URL: quarantine,
    };
    const webhook = await start('webhook', { ...env, AWS_ENDPOINT_URL_SQS: sqs.endpoint });
    running.defer(webhook.kill);
    const consumer = await start('consumer', { REDIS_URL: redis.server.url });
    running.defer(consumer.kill);

    const answer = await webhook.invoke(JSON.parse(await fileText('events/lambda/http-api.json')));
    assert.equal((answer as { statusCode: number }).statusCode, 202);
    const client = running.adopt(sqsClient(sqs), async (opened) => opened.destroy());
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: events }));
    assert.equal(JSON.parse(Messages[0]?.Body ?? '{}').attempt_id, '918273');
    assert.deepEqual(failed(await consumer.invoke(JSON.parse(await fileText('events/lambda/sqs.json')))), []);
    await until('the event', () => redis.heard.length === 1);
  });
});

describe('the webhook, while SQS is gone', () => {
  const request = (path: string, body: string) => ({
    rawPath: path,
    requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
    headers: { 'x-api-key': 't' },
    body,
    isBase64Encoded: false,
  });

  it('tries for 8 seconds and answers 503 with Retry-After, for a good hook and for one to be refused', async () => {
    await using sandboxes = new AsyncDisposableStack();
    const webhook = await start('webhook', {
      ...webhookEnv,
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${await freePort()}`,
    });
    sandboxes.defer(webhook.kill);
    const begun = performance.now();
    const answers = await Promise.all(
      ['{"state":"joined","channel":"call","attempt_id":1}', '{}'].map((body) =>
        webhook.invoke(request('/hooks/webitel', body)),
      ),
    );
    assert.ok(performance.now() - begun > 7_900);
    for (const answer of answers as { statusCode: number; headers: Record<string, string>; body: string }[]) {
      assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [503, '1']);
      assert.equal(JSON.parse(answer.body).status, 503);
    }
  });

  it('is not held up by an answer that stops in its middle', async () => {
    await using sandboxes = new AsyncDisposableStack();
    const sqs = await startSqs();
    sandboxes.defer(sqs.stop);
    let stalled = 0;
    const server = createServer(async (request, response) => {
      if (stalled++ === 0) {
        response.writeHead(200, { 'content-length': '200' }).write('{');
        return;
      }
      const { method = '', url, headers } = request;
      const { host: _, 'content-length': __, ...rest } = headers;
      const answer = await fetch(`${sqs.endpoint}${url}`, {
        method,
        headers: rest as Record<string, string>,
        body: await text(request),
      });
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(await answer.text());
    }).listen(0, '127.0.0.1');
    sandboxes.defer(async () => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const webhook = await start('webhook', {
      ...webhookEnv,
      EVENTS_QUEUE_URL: sqs.queues.events.replace(sqs.endpoint, endpoint),
      AWS_ENDPOINT_URL_SQS: endpoint,
    });
    sandboxes.defer(webhook.kill);
    const hook = request('/hooks/webitel', '{"state":"joined","channel":"call","attempt_id":1}');
    assert.equal(((await webhook.invoke(hook)) as { statusCode: number }).statusCode, 202);
    // More often where the machine itself is slow.
    assert.ok(stalled >= 2, `${stalled}`);
  });

  it('takes the hook when SQS comes back within that time, with what the bundled settings know of its queue', async () => {
    await using sandboxes = new AsyncDisposableStack();
    // The queue is there all the time; the way to it opens with the second attempt.
    const sqs = await startSqs();
    sandboxes.defer(sqs.stop);
    const port = await freePort();
    const webhook = await start('webhook', {
      ...webhookEnv,
      EVENTS_QUEUE_URL: sqs.queues.events.replace(/:\d+/, `:${port}`),
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}`,
    });
    sandboxes.defer(webhook.kill);
    const answer = webhook.invoke(
      request('/hooks/webitel', '{"state":"joined","channel":"call","attempt_id":1,"queue_id":42}'),
    );
    const proxy = await startProxy(port, Number(new URL(sqs.endpoint).port));
    sandboxes.defer(proxy.stop);
    assert.equal(((await answer) as { statusCode: number }).statusCode, 202);
    const client = sandboxes.adopt(sqsClient(sqs), async (opened) => opened.destroy());
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: sqs.queues.events }));
    assert.equal(JSON.parse(Messages[0]?.Body ?? '{}').queue_name, 'sales');
  });
});

describe('the consumer', () => {
  const record = async (
    id: string,
    group: string,
    name: string,
    fields: object = {},
  ): Promise<Partial<SQSRecord>> => ({
    messageId: id,
    body: JSON.stringify(await exampleEvent(name, fields)),
    attributes: { MessageGroupId: group } as SQSRecord['attributes'],
  });

  it('gives back a failure and every later message of its group, and publishes the rest', async () => {
    await using running = new AsyncDisposableStack();
    const redis = running.use(await startTestRedis());
    const consumer = await start('consumer', { REDIS_URL: redis.server.url });
    running.defer(consumer.kill);
    await redis.client.set(LIST, 'in the way');
    const batch = {
      Records: [
        await record('1', 'a', 'offering'),
        await record('2', 'a', 'leaving'),
        await record('3', 'b', 'offering', { attempt_id: 2 }),
        await record('4', 'a', 'missed'),
        { ...(await record('5', 'c', 'offering')), body: '{' },
        await record('6', 'c', 'offering', { attempt_id: 3 }),
        await record('7', 'b', 'missed', { attempt_id: 2 }),
      ],
    };
    assert.deepEqual(failed(await consumer.invoke(batch)), ['2', '4', '5', '6']);
    await until('three messages', () => redis.heard.length === 3);
    await redis.client.del(LIST);
    assert.deepEqual(
      failed(
        await consumer.invoke({
          Records: [await record('2', 'a', 'leaving'), await record('4', 'a', 'missed')],
        }),
      ),
      [],
    );
    assert.equal(await redis.client.llen(LIST), 1);
  });

  it('gives everything back while Redis is gone, and goes on when it is there', async () => {
    await using running = new AsyncDisposableStack();
    const port = await freePort();
    const consumer = await start('consumer', { REDIS_URL: `redis://127.0.0.1:${port}` });
    running.defer(consumer.kill);
    const batch = { Records: [await record('1', 'a', 'offering'), await record('2', 'b', 'leaving')] };
    assert.deepEqual(failed(await consumer.invoke(batch)), ['1', '2']);
    const redis = await startRedis(port, running.use(await scratch()).path);
    running.defer(redis.stop);
    assert.deepEqual(failed(await consumer.invoke(batch)), []);
  });
});
