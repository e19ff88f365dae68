// docs/webitel-flow.json and the variants of docs/webitel.md, run against the whole bridge.
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { knownFields } from '../lib/event.ts';
import { examples } from './support/dialect-suite.ts';
import { type Block, type HttpRequest, runFlow } from './support/flow-interpreter.ts';
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
  const run = async (variables: Record<string, string>, url = stack.bridge.url, options = {}) => {
    const globals = { HOOKLINE_URL: url, HOOKLINE_TOKEN: TOKEN };
    return (await runFlow(schema(options), variables, globals)).get('hookline_answer');
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
    it('maps state and every field that Hookline knows', () => {
      assert.deepEqual(otherRequests, []);
      assert.deepEqual(
        Object.entries(request?.data ?? {}).sort(),
        ['state', ...knownFields('agent_status')].map((name) => [name, `\${${name}}`]).sort(),
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
        // Further variables are not mapped, and the id is that of another attempt.
        const apart = { id: 0, received_at: 0, variables: {} };
        const { attempt_id } = variables;
        assert.equal(channel, golden.channel);
        assert.equal(message.type, golden.message.type);
        assert.deepEqual(
          { ...message.payload, ...apart },
          { ...golden.message.payload, ...(attempt_id !== undefined && { attempt_id }), ...apart },
        );
      });
    }

    it('is refused once when a value breaks the JSON that Webitel makes of it', async () => {
      const variables = { ...(await hook('bridged')), member_name: 'C:\\Users' };
      await using server = await startServer(['forward'], stack.bridge.url);
      assert.equal(await run(variables, server.url), '400');
      assert.equal(server.requests.length, 1);
    });

    it('sends the token of the global variable, or an empty one', async () => {
      await using server = await startServer([202]);
      await runFlow(schema(), await hook('joined'), { HOOKLINE_URL: server.url, HOOKLINE_TOKEN: 'secret' });
      await runFlow(schema(), await hook('joined'), { HOOKLINE_URL: server.url });
      assert.deepEqual(
        server.requests.map(({ url, headers }) => [url, headers['x-api-key']]),
        [
          ['/hooks/webitel', 'secret'],
          ['/hooks/webitel', ''],
        ],
      );
    });
  });

  describe('changed as docs/webitel.md says', () => {
    const snippets = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json));

    it('holds two other forms', () => assert.equal(snippets.length, 2));

    for (const options of snippets) {
      it(`brings an event as ${options.headers['content-type']}`, async () => {
        const variables = await hook('bridged');
        assert.equal(await run(variables, stack.bridge.url, options), '202');
        const heard = await heardOf(variables);
        assert.deepEqual([heard.type, heard.payload['timestamp']], ['bridged', 1782900034700]);
      });
    }

    it('brings a backslash as a form', async () => {
      const agent_name = `C:\\Users "x" \${lang}`;
      const variables = { ...(await hook('bridged')), agent_name };
      const form = snippets.find(({ headers }) => headers['content-type'].includes('form'));
      assert.equal(await run(variables, stack.bridge.url, form), '202');
      const heard = await heardOf(variables);
      assert.equal(heard.payload['agent_name'], agent_name);
    });

    it('brings a variable of its own', async () => {
      const variables = await hook('bridged');
      const data = { ...(request?.data as object), crm_account: `\${crm_account}` };
      assert.equal(await run(variables, stack.bridge.url, { data }), '202');
      const heard = await heardOf(variables);
      const own = heard.payload['variables'] as Record<string, unknown>;
      assert.equal(own['crm_account'], 'ACC-7781');
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
