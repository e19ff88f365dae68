// hookline fleet: one line a tenant, worst first, with few calls; and one dashboard for all.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Clients, openClients } from '../../../ops/fleet/clients.ts';
import { makeDashboard } from '../../../ops/fleet/dashboard.ts';
import { examineFleet } from '../../../ops/fleet/status.ts';
import { startFleet } from './run-fleet.ts';

type Fleet = Awaited<ReturnType<typeof startFleet>>;
let fleet: Fleet;
let clients: Clients;
const place = (stage: string, tenant: string, status = 'UPDATE_COMPLETE') => {
  const name = `hookline-${stage}--${tenant}`;
  const Outputs = { Code: { Value: 'c0de'.repeat(16) }, Content: { Value: 'c0ffee' } };
  const template = { Resources: {}, Outputs };
  const rest = { isProtected: true, updated: new Date(0), pending: undefined, tags: [], events: [] };
  fleet.aws.stacks.set(name, { name, id: name, status, template, ...rest });
};
before(async () => {
  fleet = await startFleet();
  Object.assign(process.env, fleet.aws.env);
  clients = openClients('eu-central-1');
  for (const tenant of ['calm', 'busy', 'stuck', 'lossy', 'acme', 'acme-east']) {
    place('prod', tenant);
    await fleet.write(tenant, {});
  }
  place('prod-east', 'other');
  fleet.aws.knobs.alarms.add('hookline-prod--acme-east-lost');
  fleet.aws.knobs.points = (_, metric, of) => {
    const figures: Record<string, (readonly [number, number])[]> = {
      'hookline-prod--busy-events.fifo ApproximateNumberOfMessagesVisible': [
        [600, 9000],
        [300, 12],
      ],
      'hookline-prod--busy-webhook accepted': [
        [7200, 5],
        [600, 3],
        [300, 0],
      ],
      'hookline-prod--stuck-dead-letters.fifo ApproximateNumberOfMessagesVisible': [[300, 4]],
      'hookline-prod--stuck-events.fifo ApproximateAgeOfOldestMessage': [[300, 5400]],
      'hookline-prod--lossy-webhook lost': [
        [900, 2],
        [300, 1],
      ],
    };
    return figures[`${of} ${metric}`] ?? [];
  };
});
after(() => fleet[Symbol.asyncDispose]());

describe('the fleet', () => {
  it('has a line a tenant of the stage, worst first, and null where CloudWatch knows nothing', async () => {
    const asked = Date.now();
    const all = await examineFleet(clients, 'prod', asked);
    assert.deepEqual(
      all.map(({ tenant }) => tenant),
      ['acme-east', 'lossy', 'stuck', 'busy', 'acme', 'calm'],
    );
    const of = (name: string) => all.find(({ tenant }) => tenant === name);
    // Not of acme, whose name begins alike.
    assert.deepEqual(of('acme-east')?.alarms, ['hookline-prod--acme-east-lost']);
    assert.deepEqual(of('acme')?.alarms, []);
    assert.equal(of('lossy')?.errors, 3);
    assert.deepEqual([of('stuck')?.dead_letters, of('stuck')?.oldest_seconds], [4, 5400]);
    assert.equal(of('busy')?.waiting, 12);
    // Ten minutes before the fake was asked, in whole seconds.
    const ago = Date.parse(of('busy')?.last_accepted ?? '') + 600_000;
    assert.ok(ago > asked - 1_000 && ago <= Date.now(), `${ago}`);
    const { waiting, last_accepted: last, code } = of('calm') ?? {};
    assert.deepEqual([waiting, last, code], [null, null, 'c0de'.repeat(16)]);
  });

  it('is a table that fits a terminal, and JSON; exit 1 when something is wrong', async () => {
    const text = await fleet.hookline(['fleet', '--stage', 'prod']);
    assert.equal(text.code, 1);
    assert.match(text.out, /^tenant +code +waits +oldest +dead +refused +accepted +errors +alarms\n/);
    assert.match(text.out, /^stuck +c0dec0d +- +1 h +4 +- +> 1 d +0 +0$/m);
    assert.match(text.out, /^in ALARM: hookline-prod--acme-east-lost$/m);
    for (const line of text.out.split('\n')) assert.ok(line.length <= 80, line);
    const json = await fleet.hookline(['fleet', '--stage', 'prod', '--json']);
    assert.equal(JSON.parse(json.out)[0].tenant, 'acme-east');
    const none = await fleet.hookline(['fleet', '--stage', 'nowhere']);
    assert.deepEqual([none.code, none.out], [0, 'no tenant is deployed at nowhere\n']);
  });

  it('of two hundred tenants is asked for with nine calls', async () => {
    for (let number = 0; number < 200; number++) place('big', `t${number}`);
    fleet.aws.calls.length = 0;
    const all = await examineFleet(clients, 'big', Date.now());
    assert.equal(all.length, 200);
    const counts: Record<string, number> = {};
    for (const call of fleet.aws.calls) counts[call] = (counts[call] ?? 0) + 1;
    assert.deepEqual(counts, { DescribeStacks: 3, GetMetricData: 5, DescribeAlarms: 1 });
  });
});

describe('the fleet, where something is wrong with it', () => {
  it('is shown although a file is wrong, which is named', async () => {
    await fleet.write('torn', { settings: { fron: 'httpApi' } });
    const { code, out, err } = await fleet.hookline(['fleet', '--stage', 'prod']);
    assert.equal(code, 1);
    assert.match(out, /^tenant +code/);
    assert.match(
      err,
      /^hookline: tenants\/torn\.json: settings\.fron is unknown: is front meant\?[^\n]*--region/,
    );
    await fleet.write('torn', { stages: { elsewhere: {} } });
    const alone = await fleet.hookline(['fleet', '--stage', 'elsewhere']);
    assert.deepEqual([alone.code, alone.err], [0, '']);
  });

  it('ends with 1 for a stack that is not in order, though nothing rings yet', async () => {
    place('torn', 'acme', 'UPDATE_ROLLBACK_FAILED');
    const { code, out } = await fleet.hookline(['fleet', '--stage', 'torn']);
    assert.equal(code, 1);
    assert.match(out, /^hookline-torn--acme is UPDATE_ROLLBACK_FAILED$/m);
  });
});

describe('the dashboard', () => {
  it('is one stack for the stage, which no tenant could have, and is left alone when nothing changes', async () => {
    const args = ['fleet', '--stage', 'prod', '--dashboard'];
    const first = await fleet.hookline(args);
    assert.deepEqual([first.code, first.out], [0, 'hookline-fleet-prod in eu-central-1: deployed\n']);
    assert.match((await fleet.hookline(args)).out, /unchanged/);
    assert.ok(fleet.aws.stacks.has('hookline-fleet-prod'));
  });

  it('searches by the words of the names of a stage, and so has new tenants by itself', () => {
    const { Properties } = makeDashboard('prod-east', 'eu-west-1').Resources['Dashboard'] ?? {};
    const { widgets } = JSON.parse(String(Properties?.['DashboardBody']));
    const expressions = widgets.map(
      (widget: { properties: { metrics: { expression: string }[][] } }) =>
        widget.properties.metrics[0]?.[0]?.expression,
    );
    assert.ok(
      expressions.includes(
        `SORT(SEARCH('{Hookline,function} MetricName="lost" hookline prod east webhook', 'Sum', 300), MAX, DESC, 10)`,
      ),
    );
    assert.equal(widgets.length, 12);
  });
});
