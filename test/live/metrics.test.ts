// GET /metrics: what it says, to whom, in which form; the rules and the dashboard that read it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual, promisify } from 'node:util';
import { nameKeys } from '../../clients/node/src/keys.ts';
import { liveConfig } from '../../live/config.ts';
import { writeOpenMetrics } from '../../live/metrics/openmetrics.ts';
import { readReported } from '../../live/metrics/reported.ts';
import { freePort } from '../../local/free-port.ts';
import { scratch } from '../../local/scratch.ts';
import { root } from '../../local/settings.ts';
import { happened, NOW, SECRET, STREAM, startLive } from '../support/live.ts';
import { findValue, type Read, readOpenMetrics } from '../support/openmetrics.ts';
import { LIST } from '../support/publications.ts';
import { fileText, poster, until } from '../support/stack.ts';
import { signal, startTenant } from '../support/tenant.ts';

const TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

async function scrape(url: string, headers: Record<string, string> = {}): Promise<Read> {
  const response = await fetch(`${url}/metrics`, { headers });
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, TYPE]);
  return readOpenMetrics(await response.text());
}

describe('the text format', () => {
  it('escapes, leaves out what is not known, and is read back as it was meant', () => {
    const text = writeOpenMetrics([
      {
        name: 'a',
        type: 'gauge',
        help: 'A "quoted" \\ line\nand another',
        samples: [{ labels: { x: 'a"b\\c\nd' }, value: 1.5 }],
      },
      { name: 'b', type: 'counter', help: 'Nothing', samples: [] },
      {
        ...{ name: 'c_seconds', type: 'histogram', help: 'C' },
        histogram: {
          buckets: [
            [1, 2],
            [2.5, 3],
            [Number.POSITIVE_INFINITY, 4],
          ],
          sum: 9,
        },
      },
    ]);
    const read = readOpenMetrics(text);
    assert.equal(findValue(read, 'a', { x: 'a"b\\c\nd' }), 1.5);
    assert.equal(findValue(read, 'c_seconds_bucket', { le: '2.5' }), 3);
    assert.deepEqual(
      [...read.families],
      [
        ['a', 'gauge'],
        ['c_seconds', 'histogram'],
      ],
    );
    assert.match(text, /^# UNIT c_seconds seconds$/m);
  });

  it('is told apart from what is none', () => {
    for (const text of [
      'a 1\n# EOF\n',
      '# TYPE a counter\na 1\n# EOF\n',
      '# TYPE a gauge\na 1\n',
      '# TYPE a gauge\na{x="1} 1\n# EOF\n',
    ])
      assert.throws(() => readOpenMetrics(text), text);
  });
});

describe('the gateway alone', () => {
  it('counts events as it reads them, late ones and their ages, and says when the newest was published', async () => {
    await using live = await startLive();
    const before = await scrape(live.url);
    assert.equal(findValue(before, 'hookline_newest_event_timestamp_seconds'), undefined);
    assert.equal(findValue(before, 'hookline_events_published_total', { event: 'joined' }), 0);
    await live.say(await happened('joined'));
    const { client } = live.redis;
    const own = JSON.stringify({ type: 'leaving', payload: { received_at: NOW - 2_000, late: true } });
    await client.xadd(STREAM, `${NOW}-0`, 'event', own).catch(() => client.xadd(STREAM, '*', 'event', own));
    await client.xadd(STREAM, '*', 'event', '{"type":"of a newer version","payload":{}}');
    await client.xadd(STREAM, '*', 'event', 'no JSON');
    await until(
      'all to be read',
      async () =>
        findValue(await scrape(live.url), 'hookline_events_published_total', { event: 'other' }) === 2,
    );
    const after = await scrape(live.url);
    assert.equal(findValue(after, 'hookline_events_published_total', { event: 'joined' }), 1);
    assert.equal(findValue(after, 'hookline_events_late_total'), 1);
    assert.equal(findValue(after, 'hookline_event_age_seconds_count'), 2);
    assert.ok((findValue(after, 'hookline_newest_event_timestamp_seconds') ?? 0) >= NOW / 1_000);
    // What Redis does not answer in time is left out.
    await until('the stream', async () => {
      const read = await scrape(live.url);
      const figures = ['entries', 'reading'].map((name) => findValue(read, `hookline_stream_${name}`));
      return isDeepStrictEqual(figures, [4, 1]);
    });
  });

  it('has the lengths of lists and what workers hold, and its clients', async () => {
    await using live = await startLive();
    const { client } = live.redis;
    const keys = nameKeys(LIST, 'one-1');
    await client.lpush(LIST, 'a', 'b', 'c');
    await client.lpush(keys.processing, 'd', 'e');
    await client.lpush(keys.dead, 'f');
    await client.zadd(keys.leases, Date.now() - 60_000, 'one-1', Date.now() + 60_000, 'two-2');
    const known = { list: LIST, state: 'alive' };
    const read = await until('an answer of Redis', async () => {
      const answered = await scrape(live.url);
      return findValue(answered, 'hookline_workers', known) !== undefined && answered;
    });
    const entries = ['waiting', 'processing', 'dead'].map((where) =>
      findValue(read, 'hookline_list_entries', { list: LIST, where }),
    );
    assert.deepEqual(entries, [3, 2, 1]);
    const workers = ['alive', 'lost'].map((state) =>
      findValue(read, 'hookline_workers', { list: LIST, state }),
    );
    assert.deepEqual(workers, [1, 1]);
    assert.deepEqual(
      ['axialys', 'xuc'].map((protocol) => findValue(read, 'hookline_clients', { protocol })),
      [0, 0],
    );
    // No function runs beside it: what they would count is not known.
    assert.equal(findValue(read, 'hookline_hooks_accepted_total'), undefined);
  });

  it('holds no word of an event, and few values of a label', async () => {
    await using live = await startLive();
    await live.say(await happened('leaving'), await happened('bridged'));
    await until(
      'both',
      async () => (findValue(await scrape(live.url), 'hookline_event_age_seconds_count') ?? 0) === 2,
    );
    const response = await fetch(`${live.url}/metrics`);
    const text = await response.text();
    for (const word of ['380671112233', '918273', 'enigma:notifications:agents', 'member', 'attempt'])
      assert.ok(!text.includes(word), word);
    assert.ok(text.split('\n').length < 120);
  });

  it('with a user who only reads the stream leaves out what it may not see, and goes on when Redis is away', async () => {
    await using live = await startLive();
    await live.redis.client.call(
      'ACL',
      'SETUSER',
      'reader',
      'on',
      '>secret',
      `~${STREAM}`,
      '-@all',
      '+xread',
      '+xrange',
      '+hello',
      '+info',
    );
    const url = live.redis.server.url.replace('//', '//reader:secret@');
    await using least = await startLive({ REDIS_URL: url }, live.redis);
    const read = await until('it to read', async () => {
      const found = await scrape(least.url);
      return findValue(found, 'hookline_stream_reading') === 1 && found;
    });
    assert.equal(findValue(read, 'hookline_list_entries'), undefined);
    await live.redis.server.stop();
    await until(
      'it to notice',
      async () => findValue(await scrape(live.url), 'hookline_stream_reading') === 0,
    );
  });
});

describe('who may read', () => {
  it('are programs of this machine alone, unless there is a token; then whoever sends it', async () => {
    await using live = await startLive();
    const status = async (url: string, headers: Record<string, string>) =>
      (await fetch(`${url}/metrics`, { headers })).status;
    for (const header of ['x-forwarded-for', 'forwarded', 'via'])
      assert.equal(await status(live.url, { [header]: '192.0.2.7' }), 403, header);
    const token = 'a-token-of-metrics';
    await using closed = await startLive({ LIVE_METRICS_TOKEN: token }, live.redis);
    assert.equal(await status(closed.url, {}), 401);
    assert.equal(await status(closed.url, { authorization: `Bearer ${token}x` }), 401);
    assert.equal(await status(closed.url, { authorization: `Bearer ${token}`, via: 'a proxy' }), 200);
    assert.equal((await fetch(`${live.url}/metrics`, { method: 'POST' })).status, 405);
    const settings = { LIVE_USERS: '{"a":"b"}', LIVE_SECRET: SECRET, REDIS_URL: 'redis://x' };
    assert.throws(
      () => liveConfig({ ...settings, LIVE_METRICS_TOKEN: 'short' }),
      /LIVE_METRICS_TOKEN must be at least 16/,
    );
  });
});

const hasPrometheus = await promisify(execFile)('promtool', ['--version']).then(
  () => true,
  () => false,
);
const skip = hasPrometheus ? false : 'prometheus is not installed: apt-get install prometheus';

describe('a run of npm start', () => {
  it('counts what its door and its consumer do, as the rules and the dashboard name it, and Prometheus reads it', async (t) => {
    await using tenant = await startTenant();
    const LIVE_PORT = `${await freePort()}`;
    const started = tenant.run({ LIVE_PORT });
    await tenant.ready(started);
    const live = `http://127.0.0.1:${LIVE_PORT}`;
    const post = poster(started.url);
    const leaving = JSON.parse(await fileText('events/webitel/leaving.json'));
    for (const attempt_id of [1, 2, 3])
      await post('/hooks/webitel/leaving', JSON.stringify({ ...leaving, attempt_id }));
    await post('/hooks/webitel/leaving', '{');
    await post('/hooks/webitel/leaving', '{}');
    await post('/hooks/webitel/leaving', '{}', { 'x-api-key': 'wrong' });
    await post('/hooks/nowhere', '{}');
    const read = async () => scrape(live);
    await until(
      'the figures of the consumer',
      async () => findValue(await read(), 'hookline_cdrs_pushed_total') === 3,
    );
    await until(
      'the events',
      async () => findValue(await read(), 'hookline_events_published_total', { event: 'leaving' }) === 3,
    );
    await until(
      'the queues',
      async () => findValue(await read(), 'hookline_queue_messages', { queue: 'quarantine' }) === 2,
    );
    const all = await read();
    const refused = [400, 401, 404, 422, 503].map((reason) =>
      findValue(all, 'hookline_hooks_refused_total', { reason: `${reason}` }),
    );
    assert.deepEqual(refused, [1, 1, 1, 1, 0]);
    const names = ['hooks_accepted', 'hooks_quarantined', 'hooks_lost', 'door_errors', 'events_given_back'];
    assert.deepEqual(
      names.map((name) => findValue(all, `hookline_${name}_total`)),
      [3, 2, 0, 0, 0],
    );
    assert.equal(findValue(all, 'hookline_events_published_total', { event: 'leaving' }), 3);
    assert.equal(findValue(all, 'hookline_list_entries', { where: 'waiting' }), 3);

    assert.equal(readReported('{"message":"not swept"}')?.figures['sweep_failed'], 1);
    assert.equal(readReported('{"message":"the function failed"}')?.figures['failed'], 1);
    const known = new Set(all.samples.map(({ name }) => name));
    for (const file of ['deploy/prometheus/rules.yml', 'deploy/grafana/hookline.json']) {
      const used = [...(await fileText(file)).matchAll(/hookline_[a-z_]+/g)].map(([name]) => name);
      assert.ok(used.length > 10);
      for (const name of used) assert.ok(known.has(name), `${file}: ${name}`);
    }
    if (hasPrometheus) await scrapeByPrometheus(LIVE_PORT);
    else t.diagnostic(`${skip}: not scraped`);
    signal(started.process, 'SIGTERM');
    assert.equal(await started.exit, 0);
  });
});

/** Debian's own Prometheus, with our rules, reads the gateway. */
async function scrapeByPrometheus(livePort: string): Promise<void> {
  await using folder = await scratch();
  const port = await freePort();
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(root, 'deploy/prometheus/rules.yml')],
    scrape_configs: [{ job_name: 'hookline', static_configs: [{ targets: [`127.0.0.1:${livePort}`] }] }],
  };
  const file = join(folder.path, 'prometheus.yml');
  await writeFile(file, JSON.stringify(config));
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder.path}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = once(prometheus, 'exit');
  try {
    // Until it is ready it refuses to answer.
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined);
      return Object(response?.ok ? await response.json() : undefined);
    };
    await until('a scrape', async () => {
      const { data } = await ask('query?query=hookline_hooks_accepted_total');
      return data?.result?.[0]?.value?.[1] === '3';
    });
    // A single scrape may take longer than its second.
    await until('a scrape without an error', async () => {
      const { data } = await ask('targets');
      const [target] = data?.activeTargets ?? [];
      return target?.health === 'up' && target.lastError === '';
    });
    await until('an alarm', async () => {
      const { data: alerts } = await ask('alerts');
      return alerts?.alerts?.some(
        ({ labels }: { labels: { alertname: string } }) => labels.alertname === 'HooklineQuarantine',
      );
    });
  } finally {
    prometheus.kill();
    await ended;
  }
}

describe('the alarm rules', () => {
  it('have a sentence of what to do each, that of the alarm on AWS where there is one', async () => {
    const rules = await fileText('deploy/prometheus/rules.yml');
    const alerts = [...rules.matchAll(/- alert: Hookline(\w+)/g)].map(([, name]) => name);
    const golden: readonly string[][] = JSON.parse(await fileText('test/golden/alarms.json'));
    const onAws = golden.map(([name = '']) => name.replace('Alarm', ''));
    // Nothing throttles a function here, and there is neither an HTTP API nor a secret that is read at run time.
    const none = onAws.filter((name) => !alerts.includes(name));
    assert.deepEqual(
      none.filter((name) => !/^(?:DoorThrottled|Gateway|Secret)/.test(name)),
      [],
    );
    assert.equal(rules.match(/summary: /g)?.length, alerts.length);
  });

  it('are taken by promtool, and fire when they are meant to', { skip }, async () => {
    for (const [command, file] of [
      ['check', 'rules.yml'],
      ['test', 'rules-test.yml'],
    ] as const) {
      const done = await promisify(execFile)('promtool', [command, 'rules', file], {
        cwd: join(root, 'deploy/prometheus'),
      });
      assert.match(done.stdout, /SUCCESS/);
    }
  });
});

describe('the dashboard', () => {
  it('is JSON with a title and an expression for each panel', async () => {
    const { panels, uid } = JSON.parse(await fileText('deploy/grafana/hookline.json'));
    assert.equal(uid, 'hookline');
    for (const { title, targets } of panels) {
      assert.ok(title.length > 0 && targets.length > 0);
      for (const { expr } of targets) assert.match(expr, /hookline_/);
    }
  });
});
