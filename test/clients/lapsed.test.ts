// What was given back between its taking and its beginning is handled by nobody but its next worker.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import {
  cdr,
  endProgram,
  grantWorker,
  LIST,
  languages,
  skipped,
  startProgram,
} from '../../chaos/clients/programs.ts';
import { begin, take } from '../../clients/node/src/scripts.ts';
import { startTestRedis, until } from '../support/stack.ts';

type Stop = readonly [text: string, before: () => Promise<unknown>];

/** Does something before it passes on the first request with a text; one after the other. */
async function startGate(to: number, stops: readonly Stop[]) {
  const left = [...stops];
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    far.pipe(near);
    near.on('data', async (request) => {
      const [text, before] = left[0] ?? [];
      if (text !== undefined && `${request}`.toLowerCase().includes(text)) {
        left.shift();
        near.pause();
        await before?.();
        near.resume();
      }
      far.write(request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { port: address.port, [Symbol.asyncDispose]: async () => void server.close() };
}

/** The command that takes what is there. */
const takes = { node: 'lmove', python: take.sha };

async function untilItsLeaseEnds(client: Redis): Promise<void> {
  const [, end] = await client.zrange(`{${LIST}}:leases`, '0', '-1', 'WITHSCORES');
  await until('the end of its lease', async () => {
    const [seconds = 0, micros = 0] = await client.time();
    return Number(seconds) * 1_000 + Number(micros) / 1_000 > Number(end);
  });
}

describe(`an entry that was given back before its handling began${skipped}`, () => {
  for (const language of languages) {
    for (const [when, text, before] of [
      ['while it was waited for', 'blmove', () => undefined],
      ['while the answer was under way for a lease', takes[language], untilItsLeaseEnds],
    ] as const) {
      it(`${when}, lapses and is handled by its next worker alone: ${language}`, async () => {
        await using redis = await startTestRedis();
        const { client, server } = redis;
        const push = (id: string) => client.lpush(LIST, cdr(id));
        // As another worker does when the lease has ended.
        const takeBack = async () => {
          const [held = ''] = await client.keys(`{${LIST}}:processing:*`);
          await client.lmove(held, 'elsewhere', 'LEFT', 'LEFT');
          await push('b');
        };
        const own = new URL(await grantWorker(client, server.url));
        const letComeLate = async () => {
          await push('a');
          await before(client);
        };
        await using gate = await startGate(Number(own.port), [
          [text, letComeLate],
          [begin.sha, takeBack],
        ]);
        own.port = `${gate.port}`;
        // Its end is waited for with an answer under way, which the worker gives up after five seconds.
        const options = { leaseMs: 3_000 };
        const program = startProgram(language, { url: own.href, cluster: false, options });
        try {
          await until('the acknowledgement', () => program.counters()['handled'] === 1);
          assert.deepEqual(program.ids('begun'), ['b'], program.errors());
          assert.equal(program.counters()['lapsed'], 1);
          assert.deepEqual(await client.lrange('elsewhere', 0, -1), [cdr('a')]);
        } finally {
          await endProgram(program);
        }
      });
    }
  }
});
