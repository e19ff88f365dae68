// What the console does with rights on the queues: refused hooks, their replay, the trial, health, and the counts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dialects } from '../../lib/publish/dialects/index.ts';
import type { RefusedNews } from '../../live/console/schema.ts';
import * as schema from '../../live/console/schema.ts';
import { openDesk } from '../../ops/console/desk.ts';
import { countLines } from '../../ops/console/lines.ts';
import { memoryFinding } from '../../ops/console/lists.ts';
import { visit } from '../support/console.ts';
import { places } from '../support/dialect-suite.ts';
import { payload, startStack, startTestRedis, TOKEN, until } from '../support/stack.ts';
import { startRunHere } from './run-here.ts';
import { type Stack, targetOf } from './stack-target.ts';

const publishing = { dialects: [dialects.enigma.dialect], known: places };
const LIST = 'enigma:notifications:campaigns';
const MINUTE = 60_000;

function openStackDesk(stack: Stack) {
  const target = { ...targetOf(stack), door: stack.bridge.url, redis: stack.server.url };
  const desk = openDesk({ findTarget: async () => target, publishing, cluster: false });
  const news: RefusedNews[] = [];
  const rest = desk.watch((one) => news.push(schema.refusedNews.parse(one)));
  return { desk, news, last: () => news.at(-1), [Symbol.dispose]: rest };
}

describe('a refused hook', () => {
  it('is listed without personal data, shown with what is wrong beside its field, and replayed mended', async () => {
    await using stack = await startStack();
    using at = openStackDesk(stack);
    const { attempt_id: _, ...lacking } = await payload('leaving');
    await stack.post('/hooks/webitel', JSON.stringify(lacking));
    await until('the row', () => at.last()?.refused.length === 1);
    const [row] = at.last()?.refused ?? [];
    assert.deepEqual([row?.status, row?.event, row?.queue, row?.agent], [422, 'leaving', '42', '1003']);
    assert.doesNotMatch(JSON.stringify(at.news), /380671112233|Petrenko|ACC-7781/);

    const id = row?.id ?? '';
    const hidden = schema.refusedDelivery.parse(await at.desk.show(id, false));
    assert.deepEqual(hidden.fields?.[0], {
      name: 'attempt_id',
      value: null,
      problems: ['is missing: map it in the data of the flow'],
    });
    assert.doesNotMatch(JSON.stringify(hidden), /380671112233|Petrenko|ACC-7781/);
    const shown = await at.desk.show(id, true);
    assert.equal(shown?.fields?.find(({ name }) => name === 'destination')?.value, '380671112233');

    const again = schema.replayed.parse(await at.desk.replay({ id, set: {}, dry: true }));
    assert.deepEqual([again.accepted, again.problems[0]?.path], [false, 'attempt_id']);
    const set = { attempt_id: '918273' };
    assert.equal((await at.desk.replay({ id, set, dry: true }))?.accepted, true);
    assert.equal(await stack.client.llen(LIST), 0);
    const done = schema.replayed.parse(await at.desk.replay({ id, set, dry: false }));
    assert.deepEqual([done.accepted, done.event, done.reason], [true, 'leaving', null]);
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    await until('the list to be empty', () => at.last()?.refused.length === 0);
    assert.equal(await at.desk.show(id, false), undefined);
    assert.equal(await at.desk.replay({ id, set, dry: false }), undefined);
  });

  it('that is replayed as it is stays, with its reason; one of an unknown event is given another', async () => {
    await using stack = await startStack();
    using at = openStackDesk(stack);
    const hook = JSON.stringify(await payload('leaving'));
    await stack.post('/hooks/webitel/levaing', hook);
    await until('the row', () => at.last()?.refused.length === 1);
    const id = at.last()?.refused[0]?.id ?? '';
    const refused = await at.desk.replay({ id, set: {}, dry: false });
    assert.deepEqual([refused?.accepted, /levaing|one of/.test(refused?.reason ?? '')], [false, true]);
    assert.equal((await at.desk.replay({ id, set: {}, event: 'leaving', dry: false }))?.accepted, true);
  });

  it('that is neither JSON nor a form is shown as a text, and mended as one', async () => {
    await using stack = await startStack();
    using at = openStackDesk(stack);
    await stack.post('/hooks/webitel', '{"state":"joined","member_name":"Olena",}');
    await until('the row', () => at.last()?.refused.length === 1);
    const id = at.last()?.refused[0]?.id ?? '';
    const hidden = await at.desk.show(id, false);
    assert.deepEqual([hidden?.fields, /Olena/.test(hidden?.body ?? '')], [null, false]);
    assert.match((await at.desk.show(id, true))?.body ?? '', /Olena/);
    const body = '{"state":"joined","channel":"call","attempt_id":"1"}';
    assert.equal((await at.desk.replay({ id, set: {}, body, dry: true }))?.accepted, true);
  });
});

describe('a trial', () => {
  it('answers what the door answered, and the very messages that the hook made', async () => {
    await using stack = await startStack();
    using at = openStackDesk(stack);
    const body = JSON.stringify(await payload('bridged'));
    const made = schema.messages.parse(await at.desk.trial({ token: 'local-token', body }));
    assert.equal(made.status, 202);
    assert.deepEqual(
      made.messages.map(({ place }) => place.replace(`${places.base}:`, '')),
      ['queues:42', 'agents:1003', 'agent:1003', 'agents:1003', 'agent:1003'],
    );
    const leaving = await at.desk.trial({
      token: 'local-token',
      body: JSON.stringify(await payload('leaving')),
    });
    assert.ok(leaving.messages.some(({ kind, place }) => kind === 'list' && place === LIST));
    const wrong = await at.desk.trial({ token: 'wrong', body });
    assert.deepEqual([wrong.status, wrong.messages], [401, []]);
  });

  it('has a flow to import, with the URL of the door in it', async () => {
    await using stack = await startStack();
    using at = openStackDesk(stack);
    const flow = JSON.parse(await at.desk.writeFlow('https://hooks.example.com/"$&'));
    assert.match(JSON.stringify(flow), /https:\/\/hooks\.example\.com/);
    assert.doesNotMatch(JSON.stringify(flow), /HOOKLINE_URL/);
    assert.ok(Object.hasOwn(await at.desk.listExamples(), 'bridged'));
    assert.deepEqual(await at.desk.describeDoor(), { url: stack.bridge.url, token: TOKEN });
  });
});

describe('the CDR of a call', () => {
  it('is found where it waits, and known to be taken', async () => {
    await using stack = await startStack();
    using at = openStackDesk(stack);
    const where = async () => schema.whereabouts.parse(await at.desk.locate('918273', undefined)).cdrs;
    assert.match((await where())[0]?.where ?? '', /^is not there yet/);
    await stack.post('/hooks/webitel', JSON.stringify(await payload('leaving')));
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    assert.deepEqual(await where(), [{ list: LIST, where: 'waits there, as number 1 of 1' }]);
    const entry = await stack.client.rpop(LIST);
    assert.match((await where())[0]?.where ?? '', /somebody has taken it/);
    await stack.client.lpush(`{${LIST}}:dead`, JSON.stringify({ entry, tries: 10, reason: 'no account' }));
    assert.deepEqual(await where(), [{ list: LIST, where: 'is in the dead list: a worker gave up on it' }]);
  });
});

describe('health', () => {
  it('has the queues, Redis, its memory, and whether somebody takes CDRs', async () => {
    await using stack = await startStack();
    using at = openStackDesk(stack);
    await stack.post('/hooks/webitel', JSON.stringify(await payload('leaving')));
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    const find = async (check: string) =>
      (await at.desk.examine()).find((finding) => finding.check === check);
    await until('the list', async () => (await find('CDR list')) !== undefined);
    for (const check of ['events waiting', 'dead letters', 'quarantine', 'Redis', 'role', 'memory', 'rights'])
      assert.equal((await find(check))?.state, 'good', check);
    await until('its entry', async () => / 1, the oldest from /.test((await find('CDR list'))?.detail ?? ''));
    await stack.client.rpop(LIST);
    await until('the pop', async () =>
      /empty, the last was taken/.test((await find('CDR list'))?.detail ?? ''),
    );
  });

  it('warns before Redis is full', async () => {
    await using redis = await startTestRedis();
    await redis.client.config('SET', 'maxmemory', '1mb');
    assert.equal((await memoryFinding(redis.server.url, false)).state, 'failed');
    await redis.client.config('SET', 'maxmemory', '1gb');
    assert.equal((await memoryFinding(redis.server.url, false)).state, 'good');
  });
});

describe('the counts of what is kept nowhere', () => {
  const refused = (path: string, status = 404) => JSON.stringify({ message: 'refused', status, path });

  it('are by minute, status and path, each with its remedy', () => {
    const lines = countLines();
    for (const [path, status, at] of [
      ['/hooks/webitel', 401, 0],
      ['/hooks/webitel', 401, 1],
      ['/hook', 404, 2],
      ['/hook', 404, MINUTE],
    ] as const)
      assert.equal(lines.take(refused(path, status), at), false);
    assert.deepEqual(
      lines.turnedAway(MINUTE).map(({ minute, status, path, count }) => [minute, status, path, count]),
      [
        [MINUTE, 404, '/hook', 1],
        [0, 401, '/hooks/webitel', 2],
        [0, 404, '/hook', 1],
      ],
    );
    assert.ok(lines.turnedAway(MINUTE).every(({ remedy }) => remedy !== ''));
    assert.deepEqual(lines.turnedAway(70 * MINUTE), []);
  });

  it('stay as few in a flood of any paths', () => {
    const lines = countLines();
    for (let hook = 0; hook < 20_000; hook++) lines.take(refused(`/${hook}`), (hook % 200) * MINUTE);
    const known = lines.turnedAway(199 * MINUTE);
    assert.ok(known.length <= 60 * 21, `${known.length}`);
    assert.equal(known.filter(({ path }) => path === 'other paths').length, 60);
  });

  it('have repeats, and what was given back with its cause; what is no line of ours is passed over', () => {
    const lines = countLines();
    assert.equal(lines.take('{"message":"quarantined"}', 0), true);
    lines.take('{"message":"accepted","repeat":true}', 0);
    const cause = { messages: ['x'], error: { message: 'READONLY' }, remedy: 'name the primary' };
    lines.take(JSON.stringify({ message: 'given back', given_back: 3, causes: [cause] }), 7);
    for (const text of ['', 'null', '[]', '{"message":1}', '{']) assert.equal(lines.take(text, 0), false);
    assert.equal(lines.repeats(), 1);
    assert.deepEqual(lines.givenBack(), [
      { at: 7, count: 3, causes: [{ message: 'READONLY', remedy: 'name the primary' }] },
    ]);
  });
});

describe('hookline console', () => {
  it('serves the page on this machine alone, also while Redis is away, until it is stopped', async () => {
    await using run = await startRunHere();
    const command = run.start(['console']);
    const find = () => /^console: (http:\/\/127\.0\.0\.1:\d+)\//m.exec(command.out())?.[1];
    const url = (await until('its URL', find)) ?? '';
    assert.equal((await fetch(url)).status, 200);
    const { body } = await visit(url).ask('me');
    assert.deepEqual([body['login'], body['desk'], body['tenant']], ['operator', true, run.TENANT]);
    assert.equal((await visit(url).ask('refused?id=x')).status, 404);
    const { status, body: failure } = await visit(url).ask('trial', { token: 'x', body: '{}' });
    assert.deepEqual([status, /ECONNREFUSED/.test(String(failure['detail']))], [503, true]);
    command.process.kill('SIGTERM');
    assert.equal(await command.exit, 0);
  });
});
