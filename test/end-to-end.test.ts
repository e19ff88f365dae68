// The real bundles, over real HTTP, the SQS protocol and a real Redis, as an admin and an Enigma client see them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { makeMessage } from '../lib/queue/sqs.ts';
import { exampleEvent, examples, places } from './support/dialect-suite.ts';
import { fileText, payload, startStack, until } from './support/stack.ts';

const run = promisify(execFile);
const LIST = 'enigma:notifications:campaigns';

type Stack = Awaited<ReturnType<typeof startStack>>;
type Golden = { channel?: string; list?: string; message?: Words; entry?: Words };
type Words = { type: string; payload: Record<string, unknown> };

describe('every example payload', () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ QUEUES: '{"51":{"name":"winback","direction":"outbound"}}' });
  });
  after(() => stack[Symbol.asyncDispose]());

  /** One attempt for each form, so that nothing is a duplicate; and a time that only grows. */
  let attempt = 10n ** 15n;
  const forms: Record<string, (fields: Record<string, unknown>) => [body: string, type: string]> = {
    'object template': (fields) => [
      JSON.stringify({ agent_name: '', member_id: '', ...fields }),
      'application/json',
    ],
    'text template': (fields) => [textTemplate(fields), 'text/plain'],
    form: (fields) => [
      new URLSearchParams(fields as Record<string, string>).toString(),
      'application/x-www-form-urlencoded',
    ],
  };

  /** Known numbers without their quotes, as a careful author writes them. */
  function textTemplate(fields: Record<string, unknown>): string {
    const bare =
      /^(attempt_id|.*_at|timestamp|queue_id|agent_id|user_id|member_id|call_.*_sec|call_duration|use_processing)$/;
    const written = Object.entries(fields).map(
      ([name, value]) => `"${name}": ${bare.test(name) && value !== '' ? value : JSON.stringify(value)}`,
    );
    return `{${written.join(',\n')}}`;
  }

  for (const example of examples) {
    for (const [form, write] of Object.entries(forms)) {
      it(`${example} as ${form} is said as its golden file has it`, async () => {
        const golden: Golden[] = JSON.parse(await fileText(`test/golden/enigma/${example}.json`));
        const fields = { ...(await payload(example)), ...(await fresh(example)) };
        const [body, type] = write(fields);
        const marks = [stack.heard.length, await stack.client.llen(LIST)] as const;
        const answered = await stack.post('/hooks/webitel', body, { 'content-type': type });
        assert.equal(answered.status, 202, JSON.stringify(answered.body));
        const expected = golden.map((said) => renamed(said, fields, answered.body['id']));
        await until(
          'all that is said',
          () => stack.heard.length >= marks[0] + expected.filter(({ channel }) => channel).length,
        );
        const entries = (await stack.client.lrange(LIST, 0, -1 - marks[1])).map((text) => ({
          list: LIST,
          entry: JSON.parse(text),
        }));
        const said = [...stack.heard.slice(marks[0]), ...entries] as Golden[];
        assert.deepEqual(said.map(timeless), expected.map(timeless));
      });
    }
  }

  async function fresh(example: string): Promise<Record<string, string>> {
    attempt += 1n;
    const { attempt_id, timestamp } = await payload(example);
    return {
      ...(attempt_id !== undefined && { attempt_id: `${attempt}` }),
      // The agents' guards remember the newest; each form comes later than the one before.
      ...(timestamp !== undefined && { timestamp: `${BigInt(1_800_000_000_000) + attempt - 10n ** 15n}` }),
    };
  }

  /** The golden words with this run's attempt, time and id in the place of the example's. */
  function renamed(said: Golden, fields: Record<string, unknown>, id: unknown): Golden {
    const words = said.message ?? said.entry;
    assert.ok(words);
    const given: Record<string, unknown> = {
      attempt_id: fields['attempt_id'],
      call_ref: fields['attempt_id'],
      timestamp: Number(fields['timestamp']),
      id,
    };
    const payload = Object.fromEntries(
      Object.entries(words.payload).map(([name, value]) => [name, name in given ? given[name] : value]),
    );
    return said.message
      ? { ...said, message: { ...words, payload } }
      : { ...said, entry: { ...words, payload } };
  }

  function timeless(said: Golden): Golden {
    const words = said.message ?? said.entry;
    assert.ok(words);
    const payload = 'received_at' in words.payload ? { ...words.payload, received_at: 0 } : words.payload;
    return said.message
      ? { ...said, message: { ...words, payload } }
      : { ...said, entry: { ...words, payload } };
  }
});

describe('an Enigma integrator with nothing but redis-cli', () => {
  it('pops the CDR of each call, and hears its agent under both spellings', async () => {
    await using stack = await startStack();
    const port = new URL(stack.server.url).port;
    const cli = (...args: string[]) =>
      run('redis-cli', ['-p', port, ...args]).then(({ stdout }) => stdout.trim().split('\n'));
    const post = async (...names: string[]) => {
      for (const name of names) {
        const { status } = await stack.post('/hooks/webitel', await fileText(`events/webitel/${name}.json`));
        assert.equal(status, 202);
      }
    };
    const popped = cli('BRPOP', LIST, '600');
    await post('bridged', 'processing', 'leaving');
    const [list, text = ''] = await popped;
    const first = JSON.parse(text);
    await post('predictive-leaving');
    const [, second = ''] = await cli('BRPOP', LIST, '600');
    assert.equal(list, LIST);
    assert.deepEqual(
      [first.type, first.payload.call_ref, first.payload.end_reason],
      ['cdr', '918273', 'hungup'],
    );
    assert.equal(JSON.parse(second).payload.call_ref, '918400');
    for (const type of places.agentTypes) {
      const mine = () => stack.heard.filter(({ channel }) => channel === `enigma:notifications:${type}:1003`);
      await until('call, busy and wrapup', () => mine().length === 3);
      assert.deepEqual(
        mine().map(({ message }) => (message as Words).type),
        ['call', 'status', 'status'],
      );
    }
  });
});

describe('an event sent twice', () => {
  it('gets the same id, is published once, and makes one CDR', async () => {
    await using stack = await startStack();
    const body = await fileText('events/webitel/leaving.json');
    const answers = [
      await stack.post('/hooks/webitel', body),
      await stack.post('/hooks/webitel/Leaving', body),
    ];
    const [first, second] = answers.map((answered) => answered.body['id']);
    assert.equal(first, second);
    await stack.post('/hooks/webitel', await fileText('events/webitel/expired-leaving.json'));
    await until('the expired leaving behind it', () =>
      stack.heard.some(({ channel }) => channel.endsWith(':51')),
    );
    await until('the leaving', () => stack.heard.length === 2);
    assert.equal(await stack.client.llen(LIST), 1);
  });

  it('without timestamp and key is two events; with the same key it is one', async () => {
    await using stack = await startStack();
    const { timestamp: _, ...rest } = await payload('offering');
    const body = JSON.stringify(rest);
    const ids = new Set<unknown>();
    for (const key of ['', '', 'k1', 'k1']) {
      ids.add((await stack.post('/hooks/webitel', body, { 'idempotency-key': key })).body['id']);
    }
    assert.equal(ids.size, 3);
    await until('three offerings', () => stack.heard.length === 3);
    assert.deepEqual(new Set(stack.heard.map(({ message }) => (message as Words).payload['id'])), ids);
  });
});

describe('an event that the queue delivers twice', () => {
  it('is published once, and so is one that is sent again when the queue has forgotten it', async () => {
    await using stack = await startStack();
    const body = await fileText('events/webitel/joined.json');
    await stack.post('/hooks/webitel', body);
    await until('the event', () => stack.heard.length === 1);
    const { id } = (stack.heard[0] as { message: Words }).message.payload;
    const QueueUrl = stack.bridge.sqs.queues.events;
    const MessageBody = JSON.stringify({ ...(stack.heard[0] as { message: Words }).message.payload });
    for (const [copy, text] of [MessageBody, MessageBody.replaceAll(String(id), 'f'.repeat(32))].entries()) {
      await stack.queue.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: text,
          MessageGroupId: 'g',
          MessageDeduplicationId: `${copy}`,
        }),
      );
    }
    await until('the event of another id behind the copy', () => stack.heard.length > 1);
    assert.deepEqual(
      stack.heard.map(({ message }) => (message as Words).payload['id']),
      [id, 'f'.repeat(32)],
    );
  });
});

describe('text that SQS does not carry', () => {
  it('arrives as it was sent', async () => {
    await using stack = await startStack();
    const text = 'emoji \u{1f600} \ufffe \uffff \u0001 \u007f "\\ кінець';
    const body = JSON.stringify({ ...(await payload('joined')), member_name: text, note: `${text}\ud800` });
    assert.equal((await stack.post('/hooks/webitel', body)).status, 202);
    await until('the event', () => stack.heard.length === 1);
    const said = (stack.heard[0] as { message: Words }).message.payload;
    assert.equal(said['member_name'], text);
    assert.deepEqual((said['variables'] as Record<string, unknown>)['note'], `${text}\ud800`);
  });
});

describe('what is refused', () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ HOOK_TOKENS: 'old, new' });
  });
  after(() => stack[Symbol.asyncDispose]());

  /** What was kept of the delivery that got this answer. */
  const quarantined = ({ body }: { body: Record<string, unknown> }) =>
    until('the quarantined delivery', async () => {
      const { Messages = [] } = await stack.queue.send(
        new ReceiveMessageCommand({ QueueUrl: stack.bridge.sqs.queues.quarantine, MaxNumberOfMessages: 10 }),
      );
      const kept: Record<string, unknown>[] = Messages.map(({ Body = '' }) => JSON.parse(Body));
      return kept.find(({ id }) => id === body['quarantined']);
    });
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
    stack.post(path, body, { 'x-api-key': 'new', ...headers });

  it('with a live token is kept raw in quarantine, with the reasons, before it is answered', async () => {
    const call = '{"channel":"call","attempt_id":"x"}';
    for (const [status, path, body, problem] of [
      [400, '/hooks/webitel/leaving', '{"agent_id": ,}', undefined],
      [400, '/hooks/webitel', '', undefined],
      [404, '/hooks/webitel/wait_agent', '{}', undefined],
      [422, '/hooks/webitel', '{}', 'event'],
      [422, '/hooks/webitel/leaving', call, 'attempt_id'],
    ] as const) {
      const before = Date.now();
      const answered = await post(path, body, { 'idempotency-key': 'k' });
      assert.equal(answered.status, status, body);
      assert.equal(answered.headers.get('content-type'), 'application/json');
      const problems = answered.body['problems'] as { path: string }[] | undefined;
      assert.equal(problems?.[0]?.path, problem);
      const kept = await quarantined(answered);
      assert.ok(kept);
      assert.equal(Buffer.from(String(kept['body']), 'base64').toString(), body);
      assert.deepEqual(
        [kept['status'], kept['path'], kept['problems'] ?? []],
        [status, path, problems ?? []],
      );
      assert.equal((kept['headers'] as Record<string, string>)['idempotency-key'], 'k');
      assert.ok(Number(kept['received_at']) >= before);
      assert.doesNotMatch(JSON.stringify(kept), /"new"/);
    }
  });

  it('in bytes that are no text is kept as those bytes', async () => {
    const bytes = Uint8Array.from([0xff, 0x00, 0xfe]);
    const answered = await post('/hooks/webitel', bytes, { 'content-type': 'application/x-unknown' });
    assert.equal(answered.status, 400);
    const kept = await quarantined(answered);
    assert.deepEqual(Buffer.from(String(kept?.['body']), 'base64'), Buffer.from(bytes));
  });

  it('is checked in this order: path and method, token, size, body, event, fields', async () => {
    const large = 'x'.repeat(256 * 1024 + 1);
    const bad = { 'x-api-key': 'foreign' };
    assert.equal((await post('/hooks/elsewhere', large, bad)).status, 404);
    assert.equal((await post('/hooks/webitel/wait_agent', large, bad)).status, 401);
    assert.equal((await post('/hooks/webitel/wait_agent', large)).status, 413);
    assert.equal((await post('/hooks/webitel/wait_agent', 'x')).status, 400);
    assert.equal((await post('/hooks/webitel/wait_agent', '{}')).status, 404);
    assert.equal((await fetch(`${stack.bridge.url}/hooks/webitel/joined`)).status, 405);
    assert.equal((await post('/health', '')).status, 405);
  });

  it('is not a body of exactly 256 KiB', async () => {
    const body = JSON.stringify({ ...(await payload('joined')), pad: '' });
    const whole = body.replace('"pad":""', `"pad":"${'x'.repeat(256 * 1024 - body.length)}"`);
    assert.equal(whole.length, 256 * 1024);
    assert.equal((await post('/hooks/webitel', whole)).status, 202);
  });

  it('by its token is any but a live one, in either header', async () => {
    const body = await fileText('events/webitel/joined.json');
    const status = async (headers: Record<string, string>) =>
      (await stack.post('/hooks/webitel', body, headers)).status;
    for (const headers of [
      { 'x-api-key': 'old' },
      { 'x-api-key': '', authorization: 'bearer new' },
      { authorization: 'Basic abc', 'x-api-key': 'new' },
      { authorization: '', 'x-api-key': 'new' },
      { authorization: 'Bearer new', 'x-api-key': 'foreign' },
    ]) {
      assert.equal(await status(headers), 202, JSON.stringify(headers));
    }
    for (const headers of [
      { 'x-api-key': '' },
      { 'x-api-key': 'old new' },
      { 'x-api-key': 'ne' },
      { 'x-api-key': '', authorization: 'new' },
      { 'x-api-key': '', authorization: 'Bearer ' },
    ]) {
      assert.equal(await status(headers), 401, JSON.stringify(headers));
    }
  });

  it('is not what SQS could never hold: an event that grows beyond its limit is quarantined', async () => {
    const body = `channel=call&attempt_id=1&pad=${'\u0001'.repeat(250_000)}`;
    const answered = await post('/hooks/webitel/joined', body, {
      'content-type': 'application/x-www-form-urlencoded',
    });
    assert.equal(answered.status, 422);
    assert.ok(await quarantined(answered));
  });

  it('is not a body of tens of thousands of keys, or of a key twice', async () => {
    const keys = Array.from({ length: 25_000 }, (_, key) => `"${key}":1`).join();
    assert.equal(
      (await post('/hooks/webitel/joined', `{"channel":"call","attempt_id":1,${keys}}`)).status,
      202,
    );
    assert.equal(
      (await post('/hooks/webitel/joined', '{"channel":"x","channel":"call","attempt_id":2}')).status,
      202,
    );
  });

  it('is never the health', async () => {
    const answered = await fetch(`${stack.bridge.url}/health`);
    assert.deepEqual([answered.status, await answered.json()], [200, { status: 'ok' }]);
  });
});

describe('ALLOWED_IPS', () => {
  it('is a second lock: whoever is elsewhere gets 403, token or not, and keeps the health', async () => {
    await using stack = await startStack({ ALLOWED_IPS: '192.0.2.0/24, 2001:db8::/32' });
    const body = await fileText('events/webitel/joined.json');
    assert.equal((await stack.post('/hooks/webitel', body)).status, 403);
    assert.equal((await stack.post('/hooks/webitel', body, { 'x-api-key': 'foreign' })).status, 403);
    assert.equal((await fetch(`${stack.bridge.url}/health`)).status, 200);
    await using open = await startStack({ ALLOWED_IPS: '127.0.0.0/8' });
    assert.equal((await open.post('/hooks/webitel', body)).status, 202);
  });
});

describe('an event that waited', () => {
  it('longer than NOTIFY_TTL pops up on no screen, and says that it is late', async () => {
    await using stack = await startStack({ NOTIFY_TTL: '60' });
    const event = { ...(await exampleEvent('bridged')), received_at: Date.now() - 61_000 };
    await stack.queue.send(
      new SendMessageCommand({ QueueUrl: stack.bridge.sqs.queues.events, ...makeMessage(event) }),
    );
    await until('the event', () => stack.heard.length > 0);
    const [said] = stack.heard;
    assert.deepEqual(
      [said?.channel, (said as { message: Words }).message.payload['late']],
      ['enigma:notifications:queues:42', true],
    );
  });
});

describe('LIVE=on', () => {
  it('keeps each event in the stream, as it was published', async () => {
    await using stack = await startStack({ LIVE: 'on', CDR_LISTS: 'billing:cdr,campaigns' });
    for (const example of ['joined', 'agent_status', 'leaving'])
      await stack.post('/hooks/webitel', await fileText(`events/webitel/${example}.json`));
    const entries = () => stack.client.xrange('{billing:cdr}:live', '-', '+');
    await until('three entries', async () => (await entries()).length === 3);
    const queues = /^enigma:notifications:queues/;
    await until(
      'three messages',
      () => stack.heard.filter(({ channel }) => queues.test(channel)).length === 3,
    );
    assert.deepEqual(
      (await entries()).map(([, [field, text = '']]) => ({ [field ?? '']: JSON.parse(text) })),
      stack.heard.filter(({ channel }) => queues.test(channel)).map(({ message: event }) => ({ event })),
    );
  });
});

describe('settings', () => {
  it('move the base key, the spellings and the lists', async () => {
    await using stack = await startStack({
      ENIGMA_BASE: 'acme:n',
      AGENT_TYPES: 'agent',
      CDR_LISTS: 'campaigns, billing:cdr',
      TENANT: 'acme',
    });
    for (const example of ['bridged', 'leaving'])
      await stack.post('/hooks/webitel', await fileText(`events/webitel/${example}.json`));
    for (const list of ['acme:n:campaigns', 'billing:cdr']) {
      await until(list, async () => (await stack.client.llen(list)) === 1);
    }
    await until('all messages', () => stack.heard.length === 4);
    const channels = stack.heard.map(({ channel }) => channel);
    assert.deepEqual(channels, [
      'acme:n:queues:42',
      'acme:n:agent:1003',
      'acme:n:agent:1003',
      'acme:n:queues:42',
    ]);
    assert.equal((stack.heard[0] as { message: Words }).message.payload['tenant'], 'acme');
  });
});
