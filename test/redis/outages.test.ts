// What can happen to Redis: each has an outcome, and a log line with the cause and the remedy.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import type { Redis } from 'ioredis';
import { CdrWaits, type Publish } from '../../lib/publish/publication.ts';
import { nameLiveStream } from '../../lib/redis/keys.ts';
import { createPublisher, type Tally } from '../../lib/redis/publisher.ts';
import { findRemedy } from '../../lib/redis/remedies.ts';
import { bundle } from '../../local/bundle.ts';
import { freePort } from '../../local/free-port.ts';
import { scratch } from '../../local/scratch.ts';
import { root } from '../../local/settings.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { inTime } from '../support/in-time.ts';
import { ownTime } from '../support/own-time.ts';
import { entry, eventMessage, LIST, message, publication, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

const OTHER = 'billing:cdr';

/** Why a batch failed, as a whole or in its first event. */
async function failureOf(
  publish: Publish,
  batch = [publication('a', entry(1), message('1'))],
): Promise<Error> {
  const outcomes = await publish(batch).catch((error: Error) => [error]);
  const [failure] = outcomes;
  assert.ok(failure, 'it fails');
  return failure;
}
const assertExplained = (failure: Error, cause: RegExp, remedy: RegExp) => {
  assert.match(`${failure.message} ${'code' in failure ? failure.code : ''}`, cause);
  assert.match(findRemedy(failure) ?? '', remedy);
};
/** Without patience for a Redis that is away. */
const hurriedAt = (url: string, more = {}) => publisherAt(url, { patience: 0, ...more });
/** The same, for a Redis that answers: it has the time to. */
const hastyAt = (url: string, more = {}): Publish => {
  const publish = hurriedAt(url, more);
  return (batch) => inTime(() => publish(batch));
};
const entries = (client: Redis, list = LIST) => client.lrange(list, 0, -1);

describe('a Redis that is', () => {
  it('gone: the batch fails at once', async () => {
    assertExplained(
      await failureOf(hastyAt(`redis://127.0.0.1:${await freePort()}`)),
      /ECONNREFUSED/,
      /cannot be reached/,
    );
    assertExplained(
      await failureOf(hastyAt('redis://no-such-host.invalid')),
      /ENOTFOUND|EAI_AGAIN/,
      /cannot be reached/,
    );
  });

  it("frozen: the batch fails with time to spare in the consumer's 10 s, and the next is published once Redis thaws", async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url);
    const hasty = hurriedAt(redis.server.url);
    await inTime(() => hasty([publication('a', entry(1))]));
    process.kill(redis.server.pid, 'SIGSTOP');
    const failure = await Promise.race([failureOf(hasty, [publication('a', entry(2))]), ownTime(10_000)]);
    process.kill(redis.server.pid, 'SIGCONT');
    assert.ok(failure, 'it fails in time');
    assertExplained(failure, /timed out/, /does not answer/);
    assert.deepEqual(await publish([publication('a', entry(2), entry(3))]), [undefined]);
    assert.deepEqual((await entries(redis.client)).sort(), ['"1"', '"2"', '"3"']);
  });

  it('frozen: a live message that it says when it thaws comes too late, and is not published', async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url);
    const hasty = hurriedAt(redis.server.url);
    const first = { ...publication('a', message('first')), deadline: Date.now() + 60_000 };
    await inTime(() => hasty([first]));
    process.kill(redis.server.pid, 'SIGSTOP');
    const stale = { ...publication('a', entry(1), message('stale')), deadline: Date.now() + 500 };
    await failureOf(hasty, [stale]);
    process.kill(redis.server.pid, 'SIGCONT');
    await until('the CDR that was under way', async () => (await entries(redis.client)).length === 1);
    await publish([publication('b', message('last'))]);
    await redis.allHeard();
    assert.deepEqual(
      redis.heard.map(({ message: text }) => text),
      ['first', 'last'],
    );
  });

  it('a replica: the whole batch fails', async () => {
    await using primary = await startTestRedis();
    await using replica = await startTestRedis();
    await replica.client.replicaof('127.0.0.1', Number(new URL(primary.server.url).port));
    assertExplained(await failureOf(hastyAt(replica.server.url)), /READONLY/, /primary/);
  });

  it('out of memory: only the CDR waits; all else is published, once, however often the event comes', async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url, { liveMax: 100 });
    await publish([publication('a', entry(1))]);
    await redis.client.config('SET', 'maxmemory', '1');
    const batch = [
      publication('a', entry(2), eventMessage('1'), message('of the same event')),
      publication('a', eventMessage('2')),
      publication('a', entry(1)),
      publication('b', message('call')),
      publication('c', message('status', { newest: { subject: ['y'], at: 1 } })),
    ];
    for (const _ of [1, 2, 3]) {
      const [waiting, ...others] = await publish(batch);
      assert.ok(waiting instanceof CdrWaits);
      assertExplained(waiting, /OOM/, /maxmemory/);
      assert.deepEqual(
        others,
        others.map(() => undefined),
      );
    }
    await redis.client.config('SET', 'maxmemory', '0');
    assert.deepEqual(await publish(batch), [undefined, undefined, undefined, undefined, undefined]);
    assert.deepEqual(await entries(redis.client), ['"2"', '"1"']);
    await redis.allHeard();
    assert.equal(redis.heard.length, 5);
    assert.equal(await redis.client.xlen(nameLiveStream([LIST])), 2);
  });

  it('out of memory, and a replica as well: the whole batch fails', async () => {
    await using primary = await startTestRedis();
    await using replica = await startTestRedis();
    await replica.client.config('SET', 'maxmemory', '1');
    await replica.client.replicaof('127.0.0.1', Number(new URL(primary.server.url).port));
    assertExplained(await failureOf(hastyAt(replica.server.url)), /READONLY/, /primary/);
  });

  it('holding another type at the list, or at a marker: that CDR waits, others do not', async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url, { cdrLists: [LIST, OTHER] });
    await redis.client.set(OTHER, 'in the way');
    assertExplained(
      await failureOf(publish, [publication('a', entry(1), entry(1, OTHER))]),
      /WRONGTYPE/,
      /CDR_LISTS/,
    );
    await redis.client.del(OTHER);
    await redis.client.set(`{${LIST}}:seen:default:1`, 'in the way');
    assert.match(String(await failureOf(publish, [publication('b', entry(512))])), /WRONGTYPE/);
    // The list that had its CDR before the other failed gets it no second time.
    assert.deepEqual(await publish([publication('a', entry(1), entry(1, OTHER))]), [undefined]);
    assert.deepEqual([await entries(redis.client), await entries(redis.client, OTHER)], [['"1"'], ['"1"']]);
  });

  it('denying a right: the event waits', async () => {
    await using redis = await startTestRedis();
    await redis.client.call('ACL', 'SETUSER', 'bridge', 'on', '>secret', '~*', '&*', '+@all', '-lpush');
    assertExplained(
      await failureOf(hastyAt(redis.server.url.replace('//', '//bridge:secret@'))),
      /command/,
      /ACL user lacks/,
    );
    await redis.client.call('ACL', 'SETUSER', 'bridge', '-evalsha');
    assertExplained(
      await failureOf(hastyAt(redis.server.url.replace('//', '//bridge:secret@'))),
      /NOPERM/,
      /ACL user lacks/,
    );
  });

  it('asking for another password, or for one at all: the batch fails', async () => {
    await using redis = await startTestRedis();
    await redis.client.config('SET', 'requirepass', 'secret');
    assertExplained(
      await failureOf(hastyAt(redis.server.url.replace('//', '//:wrong@'))),
      /WRONGPASS/,
      /password/,
    );
    assertExplained(await failureOf(hastyAt(redis.server.url)), /NOAUTH/, /password/);
  });

  it('a cluster when none was expected, or none when one was: the batch fails', async () => {
    await using clustered = await startTestRedis([
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      `${await freePort()}`,
    ]);
    await clustered.client.cluster('ADDSLOTS', 0);
    await clustered.client.config('SET', 'cluster-require-full-coverage', 'no');
    await until('the cluster', async () =>
      String(await clustered.client.cluster('INFO')).includes('cluster_state:ok'),
    );
    assertExplained(await failureOf(hastyAt(clustered.server.url)), /CLUSTERDOWN|MOVED/, /cluster/);
    await using single = await startTestRedis();
    assertExplained(
      await failureOf(hastyAt(single.server.url, { cluster: true })),
      /cluster/i,
      /REDIS_CLUSTER=false/,
    );
  });

  it('speaking TLS when it should not, or not when it should: the batch fails', async () => {
    await using redis = await startTestRedis();
    assertExplained(
      await failureOf(hurriedAt(redis.server.url.replace('redis:', 'rediss:'))),
      // Whichever is noticed first: no handshake, or no answer.
      /ETIMEDOUT|timed out/,
      /redis:\/\//,
    );
    const secure = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const address = secure.address();
    assert.ok(address !== null && typeof address !== 'string');
    assertExplained(
      await failureOf(hastyAt(`redis://127.0.0.1:${address.port}`)),
      /ECONNRESET|EPIPE|closed/,
      /rediss:\/\//,
    );
    secure.close();
  });
});

describe('a Redis with TLS', () => {
  it('is spoken to when its authority is known, and refused with the remedy when not', async () => {
    const tls = (name: string) => join(root, 'test/tls', name);
    const port = await freePort();
    await using _redis = await startTestRedis([
      '--tls-port',
      `${port}`,
      '--tls-cert-file',
      tls('cert.pem'),
      '--tls-key-file',
      tls('key.pem'),
      '--tls-auth-clients',
      'no',
    ]);
    await using folder = await scratch();
    await bundle(folder.path);
    const body = JSON.stringify(await exampleEvent('joined'));
    const script = `import { handler } from '${join(folder.path, 'consumer/consumer.mjs')}';
      await handler({ Records: [{ messageId: '1', attributes: {}, body: ${JSON.stringify(body)} }] });
      process.exit();`;
    const lines = async (env: NodeJS.ProcessEnv) => {
      const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
        env: { REDIS_URL: `rediss://localhost:${port}`, ...env },
      });
      return (await run).stdout;
    };
    assert.match(
      await lines({ NODE_EXTRA_CA_CERTS: tls('cert.pem') }),
      /"relayed","events":\[\{"id":".*"published":1,.*"given_back":0/,
    );
    const refused = await lines({});
    assert.match(refused, /"given back".*"error":\{"name":"Error","message":"self-signed certificate/);
    assert.match(refused, /"remedy":"the certificate is not trusted/);
  });
});

describe('a list at CDR_LIST_MAX', () => {
  it('refuses, is never trimmed, and takes the waiting CDR when there is room', async () => {
    await using redis = await startTestRedis();
    const tallies: Tally[] = [];
    const destination = {
      url: redis.server.url,
      cluster: false,
      cdrLists: [LIST, OTHER],
      listMax: 2,
      liveMax: 0,
      remember: true,
      replicas: 0,
      patience: 30_000,
    };
    const publish = createPublisher(destination, (tally) => tallies.push(tally));
    await publish([publication('a', entry(1), entry(1, OTHER)), publication('b', entry(2), entry(2, OTHER))]);
    assert.equal(await redis.client.rpop(OTHER), '"1"');
    const batch = [
      publication('c', entry(3, OTHER), entry(3), eventMessage('leaving')),
      publication('c', message('behind it')),
      publication('d', message('others go on')),
    ];
    const [failure, ...others] = await publish(batch);
    assert.ok(failure instanceof CdrWaits);
    assertExplained(failure, /^FULL enigma:notifications:campaigns /, /CDR_LIST_MAX/);
    assert.equal(tallies.at(-1)?.listLength, 2);
    assert.deepEqual(others, [undefined, undefined]);
    // A CDR that is in the list already is no reason to refuse.
    assert.deepEqual(await publish([publication('a', entry(1), entry(1, OTHER))]), [undefined]);
    await publish(batch);
    assert.equal(await redis.client.rpop(LIST), '"1"');
    assert.deepEqual(await publish(batch), [undefined, undefined, undefined]);
    await redis.allHeard();
    assert.equal(redis.heard.length, 3);
    assert.deepEqual(
      [await entries(redis.client), await entries(redis.client, OTHER)],
      [
        ['"3"', '"2"'],
        ['"3"', '"2"'],
      ],
    );
  });
});

describe('REDIS_WAIT_REPLICAS', () => {
  it('counts a CDR as delivered only when the replica has it: frozen, that CDR waits, and nothing else', async () => {
    await using primary = await startTestRedis();
    await using replica = await startTestRedis();
    await replica.client.replicaof('127.0.0.1', Number(new URL(primary.server.url).port));
    await until('the replica', async () =>
      (await primary.client.info('replication')).includes('state=online'),
    );
    const publish = publisherAt(primary.server.url, { replicas: 1 });
    // A busy replica may need longer than is waited for.
    const first = [publication('a', entry(1))];
    await until('the CDR on both', async () => (await publish(first))[0] === undefined);
    assert.deepEqual(await entries(replica.client), ['"1"']);

    process.kill(replica.server.pid, 'SIGSTOP');
    const batch = [
      publication('a', entry(2)),
      publication('a', message('behind it')),
      publication('b', message('no CDR')),
    ];
    for (const _ of [1, 2]) {
      // On a connection of its own each time, as from another sandbox: the marker is there, and must be written again.
      const [failure, behind, other] = await publisherAt(primary.server.url, { replicas: 1 })(batch);
      assert.ok(failure instanceof CdrWaits);
      assertExplained(failure, /NOREPLICAS 0 of 1/, /INFO replication/);
      assert.equal(behind, undefined);
      assert.equal(other, undefined);
    }
    process.kill(replica.server.pid, 'SIGCONT');
    await until('the CDR on the replica', async () =>
      (await publish(batch)).every((outcome) => outcome === undefined),
    );
    assert.deepEqual(await entries(primary.client), ['"2"', '"1"']);
    assert.deepEqual(await entries(replica.client), ['"2"', '"1"']);
  });

  it('asks nobody for a batch without a CDR', async () => {
    await using redis = await startTestRedis();
    assert.deepEqual(await publisherAt(redis.server.url, { replicas: 1 })([publication('a', message('1'))]), [
      undefined,
    ]);
    assert.doesNotMatch(await redis.client.info('commandstats'), /cmdstat_wait/);
  });
});
