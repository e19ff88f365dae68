import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { startProxy } from '../../chaos/proxy.ts';
import { boundSkew } from '../../lib/redis/clock.ts';
import { message, publication, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

describe('what is known of the clock of Redis', () => {
  const way = fc.nat(2_000);

  it('is never more than it is ahead, and nearer to it with each faster answer', () => {
    const answers = fc.array(fc.record({ there: way, back: way }), { minLength: 1 });
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), answers, (skew, ways) => {
        let known: number | undefined;
        let now = 0;
        for (const { there, back } of ways) {
          const sent = now;
          now += there + back;
          known = boundSkew(known, { sent, clock: sent + there + skew, received: now });
        }
        assert.equal(known, skew - Math.min(...ways.map(({ back }) => back)));
      }),
    );
  });

  it('is given up when an answer contradicts it: a clock was set back', () => {
    assert.equal(boundSkew(0, { sent: 1_000, clock: 500, received: 1_100 }), -600);
  });
});

describe('a live message', () => {
  const past = (milliseconds: number) => until('the deadline', () => Date.now() > milliseconds);

  it('in the first batch to a frozen Redis is not published when it thaws after the deadline', async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url);
    const deadline = Date.now() + 1_000;
    process.kill(redis.server.pid, 'SIGSTOP');
    const publishing = publish([{ ...publication('a', message('stale')), deadline }]);
    await past(deadline);
    process.kill(redis.server.pid, 'SIGCONT');
    assert.deepEqual(await publishing, [undefined]);
    assert.deepEqual(await publish([publication('b', message('last'))]), [undefined]);
    await redis.allHeard();
    assert.deepEqual(
      redis.heard.map(({ message: said }) => said),
      ['last'],
    );
  });

  it('is not published after its deadline, and is before, where every reply takes 300 ms', async () => {
    await using redis = await startTestRedis();
    await using stack = new AsyncDisposableStack();
    const proxy = await startProxy(0, Number(new URL(redis.server.url).port));
    stack.defer(proxy.stop);
    proxy.delay(300);
    const publish = publisherAt(`redis://127.0.0.1:${proxy.port}`);
    const live = { ...publication('a', message('live')), deadline: Date.now() + 60_000 };
    assert.deepEqual(await publish([live]), [undefined]);
    process.kill(redis.server.pid, 'SIGSTOP');
    const deadline = Date.now() + 1_000;
    const publishing = publish([{ ...publication('a', message('stale')), deadline }]);
    await past(deadline);
    process.kill(redis.server.pid, 'SIGCONT');
    assert.deepEqual(await publishing, [undefined]);
    assert.deepEqual(await publish([publication('b', message('last'))]), [undefined]);
    await redis.allHeard();
    assert.deepEqual(
      redis.heard.map(({ message: said }) => said),
      ['live', 'last'],
    );
  });
});
