// Where a rollback leads: to a version, and never to a door that a drain has closed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { apply } from '../../../ops/fleet/apply.ts';
import { noKeys } from '../../../ops/fleet/canary.ts';
import { type Clients, openClients } from '../../../ops/fleet/clients.ts';
import { closeDoor } from '../../../ops/fleet/drain.ts';
import { rollBack } from '../../../ops/fleet/rollback.ts';
import { findStack } from '../../../ops/fleet/stacks.ts';
import { readVariables } from '../../../ops/fleet/template.ts';
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

const name = (tenant: string) => `hookline-prod--${tenant}`;
const report = () => {};
/** Its notifyTtl stands for the version. */
const deploy = (tenant: string, version: string) => {
  const goal = makeGoal(name(tenant), version);
  const { template } = goal.artifacts;
  const Environment = { Variables: { NOTIFY_TTL: version } };
  const WebhookLambdaFunction = { Type: 'AWS::Lambda::Function', Properties: { Environment } };
  const Resources = { ...template.Resources, WebhookLambdaFunction };
  const artifacts = { ...goal.artifacts, template: { ...template, Resources } };
  return apply(clients, { ...goal, artifacts }, undefined, report);
};
const drain = async (tenant: string) => {
  const stack = await findStack(clients, name(tenant));
  assert.ok(stack);
  return closeDoor({ clients, stack }, { stage: 'prod', tenant, yes: true, report });
};
const rollback = (tenant: string) =>
  rollBack(
    'prod',
    [tenant],
    '/nonexistent',
    { wave: 1, watch: 0, yes: false, preview: false, report },
    noKeys,
  );
const shown = (tenant: string) => {
  const { template } = aws.stacks.get(name(tenant)) ?? {};
  assert.ok(template);
  const { NOTIFY_TTL: version, DOOR: door = 'open' } = readVariables(template, 'WebhookLambdaFunction');
  return `${version} ${door}`;
};

describe('a rollback', () => {
  it('after a drain and a deployment leads to the version before, with its door open', async () => {
    await deploy('a', '1');
    await drain('a');
    assert.equal(shown('a'), '1 draining');
    await deploy('a', '2');
    await rollback('a');
    assert.equal(shown('a'), '1 open');
    await rollback('a');
    assert.equal(shown('a'), '2 open');
  });

  it('of a drain opens the door, and another one leads to the version before that', async () => {
    await deploy('b', '1');
    await deploy('b', '2');
    await drain('b');
    await rollback('b');
    assert.equal(shown('b'), '2 open');
    await rollback('b');
    assert.equal(shown('b'), '1 open');
  });

  it('does so, too, when the same version was deployed over a drain', async () => {
    await deploy('c', '1');
    await deploy('c', '2');
    await drain('c');
    await deploy('c', '2');
    await rollback('c');
    assert.equal(shown('c'), '1 open');
  });

  it('of a stack that an earlier Hookline drained leads to no closed door', async () => {
    await deploy('d', '1');
    await deploy('d', '2');
    const { Outputs = {} } = aws.stacks.get(name('d'))?.template ?? {};
    Outputs['PreviousContent'] = { Value: '1-draining' };
    await rollback('d');
    assert.equal(shown('d'), '1 open');
  });
});
