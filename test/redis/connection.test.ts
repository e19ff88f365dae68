import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { connectTo, findCause } from '../../lib/redis/connection.ts';
import { freePort } from '../../local/free-port.ts';
import { startTestRedis } from '../support/stack.ts';

describe('a connection', () => {
  it('is made by its first command', async () => {
    await using redis = await startTestRedis();
    const client = connectTo(redis.server.url, false);
    assert.equal(client.status, 'wait');
    assert.equal(await client.ping(), 'PONG');
    client.disconnect();
  });

  it('fails where nobody listens, and never tries again', async () => {
    const client = connectTo(`redis://127.0.0.1:${await freePort()}`, false);
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await assert.rejects(client.ping());
    assert.equal(client.status, 'end');
    assert.match(String(errors[0]), /ECONNREFUSED/);
  });

  it('is given up where nobody answers', async () => {
    const port = await freePort();
    const silent = createServer(() => undefined).listen(port, '127.0.0.1');
    const client = connectTo(`redis://127.0.0.1:${port}`, false);
    client.on('error', () => undefined);
    await assert.rejects(client.ping(), /timed out|closed/i);
    client.disconnect();
    silent.close();
  });
});

describe('the cause of a failure', () => {
  it('is that of the last node where a cluster failed', () => {
    const inner = new Error('inner');
    assert.equal(findCause(Object.assign(new Error('all nodes'), { lastNodeError: inner })), inner);
    assert.equal(findCause(inner), inner);
  });
});
