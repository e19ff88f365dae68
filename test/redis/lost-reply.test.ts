// The connection breaks at every byte of the reply to one batch: what was asked for is done, and nobody knows.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startProxy } from '../../chaos/proxy.ts';
import type { CdrEntry, Message } from '../../lib/publish/notification.ts';
import type { Publication } from '../../lib/publish/publication.ts';
import { LIST, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

const LISTS = [LIST, 'billing:cdr'];
const BATCH = 10;

/** A batch of calls that nobody had before. */
function batchOf(round: number): Publication[] {
  return Array.from({ length: BATCH }, (_, index) => {
    const attempt_id = `${round * BATCH + index}`;
    const entries = LISTS.map(
      (list): CdrEntry => ({
        kind: 'cdr',
        list,
        message: attempt_id,
        lacking: {},
        scope: ['default'],
        attempt_id,
      }),
    );
    const said: Message = {
      kind: 'message',
      channels: ['said'],
      message: attempt_id,
      once: { words: [attempt_id], seconds: 60 },
    };
    return { group: attempt_id, notifications: [...entries, said] };
  });
}

describe('a reply cut at each of its bytes', () => {
  for (const replicas of [0, 1]) {
    it(`leaves every CDR in each list once, and every deduplicated message said once${replicas > 0 ? ', when replicas are waited for' : ''}`, async () => {
      await using redis = await startTestRedis();
      await using replica = await startTestRedis();
      const port = Number(new URL(redis.server.url).port);
      if (replicas > 0) {
        await replica.client.replicaof('127.0.0.1', port);
        await until('the replica', async () =>
          (await redis.client.info('replication')).includes('state=online'),
        );
      }
      const proxy = await startProxy(0, port);
      await using stack = new AsyncDisposableStack();
      stack.defer(proxy.stop);
      const publish = publisherAt(`redis://127.0.0.1:${proxy.port}`, { cdrLists: LISTS, replicas });

      // The reply: the clock, what was pushed and suppressed, the longest list; and with a replica its number.
      const bytes =
        '*4\r\n:1782900000000\r\n:20\r\n:0\r\n:10\r\n'.length + (replicas > 0 ? ':1\r\n'.length : 0);
      await publish(batchOf(0));
      for (let cut = 1; cut <= bytes; cut++) {
        proxy.cutAfter(cut);
        const batch = batchOf(cut);
        // As the queue does: what failed comes again.
        await until('the batch', async () =>
          (await publish(batch).catch(() => [new Error('cut')])).every((failure) => failure === undefined),
        );
      }
      const stats = await redis.client.info('stats');
      const connections = Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);
      assert.ok(connections > bytes, `each cut took a connection: ${connections}`);
      const unique = new Set(
        Array.from({ length: bytes + 1 }, (_, round) => batchOf(round).map(({ group }) => group)).flat(),
      );
      for (const list of LISTS) {
        const entries = await redis.client.lrange(list, 0, -1);
        assert.equal(entries.length, unique.size, list);
        assert.deepEqual(new Set(entries), unique);
      }
      await until('every message', () => redis.heard.length >= unique.size);
      assert.equal(redis.heard.length, unique.size);
    });
  }
});
