// Where Redis is, with and without a secret.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { consumerConfig } from '../../lib/config.ts';
import { followRedisUrl } from '../../lib/secrets/redis-url.ts';
import { catchLogLines } from '../support/log-lines.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';

describe('the URL of Redis', () => {
  it('is that of the environment, unless a secret is named', async () => {
    const find = await followRedisUrl(consumerConfig({ REDIS_URL: 'redis://localhost' }));
    assert.equal(await find(), 'redis://localhost');
    assert.throws(() => consumerConfig({}), /REDIS_URL is not set/);
  });

  it('is that of the secret, read before the first batch', async () => {
    await using manager = await startSecretsManager({ redis_url: 'rediss://one' });
    const find = await followRedisUrl(consumerConfig({ ...manager.env, REDIS_URL: 'redis://other' }));
    assert.ok(manager.calls.length > 0);
    assert.equal(await find(), 'rediss://one');
    const { length } = manager.calls;
    assert.equal(await find(), 'rediss://one');
    assert.equal(manager.calls.length, length);
  });

  it('is an error as long as none was read', async (t) => {
    const lines = catchLogLines(t);
    await using manager = await startSecretsManager({});
    const find = await followRedisUrl(consumerConfig(manager.env));
    await assert.rejects(find(), /no secret could be read/);
    assert.equal(lines[0]?.['message'], 'secret not read');
    manager.put({ redis_url: 'rediss://one' });
    assert.equal(await find(), 'rediss://one');
  });
});
