// Both clients hear what a whole bridge publishes, and read it again from the live stream: a gap in it is reported.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { LIST, languages, PYTHON, skipped } from '../../chaos/clients/programs.ts';
import { followEvents, type Gap } from '../../clients/node/src/live-stream.ts';
import type { EventMessage } from '../../clients/node/src/messages.ts';
import { subscribe } from '../../clients/node/src/subscribe.ts';
import { root } from '../../local/settings.ts';
import { fileText, payload, startStack, startTestRedis, TOKEN, until } from '../support/stack.ts';

const STREAM = `{${LIST}}:live`;
const BASE = 'enigma:notifications';
const names = ['bridged', 'leaving', 'agent_status'];

const [, rights = ''] = /^ACL SETUSER listener (.*)$/m.exec(await fileText('docs/worker.md')) ?? [];

/** A connection that ends with the test. */
function connect(url: string) {
  const client = new Redis(url);
  client.on('error', () => undefined);
  return { client, [Symbol.dispose]: () => client.disconnect() };
}

/** A user with the rights of docs/worker.md. */
async function grantListener(client: Redis, url: string): Promise<string> {
  assert.notEqual(rights, '');
  await client.call('ACL', 'SETUSER', 'listener', ...rights.split(' '));
  return url.replace('//', '//listener:a-password@');
}

type Stack = Awaited<ReturnType<typeof startStack>>;

async function postAll(stack: Stack): Promise<void> {
  for (const name of names) {
    const { status } = await stack.post('/hooks/webitel', JSON.stringify(await payload(name)), {
      'x-api-key': TOKEN,
    });
    assert.equal(status, 202);
  }
  await until('the events', async () => (await stack.client.xlen(STREAM)) === names.length);
}

/** What a subscriber to queue 42 and all agents hears of the examples, whatever the order of the calls. */
const channels = ['queues:42', 'agents:1003', 'agents:1003', 'queues:42'].map(
  (channel) => `${BASE}:${channel}`,
);

describe('a subscriber and a follower of the Node client', () => {
  it('hear the queue and the agents that they name, with their types', async () => {
    await using stack = await startStack({ LIVE: 'on' });
    using redis = connect(await grantListener(stack.client, stack.server.url));
    const heard: string[] = [];
    const resumed: number[] = [];
    const subscription = await subscribe(redis.client, {
      queues: ['42'],
      agents: 'all',
      onEvent: ({ payload }, channel) => heard.push(`${channel} ${payload.event} ${payload.id.length}`),
      onAgent: (message, channel) =>
        heard.push(
          `${channel} ${message.type === 'call' ? message.payload.call_ref : message.payload.status}`,
        ),
      onIncomplete: ({ payload }) => heard.push(`incomplete ${payload.call_ref}`),
      onUnknown: (text) => heard.push(text),
      onResumed: () => resumed.push(1),
    });
    try {
      await postAll(stack);
      await until('all', () => heard.length >= 4);
      assert.deepEqual(heard.toSorted(), [
        `${BASE}:agents:1003 918273`,
        `${BASE}:agents:1003 busy`,
        `${BASE}:queues:42 bridged 32`,
        `${BASE}:queues:42 leaving 32`,
      ]);
      await stack.client.call('CLIENT', 'KILL', 'USER', 'listener');
      await until('the second subscription', () => resumed.length > 0);
      await stack.client.publish(`${BASE}:queues:42`, '"no message"');
      await until('what is no message', () => heard.includes('"no message"'));
      const incomplete = { type: 'incomplete', payload: { call_ref: '7', incomplete: true } };
      await stack.client.publish(`${BASE}:queues:42`, JSON.stringify(incomplete));
      await until('a call that was given up', () => heard.includes('incomplete 7'));
    } finally {
      subscription.stop();
    }
  });

  it('read again what they missed, go on with what comes, and are told of a gap', async () => {
    await using stack = await startTestRedis();
    using redis = connect(await grantListener(stack.client, stack.server.url));
    const add = (id: string, text: string) => stack.client.xadd(STREAM, id, 'event', text);
    const event = (id: string) => JSON.stringify({ type: 'joined', payload: { id, event: 'joined' } });
    const followers: (() => Promise<unknown>)[] = [];
    const follow = (after?: string) => {
      const seen: string[] = [];
      const gaps: Gap[] = [];
      const stopping = new AbortController();
      const done = followEvents(redis.client, {
        list: LIST,
        ...(after !== undefined && { after }),
        onEvent: (message: EventMessage, id) => void seen.push(`${id} ${message.payload.id}`),
        onGap: (gap) => void gaps.push(gap),
        signal: stopping.signal,
      });
      const stop = () => {
        stopping.abort();
        return done;
      };
      followers.push(stop);
      return { seen, gaps, stop };
    };
    try {
      await add('5-0', event('a'));
      await add('6-0', '"no message"');
      await add('7-0', event('b'));
      const all = follow();
      await until('what was there', () => all.seen.length === 2);
      await add('8-0', event('c'));
      await until('what comes', () => all.seen.length === 3);
      assert.deepEqual(all.seen, ['5-0 a', '7-0 b', '8-0 c']);
      assert.deepEqual(all.gaps, []);
      // Cut off behind its back: 9 and 10 are gone before they are read.
      await stack.client
        .multi()
        .xadd(STREAM, '9-0', 'event', event('d'))
        .xadd(STREAM, '10-0', 'event', event('e'))
        .xadd(STREAM, '11-0', 'event', event('f'))
        .xtrim(STREAM, 'MAXLEN', 1)
        .exec();
      await until('what is left', () => all.seen.length === 4);
      assert.deepEqual(all.gaps, [{ after: '8-0', next: '11-0' }]);
      await add('12-0', event('g'));
      await until('what comes after the gap', () => all.seen.at(-1) === '12-0 g');
      assert.equal(await all.stop(), '12-0');

      const later = follow('11-0');
      await until('what was missed', () => later.seen.length === 1);
      assert.deepEqual([later.seen, later.gaps], [['12-0 g'], []]);
      // One that was taken out is no gap: what was before it is still there.
      await add('13-0', event('h'));
      await until('one more', () => later.seen.length === 2);
      await stack.client.xdel(STREAM, '13-0');
      await add('14-0', event('i'));
      await until('the next', () => later.seen.length === 3);
      assert.deepEqual(later.gaps, []);
      await stack.client.del(STREAM);
      await until('the gap', () => later.gaps.length === 1);
      await add('2-0', event('j'));
      await until('the new stream', () => later.seen.at(-1) === '2-0 j');
      assert.deepEqual(later.gaps, [{ after: '14-0', next: undefined }]);
      await later.stop();
    } finally {
      await Promise.all(followers.map((stop) => stop()));
    }
  });

  it('are refused with what Redis answers', async () => {
    await using stack = await startTestRedis();
    await stack.client.call('ACL', 'SETUSER', 'nobody', 'on', '>secret', '+info', '+hello');
    using redis = connect(stack.server.url.replace('//', '//nobody:secret@'));
    await assert.rejects(followEvents(redis.client, { list: LIST, onEvent: () => undefined }), /NOPERM/);
    await assert.rejects(subscribe(redis.client, { queues: ['42'] }), /NOPERM/);
  });
});

describe('a subscriber and a follower of the Python client', () => {
  it(`hear the same, and replay with gaps${skipped}`, { skip: !languages.includes('python') }, async () => {
    await using stack = await startStack({ LIVE: 'on' });
    const url = await grantListener(stack.client, stack.server.url);
    await stack.client.xadd(STREAM, '1-0', 'event', '{"type":"joined","payload":{"id":"first"}}');
    const child = spawn(
      PYTHON,
      ['-B', 'test/clients/events.py', JSON.stringify({ url, list: LIST, after: '0-5' })],
      {
        cwd: root,
        env: { ...process.env, PYTHONPATH: 'clients/python' },
      },
    );
    const lines: { channel?: string; id?: string; after?: string; event?: { payload: { id: string } } }[] =
      [];
    let errors = '';
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    try {
      await until('the gap and the first', () => {
        assert.equal(child.exitCode, null, errors);
        return lines.length === 2;
      });
      await until('the subscription', async () => Number(await stack.client.pubsub('NUMPAT')) > 1);
      assert.deepEqual(lines[0], { after: '0-5', next: '1-0' });
      assert.equal(lines[1]?.event?.payload.id, 'first');
      await stack.client.del(STREAM);
      await until('the second gap', () => lines.length === 3);
      await postAll(stack);
      await until('all', () => lines.length === 3 + names.length + channels.length);
      const heard = lines.flatMap(({ channel }) => channel ?? []);
      assert.deepEqual(heard.toSorted(), channels.toSorted());
      assert.deepEqual(
        lines.slice(3).flatMap(({ event }) => event?.payload.id.length ?? []),
        names.map(() => 32),
      );
    } finally {
      child.kill();
    }
  });
});
