import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import type { Entry, Message } from '../lib/notification.ts';
import { publisher } from '../lib/redis.ts';
import type { Publish, Saying } from '../lib/relay.ts';
import { freePort, startTestRedis, until } from './stack.ts';

type Node = Awaited<ReturnType<typeof startTestRedis>>;

/** Two lists on different nodes: their names hash to slots 1 and 3 thirds. */
const HOME = 'enigma:notifications:campaigns';
const AWAY = 'billing:cdr';

const entry = (attempt: number, list: string): Entry => ({
  list,
  message: `"${attempt}"`,
  tenant: 'default',
  attempt_id: `${attempt}`,
});
const message = (text: string, more: Partial<Message> = {}): Message => ({
  channels: ['said'],
  message: JSON.stringify(text),
  ...more,
});
const unbounded = { listMax: 0, replicas: 0 };
const saying = (group: string, ...notifications: Saying['notifications']): Saying => ({
  group,
  notifications,
});

describe('on a cluster of three nodes', () => {
  const stack = new AsyncDisposableStack();
  let nodes: Node[];
  let publish: Publish;

  before(async () => {
    nodes = await startCluster(stack);
    publish = publisher({
      ...unbounded,
      url: nodes[0]?.server.url ?? '',
      cluster: true,
      cdrLists: [HOME, AWAY],
    });
  });
  after(() => stack.disposeAsync());

  const nodeOf = async (key: string): Promise<Redis> => {
    const slot = await nodes[0]?.client.cluster('KEYSLOT', key);
    const node = nodes[Math.floor((Number(slot) * 3) / 16384)];
    assert.ok(node);
    return node.client;
  };

  it('the two lists of this test live on different nodes', async () => {
    assert.notEqual(await nodeOf(HOME), await nodeOf(AWAY));
  });

  it('every list gets each CDR once, and a message reaches a listener on any node', async () => {
    for (const _ of [1, 2]) {
      const batch = [saying('a', entry(1, HOME), entry(1, AWAY), message('hello', { once: ['a'] }))];
      assert.deepEqual(await publish(batch), [undefined]);
    }
    assert.equal(await (await nodeOf(HOME)).llen(HOME), 1);
    assert.equal(await (await nodeOf(AWAY)).llen(AWAY), 1);
    for (const { heard } of nodes) {
      await until('the message', () => heard.length > 0);
      assert.deepEqual(heard, [{ channel: 'said', message: 'hello' }]);
    }
  });

  it('marks, guards and messages are one call on one node, each further list one more', async () => {
    const calls = async () => {
      const counts = nodes.map(async ({ client }) =>
        Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0),
      );
      return (await Promise.all(counts)).reduce((sum, count) => sum + count);
    };
    const batch = [
      saying('a', entry(7, HOME), entry(7, AWAY), message('1', { once: ['b'] })),
      saying('b', message('2', { newest: { of: ['c'], at: 1 } })),
    ];
    const start = await calls();
    await publish(batch);
    assert.equal((await calls()) - start, 2);
  });

  it('a failure on one node holds the group on all, and the retry doubles nothing', async () => {
    const away = await nodeOf(AWAY);
    await away.rename(AWAY, `{${AWAY}}:aside`);
    await away.set(AWAY, 'in the way');
    const batch = [
      saying('x', entry(20, HOME), entry(20, AWAY)),
      saying('x', message('held')),
      saying('y', entry(21, HOME)),
    ];
    const outcomes = await publish(batch);
    assert.deepEqual(
      outcomes.map((failure) => failure === undefined),
      [false, false, true],
    );
    await away.del(AWAY);
    assert.deepEqual(await publish(batch), [undefined, undefined, undefined]);
    const home = await (await nodeOf(HOME)).lrange(HOME, 0, -1);
    assert.deepEqual(home.filter((text) => text === '"20"' || text === '"21"').sort(), ['"20"', '"21"']);
    assert.deepEqual(await away.lrange(AWAY, 0, -1), ['"20"']);
  });
});

async function startCluster(stack: AsyncDisposableStack): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const index of [0, 1, 2]) {
    const node = stack.use(
      await startTestRedis(['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`]),
    );
    await node.client.cluster(
      'ADDSLOTSRANGE',
      Math.ceil((index * 16384) / 3),
      Math.ceil(((index + 1) * 16384) / 3) - 1,
    );
    nodes.push(node);
  }
  const [first, ...others] = nodes;
  assert.ok(first);
  for (const { client } of others) {
    const [, port = '', busPort = ''] =
      /:(\d+)@(\d+)/.exec(String(await first.client.cluster('NODES'))) ?? [];
    await client.cluster(
      'MEET',
      '127.0.0.1',
      Number(port) || Number(new URL(first.server.url).port),
      Number(busPort),
    );
  }
  await until('the cluster to agree', async () => {
    const infos = await Promise.all(nodes.map(async ({ client }) => String(await client.cluster('INFO'))));
    return infos.every((info) => info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3'));
  });
  return nodes;
}
