// What is left of a run that shows much and does less: no change set of it stays in the account.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { apply, compare } from '../../../ops/fleet/apply.ts';
import { look, noKeys } from '../../../ops/fleet/canary.ts';
import { carryOut, type Manner } from '../../../ops/fleet/carry-out.ts';
import { type Clients, openClients } from '../../../ops/fleet/clients.ts';
import { describe as describeChanges } from '../../../ops/fleet/difference.ts';
import type { Rules } from '../../../ops/fleet/rollout.ts';
import { findStack } from '../../../ops/fleet/stacks.ts';
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts';
import { makeGoal } from './small-stack.ts';

let aws: FakeAws;
let clients: Clients;
let lines: string[];
before(async () => {
  aws = await startFakeAws();
  Object.assign(process.env, aws.env);
  clients = openClients('eu-central-1');
});
after(() => aws[Symbol.asyncDispose]());
beforeEach(() => {
  Object.assign(aws.knobs, { fault: undefined, settled: () => {} });
  aws.knobs.unwell.clear();
  lines = [];
});

const place = { region: 'eu-central-1', secret: '', base: '', inVpc: false, draining: false };
const lookThere: Rules['look'] = (stack) => look(stack, place, noKeys);
const manner = (more: Partial<Manner> = {}): Manner => ({
  wave: 1,
  watch: 0,
  yes: false,
  preview: false,
  report: (line) => lines.push(line),
  ...more,
});
/** Of each a stack, and a change set that would make it another content. */
const show = (stage: string, tenants: readonly string[]) =>
  Promise.all(
    tenants.map(async (tenant) => {
      const name = `hookline-${stage}--${tenant}`;
      await apply(clients, makeGoal(name), undefined, () => {});
      const stack = await findStack(clients, name);
      assert.ok(stack);
      const goal = makeGoal(name, 'two');
      const proposed = await compare(clients, goal, stack);
      const { template } = goal.artifacts;
      const difference = describeChanges(proposed?.changes ?? [], template, template);
      return { task: { tenant, clients, goal, proposed }, difference };
    }),
  );
const contents = (stage: string) =>
  [...aws.stacks.values()]
    .filter(({ name }) => name.startsWith(`hookline-${stage}--`))
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ template }) => Object(template.Outputs?.['Content']).Value)
    .join(' ');

describe('a run', () => {
  it('that stops leaves no change set of those that it did not reach', async () => {
    const shown = await show('stop', ['a', 'b', 'c']);
    assert.equal(aws.changeSets.size, 3);
    aws.knobs.unwell.add('hookline-stop--a');
    const { rows } = await carryOut(shown, manner(), lookThere);
    assert.deepEqual(
      rows.map(({ result }) => result),
      ['failed', 'not reached', 'not reached'],
    );
    assert.deepEqual([contents('stop'), aws.changeSets.size], ['two one one', 0]);
  });

  it('that cannot even see the alarms leaves none, and changes nothing', async () => {
    const shown = await show('blind', ['a', 'b']);
    const blind = { ...clients, cloudWatch: openClients('eu-central-1').cloudWatch };
    blind.cloudWatch.middlewareStack.add(
      () => async () => {
        throw Object.assign(new Error('not allowed: cloudwatch:DescribeAlarms'), { name: 'AccessDenied' });
      },
      { step: 'initialize' },
    );
    const tasks = shown.map(({ task, difference }) => ({ task: { ...task, clients: blind }, difference }));
    await assert.rejects(carryOut(tasks, manner(), lookThere), /DescribeAlarms/);
    assert.deepEqual([contents('blind'), aws.changeSets.size], ['one one', 0]);
  });

  it('that is interrupted lets the wave end, begins no other, and says so', async () => {
    const shown = await show('stopped', ['a', 'b', 'c']);
    const halting = new AbortController();
    aws.knobs.settled = () => halting.abort();
    const listen = () => ({ signal: halting.signal, [Symbol.dispose]: () => {} });
    const done = await carryOut(shown, manner({ watch: 3_600, listen }), lookThere);
    assert.deepEqual(
      done.rows.map(({ result }) => result),
      ['deployed', 'not reached', 'not reached'],
    );
    assert.equal(done.stopped, 'it was interrupted');
    assert.deepEqual([contents('stopped'), aws.changeSets.size], ['two one one', 0]);
  });
});
