// The packaged zips under Lambda's own runtime client: started, invoked, failing, and frozen while a connection dies.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startProxy } from '../../chaos/proxy.ts';
import { bundle, type FunctionName, functionNames } from '../../local/bundle.ts';
import { scratch } from '../../local/scratch.ts';
import { startSqs } from '../../local/sqs-server.ts';
import { zipFunctions } from '../../local/zip.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { fileText, startTestRedis, TOKEN, until } from '../support/stack.ts';
import { type Runtime, startRuntime, unpack } from './runtime.ts';

let folder: Awaited<ReturnType<typeof scratch>>;
const taskOf = (name: FunctionName) => join(folder.path, 'task', name);
const start = (name: FunctionName, env: NodeJS.ProcessEnv) => startRuntime(name, taskOf(name), env);

before(async () => {
  folder = await scratch();
  await bundle(folder.path);
  await zipFunctions(folder.path, {});
  for (const name of functionNames) await unpack(join(folder.path, `${name}.zip`), taskOf(name));
});
after(() => folder[Symbol.asyncDispose]());

/** A webhook, its queues and the way to them, which can be shut. */
async function startWebhook() {
  await using starting = new AsyncDisposableStack();
  const sqs = starting.adopt(await startSqs(), ({ stop }) => stop());
  const port = Number(new URL(sqs.endpoint).port);
  const proxy = starting.adopt(await startProxy(0, port), ({ stop }) => stop());
  const through = (url: string) => url.replace(/:\d+/, `:${proxy.port}`);
  const env = {
    HOOK_TOKENS: TOKEN,
    EVENTS_QUEUE_URL: through(sqs.queues.events),
    QUARANTINE_QUEUE_URL: through(sqs.queues.quarantine),
    AWS_ENDPOINT_URL_SQS: through(sqs.endpoint),
  };
  const runtime = starting.use(await start('webhook', env));
  const running = starting.move();
  return { runtime, proxy, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const hook = async (body: string) => ({ ...JSON.parse(await fileText('events/lambda/http-api.json')), body });
const joined = (attempt: number) => hook(`{"channel":"call","attempt_id":${attempt}}`);
const taken = { statusCode: 202 };
const record = async (messageId: string, attempt_id: number) => ({
  messageId,
  body: JSON.stringify(await exampleEvent('offering', { attempt_id })),
  attributes: { MessageGroupId: `attempt:${attempt_id}` },
});
const batchOf = async (attempt: number) => ({ Records: [await record(`${attempt}`, attempt)] });
const nothingFailed = { batchItemFailures: [] };

describe('the webhook under the runtime client of Lambda', () => {
  it('starts from its zip, takes a hook, and refuses what is none without a stack', async () => {
    await using webhook = await startWebhook();
    await webhook.runtime.initialised;
    assert.partialDeepStrictEqual(await webhook.runtime.invoke(await joined(1)), taken);
    const refusal = await webhook.runtime.invoke(await hook('{'));
    assert.partialDeepStrictEqual(refusal, { statusCode: 400 });
    assert.doesNotMatch(JSON.stringify(refusal), /\.mjs|node:|\\n/);
  });

  it('prints lines in which CloudWatch finds its figures: nothing stands before the JSON', async () => {
    await using webhook = await startWebhook();
    await webhook.runtime.invoke(await joined(1));
    await until('the line', () => webhook.runtime.printed().includes('"accepted"'));
    const line =
      webhook.runtime
        .printed()
        .split('\n')
        .find((text) => text.includes('"accepted"')) ?? '';
    const { _aws, function: name, accepted } = JSON.parse(line);
    assert.deepEqual([_aws.CloudWatchMetrics[0].Namespace, name, accepted], ['Hookline', 'webhook', 1]);
  });

  it('reports an init error that names the setting it lacks, and ends', async () => {
    await using webhook = await start('webhook', {});
    await assert.rejects(webhook.initialised, /HOOK_TOKENS is not set/);
    assert.equal(await webhook.exited, 1);
  });

  for (const invoked of ['before', 'after'] as const) {
    it(`takes a hook invoked ${invoked} its connection to SQS died while it was frozen`, async () => {
      await using webhook = await startWebhook();
      using connections = connectionsTo(webhook.proxy.port);
      assert.partialDeepStrictEqual(await webhook.runtime.invoke(await joined(1)), taken);
      const answer = await thawedAfter(webhook.runtime, await joined(2), invoked, () => {
        assert.equal(connections.countAlive(), 1);
        webhook.proxy.shut();
        assert.equal(connections.countAlive(), 0);
        webhook.proxy.open();
      });
      assert.partialDeepStrictEqual(answer, taken);
      assert.equal(connections.countAlive(), 1);
    });
  }
});

describe('the consumer under the runtime client of Lambda', () => {
  it('starts from its zip, publishes, and gives back a record that it cannot read', async () => {
    await using redis = await startTestRedis();
    await using consumer = await start('consumer', { REDIS_URL: redis.server.url });
    const broken = { ...(await record('broken', 2)), body: '{' };
    assert.deepEqual(await consumer.invoke({ Records: [broken, await record('good', 1)] }), {
      batchItemFailures: [{ itemIdentifier: 'broken' }],
    });
    await until('the event', () => redis.heard.length > 0);
  });

  it('fails the invocation of what is no batch, and goes on with the next', async () => {
    await using redis = await startTestRedis();
    await using consumer = await start('consumer', { REDIS_URL: redis.server.url });
    await assert.rejects(consumer.invoke({}), /^Error: TypeError: /);
    assert.deepEqual(await consumer.invoke(await batchOf(1)), nothingFailed);
  });

  it('tells no password with what its init error carries into the log', async () => {
    await using consumer = await start('consumer', { REDIS_URL: 'http://user:secret@localhost:x' });
    await assert.rejects(consumer.initialised, /REDIS_URL must be/);
    await consumer.exited;
    assert.match(consumer.printed(), /REDIS_URL must be/);
    assert.doesNotMatch(consumer.printed(), /secret/);
  });

  for (const invoked of ['before', 'after'] as const) {
    it(`publishes a batch invoked ${invoked} its connection to Redis died while it was frozen`, async () => {
      await using redis = await startTestRedis();
      await using consumer = await start('consumer', { REDIS_URL: redis.server.url });
      assert.deepEqual(await consumer.invoke(await batchOf(1)), nothingFailed);
      const kill = async () => assert.equal(await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal'), 1);
      assert.deepEqual(await thawedAfter(consumer, await batchOf(2), invoked, kill), nothingFailed);
      await until('both events', () => redis.heard.length === 2);
    });
  }
});

/** Freezes it, invokes it before or after the fault, and thaws it. */
async function thawedAfter(runtime: Runtime, event: unknown, invoked: string, fault: () => unknown) {
  await runtime.freeze();
  const early = invoked === 'before' ? runtime.invoke(event) : undefined;
  await fault();
  const result = early ?? runtime.invoke(event);
  runtime.thaw();
  return result;
}

/** How many of the connections that a port of this process takes from now on still live. */
function connectionsTo(port: number) {
  const sockets: Socket[] = [];
  const note = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort === port) sockets.push(socket);
  };
  subscribe('net.server.socket', note);
  return {
    countAlive: () => sockets.filter(({ destroyed }) => !destroyed).length,
    [Symbol.dispose]: () => void unsubscribe('net.server.socket', note),
  };
}
