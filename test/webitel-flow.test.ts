// docs/webitel-flow.json and the examples of docs/webitel.md, run against the whole bridge as each release runs them.
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { knownFields } from '../lib/event.ts';
import { examples } from './support/dialect-suite.ts';
import { type Block, type HttpRequest, type Release, releases, runFlow } from './support/flow-interpreter.ts';
import { fileText, payload, startStack, TOKEN, until } from './support/stack.ts';

type Words = { readonly type: string; readonly payload: Record<string, unknown> };

const file = await fileText('docs/webitel-flow.json');
const page = await fileText('docs/webitel.md');

/** The blocks of the flow, its request with other options where told. */
function schema(options: Partial<HttpRequest> = {}): Block[] {
  const revived = (key: string, value: HttpRequest) =>
    key === 'httpRequest' ? { ...value, ...options } : value;
  return JSON.parse(file, revived).schema;
}

/** Everything of one kind in the flow, in its order. */
function all<T>(name: string): T[] {
  const found: T[] = [];
  JSON.parse(file, (key, value) => {
    if (key === name) found.push(value);
    return value;
  });
  return found;
}

const [request, ...otherRequests] = all<HttpRequest>('httpRequest');

/** What call_center sets beside the fields that Hookline knows; it arrives under `variables`. */
const FORWARDED = [
  'destination_seq',
  'destination_type',
  'destination_description',
  'member_timezone',
  'bucket_id',
  'cc_resource_id',
  'communication_id',
  'amd_ai_result',
  'cc_retry_count',
  'cc_retry_last',
  'chat_transferred',
];

/** Values that a body can be broken by. */
const AWKWARD = {
  'a backslash before a letter that means something': String.raw`ACME\new\table`,
  'a backslash before a letter that means nothing': String.raw`ACME\ivan`,
  'a backslash at the end': 'C:\\',
  'a backslash before a quote': String.raw`a\"b`,
  quotes: `Olena "Lena" O'Koval`,
  'spaces and plus signs': '1 + 1 = 2  +380',
  'signs of a form': 'a=b&c=d%20e%2B;f',
  'signs of HTML': '<b>Koval & Co</b>',
  newlines: 'one\ntwo\r\n\tthree',
  'letters beyond ASCII': 'Олена Коваль 📞 ÿ',
  placeholders: `\${lang} $\${HOOKLINE_TOKEN}`,
};
const BACKSLASHED = Object.entries(AWKWARD).filter(([, value]) => value.includes('\\'));

let attempt = 10n ** 15n;

/** The variables of an example's hook, of an attempt of its own: equal ones would be one event. */
async function hook(example: string): Promise<Record<string, string>> {
  const fields = Object.entries(await payload(example)).map(([name, value]) => [name, String(value)]);
  const variables: Record<string, string> = Object.fromEntries(fields);
  attempt += 1n;
  return 'attempt_id' in variables ? { ...variables, attempt_id: `${attempt}` } : variables;
}

type Treatment = number | 'cut' | 'hang' | 'forward' | 'lose';

/**
 * A server that treats its callers, one by one, as told; the last treatment goes on.
 * @param to where it forwards; the answer is then given back, or lost
 */
async function startServer(treatments: readonly Treatment[], to = '') {
  const requests: { readonly url: unknown; readonly headers: IncomingHttpHeaders; readonly body: string }[] =
    [];
  const server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    const treatment = treatments[Math.min(requests.length, treatments.length - 1)];
    const body = await text(request);
    requests.push({ url, headers, body });
    if (treatment === 'hang') return;
    if (treatment === 'cut') return request.socket.destroy();
    if (typeof treatment === 'number') return response.writeHead(treatment, { connection: 'close' }).end();
    const passed = { 'content-type': 'application/json', 'x-api-key': `${headers['x-api-key']}` };
    const { status } = await fetch(`${to}${url}`, { method: 'POST', headers: passed, body });
    return treatment === 'lose' ? request.socket.destroy() : response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('the flow for queue admins', () => {
  let stack: Awaited<ReturnType<typeof startStack>>;
  before(async () => {
    stack = await startStack({
      QUEUES: '{"51":{"name":"winback","direction":"outbound"}}',
      NOTIFY_TTL: '3600',
    });
  });
  after(() => stack[Symbol.asyncDispose]());

  /** Runs the flow; answers what is left in the variable that holds the last answer. */
  const run = async (
    variables: Record<string, string>,
    url = stack.bridge.url,
    options = {},
    release: Release = '26.06',
  ) => {
    const globals = { HOOKLINE_URL: url, HOOKLINE_TOKEN: TOKEN };
    return (await runFlow(schema(options), variables, globals, release)).get('hookline_answer');
  };

  /** What was said on the queues' channels of what has this field. */
  const said = (field: string, value: unknown) =>
    stack.heard
      .filter(({ channel }) => channel.startsWith('enigma:notifications:queues'))
      .map(({ channel, message }) => ({ channel, message: message as Words }))
      .filter(({ message }) => message.payload[field] === value);

  /** The first that was said of the attempt of a hook. */
  const heardOf = async ({ attempt_id }: Record<string, string>) => {
    const first = await until('the event', () => said('attempt_id', attempt_id)[0]);
    assert.ok(first);
    return first.message;
  };

  describe('as it is', () => {
    it('maps state, every field that Hookline knows, and what else call_center sets', () => {
      assert.deepEqual(otherRequests, []);
      assert.deepEqual(
        Object.entries(request?.data ?? {}).sort(),
        ['state', ...knownFields('agent_status'), ...FORWARDED].map((name) => [name, `\${${name}}`]).sort(),
      );
    });

    it('ends within the 30 s that Webitel gives it, even if nothing ever answers', () => {
      const [tries, wait] = [Number(all('maxSteps')[0]), Number(all('softSleep')[0])];
      assert.ok(tries * (request?.timeout ?? 0) + (tries - 1) * wait < 25_000);
    });

    for (const example of examples) {
      it(`brings ${example}`, async () => {
        const [golden] = JSON.parse(await fileText(`test/golden/enigma/${example}.json`));
        const variables = await hook(example);
        const field = ['attempt_id', 'member_id', 'agent_id'].find((name) => name in variables) ?? '';
        const earlier = said(field, variables[field]).length;
        assert.equal(await run(variables), '202');
        const heard = await until(example, () => said(field, variables[field])[earlier]);
        assert.ok(heard);
        const { channel, message } = heard;
        // The id is that of another attempt. Of the variables only some are mapped, and an empty one is sent, too.
        const apart = { id: 0, received_at: 0, variables: {} };
        const { attempt_id } = variables;
        const own = message.payload['variables'] as Record<string, unknown>;
        for (const name of FORWARDED) assert.equal(own[name], variables[name] ?? '', name);
        assert.equal(channel, golden.channel);
        assert.equal(message.type, golden.message.type);
        assert.deepEqual(
          { ...message.payload, ...apart },
          { ...golden.message.payload, ...(attempt_id !== undefined && { attempt_id }), ...apart },
        );
      });
    }

    it('sends the token of the global variable, or an empty one', async () => {
      await using server = await startServer([202]);
      for (const globals of [
        { HOOKLINE_URL: server.url, HOOKLINE_TOKEN: 'secret' },
        { HOOKLINE_URL: server.url },
      ])
        for (const release of releases) await runFlow(schema(), await hook('joined'), globals, release);
      assert.deepEqual(
        server.requests.map(({ url, headers }) => [url, headers['x-api-key']]),
        ['secret', ''].flatMap((token) => releases.map(() => ['/hooks/webitel', token])),
      );
    });
  });

  for (const release of releases) {
    describe(`on Webitel ${release}`, () => {
      for (const [what, value] of Object.entries(AWKWARD)) {
        it(`brings ${what}`, async () => {
          const variables = { ...(await hook('bridged')), agent_name: value, destination_description: value };
          assert.equal(await run(variables, stack.bridge.url, {}, release), '202');
          const { payload } = await heardOf(variables);
          const own = payload['variables'] as Record<string, unknown>;
          assert.deepEqual([payload['agent_name'], own['destination_description']], [value, value]);
        });
      }

      it('brings a hook whose variables have no value', async () => {
        const variables = { ...(await hook('bridged')), agent_name: '', queue_id: '', agent_extension: '' };
        assert.equal(await run(variables, stack.bridge.url, {}, release), '202');
        const { payload } = await heardOf(variables);
        assert.deepEqual([payload['agent_name'], payload['queue_id']], [undefined, undefined]);
      });

      it('posts to a double slash when the URL has one at its end', async () => {
        await using server = await startServer([202]);
        assert.equal(await run(await hook('bridged'), `${server.url}/`, {}, release), '202');
        assert.deepEqual(
          server.requests.map(({ url }) => url),
          ['//hooks/webitel'],
        );
      });
    });
  }

  it('would send nothing on Webitel 25.05 and older if the URL came by a value of path', async () => {
    const options = { url: `\${base}/hooks/webitel`, path: { base: `$\${HOOKLINE_URL}` } };
    for (const release of releases) {
      await using server = await startServer([202]);
      const globals = { HOOKLINE_URL: server.url };
      const once = schema(options).map((block) =>
        'while' in block ? { while: { ...block.while, maxSteps: '1' } } : block,
      );
      await runFlow(once, await hook('bridged'), globals, release);
      assert.equal(server.requests.length, release < '25.08' ? 0 : 1, release);
    }
  });

  describe('changed as docs/webitel.md says', () => {
    const snippets: Partial<HttpRequest>[] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json = '']) => JSON.parse(json),
    );
    const [template] = snippets;
    /** The releases that escape what they fill into a template. */
    const escaping = releases.filter((release) => release >= '24.08');

    it('holds the object template, with all the fields of the flow', () => {
      assert.equal(snippets.length, 1);
      assert.equal(template?.headers?.['content-type'], 'application/json');
      assert.deepEqual(template?.data, request?.data);
    });

    for (const release of escaping) {
      it(`is accepted for every kind of hook on Webitel ${release}`, async () => {
        for (const options of snippets)
          for (const example of examples)
            assert.equal(await run(await hook(example), stack.bridge.url, options, release), '202', example);
      });

      it(`brings as an object template all but backslashes on Webitel ${release}`, async () => {
        for (const [what, value] of Object.entries(AWKWARD).filter(([what]) => !what.includes('backslash'))) {
          const variables = { ...(await hook('bridged')), agent_name: value };
          assert.equal(await run(variables, stack.bridge.url, template, release), '202', what);
          assert.equal((await heardOf(variables)).payload['agent_name'], value, what);
        }
      });

      it(`breaks or alters a backslash in an object template on Webitel ${release}`, async () => {
        for (const [what, value] of BACKSLASHED) {
          const variables = { ...(await hook('bridged')), agent_name: value };
          const answer = await run(variables, stack.bridge.url, template, release);
          if (answer === '202')
            assert.notEqual((await heardOf(variables)).payload['agent_name'], value, what);
          else assert.equal(answer, '400', what);
        }
      });
    }

    it('brings a variable of its own', async () => {
      const variables = await hook('bridged');
      const data = { ...(request?.data as object), crm_account: `\${crm_account}` };
      assert.equal(await run(variables, stack.bridge.url, { data }), '202');
      const heard = await heardOf(variables);
      const own = heard.payload['variables'] as Record<string, unknown>;
      assert.equal(own['crm_account'], 'ACC-7781');
    });

    it('sends on Webitel 24.04 and newer a token that a flow variable holds', async () => {
      await using server = await startServer([202]);
      const headers = { ...request?.headers, 'x-api-key': `\${hookline_token}` };
      const blocks: Block[] = [{ set: { hookline_token: `$\${HOOKLINE_TOKEN}` } }, ...schema({ headers })];
      const globals = { HOOKLINE_URL: server.url, HOOKLINE_TOKEN: 'secret' };
      for (const release of releases) await runFlow(blocks, await hook('joined'), globals, release);
      assert.deepEqual(
        server.requests.map(({ headers }) => headers['x-api-key']),
        releases.map(() => 'secret'),
      );
    });
  });

  describe('tries again', { concurrency: true }, () => {
    it('the same body, until it is accepted', async () => {
      await using server = await startServer(['cut', 503, 'forward'], stack.bridge.url);
      const variables = await hook('bridged');
      assert.equal(await run(variables, server.url), '202');
      const bodies = server.requests.map(({ body }) => body);
      assert.equal(bodies.length, 3);
      assert.equal(new Set(bodies).size, 1);
      await heardOf(variables);
    });

    it('after an answer that does not come in time', async () => {
      await using server = await startServer(['hang', 202]);
      assert.equal(await run(await hook('bridged'), server.url), '202');
      assert.equal(server.requests.length, 2);
    });

    for (const [treatment, last] of [
      [429, '429'],
      [500, '500'],
      [503, '503'],
      ['cut', '0'],
    ] as const) {
      it(`three times at most, when the answer is ${treatment}`, async () => {
        await using server = await startServer([treatment]);
        assert.equal(await run(await hook('bridged'), server.url), last);
        assert.equal(server.requests.length, 3);
      });
    }

    for (const status of [202, 400, 401, 404, 413, 422]) {
      it(`not after ${status}`, async () => {
        await using server = await startServer([status]);
        assert.equal(await run(await hook('bridged'), server.url), `${status}`);
        assert.equal(server.requests.length, 1);
      });
    }

    it('what was accepted but not heard of, and it is published once', async () => {
      await using server = await startServer(['lose', 'forward'], stack.bridge.url);
      const bridged = await hook('bridged');
      assert.equal(await run(bridged, server.url), '202');
      const attempt_id = bridged['attempt_id'] ?? '';
      assert.equal(await run({ ...(await hook('leaving')), attempt_id }), '202');
      await until('the leaving behind it', () => said('attempt_id', attempt_id).length >= 2);
      const types = said('attempt_id', attempt_id).map(({ message }) => message.type);
      assert.deepEqual([server.requests.length, types], [2, ['bridged', 'leaving']]);
    });

    it('an agent_status that was accepted but not heard of, and it is published twice', async () => {
      await using server = await startServer(['lose', 'forward'], stack.bridge.url);
      assert.equal(await run({ ...(await hook('agent_status')), agent_id: '909' }, server.url), '202');
      await until('both', () => said('agent_id', '909').length === 2);
    });
  });
});
