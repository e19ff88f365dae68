// The packaged zips with a secret that is read at run time: a rotation needs no deployment, and an outage loses nothing.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { bundle, type FunctionName, functionNames } from '../../local/bundle.ts';
import { scratch } from '../../local/scratch.ts';
import { sqsClient } from '../../local/sqs-client.ts';
import { queueEnv, startSqs } from '../../local/sqs-server.ts';
import { zipFunctions } from '../../local/zip.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { fileText, startTestRedis, until } from '../support/stack.ts';
import { startRuntime, unpack } from './runtime.ts';

let folder: Awaited<ReturnType<typeof scratch>>;

before(async () => {
  folder = await scratch();
  await bundle(folder.path);
  await zipFunctions(folder.path, {});
  for (const name of functionNames)
    await unpack(join(folder.path, `${name}.zip`), join(folder.path, 'task', name));
});
after(() => folder[Symbol.asyncDispose]());

/** A function whose clock can be set ahead. */
async function start(name: FunctionName, env: NodeJS.ProcessEnv) {
  const clock = join(folder.path, `clock-${crypto.randomUUID()}`);
  await writeFile(clock, '0');
  const preload = `--require ${join(import.meta.dirname, 'shifted-clock.cjs')}`;
  const own = { ...env, NODE_OPTIONS: preload, CLOCK_FILE: clock };
  const runtime = await startRuntime(name, join(folder.path, 'task', name), own);
  return { ...runtime, setAhead: (seconds: number) => writeFile(clock, `${seconds * 1000}`) };
}

const example = JSON.parse(await fileText('events/lambda/http-api.json'));
let attempt = 0;
const hook = (token: string) => ({
  ...example,
  headers: { 'x-api-key': token },
  body: `{"state":"joined","channel":"call","attempt_id":${++attempt}}`,
  isBase64Encoded: false,
});

async function startDoor(
  before: (manager: Awaited<ReturnType<typeof startSecretsManager>>) => void = () => undefined,
) {
  await using starting = new AsyncDisposableStack();
  const sqs = starting.adopt(await startSqs(), ({ stop }) => stop());
  const manager = starting.use(await startSecretsManager({ hook_tokens: 'old' }));
  before(manager);
  const runtime = starting.use(await start('webhook', { ...queueEnv(sqs), ...manager.env }));
  const queue = starting.adopt(sqsClient(sqs), async (client) => client.destroy());
  const running = starting.move();
  const send = async (token: string) => {
    const { statusCode } = Object(await runtime.invoke(hook(token)));
    return Number(statusCode);
  };
  return {
    ...runtime,
    manager,
    send,
    /** Nobody waits longer than half a second for a new secret: on a busy machine another hook is the first to know it. */
    sendUntil: (token: string, status: number) =>
      until(`${status} for ${token}`, async () => (await send(token)) === status),
    /** Where the tokens are not read again within half a second, a hook is kept: 503. */
    refuses: (token: string) =>
      until(`401 for ${token}`, async () => {
        const status = await send(token);
        assert.ok(status === 401 || status === 503, `${status}`);
        return status === 401;
      }),
    quarantined: async () => {
      const { Messages = [] } = await queue.send(
        new ReceiveMessageCommand({ QueueUrl: sqs.queues.quarantine, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body = '' }) => JSON.parse(Body));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

describe('a door that reads its tokens at run time', () => {
  it('reads them once before the first hook', async () => {
    await using door = await startDoor();
    await door.initialised;
    assert.ok(door.manager.calls.length > 0);
    assert.equal(await door.send('old'), 202);
    const { length } = door.manager.calls;
    for (let hooks = 0; hooks < 5; hooks++) assert.equal(await door.send('old'), 202);
    assert.equal(door.manager.calls.length, length);
  });

  it('takes a new token without a deployment, and a removed one no longer when a minute is over', async () => {
    await using door = await startDoor();
    assert.equal(await door.send('old'), 202);
    door.manager.put({ hook_tokens: 'old,new' });
    await door.setAhead(4);
    await door.sendUntil('new', 202);
    door.manager.put({ hook_tokens: 'new' });
    assert.equal(await door.send('old'), 202);
    await door.freeze();
    await door.setAhead(4 + 61);
    door.thaw();
    await door.sendUntil('old', 401);
    const { length } = door.manager.calls;
    assert.equal(await door.send('new'), 202);
    assert.equal(door.manager.calls.length, length);
  });

  it('makes of a flood of wrong tokens no flood of calls', async () => {
    await using door = await startDoor();
    assert.equal(await door.send('old'), 202);
    await door.setAhead(10);
    const begun = Date.now();
    for (let hooks = 0; hooks < 40; hooks++) await door.refuses(`wrong-${hooks}`);
    const { length } = door.manager.calls;
    // The first before any hook, and one in three seconds since.
    const most = 2 + Math.ceil((Date.now() - begun) / 3_000);
    assert.ok(length >= 2 && length <= most, `${length} calls, ${most} at most`);
    assert.doesNotMatch(door.printed(), /wrong-/);
  });

  for (const how of ['denied', 'silent'] as const) {
    it(`goes on with the last known while Secrets Manager is ${how}, and keeps what it cannot check`, async () => {
      await using door = await startDoor();
      assert.equal(await door.send('old'), 202);
      door.manager.put({ hook_tokens: 'new' });
      door.manager.break(how);
      await door.setAhead(600);
      assert.equal(await door.send('old'), 202);
      await until('the line', () => door.printed().includes('secret not read'));
      const line =
        door
          .printed()
          .split('\n')
          .find((text) => text.includes('secret not read')) ?? '';
      const { level, secret_errors, remedy } = JSON.parse(line);
      assert.deepEqual([level, secret_errors, typeof remedy], ['error', 1, 'string']);
      assert.equal(await door.send('new'), 503);
      const [{ status, headers } = { status: 0, headers: {} }] = await door.quarantined();
      assert.deepEqual([status, JSON.stringify(headers).includes('new')], [503, false]);
      // It is there again.
      door.manager.break(undefined);
      await door.setAhead(604);
      await door.sendUntil('new', 202);
      await door.refuses('old');
    });
  }

  it('that starts while nothing can be read keeps every hook, and takes the next one when it can', async () => {
    await using door = await startDoor((manager) => manager.break('denied'));
    assert.equal(await door.send('old'), 503);
    const ids = (await door.quarantined()).map(({ id }) => id);
    assert.equal(new Set(ids).size, 1);
    door.manager.break(undefined);
    assert.equal(await door.send('old'), 202);
  });

  it('goes on with the last known when the secret is no longer one', async () => {
    await using door = await startDoor();
    assert.equal(await door.send('old'), 202);
    door.manager.put('old and new');
    await door.setAhead(61);
    // Where that is known after more than half a second, a later hook is the first to log it.
    await until('the line', async () => {
      assert.equal(await door.send('old'), 202);
      return /secret not read.*put a JSON text/.test(door.printed());
    });
    assert.doesNotMatch(door.printed(), /old and new/);
  });
});

describe('a consumer that reads its Redis at run time', () => {
  it('publishes where the secret points, and elsewhere when that changes', async () => {
    await using one = await startTestRedis();
    await using two = await startTestRedis();
    await using manager = await startSecretsManager({ redis_url: one.server.url });
    await using consumer = await start('consumer', manager.env);
    const batch = async (attempt_id: number) => ({
      Records: [
        {
          messageId: `${attempt_id}`,
          body: JSON.stringify(await exampleEvent('offering', { attempt_id })),
          attributes: { MessageGroupId: `attempt:${attempt_id}` },
        },
      ],
    });
    assert.deepEqual(await consumer.invoke(await batch(1)), { batchItemFailures: [] });
    await until('the first', () => one.heard.length === 1);
    manager.put({ redis_url: two.server.url });
    await consumer.setAhead(61);
    // On a busy machine it may go on with what it knows, once more.
    let attempts = 1;
    await until('one at the second', async () => {
      assert.deepEqual(await consumer.invoke(await batch(++attempts)), { batchItemFailures: [] });
      await until('what it published', () => one.heard.length + two.heard.length === attempts);
      return two.heard.length === 1;
    });
    assert.equal(one.heard.length, attempts - 1);
    const { length } = manager.calls;
    assert.deepEqual(await consumer.invoke(await batch(++attempts)), { batchItemFailures: [] });
    await until('another at the second', () => two.heard.length === 2);
    assert.equal(manager.calls.length, length);
  });

  it('gives everything back while it was never known', async () => {
    await using manager = await startSecretsManager({});
    await using consumer = await start('consumer', manager.env);
    const body = JSON.stringify(await exampleEvent('offering', {}));
    const Records = [{ messageId: 'a', body, attributes: { MessageGroupId: 'a' } }];
    assert.deepEqual(await consumer.invoke({ Records }), { batchItemFailures: [{ itemIdentifier: 'a' }] });
    await until('the line', () => /secret not read.*redis_url is not set/.test(consumer.printed()));
  });
});
