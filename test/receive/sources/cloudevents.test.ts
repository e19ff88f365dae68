import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Rejected } from '../../../lib/errors.ts';
import { cloudevents } from '../../../lib/receive/sources/cloudevents.ts';
import type { Delivery } from '../../../lib/receive/sources/source.ts';
import { fileText, payload, startStack, until } from '../../support/stack.ts';

const LIST = 'enigma:notifications:campaigns';
const example: Record<string, unknown> & { data: Record<string, unknown> } = JSON.parse(
  await fileText('events/cloudevents/leaving.json'),
);

const read = (body: unknown, headers: Record<string, string> = {}) =>
  cloudevents.read({ body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), headers });
const changed = (attributes: object, data: object = {}) => ({
  ...example,
  ...attributes,
  data: { ...example.data, ...data },
});
const headersOf = (attributes: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => name !== 'data')
      .map(([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))]),
  );

function problemsOf(body: unknown, headers?: Record<string, string>): string[] {
  try {
    read(body, headers);
  } catch (error) {
    if (error instanceof Rejected) return error.problems.map(({ path }) => path);
    throw error;
  }
  throw new Error('nothing was rejected');
}

describe('a CloudEvent', () => {
  it('is the hook of its type, with identifiers of any form', () => {
    const { hook, variables, origin, identity } = read(example);
    assert.equal(hook.event, 'leaving');
    assert.equal(hook.attempt_id, '0b9f6a52-6d5e-4d0f-8a31-5d7b1c9a2f11');
    assert.equal(hook.queue_id, 'support-de');
    assert.deepEqual(variables, { ticket: 'T-1' });
    assert.deepEqual([origin, identity], ['/pbx/berlin', ['7a8f3c1e-2f1b-4b0e-9f55-0c6d1f1b7e01']]);
  });

  it('is the same in binary mode, where headers hold its attributes percent-encoded', () => {
    assert.deepEqual(read(example.data, headersOf(example)), read(example));
    const named = read(example.data, headersOf({ ...example, source: '/pbx/köln 1' }));
    assert.equal(named.origin, '/pbx/köln 1');
  });

  it('may have header values in quotes, as HTTP has them', () => {
    const quoted = { ...headersOf(example), 'ce-source': '"/pbx/berlin"', 'ce-ticket': '"a \\"b\\" %25"' };
    const { origin, variables } = read({ ...example.data, ticket: undefined }, quoted);
    assert.deepEqual([origin, variables['ticket']], ['/pbx/berlin', 'a "b" %']);
    for (const value of ['"', '"a', 'a"'])
      assert.equal(read(example.data, { ...headersOf(example), 'ce-source': value }).origin, value);
  });

  it('lacks an attribute that is null', () => {
    assert.deepEqual(read(changed({ time: null, subject: null })), read(changed({ time: undefined })));
    assert.deepEqual(problemsOf(changed({ id: null })), ['id']);
  });

  it('may have its data as text or in base64', () => {
    const { data, ...attributes } = example;
    const text = JSON.stringify(data);
    assert.deepEqual(read({ ...attributes, data: text }), read(example));
    assert.deepEqual(
      read({ ...attributes, data_base64: Buffer.from(text).toString('base64') }),
      read(example),
    );
  });

  it('has its time as the timestamp, unless the data have one', () => {
    assert.equal(read(example).hook.timestamp, Date.parse('2026-07-01T10:01:35Z'));
    assert.equal(read(changed({}, { timestamp: 5 })).hook.timestamp, 5);
    assert.equal(read(changed({ time: undefined })).hook.timestamp, undefined);
  });

  it('has its extension attributes as variables, behind those of the data', () => {
    const { variables } = read(changed({ traceparent: '00-1', ticket: 'T-2', subject: 's' }));
    assert.deepEqual(variables, { traceparent: '00-1', ticket: 'T-1', subject: 's' });
  });

  it('has its fields in its data alone: an extension attribute of the same name is a variable', () => {
    const attributes = { destination: '+4930999', timestamp: 5, event: 'joined', attempt_id: 'other' };
    const { hook, variables } = read(changed(attributes, { destination: undefined, timestamp: undefined }));
    const without = read(changed({}, { destination: undefined, timestamp: undefined }));
    assert.deepEqual(hook, without.hook);
    assert.deepEqual(variables, { ...attributes, ticket: 'T-1' });
    assert.deepEqual(read(changed(attributes)).hook, read(example).hook);
    assert.deepEqual(problemsOf(changed({ attempt_id: 'of an attribute' }, { attempt_id: undefined })), [
      'attempt_id',
    ]);
    assert.deepEqual(problemsOf(changed({ deep: JSON.parse(`${'['.repeat(70)}${']'.repeat(70)}`) })), [
      'variables',
    ]);
  });

  it('is named by its type alone: event and state in its data are consumed, as of every hook', () => {
    assert.deepEqual(read(changed({}, { event: 'joined', state: 'offering' })), read(example));
  });

  it('of an agent has the status in lower case', () => {
    const { hook } = read(
      changed({ type: 'hookline.queue.agent_status.v1' }, { status: 'Online', extension: 7 }),
    );
    assert.ok(hook.event === 'agent_status');
    assert.deepEqual([hook.status, hook.extension], ['online', '7']);
  });

  it('is rejected at the attribute or the field that is wrong', () => {
    assert.deepEqual(problemsOf({}), ['data']);
    assert.deepEqual(problemsOf({ data: {} }), ['specversion', 'id', 'source', 'type']);
    assert.deepEqual(problemsOf(changed({ specversion: '0.3' })), ['specversion']);
    assert.deepEqual(problemsOf(changed({ id: '' })), ['id']);
    const remedy = (attributes: object) => {
      try {
        return read(changed(attributes));
      } catch (error) {
        return error instanceof Rejected && error.problems[0]?.message;
      }
    };
    assert.deepEqual([remedy({ id: '' }), remedy({ id: 7 })], ['is missing', 'must be text']);
    assert.deepEqual(problemsOf(changed({ time: 'soon' })), ['time']);
    assert.deepEqual(problemsOf(changed({ time: '2026-13-01T00:00:00Z' })), ['time']);
    for (const type of ['hookline.queue.leaving.v2', 'leaving', 'hookline.queue.toString.v1'])
      assert.deepEqual(problemsOf(changed({ type })), ['type'], type);
    assert.deepEqual(problemsOf(changed({}, { attempt_id: '', joined_at: 'soon' })), [
      'attempt_id',
      'joined_at',
    ]);
    assert.deepEqual(problemsOf(changed({}, { attempt_id: { a: 1 } })), ['attempt_id']);
    assert.throws(() => read(''), Rejected);
  });
});

describe('a CloudEvent that is mended', () => {
  const broken = changed({ type: 'left', source: '' }, { attempt_id: '', data: { of: 'the sender' } });
  const set = { source: '/pbx/berlin', attempt_id: String(example.data['attempt_id']) };
  const body = (value: unknown) => Buffer.from(JSON.stringify(value));
  const mended = (delivery: Delivery) => cloudevents.read(cloudevents.mend(delivery, set, 'leaving'));
  const expected = read(changed({}, { data: { of: 'the sender' } }));

  it('is good in structured mode, in whatever form its data are', () => {
    const { data, ...attributes } = broken;
    const text = JSON.stringify(data);
    for (const form of [{ data }, { data: text }, { data_base64: Buffer.from(text).toString('base64') }])
      assert.deepEqual(mended({ body: body({ ...attributes, ...form }), headers: {} }), expected);
  });

  it('is good in binary mode, whose attributes are headers', () => {
    assert.deepEqual(mended({ body: body(broken.data), headers: headersOf(broken) }), expected);
  });

  it('is what was delivered where nothing is set', () => {
    const delivery = { body: Buffer.from('{'), headers: {} };
    assert.equal(cloudevents.mend(delivery, {}, undefined), delivery);
  });
});

describe('through the whole bridge', () => {
  let stack: Awaited<ReturnType<typeof startStack>>;
  before(async () => {
    stack = await startStack({ DIALECTS: 'enigma,newfies' });
  });
  after(() => stack[Symbol.asyncDispose]());

  const post = async (body: unknown, headers?: Record<string, string>) =>
    stack.post('/hooks/cloudevents', JSON.stringify(body), headers);
  const cdrs = async () => (await stack.client.lrange(LIST, 0, -1)).map((text) => JSON.parse(text).payload);

  it('a call makes one CDR, sent twice and in both modes', async () => {
    const first = await post(example, { 'content-type': 'application/cloudevents+json' });
    assert.equal(first.status, 202);
    const again = await post(example.data, headersOf(example));
    assert.deepEqual([again.status, again.body['id']], [202, first.body['id']]);
    // Another event of the same attempt: the attempt is what a CDR is of.
    assert.equal((await post(changed({ id: 'another' }))).status, 202);
    await until(
      'both events',
      () => stack.heard.filter(({ channel }) => channel.endsWith(':queues:support-de')).length >= 2,
    );
    const [cdr, ...more] = await cdrs();
    assert.deepEqual(more, []);
    assert.equal(cdr.call_ref, '0b9f6a52-6d5e-4d0f-8a31-5d7b1c9a2f11');
    assert.equal(cdr.source, 'cloudevents:/pbx/berlin');
  });

  it('attempts of the same number are different ones in each source and system', async () => {
    await stack.client.del(LIST);
    const leaving = { ...(await payload('leaving')), attempt_id: '77', timestamp: '1782900095000' };
    const events = ['/pbx/berlin', '/pbx/paris'].map((source, index) =>
      changed({ source, id: `seven-${index}` }, { attempt_id: 77, timestamp: 1782900095000 }),
    );
    const answers = [
      await stack.post('/hooks/webitel', JSON.stringify(leaving)),
      ...(await Promise.all(events.map((event) => post(event)))),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202],
    );
    assert.equal(new Set(answers.map(({ body }) => body['id'])).size, 3);
    await until('three CDRs', async () => (await cdrs()).length === 3);
    assert.deepEqual((await cdrs()).map(({ call_ref, source }) => [call_ref, source ?? 'webitel']).sort(), [
      ['77', 'cloudevents:/pbx/berlin'],
      ['77', 'cloudevents:/pbx/paris'],
      ['77', 'webitel'],
    ]);
  });

  it('a segment behind the path is unknown, and a refused event is kept with its attributes', async () => {
    assert.equal((await stack.post('/hooks/cloudevents/leaving', '{}')).status, 404);
    const { status, body } = await post({}, headersOf({ ...example, type: 'else' }));
    assert.equal(status, 422);
    assert.ok(body['quarantined']);
  });
});
