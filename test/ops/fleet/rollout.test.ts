// Waves on the fake of AWS: small stacks with a bucket, an alarm and a door.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { look, noKeys } from '../../../ops/fleet/canary.ts';
import { type Clients, openClients } from '../../../ops/fleet/clients.ts';
import { type Rules, rollOut, type Task } from '../../../ops/fleet/rollout.ts';
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts';
import { makeGoal } from './small-stack.ts';

let aws: FakeAws;
let clients: Clients;
before(async () => {
  aws = await startFakeAws();
  Object.assign(process.env, aws.env);
  clients = openClients('eu-central-1');
});
after(() => aws[Symbol.asyncDispose]());
beforeEach(() => {
  aws.knobs.broken = undefined;
  aws.knobs.settled = () => {};
  aws.knobs.alarms.clear();
  aws.knobs.unwell.clear();
  aws.calls.length = 0;
});

const makeTask = (stage: string, tenant: string, content?: string): Task => {
  const goal = makeGoal(`hookline-${stage}--${tenant}`, content);
  return { tenant, clients, proposed: undefined, goal };
};
const tenants = ['a', 'b', 'c', 'd', 'e'];
const lines: string[] = [];
const place = { region: 'eu-central-1', secret: '', base: '', inVpc: false, draining: false };
const rules: Rules = {
  wave: 2,
  watch: 0,
  agree: () => {},
  look: (stack) => look(stack, place, noKeys),
  report: (line) => lines.push(line),
};
const results = ({ rows }: Awaited<ReturnType<typeof rollOut>>) => rows.map(({ result }) => result);

describe('a roll-out', () => {
  it('deploys a first tenant alone and then so many at a time, protects them, and says how each door is', async () => {
    const done = await rollOut(
      tenants.map((tenant) => makeTask('all', tenant)),
      rules,
    );
    assert.deepEqual([results(done), done.stopped], [Array(5).fill('deployed'), undefined]);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('wave')),
      ['wave 1 of 3: a', 'wave 2 of 3: b, c', 'wave 3 of 3: d, e'],
    );
    assert.deepEqual(new Set(done.rows.map(({ door }) => door)), new Set(['answers']));
    assert.ok(aws.stacks.get('hookline-all--e')?.isProtected);
  });

  it('stops at the first failure, with the reason of CloudFormation, and reaches no later tenant', async () => {
    aws.knobs.broken = { stack: 'hookline-fail--b', resource: 'LostAlarm', reason: 'no more alarms' };
    const done = await rollOut(
      tenants.map((tenant) => makeTask('fail', tenant)),
      rules,
    );
    assert.deepEqual(results(done), ['deployed', 'failed', 'deployed', 'not reached', 'not reached']);
    assert.match(
      done.stopped ?? '',
      /^hookline-fail--b failed: .*ROLLBACK_COMPLETE.*LostAlarm: no more alarms/,
    );
    assert.equal(aws.stacks.has('hookline-fail--d'), false);
  });

  it('stops when an alarm of a deployed tenant goes off, and not for one that was in ALARM before', async () => {
    aws.knobs.alarms.add('hookline-alarm--c-lost');
    // Of another tenant, whose name begins alike.
    aws.knobs.settled = (stack) => {
      if (stack === 'hookline-alarm--b') aws.knobs.alarms.add('hookline-alarm--b-lost');
      if (stack === 'hookline-alarm--a') aws.knobs.alarms.add('hookline-alarm--a-b-lost');
    };
    const done = await rollOut(
      tenants.map((tenant) => makeTask('alarm', tenant)),
      rules,
    );
    assert.deepEqual(results(done), ['deployed', 'deployed', 'deployed', 'not reached', 'not reached']);
    assert.equal(done.stopped, 'an alarm went off: hookline-alarm--b-lost');
    // Whoever runs it again after an alarm sees that it goes on.
    assert.ok(lines.includes('in ALARM already, which stops nothing: hookline-alarm--c-lost'));
  });

  it('stops when a door does not answer', async () => {
    aws.knobs.unwell.add('hookline-unwell--a');
    const done = await rollOut([makeTask('unwell', 'a'), makeTask('unwell', 'b')], rules);
    assert.deepEqual(results(done), ['failed', 'not reached']);
    assert.match(done.stopped ?? '', /the door answers 500: look at the log of the webhook/);
  });

  it('says what to do when the credentials expire on the way, and still has its table', async () => {
    aws.knobs.settled = (stack) => {
      if (stack === 'hookline-late--b')
        aws.knobs.fault = { code: 'ExpiredToken', message: 'The security token included is expired' };
    };
    const done = await rollOut(
      tenants.map((tenant) => makeTask('late', tenant)),
      { ...rules, wave: 1 },
    );
    aws.knobs.fault = undefined;
    assert.deepEqual(results(done), ['deployed', 'failed', 'not reached', 'not reached', 'not reached']);
    assert.match(
      done.stopped ?? '',
      /the AWS credentials have expired: sign in again .* goes on where it stopped/,
    );
  });

  it('stops when the alarms cannot be seen', async () => {
    const blind = {
      ...rules,
      look: async (...asked: Parameters<Rules['look']>) => {
        const sight = await rules.look(...asked);
        aws.knobs.fault = { code: 'AccessDenied', message: 'not allowed: cloudwatch:DescribeAlarms' };
        return sight;
      },
    };
    const done = await rollOut([makeTask('blind', 'a'), makeTask('blind', 'b')], blind);
    aws.knobs.fault = undefined;
    assert.deepEqual(results(done), ['deployed', 'not reached']);
    assert.match(
      done.stopped ?? '',
      /^the alarms cannot be seen: CloudWatch refuses it.*: give these credentials that right/,
    );
  });

  it('says what another run does at the same time', async () => {
    const twice = await Promise.all([
      rollOut([makeTask('twice', 'a')], rules),
      rollOut([makeTask('twice', 'a', 'two')], rules),
    ]);
    const failed = twice.flatMap(({ rows }) => rows).filter(({ result }) => result === 'failed');
    assert.equal(failed.length, 1);
    assert.match(failed[0]?.door ?? '', /another deployment works on this stack/);
  });
});
