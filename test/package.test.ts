// The packaged deployment, as CloudFormation gets it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { root } from '../local/settings.ts';
import { fileText } from './stack.ts';

type Resource = {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: Record<string, unknown>;
};
let resources: Record<string, Resource>;

before(async () => {
  // Neither credentials nor a home that could hold some.
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  execFileSync('bin/hookline', ['package', '--stage', 'prod', '--param', 'tenant=example'], {
    cwd: root,
    env,
    stdio: 'pipe',
  });
  resources = JSON.parse(await fileText('.serverless/cloudformation-template-update-stack.json')).Resources;
});

const properties = (name: string) => {
  const resource = resources[name];
  assert.ok(resource, `${name} is in the template`);
  return resource.Properties;
};
const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);

describe('the functions', () => {
  it('run the bundles on Node 24 and arm64, with a role each', () => {
    for (const [name, handler] of [
      ['Webhook', 'webhook.handler'],
      ['Consumer', 'consumer.handler'],
    ]) {
      const { Runtime, Architectures, Handler, Role, VpcConfig } = properties(`${name}LambdaFunction`);
      assert.deepEqual(
        [Runtime, Architectures, Handler, VpcConfig],
        ['nodejs24.x', ['arm64'], handler, undefined],
      );
      assert.deepEqual(Role, { 'Fn::GetAtt': [`${name}Role`, 'Arn'] });
    }
  });

  it('have time to try for 8 seconds at the door, and a sixth of the visibility timeout behind it', () => {
    assert.equal(properties('WebhookLambdaFunction')['Timeout'], 15);
    assert.equal(properties('ConsumerLambdaFunction')['Timeout'], 10);
    assert.equal(properties('EventsQueue')['VisibilityTimeout'], 60);
  });

  it('hold no secret: CloudFormation resolves them', () => {
    const secrets = ['WebhookLambdaFunction', 'ConsumerLambdaFunction'].flatMap((name) => {
      const { Variables } = properties(name)['Environment'] as { Variables: Record<string, unknown> };
      return [Variables['HOOK_TOKENS'], Variables['REDIS_URL']].filter((value) => value !== undefined);
    });
    assert.equal(secrets.length, 2);
    for (const secret of secrets)
      assert.match(String(secret), /^\{\{resolve:secretsmanager:hookline\/prod\/example:/);
  });
});

describe('the API', () => {
  it('routes the hooks and the health to the webhook, and nothing else', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties['RouteKey']);
    assert.deepEqual(routes.sort(), ['ANY /hooks/{proxy+}', 'GET /health']);
  });
});

describe('the queues', () => {
  it('keep messages for 14 days, of up to 1 MiB, encrypted, also when the stack is removed', () => {
    const queues = ofType('AWS::SQS::Queue');
    assert.deepEqual(queues.map(([name]) => name).sort(), [
      'DeadLettersQueue',
      'EventsQueue',
      'QuarantineQueue',
    ]);
    for (const [name, queue] of queues) {
      const { MessageRetentionPeriod, MaximumMessageSize, SqsManagedSseEnabled } = queue.Properties;
      assert.deepEqual(
        [MessageRetentionPeriod, MaximumMessageSize, SqsManagedSseEnabled],
        [14 * 24 * 3600, 1024 * 1024, true],
        name,
      );
      assert.equal(queue.DeletionPolicy, 'Retain');
    }
  });

  it('are high-throughput FIFO for events, which go to the dead letters after 1,000 receives', () => {
    const { FifoQueue, DeduplicationScope, FifoThroughputLimit, RedrivePolicy } = properties('EventsQueue');
    assert.deepEqual(
      [FifoQueue, DeduplicationScope, FifoThroughputLimit],
      [true, 'messageGroup', 'perMessageGroupId'],
    );
    assert.deepEqual(RedrivePolicy, {
      deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLettersQueue', 'Arn'] },
      maxReceiveCount: 1000,
    });
    assert.equal(properties('DeadLettersQueue')['FifoQueue'], true);
    assert.equal(properties('QuarantineQueue')['FifoQueue'], undefined);
  });

  it('feed the consumer in batches of 10 whose failures it reports', () => {
    const [[, mapping] = [undefined, undefined]] = ofType('AWS::Lambda::EventSourceMapping');
    assert.deepEqual(
      [mapping?.Properties['BatchSize'], mapping?.Properties['FunctionResponseTypes']],
      [10, ['ReportBatchItemFailures']],
    );
  });
});

describe('the roles', () => {
  const statements = (name: string) => {
    const policies = properties(name)['Policies'] as {
      PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] };
    }[];
    return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  };
  const actions = (name: string) =>
    statements(name)
      .flatMap(({ Action }) => Action)
      .filter((action) => action.startsWith('sqs:'))
      .sort();

  it('let the door send, and the consumer receive', () => {
    assert.deepEqual(actions('WebhookRole'), ['sqs:SendMessage']);
    assert.deepEqual(actions('ConsumerRole'), [
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ]);
  });

  it('name every resource: no wildcard', () => {
    for (const name of ['WebhookRole', 'ConsumerRole'])
      assert.doesNotMatch(JSON.stringify(statements(name)), /\*/);
  });
});
