// What the console does with rights on the queues: refused hooks, their replay, the trial, health, and the counts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { dialects } from '../../lib/publish/dialects/index.ts';
import type { Finding, RefusedNews } from '../../live/console/schema.ts';
import * as schema from '../../live/console/schema.ts';
import { nameDeployment } from '../../local/deployed-names.ts';
import { credentials } from '../../local/sqs-client.ts';
import { openDesk } from '../../ops/console/desk.ts';
import { countLines } from '../../ops/console/lines.ts';
import { memoryFinding } from '../../ops/console/lists.ts';
import { type Metrics, openMetrics } from '../../ops/console/metrics.ts';
import { visit } from '../support/console.ts';
import { places } from '../support/dialect-suite.ts';
import { startFakeAws } from '../support/fake-aws.ts';
import { payload, startStack, startTestRedis, TOKEN, until } from '../support/stack.ts';
import { startRunHere } from './run-here.ts';
import { type Stack, targetOf } from './stack-target.ts';

const publishing = { dialects: [dialects.enigma.dialect], known: places };
const LIST = 'enigma:notifications:campaigns';
const MINUTE = 60_000;

function openStackDesk(stack: Stack, metrics?: Metrics, door = stack.bridge.url) {
  const target = { ...targetOf(stack), door, redis: stack.server.url };
  const desk = openDesk({
    findTarget: async () => target,
    publishing,
    cluster: false,
    ...(metrics && { metrics }),
  });
  const news: RefusedNews[] = [];
  const rest = desk.watch((one) => news.push(schema.refusedNews.parse(one)));
  return { desk, news, last: () => news.at(-1), [Symbol.dispose]: rest };
}

/** Each is good; what is slow on a busy machine is examined again. */
async function untilGood(examine: () => Promise<readonly Finding[]>, checks: readonly string[]) {
  let left: readonly string[] = checks;
  const good = until('good findings', async () => {
    const found = await examine();
    left = checks.filter((name) => !found.some(({ check, state }) => check === name && state === 'good'));
    return left.length === 0;
  });
  await good.catch((error: unknown) => {
    assert.deepEqual(left, []);
    throw error;
  });
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
    let attempt = 0;
    // Another attempt each time: what a busy machine has not published in time is a repeat then.
    const tryOut = (name: string) =>
      until(`the messages of ${name}`, async () => {
        const body = JSON.stringify({ ...(await payload(name)), attempt_id: `${++attempt}` });
        const made = schema.messages.parse(await at.desk.trial({ token: TOKEN, body }));
        assert.equal(made.status, 202);
        return made.messages.length > 0 && made;
      });
    const made = await tryOut('bridged');
    assert.deepEqual(
      made.messages.map(({ place }) => place.replace(`${places.base}:`, '')),
      ['queues:42', 'agents:1003', 'agent:1003', 'agents:1003', 'agent:1003'],
    );
    const leaving = await tryOut('leaving');
    assert.ok(leaving.messages.some(({ kind, place }) => kind === 'list' && place === LIST));
    const wrong = await at.desk.trial({ token: 'wrong', body: JSON.stringify(await payload('bridged')) });
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
    const queues = ['events waiting', 'dead letters', 'quarantine'];
    await untilGood(at.desk.examine, [...queues, 'Redis', 'role', 'memory', 'rights', 'door']);
    await until('its entry', async () => / 1, the oldest from /.test((await find('CDR list'))?.detail ?? ''));
    await stack.client.rpop(LIST);
    await until('the pop', async () =>
      /empty, the last was taken/.test((await find('CDR list'))?.detail ?? ''),
    );
  });

  it('has what is wrong with the door', async () => {
    await using stack = await startStack();
    for (const [door, detail] of [
      [`${stack.bridge.url}/hooks`, /answers 404/],
      ['http://127.0.0.1:1', /gives no answer/],
    ] as const) {
      using at = openStackDesk(stack, undefined, door);
      await until(`${detail}`, async () => {
        const finding = (await at.desk.examine()).find(({ check }) => check === 'door');
        assert.equal(finding?.state, 'failed');
        return detail.test(finding.detail);
      });
    }
  });

  it('warns before Redis is full', async () => {
    await using redis = await startTestRedis();
    // Less than an empty one takes.
    await redis.client.config('SET', 'maxmemory', '100kb');
    assert.equal((await memoryFinding(redis.server.url, false)).state, 'failed');
    await redis.client.config('SET', 'maxmemory', '1gb');
    assert.equal((await memoryFinding(redis.server.url, false)).state, 'good');
  });
});

describe('the counts of what is kept nowhere', () => {
  const refused = (path: string, status = 404) => JSON.stringify({ message: 'refused', status, path });

  it('are by minute, status and path, each with its remedy', () => {
    const lines = countLines();
    const turnedAway = (now: number) => lines.describe(now).turnedAway;
    for (const [path, status, at] of [
      ['/hooks/webitel', 401, 0],
      ['/hooks/webitel', 401, 1],
      ['/hook', 404, 2],
      ['/hook', 404, MINUTE],
    ] as const)
      assert.equal(lines.take(refused(path, status), at), false);
    assert.deepEqual(
      turnedAway(MINUTE).map(({ minute, status, path, count }) => [minute, status, path, count]),
      [
        [MINUTE, 404, '/hook', 1],
        [0, 401, '/hooks/webitel', 2],
        [0, 404, '/hook', 1],
      ],
    );
    assert.ok(turnedAway(MINUTE).every(({ remedy }) => remedy !== ''));
    assert.deepEqual(turnedAway(70 * MINUTE), []);
  });

  it('stay as few in a flood of any paths', () => {
    const lines = countLines();
    for (let hook = 0; hook < 20_000; hook++) lines.take(refused(`/${hook}`), (hook % 200) * MINUTE);
    const known = lines.describe(199 * MINUTE).turnedAway;
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
    const { repeats, givenBack } = lines.describe(7);
    assert.equal(repeats, 1);
    assert.deepEqual(givenBack, [
      { at: 7, count: 3, causes: [{ message: 'READONLY', remedy: 'name the primary' }] },
    ]);
  });
});

describe('the counts of a deployment', () => {
  const NAMES = nameDeployment('prod', 'acme');
  type Series = Readonly<Record<string, readonly (readonly [ago: number, value: number])[]>>;

  /** By name of the metric, and of what it is. */
  async function startMetrics(series: Series) {
    await using starting = new AsyncDisposableStack();
    const aws = starting.use(await startFakeAws());
    aws.knobs.points = (namespace, metric, of) => [...(series[`${namespace} ${metric} ${of}`] ?? [])];
    const clock = { now: Date.now() };
    const cloudWatch = new CloudWatchClient({
      region: 'eu-central-1',
      endpoint: aws.env.AWS_ENDPOINT_URL_CLOUDWATCH,
      credentials,
      maxAttempts: 1,
    });
    starting.defer(async () => cloudWatch.destroy());
    const running = starting.move();
    return {
      aws,
      clock,
      metrics: openMetrics({ cloudWatch }, NAMES, () => clock.now),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  }

  it('are what CloudWatch has of each minute: 401s, other refusals, and what was given back', async () => {
    await using at = await startMetrics({
      'Hookline unauthorized hookline-prod--acme-webhook': [[600, 3]],
      'Hookline refused hookline-prod--acme-webhook': [
        [120, 2],
        [600, 10],
      ],
      'Hookline quarantined hookline-prod--acme-webhook': [
        [120, 2],
        [600, 5],
      ],
      'Hookline given_back hookline-prod--acme-consumer': [
        [300, 0],
        [600, 4],
      ],
      'AWS/SQS ApproximateAgeOfOldestMessage hookline-prod--acme-events.fifo': [
        [60, 700],
        [120, 640],
      ],
      'Hookline lost hookline-prod--acme-webhook': [[600, 1]],
    });
    assert.deepEqual(at.metrics.examine(at.clock.now), []);
    await at.metrics.refresh();
    const counts = schema.counts.parse(at.metrics.describe());
    assert.deepEqual(
      counts.turnedAway.map(({ status, path, count }) => [status, path, count]),
      [
        [401, null, 3],
        [null, null, 2],
      ],
    );
    assert.ok(counts.turnedAway.every(({ minute, remedy }) => minute % MINUTE === 0 && remedy !== ''));
    assert.deepEqual(
      counts.givenBack.map(({ count, causes }) => [count, causes]),
      [[4, []]],
    );
    assert.deepEqual([counts.by, counts.failure, counts.repeats], ['CloudWatch', null, null]);
    const [oldest, lost] = at.metrics.examine(at.clock.now);
    assert.deepEqual([oldest?.state, /^700 s old/.test(oldest?.detail ?? '')], ['warning', true]);
    assert.deepEqual([lost?.state, /^1 within an hour/.test(lost?.detail ?? '')], ['failed', true]);
  });

  it('cost one call a minute, however often they are looked at, and none are known of a quiet deployment', async () => {
    await using at = await startMetrics({});
    for (let look = 0; look < 5; look++) await at.metrics.refresh();
    assert.equal(at.aws.calls.length, 1);
    at.clock.now += MINUTE;
    await at.metrics.refresh();
    assert.equal(at.aws.calls.length, 2);
    const { turnedAway, givenBack } = at.metrics.describe();
    assert.deepEqual([turnedAway, givenBack], [[], []]);
    assert.deepEqual(
      at.metrics.examine(at.clock.now).map(({ state }) => state),
      ['good', 'good'],
    );
    assert.match(at.metrics.examine(at.clock.now)[0]?.detail ?? '', /no figure/);
  });

  it('have the reason and the remedy when CloudWatch refuses, and come back', async () => {
    await using at = await startMetrics({ 'Hookline refused hookline-prod--acme-webhook': [[60, 1]] });
    at.aws.knobs.fault = { code: 'AccessDenied', message: 'not authorized: cloudwatch:GetMetricData' };
    await at.metrics.refresh();
    assert.match(at.metrics.describe().failure ?? '', /GetMetricData.*give these credentials that right/);
    const [finding] = at.metrics.examine(at.clock.now);
    assert.deepEqual([finding?.check, finding?.state], ['CloudWatch', 'failed']);
    at.aws.knobs.fault = undefined;
    at.clock.now += MINUTE;
    await at.metrics.refresh();
    const { failure, turnedAway } = at.metrics.describe();
    assert.deepEqual([failure, turnedAway.length], [null, 1]);
  });

  it('are pushed to who watches, and stand in health', async () => {
    await using at = await startMetrics({ 'Hookline refused hookline-prod--acme-webhook': [[60, 1]] });
    await using stack = await startStack();
    using desk = openStackDesk(stack, at.metrics);
    await until('the counts', () => desk.last()?.counts?.turnedAway.length === 1);
    assert.ok((await desk.desk.examine()).some(({ check }) => check === 'oldest event'));
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

  it('of a deployment has what CloudWatch counts, and its own queues in health', async () => {
    await using aws = await startFakeAws();
    const { events, deadLetters, quarantine, webhook } = nameDeployment('prod', 'example');
    for (const name of [events, deadLetters, quarantine])
      aws.local.createQueue(name, { attributes: name.endsWith('.fifo') ? { FifoQueue: 'true' } : {} });
    aws.knobs.points = (_, metric, of) =>
      of === webhook && ['refused', 'unauthorized'].includes(metric) ? [[120, 7]] : [];
    await using run = await startRunHere();
    const command = run.start(['console', '--stage', 'prod', '--tenant', 'example'], aws.env);
    const find = () => /^console: (http:\/\/127\.0\.0\.1:\d+)\//m.exec(command.out())?.[1];
    const url = (await until('its URL', find)) ?? '';
    using feed = await visit(url).listen();
    const counts = () => schema.refusedNews.safeParse(feed.last('refused')).data?.counts;
    await until('the counts', () => counts()?.turnedAway[0]?.count === 7);
    assert.deepEqual([counts()?.by, counts()?.turnedAway[0]?.status], ['CloudWatch', 401]);
    const examine = async () => schema.health.parse((await visit(url).ask('health')).body).findings;
    await untilGood(examine, ['events waiting', 'quarantine', 'oldest event', 'lost hooks']);
    command.process.kill('SIGTERM');
    assert.equal(await command.exit, 0);
  });
});
