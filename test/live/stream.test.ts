// The stream when something is wrong: with Redis, which is an outage that names its cause; with an entry, which is none.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import type { QueueEvent } from '../../lib/event.ts';
import { handleEntry } from '../../live/stream/entries.ts';
import { type Entry, readStream } from '../../live/stream/reader.ts';
import { freePort } from '../../local/free-port.ts';
import { happened, printed, STREAM, say } from '../support/live.ts';
import { startTestRedis, until } from '../support/stack.ts';

type Line = Readonly<Record<string, unknown>>;

const linesOf = (texts: readonly string[], message: string): Line[] =>
  texts.map((text) => JSON.parse(text) as Line).filter((line) => line['message'] === message);

function follow(url: string, take: (entries: readonly Entry[]) => void = () => undefined) {
  const reader = readStream({ url, cluster: false, key: STREAM }, take, () => undefined);
  return { ...reader, [Symbol.asyncDispose]: reader.stop };
}

describe('an outage', () => {
  /** What is logged of it, once. @param answers does whoever listens there answer, or hang up? */
  async function outage(url: string, answers = true): Promise<{ cause: string; remedy: unknown }> {
    const message = 'live stream is not read';
    const texts = await printed(async (lines) => {
      await using reader = follow(url);
      await until('the outage', () => linesOf(lines(), message).length > 0);
      assert.equal(reader.reading(), false);
    });
    const lines = linesOf(texts, message);
    assert.equal(lines.length, 1);
    const cause = JSON.stringify(lines[0]?.['error']);
    // The machine stood still: the cause is not known yet.
    if (answers && /timed ?out/i.test(cause)) return outage(url);
    return { cause, remedy: lines[0]?.['remedy'] };
  }

  it('of a port that refuses names that', async () => {
    const { cause, remedy } = await outage(`redis://127.0.0.1:${await freePort()}`);
    assert.match(cause, /ECONNREFUSED/);
    assert.match(String(remedy), /check that it runs/);
  });

  it('of a password that is wrong or missing names that, and not the password', async () => {
    await using redis = await startTestRedis();
    await redis.client.config('SET', 'requirepass', 'right');
    for (const [login, sign] of [
      [':hush-hush@', /WRONGPASS/],
      ['', /NOAUTH/],
    ] as const) {
      const { cause, remedy } = await outage(redis.server.url.replace('//', `//${login}`));
      assert.match(cause, sign);
      assert.doesNotMatch(cause, /hush/);
      assert.match(String(remedy), /the password in REDIS_URL/);
    }
  });

  it('of a Redis without TLS that is asked for it has the remedy for that', async () => {
    await using redis = await startTestRedis();
    const { cause, remedy } = await outage(redis.server.url.replace('redis:', 'rediss:'), false);
    assert.doesNotMatch(cause, /Connection is closed/);
    assert.match(String(remedy), /without TLS/);
  });

  it('of something that hangs up at once has the remedy for that', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await using stack = new AsyncDisposableStack();
    stack.defer(() => new Promise((resolve) => server.close(() => resolve())));
    await until('the port', () => server.address() !== null);
    const { remedy } = await outage(`redis://127.0.0.1:${Object(server.address()).port}`);
    assert.match(String(remedy), /the connection broke/);
  });
});

describe('an entry that makes us fail', () => {
  const NAME = 'Olena 380671112233';

  it('is logged without its data and passed over, before and after the start: none is taken twice', async () => {
    await using redis = await startTestRedis();
    const calls = (...ids: string[]): Promise<QueueEvent[]> =>
      Promise.all(ids.map((attempt_id) => happened('joined', { attempt_id })));
    const taken: (string | undefined)[] = [];
    const take = ({ attempt_id }: QueueEvent) => {
      taken.push(attempt_id);
      if (attempt_id === '2' || attempt_id === '5') throw new RangeError(`of ${NAME}\n    at ${NAME}:1:1`);
    };
    await say(redis, ...(await calls('1', '2', '3')));
    const texts = await printed(async () => {
      await using reader = follow(redis.server.url, (entries) => {
        for (const entry of entries) handleEntry(entry, take);
      });
      await until('the start', reader.reading);
      await say(redis, ...(await calls('4', '5', '6')));
      await until('the last', () => taken.includes('6'));
      await until('it to read', reader.reading);
    });
    assert.deepEqual(taken, ['1', '2', '3', '4', '5', '6']);
    const ids = (await redis.client.xrange(STREAM, '-', '+')).map(([id]) => id);
    const lines = linesOf(texts, 'live stream has an entry that failed');
    assert.deepEqual(
      lines.map(({ entry, fault }) => [entry, fault]),
      [
        [ids[1], 'RangeError'],
        [ids[4], 'RangeError'],
      ],
    );
    assert.doesNotMatch(texts.join(''), /Olena|38067/);
    // Only a machine that stood still is an outage here.
    const outages = linesOf(texts, 'live stream is not read').map(({ error }) => JSON.stringify(error));
    for (const cause of outages) assert.match(cause, /timed ?out/i);
    for (const { at } of lines) assert.match(String(at), /stream\.test\.ts/);
  });
});
