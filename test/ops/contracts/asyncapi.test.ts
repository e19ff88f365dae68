// The description of what is published against what is really published, in Redis and on the sockets of the gateway.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { io } from 'socket.io-client';
import { parse } from 'yaml';
import { eventNames } from '../../../lib/event.ts';
import { reportIncomplete } from '../../../lib/publish/incomplete.ts';
import { completeMessage } from '../../../lib/publish/lifecycle.ts';
import { root } from '../../../local/settings.ts';
import { readGolden } from '../../../ops/contracts/golden.ts';
import { examples, places } from '../../support/dialect-suite.ts';
import { happened, NOW, STREAM, startLive } from '../../support/live.ts';
import { payload as readExample, startStack, until } from '../../support/stack.ts';

type Refs = Readonly<Record<string, { readonly $ref: string }>>;
type Parameter = { readonly default?: string; readonly examples?: readonly string[] };
type Description = {
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string;
        readonly parameters?: Readonly<Record<string, Parameter>>;
        readonly messages: Refs;
      }
    >
  >;
  readonly operations: Readonly<
    Record<string, { readonly action: string; readonly messages: readonly { readonly $ref: string }[] }>
  >;
  readonly components: {
    readonly messages: Readonly<
      Record<
        string,
        { readonly payload: object; readonly examples: readonly { readonly payload: unknown }[] }
      >
    >;
    readonly schemas: object;
  };
};

const text = readFileSync(join(root, 'contracts/asyncapi.yaml'), 'utf8');
const description: Description = parse(text);
const { channels, operations, components } = description;

// The schemas of AsyncAPI are those of draft 7.
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'messages', components: { schemas: components.schemas } });
const checks = new Map(
  Object.entries(components.messages).map(([name, { payload }]) => [
    name,
    ajv.compile(JSON.parse(JSON.stringify(payload).replaceAll('"#/', '"messages#/'))),
  ]),
);

/** The messages of a channel that a message fits. */
const findMessages = (channel: string, message: unknown): string[] =>
  Object.keys(channels[channel]?.messages ?? {}).filter((name) => checks.get(name)?.(message));

/** The channel of the description that an address belongs to, by its parameters; the longest address wins. */
const patterns = Object.entries(channels).map(([name, { address, parameters = {} }]) => {
  const pattern = address.replace(/\{(\w+)\}/g, (_, parameter: string) => {
    const { examples: [example] = [], default: fixed } = parameters[parameter] ?? {};
    const usual = fixed ?? example;
    if (parameter === 'agents') return '(?:agents|agent)';
    return usual === undefined ? '[^:]+' : usual.replace(/[{}]/g, '\\$&');
  });
  return [name, new RegExp(`^${pattern}$`)] as const;
});
const findChannel = (address: string) => patterns.find(([, pattern]) => pattern.test(address))?.[0] ?? 'none';

describe('the description of what is published', () => {
  it('is AsyncAPI 3.0, by the schema of the AsyncAPI Initiative', () => {
    const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json');
    const isAsyncApi = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    assert.ok(isAsyncApi(description), JSON.stringify(isAsyncApi.errors));
    assert.ok(!isAsyncApi({ ...description, channels: { x: { address: 1 } } }));
  });

  it('has only examples that fit their messages, and each message has one', () => {
    for (const [name, { examples: own }] of Object.entries(components.messages)) {
      assert.ok(own.length > 0, name);
      for (const { payload } of own)
        assert.ok(checks.get(name)?.(payload), `${name} ${JSON.stringify(payload)}`);
    }
  });

  it('fits every golden message, and has an example of each kind of them', () => {
    const golden = readGolden();
    assert.ok(golden.length > 3 * examples.length);
    for (const { message, payload, file } of golden) {
      const check = checks.get(message);
      assert.ok(check?.(payload), `${file} ${message} ${JSON.stringify(check?.errors)}`);
      assert.ok(Object.hasOwn(components.messages, message), message);
    }
  });

  it('names of every message who sends it, on a channel that has it', () => {
    const used = Object.values(operations).flatMap(({ messages }) =>
      messages.map(({ $ref }) => $ref.split('/').at(-1)),
    );
    assert.deepEqual([...new Set(used)].sort(), Object.keys(components.messages).sort());
    const received = Object.values(operations).filter(({ action }) => action === 'receive');
    assert.deepEqual(
      received.flatMap(({ messages }) => messages.map(({ $ref }) => $ref.split('/').at(-1))),
      ['Ping', 'Command', 'init'],
    );
  });
});

describe('what is published in Redis', () => {
  it('of a call that never left fits, whichever hook was its newest, and where none is known', async () => {
    const known = { base: 'b', lists: ['b:incomplete'], cdrList: 'b:campaigns' };
    const newest = readGolden().filter(
      ({ message, payload }) =>
        eventNames.some((event) => event === message) && Object(payload).payload.channel === 'call',
    );
    for (const text of ['', ...newest.map(({ payload }) => JSON.stringify(payload))]) {
      const call = { name: '["default","918273"]', record: [text] };
      const [entry, message] = reportIncomplete(call, known, 9).notifications;
      assert.ok(entry?.kind === 'cdr' && message);
      const completed = JSON.parse(completeMessage(entry.message, entry.lacking));
      assert.deepEqual(findMessages('incompleteCdrs', completed), ['incompleteCdr'], text);
      assert.deepEqual(findMessages('queue', JSON.parse(message.message)), ['incomplete'], text);
    }
  });

  it('fits the messages of its channel, its list or its stream, whatever example is posted', async () => {
    await using stack = await startStack({
      LIVE: 'on',
      DIALECTS: 'enigma,newfies',
      NOTIFY_TTL: '3600',
      QUEUES: '{"42":{"name":"sales","direction":"inbound"}}',
    });
    // Two examples are the same event.
    const ids = new Set<unknown>();
    const payloads = await Promise.all(examples.map(readExample));
    const inOrder = payloads.toSorted((a, b) => Number(a['timestamp'] ?? 0) - Number(b['timestamp'] ?? 0));
    for (const payload of inOrder) {
      const { status, body } = await stack.post('/hooks/webitel', JSON.stringify(payload));
      assert.equal(status, 202);
      ids.add(body['id']);
    }
    await until('every event', async () => (await stack.client.xlen(STREAM)) === ids.size);
    const heard = (await stack.allHeard()).map(
      ({ channel, message }) => [findChannel(channel), message] as const,
    );
    const [list = ''] = places.cdrLists;
    const entries = (await stack.client.lrange(list, 0, -1)).map((entry) => JSON.parse(entry));
    const keys = new Set(entries.flatMap(({ payload }) => Object.keys(payload)));
    const { properties } = Object(components.schemas).Cdr;
    const unknown = [...keys].filter((key) => !Object.hasOwn(properties, key));
    assert.deepEqual(unknown, [], 'name them in callFigures of lib/publish/dialects/enigma-messages.ts');
    assert.ok(keys.has('talk_seconds') && keys.has('agents_offered'), [...keys].join());
    const kepts = (await stack.client.xrange(STREAM, '-', '+')).map(([, [name = '', value]]) => ({
      [name]: value,
    }));
    const published = [
      ...heard,
      ...entries.map((entry) => [findChannel(list), entry] as const),
      ...kepts.map((entry) => [findChannel(STREAM), entry] as const),
    ];
    for (const [channel, message] of published)
      assert.equal(findMessages(channel, message).length, 1, `${channel} ${JSON.stringify(message)}`);
    assert.deepEqual([...new Set(published.map(([channel]) => channel))].sort(), [
      'agent',
      'cdrs',
      'live',
      'newfies',
      'noQueue',
      'queue',
    ]);
    for (const { event = '' } of kepts) assert.equal(findMessages('queue', JSON.parse(event)).length, 1);
  });
});

describe('what the gateway sends', () => {
  it('to clients of XiVO xuc fits the messages of its channel, and has each of them', async () => {
    await using live = await startLive();
    const login = await fetch(`${live.url}/xuc/api/2.0/auth/login`, {
      method: 'POST',
      body: '{"login":"admin","password":"secret"}',
    });
    const { token } = Object(await login.json());
    const url = `${live.url.replace('http', 'ws')}${channels['xuc']?.address}?token=`;
    const heard = new Set<string>();
    const wrong: unknown[] = [];
    const listen = (good: string) => {
      const socket = new WebSocket(url + good);
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(String(data));
        // A ping and its answer are the same.
        const names = findMessages('xuc', message).filter((name) => name !== 'Ping');
        if (names.length === 1) heard.add(names[0] ?? '');
        else wrong.push(message);
      };
      return socket;
    };
    listen('wrong');
    const socket = listen(token);
    await until('the profile', () => heard.has('RightProfile'));
    for (const name of examples) await live.say(await happened(name, { timestamp: NOW - 1_000 }));
    await until('the statistics of queues', () => heard.has('QueueStatistics'));
    for (const { payload } of [
      ...(components.messages['Command']?.examples ?? []),
      { payload: { claz: 'ping' } },
      { payload: { claz: 'web', command: 'getAgentDirectory' } },
      { payload: { claz: 'web', command: 'agentLogin' } },
      ...['agent', 'agentgroup', 'queue', 'queuemember'].map((objectType) => ({
        payload: { claz: 'web', command: 'getList', objectType },
      })),
    ])
      socket.send(JSON.stringify(payload));
    const sent = Object.keys(channels['xuc']?.messages ?? {}).filter(
      (name) => name !== 'Ping' && name !== 'Command',
    );
    await until('every message', () => sent.every((name) => heard.has(name)) || wrong.length > 0);
    assert.deepEqual(wrong, []);
    socket.close();
  });

  it('to clients of Axialys fits its message', async () => {
    await using live = await startLive();
    const credentials = { login: 'admin', password: 'secret', account_type: 'supervisor' };
    const login = await fetch(`${live.url}/ws/`, {
      method: 'POST',
      headers: { 'x-json': JSON.stringify({ requete: 'init', header: credentials, msg: {} }) },
    });
    const { target, id_session } = Object(await login.json());
    const init = ['supervisor', target, id_session];
    assert.ok(checks.get('init')?.(init));
    const socket = io(live.url, { path: channels['axialys']?.address ?? '', forceNew: true });
    const updates: unknown[] = [];
    socket.on('update', (update: unknown) => updates.push(update));
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    socket.emit('init', ...init);
    let attempt = 0;
    await until('the client to listen', async () => {
      await live.say(await happened('joined', { attempt_id: `${++attempt}` }));
      return updates.length > 0;
    });
    for (const name of examples) await live.say(await happened(name));
    await until('the last', () => updates.some((update) => Object(update).event.event === 'logout'));
    for (const update of updates)
      assert.deepEqual(findMessages('axialys', update), ['update'], JSON.stringify(update));
    socket.close();
  });
});
