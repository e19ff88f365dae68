// One stack made, changed and removed, on a CloudFormation that is late, loses answers and remembers much.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { apply, type Goal, removeStack } from '../../../ops/fleet/apply.ts';
import { type Clients, openClients } from '../../../ops/fleet/clients.ts';
import { remove } from '../../../ops/fleet/remove.ts';
import { findStack, judge, type Stack } from '../../../ops/fleet/stacks.ts';
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
  Object.assign(aws.knobs, { late: 0, aftermath: 0, broken: undefined, imported: undefined });
  aws.knobs.unheard.clear();
});

const make = (goal: Goal) => apply(clients, goal, undefined, () => {});
const find = async (name: string): Promise<Stack> => {
  const stack = await findStack(clients, name);
  assert.ok(stack);
  return stack;
};
const withAlarm = (goal: Goal): Goal => {
  const { template } = goal.artifacts;
  const DelayAlarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: `${goal.stack}-delay` } };
  const Resources = { ...template.Resources, DelayAlarm };
  return { ...goal, artifacts: { ...goal.artifacts, template: { ...template, Resources } } };
};

describe('a change', () => {
  it('waits for its own end, not for that of the one before, which may be shown for some seconds', async () => {
    await make(makeGoal('hookline-late--a'));
    aws.knobs.late = 2;
    await make(withAlarm(makeGoal('hookline-late--a', 'two')));
    assert.equal((await find('hookline-late--a')).outputs['Content'], 'two');
    // A failure, too, is not taken for the success before it.
    aws.knobs.broken = { stack: 'hookline-late--a', resource: 'DelayAlarm', reason: 'no more alarms' };
    await assert.rejects(
      make(withAlarm(makeGoal('hookline-late--a', 'three'))),
      /UPDATE_ROLLBACK_COMPLETE.*DelayAlarm: no more alarms/,
    );
  });

  it('is done once, though the answers to its calls are lost', async () => {
    for (const call of ['CreateChangeSet', 'ExecuteChangeSet']) {
      aws.knobs.unheard.add(call);
      await make(makeGoal('hookline-unheard--a', call));
      assert.equal((await find('hookline-unheard--a')).outputs['Content'], call);
    }
  });

  it('that fails is explained by its first failure, however much happened after it', async () => {
    Object.assign(aws.knobs, {
      aftermath: 150,
      broken: { stack: 'hookline-long--a', resource: 'LostAlarm', reason: 'no more alarms' },
    });
    await assert.rejects(make(makeGoal('hookline-long--a')), /LostAlarm: no more alarms/);
  });
});

describe('a removal', () => {
  const made = async (name: string) => {
    await make({ ...makeGoal(name), isProtected: false });
    return find(name);
  };

  it('ends when CloudFormation gives it up, and says why', async () => {
    const stack = await made('hookline-used--a');
    aws.knobs.imported = 'Export hookline-used--a-Url cannot be deleted as it is in use by portal';
    await assert.rejects(
      removeStack(clients, stack),
      /did not remove it \(UPDATE_COMPLETE\): .*in use by portal/,
    );
  });

  it('takes the deployment bucket with it, whatever it holds', async () => {
    await removeStack(clients, await made('hookline-full--a'));
    assert.equal(aws.stacks.has('hookline-full--a'), false);
  });

  it('goes on where it failed, with the bucket gone already', async () => {
    await made('hookline-prod--half');
    const half = aws.stacks.get('hookline-prod--half');
    assert.ok(half);
    half.status = 'DELETE_FAILED';
    aws.local.emptyBucket('bucket-of-hookline-prod--half');
    await fetch(`${aws.env.AWS_ENDPOINT_URL_S3}/bucket-of-hookline-prod--half`, { method: 'DELETE' });
    const { stack } = await remove('prod', 'half', '/nonexistent', false);
    assert.deepEqual([stack, aws.stacks.has(stack)], ['hookline-prod--half', false]);
  });
});

describe('a state', () => {
  it('in which nothing can be done names what ends it', () => {
    const stack = { name: 'hookline-prod--a', id: '', outputs: {}, tags: {}, isProtected: true, updated: 0 };
    for (const [status, words] of [
      [
        'UPDATE_ROLLBACK_FAILED',
        /aws cloudformation continue-update-rollback --stack-name hookline-prod--a$/,
      ],
      ['IMPORT_ROLLBACK_FAILED', /events of the stack/],
      ['DELETE_IN_PROGRESS', /wait until that has ended/],
    ] as const) {
      const state = judge({ ...stack, status, changeSet: undefined });
      assert.match(typeof state === 'object' ? state.problem : state, words);
    }
    for (const status of ['IMPORT_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_FAILED'])
      assert.equal(judge({ ...stack, status, changeSet: undefined }), 'ready');
    assert.equal(judge({ ...stack, status: 'REVIEW_IN_PROGRESS', changeSet: undefined }), 'absent');
  });
});
