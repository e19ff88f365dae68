// The benchmark of a deployment counts what happens to its hooks, and figures are what they say.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { cloud } from '../bench/cloud.ts';
import { type Figure, interleave, line, median, percentile, row } from '../bench/figure.ts';
import { root } from '../local/settings.ts';
import { inTime } from './support/in-time.ts';
import { startStack, startTestRedis, TOKEN, until } from './support/stack.ts';

const base = 'enigma:notifications';

const oneOf = (figures: readonly Figure[], measures: string) => {
  const { ours = [] } = figures.find((figure) => figure.measures === measures) ?? {};
  assert.equal(ours.length, 1, measures);
  return ours[0] ?? Number.NaN;
};

/** An endpoint that answers as the test says. */
async function startDoor(answer: RequestListener) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  }).listen(0, '127.0.0.1');
  // However late the next request of a connection comes.
  server.keepAliveTimeout = 0;
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('bench cloud', () => {
  it('sends hooks of different attempts through a whole bridge, and receives a message of each', async () => {
    await using stack = await startStack();
    const redis = { url: stack.server.url, base };
    const figures = await inTime(() => cloud({ url: stack.bridge.url, token: TOKEN, hooks: 15, redis }));
    assert.equal(oneOf(figures, 'not answered 202, of 30'), 0);
    assert.equal(oneOf(figures, 'not published within 30 s'), 0);
    const published = () => stack.heard.filter(({ channel }) => channel === `${base}:queues:42`);
    await until('all to be received here, too', () => published().length >= 30);
    const attempts = published().map(
      ({ message }) => JSON.stringify(message).match(/"attempt_id":"\d+"/)?.[0],
    );
    assert.deepEqual([attempts.length, new Set(attempts).size], [30, 30]);
    for (const { measures, ours } of figures) {
      assert.ok(ours.length > 0 && ours.every(Number.isFinite), measures);
    }
  });

  it('counts what is not answered 202, and what is not answered at all', async () => {
    let hooks = 0;
    await using door = await startDoor((_request, response) => {
      hooks++;
      if (hooks % 5 === 2) response.destroy();
      else response.writeHead(hooks % 5 === 3 ? 503 : 202).end();
    });
    const figures = await cloud({ url: door.url, token: 't', hooks: 10 });
    assert.equal(hooks, 20);
    assert.equal(oneOf(figures, 'not answered 202, of 20'), 8);
    assert.equal(figures.filter(({ measures }) => measures.includes('published')).length, 0);
  });

  it("counts answers that come after Webitel's second", async () => {
    let hooks = 0;
    await using door = await startDoor((_request, response) => {
      setTimeout(() => response.writeHead(202).end(), ++hooks === 2 ? 1_100 : 0);
    });
    assert.ok(
      oneOf(await cloud({ url: door.url, token: 't', hooks: 2 }), "slower than Webitel's second") >= 1,
    );
  });

  it('counts what was accepted and was never published', async () => {
    await using redis = await startTestRedis();
    await using door = await startDoor((_request, response) => response.writeHead(202).end());
    const deployment = { url: door.url, token: 't', hooks: 3, redis: { url: redis.server.url, base } };
    const figures = await inTime(() => cloud(deployment, { answer: 30_000, message: 100 }));
    assert.equal(oneOf(figures, 'not published within 0.1 s'), 6);
  });

  it('says what is wrong when the first hook is refused, or none is accepted', async () => {
    let status = 401;
    await using door = await startDoor((_request, response) => response.writeHead(status).end());
    const run = () => cloud({ url: door.url, token: 'secret', hooks: 2 });
    await assert.rejects(run, /answered 401: its HOOK_TOKENS have another token/);
    status = 404;
    await assert.rejects(run, /answered 404: --url is the door alone/);
    status = 503;
    await assert.rejects(run, /none of 4 hooks was answered 202/);
  });

  it('never prints its token, and says what to give when something is missing', async () => {
    await using door = await startDoor((_request, response) => response.writeHead(202).end());
    const secret = 'a-secret-of-the-tenant';
    const good = await hookline('--url', door.url, '--token', secret, '--hooks', '2');
    assert.equal(good.code, 0, good.output);
    assert.match(good.output, /not answered 202, of 4.*\bmeasured in \d+ s$/ms);
    assert.doesNotMatch(good.output, new RegExp(secret));
    const tokenless = await hookline('--url', door.url);
    assert.deepEqual([tokenless.code, /--token/.test(tokenless.output)], [1, true], tokenless.output);
    const unaddressed = await hookline('--token', secret);
    assert.deepEqual(
      [unaddressed.code, /--url https:/.test(unaddressed.output)],
      [1, true],
      unaddressed.output,
    );
    assert.doesNotMatch(unaddressed.output, new RegExp(secret));
  });
});

const hookline = (...args: string[]) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const env = { ...process.env, HOOK_TOKENS: '' };
    execFile(
      'bin/hookline',
      ['bench', 'cloud', '--quick', ...args],
      { cwd: root, env },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: `${out}${err}`.trim() });
      },
    );
  });

describe('a figure', () => {
  const shuffled = [30, 10, 50, 20, 40];

  it('has the middle sample as its median, or the mean of the two', () => {
    assert.equal(median(shuffled), 30);
    assert.equal(median([1, 4, 2, 3]), 2.5);
    assert.ok(Number.isNaN(median([])));
  });

  it('has percentiles that are samples', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual(
      [0, 1, 50, 99, 99.5, 100].map((percent) => percentile(hundred, percent)),
      [1, 1, 50, 99, 100, 100],
    );
    assert.deepEqual(
      [50, 99].map((percent) => percentile(shuffled, percent)),
      [30, 50],
    );
    assert.ok(Number.isNaN(percentile([], 50)));
  });

  it('is compared pair by pair, in the table and as JSON', () => {
    const figure: Figure = {
      bench: 'b',
      measures: 'm',
      unit: 'ms',
      ours: [2, 9, 4],
      theirs: { what: 'bare', samples: [1, 3, 1] },
    };
    assert.deepEqual(row(figure), {
      bench: 'b',
      measures: 'm',
      ours: '4.0 [2.0–9.0] ms',
      against: '1.0 [1.0–3.0] ms (bare)',
      ratio: '3.00 [2.00–4.00]',
    });
    assert.deepEqual(JSON.parse(line(figure)), {
      bench: 'b',
      measures: 'm',
      unit: 'ms',
      ours: [2, 9, 4],
      median: 4,
      theirs: 'bare',
      their_median: 1,
      their_samples: [1, 3, 1],
    });
  });

  it('is measured in turn, after one of each that does not count', async () => {
    const order: string[] = [];
    const measure = (name: string) => async () => order.push(name);
    assert.deepEqual(await interleave(2, measure('ours'), measure('theirs')), [
      [3, 5],
      [4, 6],
    ]);
    assert.deepEqual(order, ['ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs']);
  });
});
