// What a million events cost: the arithmetic holds, its figures are the real ones, and the page shows what is printed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeHook } from '../bench/load.ts';
import { cost } from '../bin/cost.ts';
import { writeMessage } from '../lib/queue/message.ts';
import { receive } from '../lib/receive/receive.ts';
import { makeDeployment } from '../local/deployment.ts';
import { root } from '../local/settings.ts';
import { queueEnv, startSqs } from '../local/sqs-server.ts';
import { readTenantFile } from '../local/tenant-file.ts';
import {
  batchAt,
  costOf,
  costPerSecond,
  type End,
  emptyReceives,
  fronts,
  MEMORY_GB,
  rates,
  sum,
} from '../ops/cost/cost.ts';
import { assumed, measured } from '../ops/cost/figures.ts';
import { type Price, prices } from '../ops/cost/prices.ts';
import { catchLogLines } from './support/log-lines.ts';
import { startTestRedis } from './support/stack.ts';

const ends: readonly End[] = ['cheap', 'dear'];
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const near = (what: string, real: number, stated: number) =>
  assert.ok(
    Math.abs(real - stated) <= stated * 0.05,
    `${what}: ${real} bytes, ops/cost/figures.ts says ${stated}`,
  );

describe('more events', () => {
  const ascending = Array.from({ length: 400 }, (_, step) => 10 ** (step / 100 - 1));

  it('never cost less in total', () => {
    for (const front of fronts) {
      for (const end of ends) {
        const totals = [0, ...ascending].map((rate) => sum(costPerSecond(front, rate, end)));
        for (const [step, total] of totals.entries()) assert.ok(total >= (totals[step - 1] ?? 0));
      }
    }
  });

  it('never cost more a piece', () => {
    for (const front of fronts) {
      for (const end of ends) {
        const each = ascending.map((rate) => costOf(front, rate, end).perMillion);
        for (const [step, one] of each.entries()) {
          assert.ok(one <= (each[step - 1] ?? Number.POSITIVE_INFINITY) + 1e-9);
        }
      }
    }
  });

  it('make batches larger, from 1 to 10, and empty receives rarer', () => {
    for (const end of ends) {
      assert.equal(batchAt(0.1, end), 1);
      assert.equal(batchAt(100_000, end), 10);
      assert.equal(emptyReceives(0, end), assumed['pollers idle'][end] / 20);
      const empty = [0, ...ascending].map((rate) => emptyReceives(rate, end));
      for (const [step, one] of empty.entries()) assert.ok(one <= (empty[step - 1] ?? 1));
    }
  });
});

describe('a total', () => {
  it('is the sum of its parts, and a month is its seconds', () => {
    for (const front of fronts) {
      for (const rate of rates) {
        for (const end of ends) {
          const { parts, perMillion, perMonth } = costOf(front, rate, end);
          const { front: door, webhook, queue, consumer, logs, transfer, watching } = parts;
          assert.equal(perMillion, door + webhook + queue + consumer + logs + transfer + watching);
          assert.ok(Math.abs(perMonth - (perMillion * rate * 2.592e6) / 1e6) < 1e-6);
        }
      }
    }
  });

  it('is never lower at the dear end, nor behind an HTTP API', () => {
    for (const rate of rates) {
      for (const front of fronts) {
        assert.ok(costOf(front, rate, 'cheap').perMillion <= costOf(front, rate, 'dear').perMillion);
      }
      for (const end of ends) {
        assert.ok(costOf('function URL', rate, end).perMillion < costOf('HTTP API', rate, end).perMillion);
      }
    }
  });
});

describe('a price', () => {
  it('has a source, a date, and its name in the price list of AWS', () => {
    for (const [name, price] of Object.entries<Price>(prices)) {
      assert.match(price.taken, /^\d{4}-\d\d-\d\d$/, name);
      assert.match(price.dated, /^\d{4}-\d\d-\d\d$|^undated$/, name);
      assert.match(price.url, /^https:\/\//, name);
      assert.ok(price.source.length > 0 && price.region.length > 0 && price.usage.length > 0, name);
      assert.ok(price.usd >= 0, name);
    }
  });
});

describe('a measured figure', () => {
  it('of the log is what the functions write', async (t) => {
    await using redis = await startTestRedis();
    await using stack = new AsyncDisposableStack();
    const sqs = await startSqs();
    stack.defer(sqs.stop);
    Object.assign(process.env, {
      HOOK_TOKENS: 't',
      REDIS_URL: redis.server.url,
      ...queueEnv(sqs),
      AWS_LAMBDA_FUNCTION_NAME: 'hookline-prod-example-consumer',
    });
    const consumer = await startFunction('consumer');
    process.env['AWS_LAMBDA_FUNCTION_NAME'] = 'hookline-prod-example-webhook';
    const webhook = await startFunction('webhook');
    const lines = catchLogLines(t);
    let counted = 0;
    const logged = () => {
      const bytes = lines
        .slice(counted)
        .reduce((total, line) => total + Buffer.byteLength(JSON.stringify(line)), 0);
      counted = lines.length;
      return bytes;
    };

    for (const [index, name] of call.entries())
      await webhook(makeRequest(makeHook(name, 900_000_000 + index)));
    near('an accepted line', logged() / call.length, measured['webhook log'].value);

    const each = measured['consumer log, each event'].value;
    const events = await Promise.all(call.map((name, index) => recordOf(name, 910_000_000 + index)));
    for (const record of events) await consumer({ Records: [record] });
    near('a line for one', logged() / call.length, measured['consumer log'].value + each);
    const others = await Promise.all([...call, ...call].map((name, i) => recordOf(name, 920_000_000 + i)));
    await consumer({ Records: others });
    near('a line for ten', logged(), measured['consumer log'].value + 10 * each);
  });

  it('of what watches a stack is what is deployed', () => {
    const count = (file: string, line: string) => text(file).split(line).length - 1;
    const watched = (file: string) => count(file, 'MetricName: ');
    assert.equal(measured.alarms.value, watched('deploy/alarms.yml') + watched('deploy/front-httpApi.yml'));
    const { parts, memory } = makeDeployment('prod', 'acme', readTenantFile('{}'));
    assert.equal(measured.dashboards.value, parts.dashboard === 'on' ? 1 : 0);
    const [webhook, consumer] = [1024 * MEMORY_GB.webhook, 1024 * MEMORY_GB.consumer];
    assert.deepEqual([memory.webhook, memory.consumer], [webhook, consumer]);
  });
});

describe('hookline cost', () => {
  it('prints what docs/cost.md shows', async (t) => {
    const { mock } = t.mock.method(console, 'log', () => undefined);
    await cost.parseAsync([], { from: 'user' });
    const shown = /^```text\n(.*?)\n```$/ms.exec(text('docs/cost.md'))?.[1];
    assert.equal(shown, mock.calls[0]?.arguments[0]);
  });

  it('prints the same for programs with --json', async (t) => {
    const { mock } = t.mock.method(console, 'log', () => undefined);
    await cost.parseAsync(['--json'], { from: 'user' });
    const { cases, prices: printed } = JSON.parse(`${mock.calls[0]?.arguments[0]}`);
    assert.deepEqual(printed, prices);
    assert.equal(cases.length, fronts.length * rates.length);
    assert.deepEqual(cases[0].dear, costOf('HTTP API', 1, 'dear'));
  });
});

const call = ['joined', 'offering', 'bridged', 'processing', 'leaving'];

async function startFunction(name: 'webhook' | 'consumer'): Promise<(event: object) => Promise<unknown>> {
  const { handler } = await import(`../functions/${name}.ts`);
  return handler;
}

const makeRequest = (body: string) => ({
  rawPath: '/hooks/webitel',
  requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
  headers: { 'x-api-key': 't' },
  body,
  isBase64Encoded: false,
});

async function recordOf(name: string, attempt: number): Promise<object> {
  const received = {
    source: 'webitel' as const,
    headers: {},
    body: Buffer.from(makeHook(name, attempt)),
    receivedAt: Date.now(),
  };
  const event = await receive(received, { tenant: 'default', queues: {} }, async () => undefined);
  return {
    messageId: crypto.randomUUID(),
    body: writeMessage(event),
    attributes: { MessageGroupId: `attempt:${attempt}` },
  };
}
