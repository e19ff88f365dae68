// The description of the door against the real door, over HTTP.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { openEndpoint } from '../../../lib/receive/endpoint.ts';
import { authorizeBy } from '../../../lib/receive/tokens.ts';
import { root } from '../../../local/settings.ts';
import { type Answered, answerAll, EXAMPLE_QUARANTINED } from '../../../ops/contracts/exchanges.ts';
import { startStack, TOKEN } from '../../support/stack.ts';

type Media = {
  readonly schema: object;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
};
type Response = { readonly $ref?: string; readonly content?: Readonly<Record<string, Media>> };
type Operation = {
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
};
type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Response>>; readonly schemas: object };
};

const text = readFileSync(join(root, 'contracts/openapi.yaml'), 'utf8');
const description: Description = parse(text);
const { paths, components } = description;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'door', components });
/** The schema of an answer, as the description has it. */
function fits(operation: Operation | undefined, status: number, body: unknown): boolean {
  const response = operation?.responses[status];
  const named =
    response?.$ref === undefined ? response : components.responses[response.$ref.split('/').at(-1) ?? ''];
  const { schema } = named?.content?.['application/json'] ?? {};
  assert.ok(schema, `${status} is documented`);
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"door#/')))(body);
}

const exchanges = await answerAll();
let stack: Awaited<ReturnType<typeof startStack>>;
before(async () => {
  stack = await startStack();
});
after(() => stack[Symbol.asyncDispose]());

type Sent = Pick<Answered, 'request'> & { readonly method?: string | undefined };

async function send({ method = 'POST', request: { path, headers, body } }: Sent) {
  const response = await fetch(stack.bridge.url + path, {
    method,
    headers,
    ...(method !== 'GET' && { body }),
  });
  const answer = Object(await response.json());
  return { status: response.status, headers: response.headers, answer };
}

/** A door in whose way something is: both are the door's own code, without the network around it. */
async function sendInTrouble({ trouble, request }: Answered) {
  const fail = () => Promise.reject(new Error('away'));
  const keep = async () => undefined;
  const known = {
    authorize: authorizeBy([TOKEN]),
    networks: trouble === 'address' ? ['10.0.0.0/8'] : [],
    tenant: 'default',
    queues: {},
    door: trouble === 'drain' ? 'draining' : 'open',
  } as const;
  const door = openEndpoint(known, trouble === 'queue' ? fail : keep, keep);
  const { answer } = await door({
    ...request,
    method: 'POST',
    body: Buffer.from(request.body),
    address: '192.0.2.1',
    receivedAt: 1,
  });
  return { status: answer.status, headers: new Headers(answer.headers), answer: JSON.parse(answer.body) };
}

describe('the description of the door', () => {
  it('has examples that the real door answers as it says', async () => {
    for (const exchange of exchanges) {
      const { status, answer } = await (exchange.trouble ? sendInTrouble(exchange) : send(exchange));
      assert.equal(status, exchange.status, exchange.name);
      assert.equal('quarantined' in answer, 'quarantined' in exchange.answer, exchange.name);
      const plain = { ...answer, ...('quarantined' in answer && { quarantined: EXAMPLE_QUARANTINED }) };
      const { repeat: _, ...same } = plain;
      assert.deepEqual(same, exchange.answer, exchange.name);
      assert.ok(fits(paths[exchange.path]?.['post'], status, answer), JSON.stringify(answer));
    }
  });

  it('has each of those examples, and no other', () => {
    const written = (responses: readonly Response[]) =>
      responses.flatMap(({ content }) => Object.entries(content?.['application/json']?.examples ?? {}));
    const answers = written([
      ...operations.flatMap(({ operation }) => Object.values(operation.responses)),
      ...Object.values(components.responses),
    ]).filter(([name]) => name !== 'open');
    assert.deepEqual(
      new Map(answers.map(([name, { value }]) => [name, value])),
      new Map(exchanges.map(({ name, answer }) => [name, answer])),
    );
    const requests = operations.flatMap(({ operation }) =>
      Object.values(operation.requestBody?.content ?? {}).flatMap(({ examples }) =>
        Object.keys(examples ?? {}),
      ),
    );
    const accepted = exchanges.filter(({ status }) => status === 202).map(({ name }) => name);
    assert.deepEqual(requests.sort(), accepted.sort());
  });

  it('names of each path only statuses that the door answers there, and each of them', async () => {
    for (const { path, operation } of operations.filter((each) => each.method === 'POST')) {
      for (const status of Object.keys(operation.responses).map(Number)) {
        const there = exchanges.filter((each) => each.path === path);
        const example =
          there.find((each) => each.status === status) ?? exchanges.find((each) => each.status === status);
        assert.ok(example, `${status} has an example`);
        const { trouble, request } = example;
        const [good = example] = there;
        const moved = { ...request, path: good.request.path };
        const answered = trouble
          ? await sendInTrouble({ ...good, trouble })
          : await send(example.path === path ? example : { ...example, request: moved });
        assert.equal(answered.status, status, `${path} ${status}`);
        assert.ok(fits(operation, status, answered.answer), JSON.stringify(answered.answer));
        assert.equal(answered.headers.has('allow'), status === 405);
        assert.equal(answered.headers.has('retry-after'), status === 503);
        assert.equal(answered.headers.get('content-type'), 'application/json');
      }
    }
    const documented = new Set(operations.flatMap(({ operation }) => Object.keys(operation.responses)));
    assert.deepEqual([...documented].sort(), [
      '200',
      '202',
      '400',
      '401',
      '403',
      '404',
      '405',
      '413',
      '422',
      '503',
    ]);
  });

  it('is what the door answers at /openapi.json, to whoever asks, and holds no secret', async () => {
    for (const path of ['/openapi.json', '//openapi.json']) {
      const { status, answer } = await send({ method: 'GET', request: { path, headers: {}, body: '' } });
      assert.deepEqual([status, answer], [200, description]);
    }
    assert.ok(!text.includes(TOKEN));
    for (const path of ['/openapi.json', '/health']) {
      const asked = { request: { path, headers: {}, body: '' } };
      const { status, answer } = await send(asked);
      assert.equal(status, 405);
      assert.ok(fits(paths[path]?.['get'], 405, answer));
      const open = await send({ method: 'GET', ...asked });
      assert.ok(open.status === 200 && fits(paths[path]?.['get'], 200, open.answer));
    }
  });

  it('has every path of the door', () => {
    assert.deepEqual(Object.keys(paths), [
      '/hooks/webitel/{event}',
      '/hooks/webitel',
      '/hooks/cloudevents',
      '/health',
      '/openapi.json',
    ]);
  });
});
