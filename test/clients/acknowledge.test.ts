// The Node worker takes the next CDR while the last is acknowledged, and no further where Redis refuses that.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Redis } from 'ioredis';
import { consumeCdrs } from '../../clients/node/src/consume-cdrs.ts';
import { startTestRedis, until } from '../support/stack.ts';

const LIST = 'enigma:notifications:campaigns';
const CONCURRENCY = 3;
const CDRS = 40;

it('what can’t be acknowledged holds up the rest, and is acknowledged once when that is allowed again', async () => {
  await using redis = await startTestRedis();
  const { client, server } = redis;
  await client.call('ACL', 'SETUSER', 'worker', 'on', '>p', '~*', '+@all', '-lrem');
  const ids = Array.from({ length: CDRS }, (_, index) => `cdr-${index}`);
  await client.lpush(LIST, ...ids.map((id) => JSON.stringify({ type: 'cdr', payload: { id } })));

  const url = new URL(server.url);
  const user = new Redis(Number(url.port), url.hostname, { username: 'worker', password: 'p' });
  const stopping = new AbortController();
  const handled: string[] = [];
  let refusals = 0;
  const consumed = consumeCdrs(user, {
    list: LIST,
    concurrency: CONCURRENCY,
    signal: stopping.signal,
    handle: ({ id }) => void handled.push(id),
    onProgress: ({ type }) => {
      if (type === 'trouble') refusals++;
    },
  });
  await until('many refusals', () => refusals > 20 * CONCURRENCY);
  assert.ok(handled.length <= 3 * CONCURRENCY, `${handled.length} are handled`);

  await client.call('ACL', 'SETUSER', 'worker', '+lrem');
  await until('all to be handled', () => handled.length === CDRS);
  stopping.abort();
  const counters = await consumed;
  user.disconnect();
  assert.deepEqual(handled, ids);
  assert.deepEqual([counters.handled, counters.twice], [CDRS, 0]);
  assert.deepEqual(await client.keys(`{${LIST}}:*`), []);
});
