// The stand-ins for AWS on this machine behave as AWS documents.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Redis } from 'ioredis';
import { listFailed, startEventSourceMapping } from '../../local/event-source-mapping.ts';
import { freePort } from '../../local/free-port.ts';
import { startHttpApi } from '../../local/http-api.ts';
import { startRedis } from '../../local/redis-server.ts';
import { scratch } from '../../local/scratch.ts';
import { root } from '../../local/settings.ts';
import { sqsClient } from '../../local/sqs-client.ts';
import { startSqs } from '../../local/sqs-server.ts';
import { countMessages } from '../../ops/scan.ts';
import { payload, startStack, until } from '../support/stack.ts';

describe('the event source mapping', () => {
  const records = ['a', 'b', 'c'].map((messageId) => ({ messageId }));
  const failures = (...ids: unknown[]) => ({
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  });
  const given = (response: unknown) => [...listFailed(records, response)];

  it('deletes all when no failure is told', () => {
    for (const response of [undefined, null, {}, { batchItemFailures: null }, failures()])
      assert.deepEqual(given(response), []);
  });

  it('gives back the failures that are told', () => {
    assert.deepEqual(given(failures('b')), ['b']);
  });

  it('gives back all when an identifier is empty, missing or unknown', () => {
    for (const wrong of [
      failures(''),
      failures(null),
      failures('b', 'z'),
      { batchItemFailures: [{ id: 'b' }] },
    ]) {
      assert.deepEqual(given(wrong), ['a', 'b', 'c'], JSON.stringify(wrong));
    }
  });

  it('finishes the batch under way before it stops', async () => {
    await using running = new AsyncDisposableStack();
    const sqs = await startSqs();
    running.defer(sqs.stop);
    const client = running.adopt(sqsClient(sqs), async (opened) => opened.destroy());
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const QueueUrl = sqs.queues.events;
    const mapping = startEventSourceMapping(client, QueueUrl, () => {
      begun.resolve();
      return release.promise;
    });
    const more = { MessageGroupId: 'a', MessageDeduplicationId: 'a' };
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...more }));
    await begun.promise;
    const stopped = mapping.stop();
    assert.equal(await countMessages(client, QueueUrl), 1);
    release.resolve();
    await stopped;
    assert.equal(await countMessages(client, QueueUrl), 0);
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const ANY = { host: '127.0.0.1', port: 0 };

describe('the HTTP front', () => {
  const echo = async (event: APIGatewayProxyEventV2) => ({
    statusCode: 200,
    body: JSON.stringify([
      event.body,
      event.isBase64Encoded,
      event.rawPath,
      event.requestContext.http.method,
    ]),
  });

  it('delivers text as text and everything else in base64', async () => {
    const front = await startHttpApi(ANY, echo);
    const deliver = async (type: string) => {
      const answer = await fetch(`${front.url}/a%20b?c=d`, {
        method: 'PUT',
        body: 'tö',
        headers: { 'content-type': type },
      });
      return answer.json();
    };
    for (const type of [
      'text/html',
      'application/json; charset=utf-8',
      'APPLICATION/JSON, application/json',
      'application/problem+xml',
      'application/javascript',
    ]) {
      assert.deepEqual(await deliver(type), ['tö', false, '/a%20b', 'PUT'], type);
    }
    for (const type of ['', 'application/x-www-form-urlencoded', 'application/octet-stream']) {
      assert.deepEqual(
        await deliver(type),
        [Buffer.from('tö').toString('base64'), true, '/a%20b', 'PUT'],
        type,
      );
    }
    await front.stop();
  });

  it('lets an invocation finish whose caller has hung up, and only then stops', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let finished = false;
    const front = await startHttpApi(ANY, async (event) => {
      begun.resolve();
      await release.promise;
      finished = true;
      return echo(event);
    });
    const hangUp = new AbortController();
    const call = fetch(front.url, { method: 'POST', body: 'x', signal: hangUp.signal });
    await begun.promise;
    hangUp.abort();
    await assert.rejects(call);
    const stopped = front.stop();
    release.resolve();
    await stopped;
    assert.ok(finished);
  });

  it('does not wait for the rest of a body that is sent by half', async () => {
    const front = await startHttpApi(ANY, echo);
    const socket = connect(Number(new URL(front.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nfour');
    // Answered on another connection, so the half body has arrived.
    await fetch(front.url);
    const closed = once(socket, 'close');
    await front.stop();
    await closed;
  });

  it('delivers what is no text in base64, whatever its type says', async () => {
    const front = await startHttpApi(ANY, echo);
    const bytes = Uint8Array.from([0x7b, 0xff, 0x7d]);
    const answer = await fetch(front.url, {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/json' },
    });
    const [body, isBase64] = (await answer.json()) as unknown[];
    assert.deepEqual([body, isBase64], [Buffer.from(bytes).toString('base64'), true]);
    await front.stop();
  });

  it('answers 500 as the gateway does when the function fails', async () => {
    const front = await startHttpApi(ANY, () => Promise.reject(new Error('no')));
    const answer = await fetch(front.url);
    assert.deepEqual([answer.status, await answer.json()], [500, { message: 'Internal Server Error' }]);
    await front.stop();
  });

  it('listens on the address it is given, and its URL reaches it', async () => {
    for (const [host, url] of [
      ['127.0.0.2', /^http:\/\/127\.0\.0\.2:\d+$/],
      ['localhost', /^http:\/\/localhost:\d+$/],
      ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
      ...(hasIpv6 ? ([['::1', /^http:\/\/\[::1\]:\d+$/]] as const) : []),
      ...(hasIpv6 ? ([['::', /^http:\/\/\[::1\]:\d+$/]] as const) : []),
    ] as const) {
      // Of 127.0.0.1, where nobody else is given it.
      const port = host === '127.0.0.2' ? await freePort() : 0;
      const front = await startHttpApi({ host, port }, echo);
      assert.match(front.url, url);
      assert.equal((await fetch(front.url)).status, 200, host);
      if (host === '127.0.0.2') await assert.rejects(fetch(front.url.replace('.0.2', '.0.1')));
      await front.stop();
    }
  });

  it('hands over an IPv4 address as such, also when it came in over IPv6', { skip: !hasIpv6 }, async () => {
    const front = await startHttpApi({ host: '::', port: 0 }, async ({ requestContext }) => ({
      statusCode: 200,
      body: requestContext.http.sourceIp,
    }));
    assert.equal(await (await fetch(front.url)).text(), '::1');
    assert.equal(await (await fetch(front.url.replace('[::1]', '127.0.0.1'))).text(), '127.0.0.1');
    await front.stop();
  });

  it('says that an address is none of this machine', async () => {
    await assert.rejects(
      startHttpApi({ host: '192.0.2.1', port: 0 }, echo),
      /HOST 192\.0\.2\.1 is no address of this machine/,
    );
  });

  it('says which port is taken', async () => {
    const front = await startHttpApi(ANY, echo);
    const port = Number(new URL(front.url).port);
    await assert.rejects(
      startHttpApi({ host: '127.0.0.1', port }, echo),
      new RegExp(`Port ${port} is taken`),
    );
    await front.stop();
  });
});

describe('a sandbox of the local run', () => {
  const hook = async (attempt: string) =>
    JSON.stringify({ ...(await payload('joined')), attempt_id: attempt });

  it('that is killed comes back with its pollers, and what is in the queue is relayed', async () => {
    // What the pollers were handed while they died comes again after the visibility timeout.
    await using stack = await startStack({}, { VisibilityTimeout: '1' });
    for (const attempt of ['1', '2']) {
      await stack.bridge.consumer.kill();
      assert.equal((await stack.post('/hooks/webitel', await hook(attempt))).status, 202);
      await until('the event', () => JSON.stringify(stack.heard).includes(`"attempt_id":"${attempt}"`));
    }
  });

  it('that is killed comes back on its port, as soon as nobody else has that', async (test) => {
    await using stack = await startStack();
    const written = test.mock.method(process.stdout, 'write');
    const port = Number(new URL(stack.bridge.url).port);
    const blocker = createServer();
    // The next sandbox may be there first.
    await until('its port', async () => {
      await stack.bridge.webhook.kill();
      const listening = once(blocker, 'listening');
      blocker.listen(port, '127.0.0.1');
      return listening.then(
        () => true,
        () => false,
      );
    });
    const refused = `Port ${port} is taken`;
    await until('a try', () =>
      written.mock.calls.some(({ arguments: [line] }) => `${line}`.includes(refused)),
    );
    blocker.close();
    const accepted = async () => (await stack.post('/hooks/webitel', await hook('1'))).status === 202;
    await until('the front', () => accepted().catch(() => false));
  });

  it('that is being replaced is stopped, too', async () => {
    await using stack = await startStack();
    await Promise.all([stack.bridge.webhook.kill(), stack.bridge.consumer.kill()]);
    await stack.bridge.stop();
    await assert.rejects(fetch(stack.bridge.url));
  });
});

describe('the queues of the local run', () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

  it('answer nobody but this machine', { skip: outside === undefined }, async () => {
    const sqs = await startSqs();
    assert.equal((await fetch(`${sqs.endpoint}/_fauxqs/queues`)).status, 200);
    await assert.rejects(fetch(`${sqs.endpoint.replace('127.0.0.1', outside ?? '')}/_fauxqs/queues`));
    await sqs.stop();
  });

  it('have what they said they took when their disk is full, and name the folder and what to do', async () => {
    await using folder = await scratch();
    // No file of that process can be larger: for SQLite it is a disk that takes no more.
    const command = 'ulimit -f 1600; exec "$0" --disable-warning=ExperimentalWarning "$1" "$2"';
    const script = join(root, 'test/local/full-disk.ts');
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      command,
      process.execPath,
      script,
      folder.path,
    ]);
    const { taken, repeated, failures } = JSON.parse(stdout);
    assert.ok(taken.length > 0 && repeated > 0, stdout);
    for (const failure of failures) {
      assert.ok(failure.message.includes(folder.path), failure.message);
      assert.match(failure.remedy, /make room on the disk/);
    }
    const sqs = await startSqs(folder.path);
    const client = sqsClient(sqs);
    assert.equal(await countMessages(client, sqs.queues.events), taken.length);
    client.destroy();
    await sqs.stop();
  });
});

describe('the Redis of the local run', () => {
  it('has on its disk what it acknowledges: no CDR goes when it is killed', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await scratch());
    const server = await startRedis(await freePort(), folder.path);
    stack.defer(server.stop);
    const client = stack.adopt(new Redis(server.url), (each) => each.disconnect());
    assert.deepEqual(await client.config('GET', 'appendonly'), ['appendonly', 'yes']);
    assert.deepEqual(await client.config('GET', 'appendfsync'), ['appendfsync', 'always']);
  });
});
