// The packaged deployment, as CloudFormation gets it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { unzipSync } from 'fflate';
import { root } from '../local/settings.ts';
import { tenantFile } from '../local/tenant-file.ts';
import { fileText } from './support/stack.ts';

type Resource = {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: Record<string, unknown>;
};
type Template = { readonly Resources: Record<string, Resource> };

/** Packages offline, with neither credentials nor a home that could hold some. */
async function packaged(...params: string[]): Promise<Template> {
  const args = ['package', '--stage', 'prod', ...params.flatMap((param) => ['--param', param])];
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  execFileSync('bin/hookline', args, { cwd: root, env, stdio: 'pipe' });
  return JSON.parse(await fileText(TEMPLATE));
}

const TEMPLATE = '.serverless/cloudformation-template-update-stack.json';
let resources: Record<string, Resource>;

before(async () => {
  resources = (await packaged('tenant=example')).Resources;
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

  it('have time to try for 8 seconds at the door, and a quarter of the visibility timeout behind it', () => {
    assert.equal(properties('WebhookLambdaFunction')['Timeout'], 15);
    assert.equal(properties('ConsumerLambdaFunction')['Timeout'], 10);
    assert.equal(properties('EventsQueue')['VisibilityTimeout'], 45);
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
  it('sends every path to the webhook, so that no spelling of the URL is lost at the gateway', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties['RouteKey']);
    assert.deepEqual(routes.sort(), ['$default']);
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
      assert.equal(queue.DeletionPolicy, 'RetainExceptOnCreate');
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

  it('allow what each function needs, and none of what it must not have', () => {
    const may = (role: string, action: string, queue: string) =>
      statements(role).some(
        ({ Action, Resource }) =>
          [Action].flat().includes(action) && JSON.stringify(Resource).includes(`"${queue}"`),
      );
    // With nothing but Allow, literal actions and literal resources, this is all that IAM would evaluate.
    for (const role of ['WebhookRole', 'ConsumerRole']) {
      for (const statement of statements(role))
        assert.deepEqual(Object.keys(statement).sort(), ['Action', 'Effect', 'Resource']);
    }
    for (const [role, action, queue] of [
      ['WebhookRole', 'sqs:SendMessage', 'EventsQueue'],
      ['WebhookRole', 'sqs:SendMessage', 'QuarantineQueue'],
      ['ConsumerRole', 'sqs:ReceiveMessage', 'EventsQueue'],
      ['ConsumerRole', 'sqs:DeleteMessage', 'EventsQueue'],
      ['ConsumerRole', 'sqs:GetQueueAttributes', 'EventsQueue'],
    ] as const) {
      assert.ok(may(role, action, queue), `${role} ${action} ${queue}`);
    }
    for (const [role, action, queue] of [
      ['WebhookRole', 'sqs:ReceiveMessage', 'EventsQueue'],
      ['WebhookRole', 'sqs:DeleteMessage', 'EventsQueue'],
      ['WebhookRole', 'sqs:SendMessage', 'DeadLettersQueue'],
      ['WebhookRole', 'sqs:PurgeQueue', 'EventsQueue'],
      ['ConsumerRole', 'sqs:SendMessage', 'EventsQueue'],
      ['ConsumerRole', 'sqs:ReceiveMessage', 'QuarantineQueue'],
      ['ConsumerRole', 'sqs:DeleteMessage', 'DeadLettersQueue'],
    ] as const) {
      assert.ok(!may(role, action, queue), `${role} ${action} ${queue}`);
    }
  });
});

describe('the alarms', () => {
  it('watch what golden/alarms.json says, each with a sentence of what to do', async () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(([name, { Properties }]) => {
      const {
        MetricName,
        Threshold,
        AlarmDescription,
        Statistic,
        ExtendedStatistic,
        Period,
        EvaluationPeriods,
      } = Properties;
      const over = `${Statistic ?? ExtendedStatistic} of ${MetricName} > ${Threshold} for ${Number(EvaluationPeriods) * Number(Period)} s`;
      return [name, over, AlarmDescription];
    });
    assert.deepEqual(alarms, JSON.parse(await fileText('test/golden/alarms.json')));
    const runbook = await fileText('docs/runbook.md');
    for (const [name, , sentence] of alarms)
      assert.ok(runbook.includes(`| ${sentence} |`), `${name} is in the runbook`);
  });

  it('and the dashboard, which is JSON', () => {
    const { DashboardBody } = properties('Dashboard') as { DashboardBody: { 'Fn::Sub': string } };
    const { widgets } = JSON.parse(DashboardBody['Fn::Sub']);
    assert.equal(widgets.length, 6);
  });
});

describe('what costs and protects', () => {
  it('the access log has neither headers nor query', () => {
    const { AccessLogSettings } = properties('HttpApiStage') as { AccessLogSettings: { Format: string } };
    assert.doesNotMatch(AccessLogSettings.Format, /header|authorization|queryString|identity/i);
  });

  it('the stage throttles far beyond what a call centre sends', () => {
    assert.deepEqual(properties('HttpApiStage')['DefaultRouteSettings'], {
      ThrottlingBurstLimit: 5000,
      ThrottlingRateLimit: 10000,
    });
  });

  it('the consumer has a greatest concurrency, not a reserved one', () => {
    assert.deepEqual(properties('ConsumerEventSourceMappingSQSEventsQueue')['ScalingConfig'], {
      MaximumConcurrency: 10,
    });
    assert.equal(properties('ConsumerLambdaFunction')['ReservedConcurrentExecutions'], undefined);
  });

  it('every function carries tags of stage and tenant', () => {
    const tags = properties('WebhookLambdaFunction')['Tags'] as { Key: string; Value: string }[];
    assert.deepEqual(Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])), {
      project: 'hookline',
      stage: 'prod',
      tenant: 'example',
    });
  });
});

describe('the container of the live gateway', () => {
  it('copies what was packaged, runs as nobody special, and Node itself hears the signals', async () => {
    const dockerfile = await fileText('deploy/live/Dockerfile');
    const copied = /^COPY --chown=root:root (.+) \.\/$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
    assert.deepEqual(copied, ['.build/live/live.mjs', '.build/live/live.json']);
    for (const path of copied) assert.ok((await fileText(path)).length > 0, path);
    const { live } = await tenantFile('example');
    assert.deepEqual(JSON.parse(await fileText('.build/live/live.json')), live);
    assert.match(dockerfile, /^FROM node:24\.\d+\.\d+-slim$/m);
    assert.match(dockerfile, /^USER node$/m);
    assert.match(dockerfile, /^CMD \["node", "live\.mjs"\]$/m);
  });

  it('is not in the zips of the functions', () => {
    for (const name of ['webhook', 'consumer']) {
      const files = Object.keys(unzipSync(readFileSync(join(root, `.build/${name}.zip`))));
      assert.ok(files.includes(`${name}.mjs`) && !files.some((file) => file.startsWith('live')), name);
    }
  });
});

describe('every variant', () => {
  const network = [
    'network=vpc',
    'subnetIds=subnet-0123456789abcdef0,subnet-0123456789abcdef1',
    'securityGroupIds=sg-0123456789abcdef0',
  ];
  const tenants = readdirSync(join(root, 'tenants')).map((file) => [`tenant=${file.replace('.json', '')}`]);

  for (const params of [
    ...tenants,
    ['tenant=example', ...network],
    ['tenant=example', 'front=functionUrl', 'alarmTopic=arn:aws:sns:eu-central-1:123456789012:page'],
  ]) {
    it(`${params.join(' ')} is a template without errors and warnings`, async () => {
      await packaged(...params);
      const engine = new RegoEngine();
      const { diagnostics } = engine.validateStandard(new TemplateFile(join(root, TEMPLATE)));
      // W3005: the framework writes DependsOn beside references that say the same. W8003: a condition on a param,
      // which is text by now, has one outcome.
      const found = diagnostics
        .filter(({ severity, ruleId }) => severity !== 'INFO' && !['W3005', 'W8003'].includes(ruleId))
        .map(({ ruleId, message }) => `${ruleId} ${message}`);
      engine.free();
      assert.deepEqual(found, []);
    });
  }

  it('with a VPC gives the consumer alone the network, and the door none', async () => {
    const { Resources } = await packaged('tenant=example', ...network);
    assert.ok(Resources['ConsumerLambdaFunction']?.Properties['VpcConfig']);
    assert.equal(Resources['WebhookLambdaFunction']?.Properties['VpcConfig'], undefined);
    assert.deepEqual(Resources['ConsumerNetworkPolicy']?.Properties['Roles'], [{ Ref: 'ConsumerRole' }]);
  });

  it('with doors kept warm provisions so many', async () => {
    const { Resources } = await packaged('tenant=example', 'provisionedConcurrency=3');
    const alias = Object.values(Resources).find(({ Type }) => Type === 'AWS::Lambda::Alias');
    assert.deepEqual(alias?.Properties['ProvisionedConcurrencyConfig'], {
      ProvisionedConcurrentExecutions: 3,
    });
  });

  it('with a function URL has no HTTP API', async () => {
    const { Resources } = await packaged('tenant=example', 'front=functionUrl');
    const types = Object.values(Resources).map(({ Type }) => Type);
    assert.ok(types.includes('AWS::Lambda::Url') && !types.includes('AWS::ApiGatewayV2::Api'));
    assert.doesNotMatch(await fileText(TEMPLATE), /sls-hookline/, 'every export names the tenant');
  });

  it('of an unknown tenant is refused before anything is packaged, with the file to make', async () => {
    await assert.rejects(packaged('tenant=nobody'), /tenants\/nobody\.json is missing/);
  });
});
