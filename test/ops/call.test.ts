// The account of a call: its hooks, what they made, and where its CDR is.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { consumeCdrs } from '../../clients/node/src/consume-cdrs.ts';
import { noteHook } from '../../lib/publish/call.ts';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { enigma } from '../../lib/publish/dialects/enigma.ts';
import { reportIncomplete } from '../../lib/publish/incomplete.ts';
import { lifecycleMessage } from '../../lib/publish/lifecycle.ts';
import { nameCall } from '../../lib/redis/keys.ts';
import { exampleEvent, places } from '../support/dialect-suite.ts';
import { LIST, publisherAt } from '../support/publications.ts';
import { startTestRedis } from '../support/stack.ts';
import { startRunHere } from './run-here.ts';

/** Publishes examples of the attempt 918273 as the consumer does. @param liveMax 0: without the live stream */
async function say(url: string, names: readonly string[], liveMax: number): Promise<void> {
  const publish = publisherAt(url, { liveMax });
  for (const name of names) {
    const event = await exampleEvent(name);
    const call = noteHook(event);
    const made = speak(enigma, event, places);
    const cdrs = made.filter(({ kind }) => kind === 'cdr');
    const live = made.filter(({ kind }) => kind !== 'cdr');
    const notifications = [...cdrs, lifecycleMessage('enigma:notifications', event, false), ...live];
    const outcomes = await publish([{ group: 'a', notifications, ...(call && { call }) }]);
    assert.deepEqual(outcomes, [undefined], name);
  }
}

type Redis = Awaited<ReturnType<typeof startTestRedis>>;
type Run = Awaited<ReturnType<typeof startRunHere>>;

const ask = (run: Run, { server }: Redis, ...more: string[]) =>
  run.hookline('call', '918273', '--tenant', 'default', '--redis', server.url, ...more);

describe('hookline call', () => {
  it('has each hook, what it made, and where the CDR is: waiting, or popped', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere();
    const askOut = async () => (await ask(run, redis)).out;
    const others = { type: 'cdr', payload: { tenant: 'acme', attempt_id: '918273' } };
    await redis.client.lpush(LIST, JSON.stringify(others), 'not "918273" ours');
    await say(redis.server.url, ['joined', 'bridged'], 100);
    assert.match(await askOut(), /^it has not left$/m);
    await say(redis.server.url, ['leaving'], 100);
    const [head, joined, bridged, leaving, where] = (await askOut()).split('\n');
    assert.match(head ?? '', /^time +event +received +agent +made$/);
    assert.match(joined ?? '', /^2026-07-01 \d\d:00:00\.015 {2}joined +[+-]\d+\.\d s +queues:42$/);
    assert.match(bridged ?? '', /bridged .* 102 +queues:42, agents:1003 agent:1003, agents:1003 agent:1003$/);
    assert.match(leaving ?? '', /leaving .* CDR campaigns, queues:42$/);
    assert.equal(where, `CDR in ${LIST}: waits, 3 of 3 to be popped`);
    await redis.client.lpush(LIST, ...Array<string>(100_000).fill('newer'));
    assert.match(await askOut(), /pushed; it waits behind the newest of 100003, or was popped$/m);
    await redis.client.del(LIST);
    assert.match(await askOut(), /pushed, and popped since$/m);
  });

  it('says that a worker holds the CDR while it is handled, and that it is dead when its tries are used up', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere();
    const askOut = async () => (await ask(run, redis)).out;
    const others = [
      'no letter',
      JSON.stringify({ entry: 1 }),
      JSON.stringify({ entry: 'not "918273" ours' }),
    ];
    await redis.client.lpush(`{${LIST}}:dead`, ...others);
    await say(redis.server.url, ['leaving'], 0);
    const begun = Promise.withResolvers<void>();
    const fails = Promise.withResolvers<void>();
    const dead = Promise.withResolvers<void>();
    const stopping = new AbortController();
    await using running = new AsyncDisposableStack();
    running.defer(async () => {
      fails.resolve();
      stopping.abort();
      await worker;
    });
    const worker = consumeCdrs(redis.client, {
      list: LIST,
      name: 'billing',
      maxTries: 1,
      signal: stopping.signal,
      handle: () => {
        begun.resolve();
        return fails.promise;
      },
      onProgress: ({ type }) => type === 'dead' && dead.resolve(),
    });
    await begun.promise;
    assert.match(await askOut(), /: held by the worker billing:[0-9a-f]{8}$/m);
    fails.reject(new Error('no such account'));
    await dead.promise;
    assert.match(await askOut(), /: in the dead list \{enigma:notifications:campaigns\}:dead after 1 try$/m);
    const [cdr] = JSON.parse((await ask(run, redis, '--json')).out).cdrs;
    assert.equal(cdr.reason, 'no such account');
  });

  it('knows the hooks without a live stream, too, as long as the call is remembered', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere();
    await say(redis.server.url, ['joined', 'offering', 'missed'], 0);
    const { out, code } = await ask(run, redis);
    assert.equal(code, 0);
    assert.deepEqual(
      [...out.matchAll(/^2026-07-01 \S+ +(\w+) *(\d*)$/gm)].map(([, event, agent]) => [event, agent]),
      [
        ['joined', ''],
        ['offering', '101'],
        ['missed', '101'],
      ],
    );
    assert.match(out, /with LIVE=on the stream has more/);
    const json = await ask(run, redis, '--json');
    assert.deepEqual(
      JSON.parse(json.out).hooks.map(({ event }: { event: string }) => event),
      ['joined', 'offering', 'missed'],
    );
  });

  it('tells the record of a call that never left from its CDR, in the same list, too', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({}, {}, { INCOMPLETE_LISTS: 'campaigns' });
    await say(redis.server.url, ['joined', 'bridged'], 0);
    const name = JSON.stringify(['default', '918273']);
    const record = await redis.client.lrange(nameCall(LIST, name), 0, -1);
    const incomplete = { base: 'enigma:notifications', lists: [LIST], cdrList: LIST };
    const outcomes = await publisherAt(redis.server.url)([
      reportIncomplete({ name, record }, incomplete, Date.now()),
    ]);
    assert.deepEqual(outcomes, [undefined]);
    const never = `it never left, record in ${LIST}: waits, 1 of`;
    assert.equal(
      (await ask(run, redis)).out.split('\n').slice(-3).join('\n'),
      `${never} 1 to be popped\nCDR in ${LIST}: none was pushed\n`,
    );
    await say(redis.server.url, ['leaving'], 0);
    assert.equal(
      (await ask(run, redis)).out.split('\n').slice(-3).join('\n'),
      `${never} 2 to be popped\nCDR in ${LIST}: waits, 2 of 2 to be popped\n`,
    );
  });

  it('knows a call with more hooks than are remembered', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere();
    await say(redis.server.url, ['joined'], 0);
    await redis.client.rpush(nameCall(LIST, JSON.stringify(['default', '918273'])), '{"event":"full"}');
    const { out, code } = await ask(run, redis);
    assert.equal(code, 0);
    assert.match(out, /^2026-07-01 \S+ +joined/m);
  });

  it('of which nothing is known says so, and its exit code does', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere();
    const { out, code } = await run.hookline('call', '7', '--redis', redis.server.url);
    assert.deepEqual([out, code], [`no hook of it is known\nCDR in ${LIST}: none was pushed\n`, 1]);
  });
});
