// Redis is away for a few seconds: what is live must still be live when it is back.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { SQSEvent } from 'aws-lambda';
import { startProxy } from '../../chaos/proxy.ts';
import { startBridge } from '../../local/bridge.ts';
import { startRedis } from '../../local/redis-server.ts';
import { scratch } from '../../local/scratch.ts';
import { catchLogLines } from '../support/log-lines.ts';
import { ownTime } from '../support/own-time.ts';
import { entry, eventMessage, LIST, message, publication, publisherAt } from '../support/publications.ts';
import { fileText, poster, startTestRedis, TOKEN, until } from '../support/stack.ts';

const WITHIN_THE_FUNCTION = 10_000;

describe('a Redis that is away for three seconds', () => {
  it('costs no live message: the call and the status of a hook posted meanwhile arrive, once', async () => {
    await using stack = new AsyncDisposableStack();
    const redis = stack.use(await startTestRedis());
    const port = Number(new URL(redis.server.url).port);
    const proxy = await startProxy(0, port);
    stack.defer(proxy.stop);
    const { path: buildFolder } = stack.use(await scratch());
    const bridge = await startBridge({
      port: 0,
      buildFolder,
      // On a machine that is busy it may be given back, and come again when it would be late.
      env: { HOOK_TOKENS: TOKEN, REDIS_URL: `redis://127.0.0.1:${proxy.port}`, NOTIFY_TTL: '3600' },
      events: {},
      quiet: true,
    });
    stack.defer(bridge.stop);
    const post = async (name: string) =>
      (await poster(bridge.url)('/hooks/webitel', await fileText(`events/webitel/${name}.json`))).status;
    const types = () => redis.heard.map(({ message: said }) => (said as { type?: string }).type);
    assert.equal(await post('offering'), 202);
    await until('the offering', () => types().length === 1);

    // The proxy opens when the subscriber is back: PubSub keeps nothing for who isn't there.
    proxy.shut();
    await redis.server.stop();
    assert.equal(await post('bridged'), 202);
    await setTimeout(3_000);
    const again = await startRedis(port, redis.folder);
    stack.defer(again.stop);
    const patterns = () => redis.client.call('PUBSUB', 'NUMPAT').catch(() => 0);
    await until('the subscriber', async () => Number(await patterns()) === 1);
    proxy.open();
    await until('the event and four messages to the agent', () => types().length >= 6);
    assert.equal(await post('leaving'), 202);
    await until('the leaving', () => types().includes('leaving'));
    assert.deepEqual(types(), ['offering', 'bridged', 'call', 'call', 'status', 'status', 'leaving']);
    assert.equal(await redis.client.llen(LIST), 1);
  });
});

describe('a batch that is tried again', () => {
  it('after replies that were lost is published once, in its order', async () => {
    await using redis = await startTestRedis();
    const proxy = await startProxy(0, Number(new URL(redis.server.url).port));
    await using stack = new AsyncDisposableStack();
    stack.defer(proxy.stop);
    const publish = publisherAt(`redis://127.0.0.1:${proxy.port}`);
    await publish([publication('a', message('0'))]);
    const newest = { subject: ['agent'], at: 1 };
    const batch = [
      publication('a', entry(1), eventMessage('1'), message('call')),
      publication('a', eventMessage('2'), message('status', { newest })),
    ];
    proxy.cutAfter(1);
    assert.deepEqual(await publish(batch), [undefined, undefined]);
    await redis.allHeard();
    assert.deepEqual(
      redis.heard.map(({ message: said }) => (said as { payload?: { id: string } }).payload?.id ?? said),
      ['0', '1', 'call', '2', 'status'],
    );
    assert.deepEqual(await redis.client.lrange(LIST, 0, -1), ['"1"']);
  });

  it('is not tried again for what waiting does not mend', async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url.replace('//', '//:wrong@'));
    await redis.client.config('SET', 'requirepass', 'secret');
    // One that timed out is tried again.
    await until('one connection', async () => {
      await redis.client.config('RESETSTAT');
      await assert.rejects(async () => publish([publication('a', message('1'))]), /WRONGPASS/);
      const stats = await redis.client.info('stats');
      return /total_connections_received:(\d+)/.exec(stats)?.[1] === '1';
    });
  });

  it('leaves the function the time to answer, even when Redis is frozen', async (t) => {
    await using redis = await startTestRedis();
    catchLogLines(t);
    process.env['REDIS_URL'] = redis.server.url;
    const { handler } = await import('../../functions/consumer.ts');
    const sqs: SQSEvent = JSON.parse(await fileText(join('events', 'lambda', 'sqs.json')));
    await handler(sqs);
    process.kill(redis.server.pid, 'SIGSTOP');
    const answered = await Promise.race([handler(sqs), ownTime(WITHIN_THE_FUNCTION)]);
    process.kill(redis.server.pid, 'SIGCONT');
    assert.equal(answered?.batchItemFailures.length, sqs.Records.length);
  });
});
