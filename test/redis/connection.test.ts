import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { connectTo, findCause } from '../../lib/redis/connection.ts';
import { freePort } from '../../local/free-port.ts';
import { inTime } from '../support/in-time.ts';
import { startTestRedis } from '../support/stack.ts';

describe('a connection', () => {
  it('is made by its first command', async () => {
    await using redis = await startTestRedis();
    const answer = await inTime(async () => {
      const client = connectTo(redis.server.url, false);
      assert.equal(client.status, 'wait');
      return client.ping().finally(() => client.disconnect());
    });
    assert.equal(answer, 'PONG');
  });

  it('fails where nobody listens, and never tries again', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const failed = await inTime(async () => {
      const client = connectTo(url, false);
      const errors: unknown[] = [];
      client.on('error', (error) => errors.push(error));
      await assert.rejects(client.ping());
      const [error] = errors;
      if (!/ECONNREFUSED/.test(`${error}`)) throw error;
      return client;
    });
    assert.equal(failed.status, 'end');
  });

  it('is given up where nobody answers', async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    assert.ok(address !== null && typeof address === 'object');
    const client = connectTo(`redis://127.0.0.1:${address.port}`, false);
    client.on('error', () => undefined);
    await assert.rejects(client.ping(), /timed out|closed/i);
    client.disconnect();
    silent.close();
    await once(silent, 'close');
  });
});

describe('the cause of a failure', () => {
  it('is that of the last node where a cluster failed', () => {
    const inner = new Error('inner');
    assert.equal(findCause(Object.assign(new Error('all nodes'), { lastNodeError: inner })), inner);
    assert.equal(findCause(inner), inner);
  });
});
