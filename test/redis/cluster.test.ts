import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import { CdrWaits, type Publish } from '../../lib/publish/publication.ts';
import { findTag, nameCall, nameLiveStream } from '../../lib/redis/keys.ts';
import { readStream } from '../../live/stream/reader.ts';
import { freePort } from '../../local/free-port.ts';
import { startRedis } from '../../local/redis-server.ts';
import { untilJoined } from '../support/cluster.ts';
import { entry, eventMessage, LIST, message, publication, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

type Node = Awaited<ReturnType<typeof startTestRedis>> & {
  readonly options: string[];
  readonly busPort: number;
};

/** Two lists on different nodes: their names hash to slots 1 and 3 thirds. */
const HOME = LIST;
const AWAY = 'billing:cdr';

describe('on a cluster of three nodes', () => {
  const stack = new AsyncDisposableStack();
  let nodes: Node[];
  let publish: Publish;

  before(async () => {
    nodes = await startCluster(stack, 3);
    publish = publisherAt(nodes[0]?.server.url ?? '', { cluster: true, cdrLists: [HOME, AWAY] });
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
      const batch = [
        publication(
          'a',
          entry(1, HOME),
          entry(1, AWAY),
          message('hello', { once: { words: ['a'], seconds: 60 } }),
        ),
      ];
      assert.deepEqual(await publish(batch), [undefined]);
    }
    assert.equal(await (await nodeOf(HOME)).llen(HOME), 1);
    assert.equal(await (await nodeOf(AWAY)).llen(AWAY), 1);
    for (const { heard } of nodes) {
      await until('the message', () => heard.length > 0);
      assert.deepEqual(heard, [{ channel: 'said', message: 'hello' }]);
    }
  });

  it('a CDR on another node tells what the earlier hooks of its call told, those of its own batch too', async () => {
    const hook = (id: string, event: 'joined' | 'bridged' | 'leaving', at: number) => ({
      ...publication('a', eventMessage(id)),
      call: { scope: ['default'], attempt_id: '50', name: '["default","50"]', hook: { id, event, at } },
    });
    const cdr = (list: string) => ({
      ...entry(50, list),
      message: '{"payload":{"id":"x"}}',
      lacking: { call_time: 0 },
    });
    const leaving = hook('e3', 'leaving', 9_000);
    await publish([hook('e1', 'joined', 1_000)]);
    const batch = [
      hook('e2', 'bridged', 3_000),
      { ...leaving, notifications: [cdr(HOME), cdr(AWAY), ...leaving.notifications] },
    ];
    assert.deepEqual(await publish(batch), [undefined, undefined]);
    const [one, other] = [await (await nodeOf(HOME)).lpop(HOME), await (await nodeOf(AWAY)).lpop(AWAY)].map(
      (text) => JSON.parse(text ?? ''),
    );
    assert.deepEqual(one, {
      payload: { id: 'x', wait_seconds: 2, talk_seconds: 6, transfers: 0, bridged_at: 3_000, call_time: 6 },
    });
    assert.deepEqual(other, one);
  });

  it('a call is remembered for as long as its CDR waits on another node', async () => {
    const options = { cluster: true, cdrLists: [HOME, AWAY], listMax: 1 };
    const bounded = publisherAt(nodes[0]?.server.url ?? '', options);
    const [home, away] = [await nodeOf(HOME), await nodeOf(AWAY)];
    await Promise.all([home.del(HOME), away.lpush(AWAY, 'full')]);
    const hook = { id: 'e9', event: 'leaving' as const, at: 9_000 };
    const leaving = {
      ...publication('a', entry(51, HOME), entry(51, AWAY), eventMessage('e9')),
      call: { scope: ['default'], attempt_id: '51', name: '["default","51"]', hook },
    };
    const ttl = () => home.ttl(nameCall(findTag(HOME), '["default","51"]'));
    assert.ok((await bounded([leaving]))[0] instanceof CdrWaits);
    assert.ok((await ttl()) > 24 * 3600);
    await away.del(AWAY);
    assert.deepEqual(await bounded([leaving]), [undefined]);
    assert.ok((await ttl()) <= 600);
  });

  it('the live stream is read from the node that has it: what was there, then what comes', async () => {
    const url = nodes[0]?.server.url ?? '';
    const cdrLists = [HOME, AWAY];
    const say = publisherAt(url, { cluster: true, cdrLists, liveMax: 100 });
    const keep = (text: string) => say([publication(text, eventMessage(text))]);
    await keep('before');
    const read: [text: string | undefined, news: boolean][] = [];
    const source = { url, cluster: true, key: nameLiveStream(cdrLists) };
    let begun = 0;
    const reader = readStream(
      source,
      (entries, news) => {
        for (const { text } of entries) read.push([text, news]);
      },
      () => begun++,
    );
    await until('what was there', () => reader.reading());
    await keep('after');
    await until('what comes', () => read.length === 2);
    await reader.stop();
    assert.deepEqual(read, [
      [eventMessage('before').message, false],
      [eventMessage('after').message, true],
    ]);
    assert.equal(begun, 1);
  });

  it('markers, keys and messages are one call on one node, each further list one more', async () => {
    const calls = async () => {
      const counts = nodes.map(async ({ client }) =>
        Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0),
      );
      return (await Promise.all(counts)).reduce((sum, count) => sum + count);
    };
    const batch = [
      publication('a', entry(7, HOME), entry(7, AWAY), message('1', { once: { words: ['b'], seconds: 60 } })),
      publication('b', message('2', { newest: { subject: ['c'], at: 1 } })),
    ];
    // A call that timed out is repeated.
    await until('two calls', async () => {
      const start = await calls();
      await publish(batch);
      return (await calls()) - start === 2;
    });
    // The next test listens, too.
    await until('both messages', () => nodes[0]?.heard.some(({ message: said }) => said === '2') === true);
  });

  it('what needs no other node goes on while that one is frozen, and the rest once it thaws', async () => {
    const patient = publisherAt(nodes[0]?.server.url ?? '', {
      cluster: true,
      cdrLists: [HOME, AWAY],
      patience: 60_000,
    });
    await patient([publication('warm', entry(29, HOME), entry(29, AWAY))]);
    const away = nodes[nodes.map(({ client }) => client).indexOf(await nodeOf(AWAY))];
    const heard = nodes[0]?.heard ?? [];
    heard.splice(0);
    process.kill(away?.server.pid ?? 0, 'SIGSTOP');
    let done = false;
    const publishing = patient([
      publication('x', entry(30, AWAY), message('bound')),
      publication('y', message('free')),
    ]).finally(() => {
      done = true;
    });
    await until('what is free', () => heard.length > 0);
    assert.equal(done, false);
    process.kill(away?.server.pid ?? 0, 'SIGCONT');
    assert.deepEqual(await publishing, [undefined, undefined]);
    await until('what was bound', () => heard.length > 1);
    assert.deepEqual(
      heard.map(({ message: said }) => said),
      ['free', 'bound'],
    );
    assert.deepEqual(await away?.client.lrange(AWAY, 0, 0), ['"30"']);
  });

  it('a full list on another node withholds its CDR alone', async () => {
    const options = { cluster: true, cdrLists: [HOME, AWAY], listMax: 1 };
    const bounded = publisherAt(nodes[0]?.server.url ?? '', options);
    const home = await nodeOf(HOME);
    await home.rename(HOME, `{${HOME}}:others`);
    assert.ok((await (await nodeOf(AWAY)).llen(AWAY)) > 0);
    const heard = nodes[0]?.heard ?? [];
    heard.splice(0);
    const batch = [publication('x', entry(40, HOME), entry(40, AWAY), message('leaving'))];
    for (const _ of [1, 2]) {
      const [waiting] = await bounded([...batch, publication('x', message('behind it'))]);
      assert.ok(waiting instanceof CdrWaits);
    }
    await until('three messages', () => heard.length === 3);
    assert.equal(heard.filter(({ message: said }) => said === 'leaving').length, 1);
    assert.deepEqual(await home.lrange(HOME, 0, -1), ['"40"']);
  });

  it('a failure on one node holds the group on all, and the retry doubles nothing', async () => {
    const away = await nodeOf(AWAY);
    await away.rename(AWAY, `{${AWAY}}:aside`);
    await away.set(AWAY, 'in the way');
    const batch = [
      publication('x', entry(20, HOME), entry(20, AWAY)),
      publication('x', message('held')),
      publication('y', entry(21, HOME)),
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

describe('on a cluster of three primaries and three replicas', () => {
  const stack = new AsyncDisposableStack();
  let nodes: Node[];
  let publish: Publish;
  let attempt = 0;

  before(async () => {
    nodes = await startCluster(stack, 6);
    // A seed that has nothing to do with the home list: it lives through what happens there.
    const home = await primaryOf(HOME);
    const seed = nodes.find((node) => node !== home);
    publish = publisherAt(seed?.server.url ?? '', { cluster: true, cdrLists: [HOME, AWAY], replicas: 1 });
  });
  after(() => stack.disposeAsync());

  /** The node that takes writes for a key now. */
  async function primaryOf(key: string): Promise<Node> {
    for (const node of nodes) {
      const taken = await node.client.call('EXISTS', key).then(
        () => true,
        () => false,
      );
      if (taken && (await node.client.info('replication')).includes('role:master')) return node;
    }
    throw new Error(`nobody has ${key}`);
  }

  /** Publishes new CDRs as the queue does, each until it is taken. */
  async function deliver(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent++) {
      const id = ++attempt;
      const batch = [publication(`${id}`, entry(id, HOME), entry(id, AWAY), message(`${id}`))];
      await until(
        `CDR ${id}`,
        async () => (await publish(batch).catch(() => [new Error('again')]))[0] === undefined,
      );
    }
  }

  async function allThere(): Promise<void> {
    for (const list of [HOME, AWAY]) {
      const read = async () => (await primaryOf(list)).client.lrange(list, 0, -1);
      // A node that stood still for too long has just been replaced.
      const texts = await until('a primary', () => read().catch(() => undefined));
      const entries = texts.map((text) => Number(JSON.parse(text)));
      assert.deepEqual(
        entries.sort((a, b) => a - b),
        Array.from({ length: attempt }, (_, index) => index + 1),
        list,
      );
    }
  }

  it('a CDR is published when its replica has it', async () => {
    await deliver(20);
    await allThere();
  });

  it('a primary that hands over is followed where it says MOVED', async () => {
    const before = await primaryOf(HOME);
    const port = new URL(before.server.url).port;
    const replicas = nodes.map(async (node) =>
      (await node.client.info('replication')).includes(`master_port:${port}\r`) ? [node] : [],
    );
    const [replica] = (await Promise.all(replicas)).flat();
    let asked = Number.NEGATIVE_INFINITY;
    await until('the hand-over', async () => {
      if ((await primaryOf(HOME).catch(() => before)) !== before) return true;
      // Redis gives it up when it takes five seconds.
      if (performance.now() - asked < 10_000) return false;
      asked = performance.now();
      await replica?.client.cluster('FAILOVER').catch(() => undefined);
      return false;
    });
    await deliver(20);
    await allThere();
  });

  it('a primary that dies takes no CDR with it, and none is doubled', async () => {
    const before = await primaryOf(HOME);
    const delivering = deliver(60);
    await until('some on the way', () => attempt > 50);
    process.kill(before.server.pid, 'SIGKILL');
    await until('the fail-over', async () => (await primaryOf(HOME).catch(() => before)) !== before);
    // It comes back as the replica that WAIT asks for.
    const again = await startRedis(Number(new URL(before.server.url).port), before.folder, before.options);
    stack.defer(again.stop);
    await delivering;
    await allThere();
  });
});

/** Nodes with the options they were started with; from the fourth on, each replicates one of the first three. */
async function startCluster(stack: AsyncDisposableStack, size: 3 | 6): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let index = 0; index < size; index++) {
    const busPort = await freePort();
    const options = [
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      `${busPort}`,
      '--cluster-node-timeout',
      // Who does not answer for so long is taken for dead: of three nodes none is to be.
      size === 3 ? '10000' : '2000',
      '--cluster-require-full-coverage',
      'no',
    ];
    const node = { ...stack.use(await startTestRedis(options)), options, busPort };
    if (index < 3)
      await node.client.cluster(
        'ADDSLOTSRANGE',
        Math.ceil((index * 16384) / 3),
        Math.ceil(((index + 1) * 16384) / 3) - 1,
      );
    await nodes[0]?.client.cluster('MEET', '127.0.0.1', Number(new URL(node.server.url).port), busPort);
    nodes.push(node);
  }
  await untilJoined(nodes);
  for (const [index, replica] of nodes.slice(3).entries()) {
    const id = String(await nodes[index]?.client.cluster('MYID'));
    await replica.client.cluster('REPLICATE', id);
    await until('the replica', async () =>
      (await replica.client.info('replication')).includes('master_link_status:up'),
    );
  }
  return nodes;
}
