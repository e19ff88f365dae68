// A worker whose Redis became a replica goes on with the one that its address leads to now.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import {
  cdr,
  endProgram,
  grantWorker,
  LIST,
  languages,
  skipped,
  startProgram,
} from '../../chaos/clients/programs.ts';
import { startTestRedis, until } from '../support/stack.ts';

/** Leads new connections elsewhere when it is told to; those that are open stay. */
async function startAddress(first: string) {
  let to = Number(new URL(first).port);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    port: address.port,
    leadTo: (url: string) => {
      to = Number(new URL(url).port);
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe(`a worker whose Redis became a replica${skipped}`, () => {
  for (const language of languages) {
    it(`connects again to its address, and goes on there: ${language}`, async () => {
      await using old = await startTestRedis();
      await using fresh = await startTestRedis();
      await using address = await startAddress(old.server.url);
      const url = new URL(await grantWorker(old.client, old.server.url));
      await grantWorker(fresh.client, fresh.server.url);
      url.port = `${address.port}`;
      const program = startProgram(language, { url: url.href, cluster: false, options: {} });
      try {
        await old.client.lpush(LIST, cdr('a'));
        await until('a', () => program.counters()['handled'] === 1);
        address.leadTo(fresh.server.url);
        await old.client.replicaof('127.0.0.1', new URL(fresh.server.url).port);
        await fresh.client.lpush(LIST, cdr('b'));
        await until('b', () => program.counters()['handled'] === 2);
        assert.deepEqual(program.ids('done'), ['a', 'b'], program.errors());
      } finally {
        await endProgram(program);
        // A primary that ends waits for its replica.
        await old.client.replicaof('NO', 'ONE');
      }
    });
  }
});
