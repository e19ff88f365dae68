// Which calls are found, by the clock of Redis.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nameCall, nameOpenCalls } from '../../lib/redis/keys.ts';
import { listOpenCalls } from '../../lib/redis/open-calls.ts';
import { inTime } from '../support/in-time.ts';
import { LIST } from '../support/publications.ts';
import { startTestRedis } from '../support/stack.ts';

it('open calls are found by the age of their newest hook, the oldest first, with their newest event', async () => {
  await using redis = await startTestRedis();
  const [now] = await redis.client.time();
  const record = ['{"first":1}', '{"id":"h","event":"joined","at":1}'];
  const age = (seconds: number, name: string) =>
    redis.client.zadd(nameOpenCalls(LIST, 'default'), (Number(now) - seconds) * 1000, name);
  await age(500, 'b');
  await age(900, 'a');
  await age(10, 'young');
  await redis.client.rpush(nameCall(LIST, 'a'), ...record);
  const reach = { tenant: 'default', url: redis.server.url, cluster: false, home: LIST };
  const list = (silence: number, most: number) => inTime(() => listOpenCalls(reach, silence, most));
  const found = await list(300, 10);
  assert.deepEqual(
    found.map(({ name, record }) => [name, record]),
    [
      ['a', record],
      ['b', []],
    ],
  );
  assert.equal((await list(300, 1)).length, 1);
  assert.deepEqual(await list(1_000, 10), []);
  await redis.server.stop();
  await assert.rejects(listOpenCalls(reach, 300, 1));
});
