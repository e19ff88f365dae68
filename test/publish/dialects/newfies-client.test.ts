// Clients of Newfies-Dialer, unchanged, on the channel they know: through the whole bridge, beside Enigma's.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import { grants } from '../../support/acl.ts';
import { examineInTime } from '../../support/in-time.ts';
import { fileText, payload, startStack, TOKEN, until } from '../../support/stack.ts';

type Stack = Awaited<ReturnType<typeof startStack>>;
type Golden = { readonly channel: string; readonly message: unknown };

const both = { DIALECTS: 'enigma,newfies' };

const post = async (stack: Stack, name: string, fields: object = {}) => {
  const body = JSON.stringify({ ...(await payload(name)), ...fields });
  assert.equal((await stack.post('/hooks/webitel', body)).status, 202);
};
const golden = async (name: string): Promise<Golden[]> =>
  JSON.parse(await fileText(`test/golden/newfies/${name}.json`));
const scriptCalls = async (client: Redis) =>
  Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);

describe('a bridge that speaks Enigma and Newfies-Dialer', () => {
  it('says both of an event in one call of the script', async () => {
    await using stack = await startStack(both);
    await post(stack, 'offering');
    await until('the offering', () => stack.heard.length === 2);
    assert.deepEqual(stack.heard.slice(1), await golden('offering'));
    await post(stack, 'bridged');
    await until('the bridged', () => stack.heard.length === 8);
    const channels = ['queues:42', 'agents:1003', 'agent:1003', 'agents:1003', 'agent:1003'];
    assert.deepEqual(
      stack.heard.slice(2).map(({ channel }) => channel),
      [...channels.map((channel) => `enigma:notifications:${channel}`), 'callcenter_events'],
    );
    assert.deepEqual(stack.heard.slice(7), await golden('bridged'));
    let attempt = 0;
    // A call that timed out is repeated.
    await until('one call', async () => {
      const [heard, calls] = [stack.heard.length, await scriptCalls(stack.client)];
      await post(stack, 'bridged', { attempt_id: ++attempt });
      await until('another bridged', () => stack.heard.length === heard + 6);
      return (await scriptCalls(stack.client)) === calls + 1;
    });
  });

  it('connects a call once per leg, and offers it as often as Webitel does', async () => {
    await using stack = await startStack(both);
    const times = ['1782900000001', '1782900000002'];
    for (const name of ['offering', 'bridged'])
      for (const timestamp of times) await post(stack, name, { timestamp });
    await post(stack, 'leaving');
    await until('the leaving behind them', () =>
      stack.heard.some(({ message }) => (message as { type?: unknown }).type === 'leaving'),
    );
    const said = stack.heard.filter(({ channel }) => channel === 'callcenter_events');
    assert.deepEqual(
      said.map(({ message }) => Object.keys(message as object)[0]),
      ['Offering-Call-Agent:', 'Offering-Call-Agent:', 'Connected-Call-Agent:'],
    );
  });

  it('says nothing to clients of Newfies-Dialer unless DIALECTS names it', async () => {
    await using stack = await startStack();
    await post(stack, 'offering');
    await post(stack, 'joined');
    await until('both', () => stack.heard.length === 2);
    assert.deepEqual(
      stack.heard.map(({ channel }) => channel),
      Array(2).fill('enigma:notifications:queues:42'),
    );
  });
});

describe('the rights of a bridge', () => {
  it('are missed by the doctor, and there once granted as docs/redis.md says', async () => {
    await using stack = await startStack();
    const rights = async (...granted: string[]) => {
      const examiner = ['+acl|whoami', '+acl|dryrun', '+ping'];
      await stack.client.call('ACL', 'SETUSER', 'bridge', 'reset', 'on', '>secret', ...granted, ...examiner);
      const target = {
        sqs: stack.queue,
        urls: stack.bridge.sqs.queues,
        tenant: 'default',
        queues: {},
        door: undefined,
        token: TOKEN,
        redis: stack.server.url.replace('//', '//bridge:secret@'),
      };
      const base = 'enigma:notifications';
      const said = {
        base,
        lists: [`${base}:campaigns`],
        incompleteLists: [],
        listMax: 0,
        stream: `{${base}:campaigns}:live`,
        channels: ['acme_events'],
        cluster: false,
      };
      const findings = await examineInTime(target, said);
      return findings.find(({ check }) => check === 'rights');
    };
    const missing = await rights(...grants('enigma:notifications'));
    assert.deepEqual([missing?.state, missing?.detail], ['failed', 'bridge may not PUBLISH acme_events']);
    const all = grants('enigma:notifications', 'acme_events');
    assert.equal((await rights(...all))?.state, 'good');
    const unwritten = await rights(...all, '-xadd');
    assert.equal(unwritten?.detail, 'bridge may not XADD {enigma:notifications:campaigns}:live');
    // Without these the doctor itself can't look.
    const commands = all.filter(
      (word) => word.startsWith('+') && !['+hello', '+info', '+llen', '+cluster'].includes(word),
    );
    for (const right of commands) {
      const { state, detail = '' } = (await rights(...all, right.replace('+', '-'))) ?? {};
      assert.equal(state, 'failed', right);
      assert.match(detail, new RegExp(`may not ${right.slice(1)}\\b`, 'i'));
    }
  });
});

const PYTHON = '/usr/bin/python3';
const missing = spawnSync(PYTHON, ['-c', 'import redis']).status !== 0;
const reason = missing ? ` (skipped: ${PYTHON} has no redis, apt-get install python3-redis)` : '';

describe("the page's own subscriber", () => {
  it(`hears calls and statuses${reason}`, { skip: missing }, async () => {
    await using stack = await startStack(both);
    const { hostname, port } = new URL(stack.server.url);
    const page = await fileText('test/publish/dialects/newfies-subscriber.py');
    const script = page.replace("'localhost'", `'${hostname}'`).replace('6379', port);
    const subscriber = spawn(PYTHON, ['-u', '-c', script]);
    let output = '';
    for (const stream of [subscriber.stdout, subscriber.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    try {
      await until('the subscription', () => output.includes("'type': 'subscribe'") || subscriber.exitCode);
      const names = ['offering', 'bridged', 'agent_status-offline'];
      for (const [index, name] of names.entries()) {
        await post(stack, name);
        await until(name, () => output.split("'type': 'message'").length > index + 1 || subscriber.exitCode);
      }
      const said = [...output.matchAll(/'channel': b'(\w+)', 'data': b'(\{.*\})'\}$/gm)].map(
        ([, channel, data = '']) => ({ channel, message: JSON.parse(data) }),
      );
      assert.deepEqual(said, (await Promise.all(names.map(golden))).flat(), output);
    } finally {
      subscriber.kill();
    }
  });
});
