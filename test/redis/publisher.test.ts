import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { findTag, nameLiveStream } from '../../lib/redis/keys.ts';
import { freePort } from '../../local/free-port.ts';
import { startRedis } from '../../local/redis-server.ts';
import { grants } from '../support/acl.ts';
import { inTime } from '../support/in-time.ts';
import { entry, eventMessage, LIST, message, publication, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

/** A Redis, and a publisher on it. */
async function start(cdrLists = [LIST]) {
  const redis = await startTestRedis();
  return { ...redis, publish: publisherAt(redis.server.url, { cdrLists }) };
}

/** The ids of the events that were heard. */
const ids = (heard: readonly { message: unknown }[]) =>
  texts(heard).map((said) => (said as { payload: { id: string } }).payload.id);
const texts = (heard: readonly { message: unknown }[]) => heard.map(({ message: text }) => text);

describe('an entry', () => {
  it('is pushed once per list and attempt, however often it is published', async () => {
    await using redis = await start();
    const other = 'billing:cdr';
    for (const _ of [1, 2]) {
      const batch = [
        publication('a', entry(1), entry(1, other)),
        publication('b', entry(1)),
        publication('c', entry(2)),
      ];
      assert.deepEqual(await redis.publish(batch), [undefined, undefined, undefined]);
    }
    assert.deepEqual(await redis.client.lrange(LIST, 0, -1), ['"2"', '"1"']);
    assert.equal(await redis.client.llen(other), 1);
  });

  it('is in each of two lists that share a hash tag', async () => {
    const lists = ['{acme}:billing', '{acme}:crm'];
    await using redis = await start(lists);
    await redis.publish([publication('a', ...lists.map((list) => entry(1, list)))]);
    for (const list of lists) assert.equal(await redis.client.llen(list), 1, list);
  });

  it('is not pushed again after it was popped', async () => {
    await using redis = await start();
    await redis.publish([publication('a', entry(1))]);
    assert.equal(await redis.client.rpop(LIST), '"1"');
    await redis.publish([publication('a', entry(1))]);
    assert.equal(await redis.client.llen(LIST), 0);
  });

  it('is distinguished from every other attempt of 64 bits, and from those of another tenant', async () => {
    await using redis = await start();
    const ids = [0n, 1n, -1n, 511n, 512n, -512n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    for (const id of [...ids, ...ids]) await redis.publish([publication('a', entry(id))]);
    assert.equal(await redis.client.llen(LIST), ids.length);
    await redis.publish([publication('a', { ...entry(1), scope: ['acme'] })]);
    assert.equal(await redis.client.llen(LIST), ids.length + 1);
  });

  it('has a marker that is kept for at least 30 days', async () => {
    await using redis = await start();
    await redis.publish([publication('a', entry(1))]);
    const [marker = ''] = await redis.client.keys('*:seen:*');
    assert.ok((await redis.client.ttl(marker)) > 30 * 24 * 3600);
  });

  it('is not lost when its push fails: the retry pushes it', async () => {
    await using redis = await start();
    await redis.client.set(LIST, 'in the way');
    const [failure] = await redis.publish([publication('a', entry(1))]);
    assert.match(String(failure), /WRONGTYPE/);
    await redis.client.del(LIST);
    assert.deepEqual(await redis.publish([publication('a', entry(1))]), [undefined]);
    assert.equal(await redis.client.llen(LIST), 1);
  });

  it('is not doubled when its marker fails: the push is taken back', async () => {
    await using redis = await start();
    await redis.client.acl('SETUSER', 'bridge', 'on', '>secret', '~*', '&*', '+@all', '-sadd');
    const url = redis.server.url.replace('//', '//bridge:secret@');
    const [failure] = await publisherAt(url)([publication('a', entry(1))]);
    assert.match(String(failure), /command/);
    assert.equal(await redis.client.llen(LIST), 0);
    await redis.publish([publication('a', entry(1))]);
    assert.equal(await redis.client.llen(LIST), 1);
  });
});

describe('the tag of a key', () => {
  it('is what Redis hashes of it', async () => {
    await using redis = await startTestRedis([
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      `${await freePort()}`,
    ]);
    for (const key of ['a', 'a:{b}:c', '{a}{b}', '{}{x}', 'a{b{c}d', 'a}b{c}', '{a']) {
      const slots = await Promise.all(
        [key, findTag(key)].map((text) => redis.client.cluster('KEYSLOT', text)),
      );
      assert.equal(slots[0], slots[1], key);
    }
  });
});

describe('a message', () => {
  it('is published on each of its channels, in the order of the batch', async () => {
    await using redis = await start();
    await redis.publish([
      publication('a', message('1', { channels: ['x', 'y'] })),
      publication('b', message('2', { channels: ['x'] })),
    ]);
    await until('three messages', () => redis.heard.length === 3);
    assert.deepEqual(redis.heard, [
      { channel: 'x', message: '1' },
      { channel: 'y', message: '1' },
      { channel: 'x', message: '2' },
    ]);
  });

  it('that is published once per words is not published the next time', async () => {
    await using redis = await start();
    const words = ['call', 'default', '1', 'leg'];
    const once = { words, seconds: 60 };
    for (const text of ['first', 'again']) await redis.publish([publication('a', message(text, { once }))]);
    await redis.publish([
      publication('a', message('another leg', { once: { words: [...words, '2'], seconds: 60 } })),
    ]);
    await until('two messages', () => redis.heard.length === 2);
    assert.deepEqual(texts(redis.heard), ['first', 'another leg']);
  });

  it('that is there twice in one batch is published once', async () => {
    await using redis = await start();
    await redis.publish([
      publication('a', eventMessage('1')),
      publication('b', eventMessage('1')),
      publication('c', message('last')),
    ]);
    await until('the last', () => texts(redis.heard).includes('last'));
    assert.equal(redis.heard.length, 2);
  });

  it('that was published a turn ago is not published; two turns ago, it is published again', async () => {
    await using redis = await start();
    // Since 2001 it is the turn of 1, until 2033.
    const seconds = 1_000_000_000;
    const batch = [publication('a', message('1', { once: { words: ['words'], seconds } }))];
    const set = (turn: number) => `{${LIST}}:said:${seconds}:${turn}`;
    await redis.publish(batch);
    const [begun = ''] = (await redis.client.smembers(set(1))).filter((member) => member !== 'words');
    const begunAt = (turn: number) => begun.replace(/1$/, `${turn}`);
    await redis.client.unlink(set(1));
    await redis.client.sadd(set(0), 'words', begunAt(0));
    await redis.publish(batch);
    await redis.publish([publication('b', message('next'))]);
    await until('the next', () => texts(redis.heard).includes('next'));
    await redis.client.unlink(set(0), set(1));
    await redis.client.sadd(set(1), 'words', 'older', begunAt(-1));
    await redis.publish(batch);
    await until('the message again', () => redis.heard.length === 3);
    assert.deepEqual(texts(redis.heard), ['1', 'next', '1']);
    assert.deepEqual(new Set(await redis.client.smembers(set(1))), new Set([begun, 'words']));
  });

  it('that comes again is remembered for another turn', async () => {
    await using redis = await start();
    const seconds = 1_000_000_000;
    const set = (turn: number) => `{${LIST}}:said:${seconds}:${turn}`;
    const batch = [publication('a', message('1', { once: { words: ['words'], seconds } }))];
    await redis.publish(batch);
    const begun = (await redis.client.smembers(set(1))).find((member) => member !== 'words') ?? '';
    await redis.client.unlink(set(1));
    await redis.client.sadd(set(0), 'words', begun.replace(/1$/, '0'));
    await redis.publish(batch);
    assert.deepEqual(new Set(await redis.client.smembers(set(1))), new Set([begun, 'words']));
  });

  it('that Redis refused is not taken for published: it is published when it comes again', async () => {
    await using redis = await start();
    await redis.client.call('ACL', 'SETUSER', 'relay', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const publish = publisherAt(redis.server.url.replace('//', '//relay:secret@'));
    const batch = [
      publication('a', message('1', { channels: ['x'], once: { words: ['words'], seconds: 60 } })),
    ];
    const [refused] = await publish(batch);
    assert.match(refused?.message ?? '', /channel/);
    await redis.client.call('ACL', 'SETUSER', 'relay', 'allchannels');
    assert.deepEqual(await publish(batch), [undefined]);
    await until('the message', () => redis.heard.length === 1);
  });

  it('that was published by a Redis that was killed since is published again, and then no more', async () => {
    await using redis = await startTestRedis();
    const once = { words: ['words'], seconds: 600 };
    const batch = [publication('a', message('1', { once }))];
    assert.deepEqual(await publisherAt(redis.server.url)(batch), [undefined]);
    process.kill(redis.server.pid, 'SIGKILL');
    const again = await startRedis(Number(new URL(redis.server.url).port), redis.folder);
    await using stack = new AsyncDisposableStack();
    stack.defer(again.stop);
    const ears = stack.adopt(new Redis(again.url), async (client) => client.disconnect());
    const heard: string[] = [];
    ears.on('message', (_channel, text) => heard.push(text));
    await ears.subscribe('said');
    const publish = publisherAt(again.url);
    assert.deepEqual(await publish(batch), [undefined]);
    await until('the message again', () => heard.length === 1);
    await publish(batch);
    await publish([publication('b', message('2'))]);
    await until('the next', () => heard.length > 1);
    assert.deepEqual(heard, ['"1"', '"2"']);
  });

  it('that Redis refused is not taken for published by a user with the rights of docs/redis.md, and none more', async () => {
    await using redis = await start();
    const user = ['ACL', 'SETUSER', 'relay', 'on', '>secret', ...grants('enigma:notifications')] as const;
    await redis.client.call(...user);
    const publish = publisherAt(redis.server.url.replace('//', '//relay:secret@'), { liveMax: 100 });
    const channel = 'enigma:notifications:queues';
    const batch = [
      publication('a', eventMessage('1', { channel })),
      publication('b', eventMessage('2', { channel: 'elsewhere' })),
      publication('c', eventMessage('3', { channel })),
    ];
    for (const _ of [1, 2]) {
      const failures = await publish(batch);
      assert.deepEqual(
        failures.map((failure) => failure?.message.includes('channel') ?? false),
        [false, true, false],
      );
    }
    await redis.allHeard();
    assert.deepEqual(ids(redis.heard), ['1', '3']);
    assert.equal(await redis.client.xlen(nameLiveStream([LIST])), 2);
  });

  it('that Redis refuses on one of its channels is published on none, however often it comes', async () => {
    await using redis = await start();
    await redis.client.acl('SETUSER', 'bridge', 'on', '>secret', '~*', '+@all', 'resetchannels', '&x');
    const publish = publisherAt(redis.server.url.replace('//', '//bridge:secret@'));
    const batch = [publication('a', message('1', { channels: ['x', 'y'] }))];
    for (const _ of [1, 2]) assert.match(String((await publish(batch))[0]), /NOPERM.* publish/);
    await redis.client.acl('SETUSER', 'bridge', '&y');
    assert.deepEqual(await publish(batch), [undefined]);
    await until('the message on both', () => redis.heard.some(({ channel }) => channel === 'y'));
    assert.deepEqual(redis.heard, [
      { channel: 'x', message: '1' },
      { channel: 'y', message: '1' },
    ]);
  });

  it('whose time cannot be kept is not published each time it comes', async () => {
    await using redis = await start();
    await redis.client.acl('SETUSER', 'bridge', 'on', '>secret', '~*', '&*', '+@all', '-set');
    const publish = publisherAt(redis.server.url.replace('//', '//bridge:secret@'));
    const batch = [publication('a', message('1', { newest: { subject: ['agent'], at: 1 } }))];
    for (const _ of [1, 2]) assert.match(String((await publish(batch))[0]), /can't run/);
    await redis.client.acl('SETUSER', 'bridge', '+set');
    assert.deepEqual(await publish(batch), [undefined]);
    await redis.publish([publication('b', message('2'))]);
    await until('the last message', () => texts(redis.heard).includes('2'));
    assert.deepEqual(texts(redis.heard), ['1', '2']);
  });

  it('that is older than the newest of its subject is not published; an equal one is published', async () => {
    await using redis = await start();
    const at = (time: number, subject = ['agent', '1002']) =>
      message(`${time}`, { newest: { subject, at: time } });
    const times = [1782900000000, 1782900000001, 1782900000000, 1782900000001];
    for (const time of times) await redis.publish([publication('a', at(time))]);
    await redis.publish([publication('a', at(5, ['agent', '1003']))]);
    await until('four messages', () => redis.heard.length === 4);
    assert.deepEqual(texts(redis.heard), ['1782900000000', '1782900000001', '1782900000001', '5']);
  });

  it('that comes after its deadline is not published, or is marked late', async () => {
    await using redis = await start();
    // The clock of Redis is known from its first answer on.
    await redis.publish([publication('a', message('first'))]);
    const past = Date.now() - 5_000;
    const once = { words: ['x'], seconds: 60 };
    const newest = { subject: ['y'], at: 1 };
    const live = [message('live'), message('once', { once }), message('newest', { newest })];
    await redis.publish([
      { ...publication('a', eventMessage('1'), ...live), deadline: past },
      { ...publication('b', eventMessage('2'), ...live), deadline: past + 60_000 },
      publication('c', eventMessage('3')),
    ]);
    await until('seven messages', () => redis.heard.length === 7);
    const payloads = texts(redis.heard).flatMap((said) => (said as { payload?: object }).payload ?? []);
    assert.deepEqual(payloads, [{ id: '1', late: true }, { id: '2' }, { id: '3' }]);
    assert.deepEqual(texts(redis.heard).slice(3, 6), ['live', 'once', 'newest']);
  });

  it('leaves keys that go by themselves', async () => {
    await using redis = await start();
    await redis.publish([
      publication(
        'a',
        message('1', { once: { words: ['x'], seconds: 60 } }),
        message('2', { newest: { subject: ['y'], at: 1 } }),
      ),
    ]);
    const keySets = [...(await redis.client.keys('*:said:*')), ...(await redis.client.keys('*:newest:*'))];
    // Of messages two, where a minute ends between two tries.
    assert.ok(keySets.length >= 2);
    for (const set of keySets) assert.ok((await redis.client.ttl(set)) > 0);
  });
});

describe('the live stream', () => {
  const entries = async ({ client }: { client: Redis }) =>
    (await client.xrange(nameLiveStream([LIST]), '-', '+')).map(([, fields]) => fields);

  it('has what is published, word for word and once; nothing else', async () => {
    await using redis = await start();
    const publish = publisherAt(redis.server.url, { liveMax: 100 });
    for (const _ of [1, 2])
      await publish([publication('a', eventMessage('1'), message('2')), publication('b', eventMessage('3'))]);
    assert.deepEqual(await entries(redis), [
      ['event', eventMessage('1').message],
      ['event', eventMessage('3').message],
    ]);
  });

  it('is not there unless it is asked for', async () => {
    await using redis = await start();
    await redis.publish([publication('a', eventMessage('1'))]);
    assert.deepEqual(await entries(redis), []);
  });

  it('keeps about as many as it shall', async () => {
    await using redis = await start();
    const publish = publisherAt(redis.server.url, { liveMax: 100 });
    for (let batch = 0; batch < 50; batch++)
      await publish(
        Array.from({ length: 10 }, (_, index) => publication(`${index}`, eventMessage(`${batch}:${index}`))),
      );
    // Redis trims whole nodes, of 100 entries unless configured otherwise.
    const { length } = await entries(redis);
    assert.ok(length >= 100 && length <= 200, `${length}`);
  });

  it('has nothing of what Redis refused to publish, and has it when it comes again', async () => {
    await using redis = await start();
    await redis.client.call('ACL', 'SETUSER', 'relay', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const publish = publisherAt(redis.server.url.replace('//', '//relay:secret@'), { liveMax: 100 });
    await publish([publication('a', eventMessage('1'))]);
    assert.deepEqual(await entries(redis), []);
    await redis.client.call('ACL', 'SETUSER', 'relay', 'allchannels');
    await publish([publication('a', eventMessage('1'))]);
    assert.deepEqual(await entries(redis), [['event', eventMessage('1').message]]);
  });

  it('that cannot be written to gives the event back, unpublished', async () => {
    await using redis = await start();
    await redis.client.set(nameLiveStream([LIST]), 'text');
    const publish = publisherAt(redis.server.url, { liveMax: 100 });
    const [refused] = await publish([publication('a', eventMessage('1'))]);
    assert.match(refused?.message ?? '', /WRONGTYPE/);
    await redis.client.del(nameLiveStream([LIST]));
    assert.deepEqual(await publish([publication('a', eventMessage('1'))]), [undefined]);
    await until('the message', () => redis.heard.length === 1);
  });
});

describe('a failure', () => {
  it('holds the rest of its group and nothing else', async () => {
    await using redis = await start();
    await redis.client.set('wrong', 'type');
    const batch = [
      publication('a', message('1')),
      publication('b', message('2')),
      publication('a', entry(1, 'wrong'), message('unsaid')),
      publication('a', message('held')),
      publication('b', message('3')),
    ];
    const outcomes = await redis.publish(batch);
    assert.deepEqual(
      outcomes.map((failure) => failure === undefined),
      [true, true, false, false, true],
    );
    await until('three messages', () => redis.heard.length === 3);
    assert.deepEqual(texts(redis.heard), ['1', '2', '3']);
  });

  it('leaves no deduplication key of what is unpublished', async () => {
    await using redis = await start();
    await redis.client.set('wrong', 'type');
    const batch = [
      publication('a', entry(1, 'wrong'), eventMessage('1')),
      publication('a', eventMessage('2')),
      publication('b', eventMessage('3')),
    ];
    await redis.publish(batch);
    await redis.client.del('wrong');
    assert.deepEqual(await redis.publish(batch), [undefined, undefined, undefined]);
    await until('all three', () => redis.heard.length === 3);
    assert.deepEqual(ids(redis.heard), ['3', '1', '2']);
  });

  it('of a deduplication key leaves no other key behind, and lets CDRs go on', async () => {
    await using redis = await start();
    const broken = [0, 1].map((turn) => `{${LIST}}:said:86400:${turn}`);
    for (const set of broken) await redis.client.set(set, 'in the way');
    const pop = message('pop', { once: { words: ['call'], seconds: 86400 } });
    const batch = [
      publication('a', entry(1), eventMessage('1'), pop),
      publication('a', eventMessage('2')),
      publication('b', eventMessage('3')),
    ];
    const failures = await redis.publish(batch);
    assert.deepEqual(
      failures.map((failure) => /WRONGTYPE|held/.exec(failure?.message ?? 'said')?.[0]),
      ['WRONGTYPE', 'held', undefined],
    );
    assert.equal(await redis.client.llen(LIST), 1);
    await redis.client.del(broken);
    assert.deepEqual(await redis.publish(batch), [undefined, undefined, undefined]);
    await until('all', () => redis.heard.length === 4);
    assert.deepEqual(ids(redis.heard.filter(({ message: said }) => said !== 'pop')), ['1', '3', '2']);
    assert.equal(await redis.client.llen(LIST), 1);
  });

  it('to remember is one before anything is published, also in the middle of a turn', async () => {
    await using redis = await start();
    const user = ['SETUSER', 'bridge', 'on', '>secret', '~*', '&*', '+@all'] as const;
    await redis.client.acl(...user);
    const publish = publisherAt(redis.server.url.replace('//', '//bridge:secret@'));
    await publish([publication('a', eventMessage('1'))]);
    await redis.client.acl(...user, '-sadd');
    const batch = [publication('a', eventMessage('2')), publication('b', message('3'))];
    for (const failure of await publish(batch)) assert.match(String(failure), /command/);
    await redis.client.acl(...user);
    assert.deepEqual(await publish(batch), [undefined, undefined]);
    await until('three', () => redis.heard.length === 3);
    assert.deepEqual(ids(redis.heard.slice(0, 2)), ['1', '2']);
    assert.equal(texts(redis.heard)[2], '3');
  });

  it('of a read-only replica is one of the whole batch: nothing is published to its few listeners', async () => {
    await using primary = await startTestRedis();
    await using replica = await start();
    await replica.client.replicaof('127.0.0.1', Number(new URL(primary.server.url).port));
    const publish = publisherAt(replica.server.url, { patience: 0 });
    await assert.rejects(
      inTime(() => publish([publication('a', message('1'))])),
      /READONLY/,
    );
    await replica.allHeard();
    assert.deepEqual(replica.heard, []);
  });

  it('to connect has its cause, and the next batch connects anew', async () => {
    const port = await freePort();
    const publish = publisherAt(`redis://127.0.0.1:${port}`, { patience: 0 });
    const connect = () => inTime(() => publish([publication('a', message('1'))]));
    await assert.rejects(connect, /ECONNREFUSED/);
    await assert.rejects(connect, /ECONNREFUSED/);
  });

  it('to log in has its cause', async () => {
    await using redis = await start();
    const url = redis.server.url.replace('//', '//bridge:wrong@');
    await assert.rejects(async () => publisherAt(url)([publication('a', message('1'))]), /WRONGPASS/);
  });
});

describe('a connection', () => {
  it('that died between two batches is replaced unnoticed', async () => {
    await using redis = await start();
    await redis.publish([publication('a', message('1'))]);
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    assert.deepEqual(await redis.publish([publication('a', message('2'))]), [undefined]);
    await until('two messages', () => redis.heard.length === 2);
  });

  it('survives a flush of the scripts', async () => {
    await using redis = await start();
    await redis.publish([publication('a', entry(1))]);
    await redis.client.script('FLUSH');
    assert.deepEqual(await redis.publish([publication('a', entry(1), entry(2))]), [undefined]);
    assert.equal(await redis.client.llen(LIST), 2);
  });

  it('carries a batch in one round trip', async () => {
    await using redis = await start();
    await redis.publish([publication('a', message('warm'))]);
    const calls = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1]);
    const batch = () =>
      Array.from({ length: 10 }, (_, index) => publication(`${index}`, entry(index), message(`${index}`)));
    // One that timed out is one more.
    await until('a batch in one call', async () => {
      const before = await calls();
      await redis.publish(batch());
      return (await calls()) === before + 1;
    });
  });
});

describe('a user with no more rights than docs/redis.md names', () => {
  it('is enough, on its own keys and channels only', async () => {
    await using redis = await start();
    const rights = grants('enigma:notifications', 'callcenter_events').filter((word) => word !== '+cluster');
    await redis.client.call('ACL', 'SETUSER', 'bridge', 'on', '>secret', ...rights);
    const publish = publisherAt(redis.server.url.replace('//', '//bridge:secret@'));
    const channels = ['enigma:notifications:agents:1002', 'callcenter_events'];
    const said = publication(
      'a',
      entry(1),
      message('1', { channels, once: { words: ['x'], seconds: 60 } }),
      message('2', { channels, newest: { subject: ['y'], at: 1 } }),
    );
    assert.deepEqual(await publish([said, said]), [undefined, undefined]);
    const [failure] = await publish([publication('a', message('1', { channels: ['elsewhere'] }))]);
    assert.match(String(failure), /can't publish|NOPERM/);
  });

  it('lacking any of them, then granted it, has published everything, and each CDR once', async () => {
    await using redis = await start();
    const rights = grants('enigma:notifications');
    const channel = 'enigma:notifications:queues';
    const user = ['SETUSER', 'bridge', 'on', '>secret'] as const;
    const url = redis.server.url.replace('//', '//bridge:secret@');
    const commands = rights.filter((word) => word.startsWith('+'));
    for (const [index, right] of commands.entries()) {
      await redis.client.acl(...user, 'reset', ...user.slice(2), ...rights, right.replace('+', '-'));
      const publish = publisherAt(url, { liveMax: 1_000 });
      const batch = [
        publication('a', entry(index), eventMessage(`a ${right}`, { channel })),
        publication('a', eventMessage(`b ${right}`, { channel })),
        publication(
          'b',
          message(`c ${right}`, { channels: [channel], once: { words: [right], seconds: 86400 } }),
        ),
        publication('c', message(`d ${right}`, { channels: [channel], newest: { subject: [right], at: 1 } })),
      ];
      const lacking = await publish(batch).catch(() => batch.map(() => new Error('all')));
      await redis.client.acl(...user, ...rights);
      const unsaid = batch.filter((_, place) => lacking[place] !== undefined);
      assert.deepEqual(
        await publish(unsaid),
        unsaid.map(() => undefined),
        right,
      );
    }
    const told = () => redis.heard.map(({ message: said }) => JSON.stringify(said)).join();
    for (const right of commands) {
      for (const letter of ['a', 'b', 'c', 'd'])
        await until(`${letter} ${right}`, () => told().includes(`"${letter} ${right}"`));
    }
    const cdrs = await redis.client.lrange(LIST, 0, -1);
    assert.deepEqual(new Set(cdrs), new Set(commands.map((_, index) => `"${index}"`)));
    assert.equal(cdrs.length, commands.length);
  });
});
