import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Change } from '@aws-sdk/client-cloudformation';
import { describe as describeChanges, estimate } from '../../../ops/fleet/difference.ts';
import type { Template } from '../../../ops/fleet/template.ts';

const consumer = (Variables: object, more = {}): Template => ({
  Resources: {
    ConsumerLambdaFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: { Environment: { Variables }, ...more },
    },
  },
});
const change = (
  Action: 'Add' | 'Modify' | 'Remove' | 'Import',
  LogicalResourceId: string,
  ResourceType: string,
  more = {},
): Change => ({ Type: 'Resource', ResourceChange: { Action, LogicalResourceId, ResourceType, ...more } });
const before = consumer({ ENIGMA_BASE: 'acme' });
const told = (changes: Change[], after = before) => describeChanges(changes, before, after);

describe('what a change set does', () => {
  it('is told in words: what is added, taken over, changed, replaced and removed', () => {
    const { lines, questions } = told([
      change('Add', 'SilenceAlarm', 'AWS::CloudWatch::Alarm'),
      change('Import', 'WebhookLogGroup', 'AWS::Logs::LogGroup'),
      change('Modify', 'WebhookLambdaFunction', 'AWS::Lambda::Function', {
        Replacement: 'False',
        Details: [{ Target: { Name: 'Environment' } }, { Target: { Name: 'Environment' } }],
      }),
      change('Modify', 'DelayAlarm', 'AWS::CloudWatch::Alarm', { Replacement: 'True' }),
      change('Remove', 'WebhookLambdaVersionx1y2', 'AWS::Lambda::Version'),
    ]);
    assert.deepEqual(lines, [
      'adds SilenceAlarm',
      'takes over what is there already: WebhookLogGroup',
      'changes WebhookLambdaFunction (Environment)',
      'replaces DelayAlarm',
      'removes WebhookLambdaVersion',
    ]);
    assert.deepEqual(questions, []);
  });

  it('asks when the URL, the base, the lists or the network change', () => {
    for (const type of ['AWS::ApiGatewayV2::Api', 'AWS::Lambda::Url']) {
      assert.match(told([change('Remove', 'Front', type)]).questions.join(), /^the URL of the door changes/);
      const may = change('Modify', 'Front', type, { Replacement: 'Conditional' });
      assert.match(told([may]).questions.join(), /^the URL of the door changes/);
      assert.deepEqual(told([change('Modify', 'Front', type, { Replacement: 'False' })]).questions, []);
    }
    assert.match(told([], consumer({})).questions.join(), /from acme to enigma:notifications/);
    const lists = consumer({ ENIGMA_BASE: 'acme', CDR_LISTS: 'a,b' });
    assert.match(told([], lists).questions.join(), /the CDR lists change from campaigns to a,b/);
    const inside = consumer({ ENIGMA_BASE: 'acme' }, { VpcConfig: { SubnetIds: ['subnet-1'] } });
    assert.match(told([], inside).questions.join(), /from the internet to a VPC/);
  });

  it('has a line for a door that opens or closes: its tenant may have been drained to be removed', () => {
    const door = (Variables: object): Template => ({
      Resources: {
        WebhookLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables } } },
      },
    });
    const [closed, open] = [door({ DOOR: 'draining' }), door({})];
    assert.deepEqual(describeChanges([], closed, open).lines, ['opens the door that a drain has closed']);
    assert.deepEqual(describeChanges([], open, closed).lines, [
      'closes the door: hooks get 503 from then on',
    ]);
    for (const same of [open, closed, { Resources: {} }])
      assert.deepEqual(describeChanges([], same, same).lines, []);
    assert.deepEqual(describeChanges([], { Resources: {} }, open).lines, []);
  });

  it('asks when what holds data is removed or replaced, and says whether it stays', () => {
    const removed = change('Remove', 'EventsQueue', 'AWS::SQS::Queue', { PolicyAction: 'Retain' });
    assert.deepEqual(told([removed]).data, [
      'EventsQueue holds data, and is removed; the old one stays in the account, outside the stack',
    ]);
    const replaced = change('Modify', 'WebhookLogGroup', 'AWS::Logs::LogGroup', {
      Replacement: 'True',
      PolicyAction: 'ReplaceAndDelete',
    });
    assert.deepEqual(told([replaced]).data, ['WebhookLogGroup holds data, and is replaced by an empty one']);
    assert.deepEqual(told([replaced]).questions, told([replaced]).data);
  });

  it('asks nothing of a stack that has no functions yet: an earlier run was stopped', () => {
    const empty = { Resources: {} };
    assert.deepEqual(describeChanges(estimate(empty, before), empty, before).questions, []);
  });
});

describe('an estimate from templates', () => {
  it('takes a change for a possible replacement: it asks too often rather than too seldom', () => {
    const queue = (seconds: number): Template => ({
      Resources: { EventsQueue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: seconds } } },
    });
    const changes = estimate(queue(45), queue(60));
    assert.equal(describeChanges(changes, queue(45), queue(60)).data.length, 1);
    assert.deepEqual(estimate(queue(45), queue(45)), []);
  });
});
