// The packaged deployment, as CloudFormation gets it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { unzipSync } from 'fflate';
import { scratch } from '../local/scratch.ts';
import { root } from '../local/settings.ts';
import { tenantFile } from '../local/tenant-file.ts';
import { fileText } from './support/stack.ts';

type Resource = {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: Record<string, unknown>;
};
type Template = {
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, { readonly Export?: { readonly Name: string } }>;
};

/** Packages offline, with neither credentials nor a home that could hold some. */
const pack = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent', COLUMNS: '80' };
    const run = execFile('bin/hookline', ['package', ...args], { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ code: run.exitCode ?? 1, stdout, stderr }),
    );
  });

const TEMPLATE = '.serverless/cloudformation-template-update-stack.json';
const VERSION = '0123456789abcdef0123456789abcdef';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:page';
const network = {
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/0123abcd-0123-0123-0123-0123456789ab';
/** What the second tenant has, and the first one not. */
const more = (front: string) => ({
  alarmTopic: TOPIC,
  silence: { minutes: 30, fromHour: 7, untilHour: 18 },
  webhookReservation: 50,
  consumerReservation: 10,
  dashboard: true,
  systemLogLevel: 'WARN',
  kmsKey: KEY,
  ...(front === 'httpApi' && { throttle: { rate: 500, burst: 1000 } }),
});
/** Every combination of front, network and warm webhooks, for two tenants. Live changes one variable of the consumer and
 * no name: each value of the others occurs with on and with off, and so with the secret read at run time. Their names are as long as names can be. */
const variants = ['acme', 'bolt'].flatMap((tenant, second) =>
  ['httpApi', 'functionUrl'].flatMap((front, f) =>
    ['none', 'vpc'].flatMap((way, n) =>
      [0, 1].map((warm) => ({
        tenant: `${tenant}-${f}${n}${warm}`.padEnd(40, 'x'),
        settings: {
          front,
          network: way,
          ...(way === 'vpc' && network),
          ...(warm === 1 && { provisionedConcurrency: 3 }),
          ...((f + warm) % 2 === 0 ? { secrets: 'runtime' } : warm === 1 && { secretVersion: VERSION }),
          live: (f + n + warm + second) % 2 === 0 ? 'on' : 'off',
          ...(second === 1 && more(front)),
        },
      })),
    ),
  ),
);
const variant = (settings: object): string => {
  const found = variants.find((each) =>
    Object.entries(settings).every(([key, value]) => Object(each.settings)[key] === value),
  );
  assert.ok(found, JSON.stringify(settings));
  return found.tenant;
};

let scratchFolder: Awaited<ReturnType<typeof scratch>>;
let all: Awaited<ReturnType<typeof pack>>;
let resources: Record<string, Resource>;
const folderOf = (tenant: string, stage = 'prod') => join(scratchFolder.path, 'out', stage, tenant);
const templateOf = async (tenant: string, stage = 'prod'): Promise<Template> =>
  JSON.parse(await readFile(join(folderOf(tenant, stage), TEMPLATE), 'utf8'));
const deployed = [...variants.map(({ tenant }) => tenant), 'default', 'example'];

/** A run on the scratch folder's tenants. */
const packHere = (...args: string[]) =>
  pack(...args, '--tenants', join(scratchFolder.path, 'tenants'), '--out', join(scratchFolder.path, 'out'));

before(async () => {
  scratchFolder = await scratch();
  const tenants = join(scratchFolder.path, 'tenants');
  await cp(join(root, 'tenants'), tenants, { recursive: true });
  const write = (tenant: string, file: object) =>
    writeFile(join(tenants, `${tenant}.json`), JSON.stringify(file));
  for (const { tenant, settings } of variants) await write(tenant, { settings });
  await write('broken', { settings: { allowedIps: ['foo'], fron: 'httpApi' } });
  await write('elsewhere', { stages: { dev: {} } });
  await write('east-acme', {});
  await write('twin', {
    queues: { 42: { name: 'sales' } },
    settings: { enigmaBase: 'twin' },
    stages: { dev: {} },
  });
  await write('sister', { queues: { 42: { name: 'sales' } }, stages: { dev: {} } });
  // Left by an earlier run, before the tenant was taken away.
  await mkdir(folderOf('gone'), { recursive: true });
  all = await packHere('--all', '--stage', 'prod');
  resources = (await templateOf('example')).Resources;
});
after(() => scratchFolder[Symbol.asyncDispose]());

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

  it('hold only the name of a secret that they read at run time, and may read no other', async () => {
    for (const way of ['none', 'vpc']) {
      const tenant = variant({ secrets: 'runtime', network: way });
      const { Resources } = await templateOf(tenant);
      const variables = (name: string) =>
        Object(Resources[`${name}LambdaFunction`]?.Properties['Environment']).Variables;
      const { SECRET_ID, HOOK_TOKENS } = variables('Webhook');
      assert.deepEqual([SECRET_ID, HOOK_TOKENS], [`hookline/prod/${tenant}`, undefined]);
      // In a VPC there may be no way to Secrets Manager.
      const consumer = variables('Consumer');
      assert.equal(consumer.SECRET_ID, way === 'none' ? SECRET_ID : undefined);
      assert.equal('REDIS_URL' in consumer, way === 'vpc');
      const { Roles, PolicyDocument } = Object(Resources['SecretPolicy']?.Properties);
      const roles = ['WebhookRole', ...(way === 'none' ? ['ConsumerRole', 'SweepRole'] : [])];
      assert.deepEqual(
        Roles,
        roles.map((Ref) => ({ Ref })),
      );
      assert.deepEqual(PolicyDocument.Statement, [
        {
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: {
            'Fn::Sub': `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${SECRET_ID}-??????`,
          },
        },
      ]);
    }
    assert.equal(resources['SecretPolicy'], undefined);
  });

  it('have the memory that was measured, or that of the file', () => {
    assert.deepEqual(
      ['Webhook', 'Consumer'].map((name) => properties(`${name}LambdaFunction`)['MemorySize']),
      [1024, 512],
    );
  });

  it("leave out Lambda's own lines where the file says so, and never a line of ours", async () => {
    const { Resources } = await templateOf(variant({ systemLogLevel: 'WARN' }));
    for (const name of ['WebhookLambdaFunction', 'ConsumerLambdaFunction']) {
      assert.equal(properties(name)['LoggingConfig'], undefined);
      assert.deepEqual(Resources[name]?.Properties['LoggingConfig'], {
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'WARN',
      });
    }
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

  it('stay, and so do the logs', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    assert.equal(groups.length, 4);
    for (const [name, group] of groups) assert.equal(group.DeletionPolicy, 'RetainExceptOnCreate', name);
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

  it('are encrypted, as the logs are, with the key of the file, which each function may use for that', async () => {
    const { Resources } = await templateOf(variant({ kmsKey: KEY }));
    const of = (name: string) => Resources[name]?.Properties ?? {};
    for (const name of ['EventsQueue', 'DeadLettersQueue', 'QuarantineQueue'])
      assert.deepEqual([of(name)['KmsMasterKeyId'], of(name)['SqsManagedSseEnabled']], [KEY, false], name);
    for (const name of ['WebhookLogGroup', 'ConsumerLogGroup', 'SweepLogGroup'])
      assert.equal(of(name)['KmsKeyId'], KEY, name);
    for (const [name, Action] of [
      ['Webhook', ['kms:GenerateDataKey', 'kms:Decrypt']],
      ['Consumer', 'kms:Decrypt'],
    ] as const) {
      const { Roles, PolicyDocument } = Object(of(`${name}KeyPolicy`));
      assert.deepEqual(Roles[0], { Ref: `${name}Role` });
      assert.deepEqual(PolicyDocument.Statement, [{ Effect: 'Allow', Action, Resource: KEY }]);
    }
  });

  it('and the secret may be: whoever reads it at run time may use the key, and no other function', async () => {
    for (const { tenant, settings } of variants.filter((each) => 'kmsKey' in each.settings)) {
      const { Resources } = await templateOf(tenant);
      const rolesOf = (name: string): { Ref: string }[] => Object(Resources[name]?.Properties)['Roles'] ?? [];
      const users = ['WebhookKeyPolicy', 'ConsumerKeyPolicy'].flatMap(rolesOf).map(({ Ref }) => Ref);
      const readers = rolesOf('SecretPolicy').map(({ Ref }) => Ref);
      assert.deepEqual(
        users.sort(),
        [...new Set(['ConsumerRole', 'WebhookRole', ...readers])].sort(),
        tenant,
      );
      const { secrets, network: way }: { secrets?: string; network: string } = settings;
      assert.equal(users.includes('SweepRole'), secrets === 'runtime' && way === 'none', tenant);
    }
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
    for (const name of ['WebhookRole', 'ConsumerRole', 'SweepRole'])
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
  /** What it is, above or below which threshold, for how long. */
  const shown = ([name, { Properties }]: readonly [string, Resource]) => {
    const { Metrics, MetricName, Statistic, ExtendedStatistic, Threshold, ComparisonOperator } = Properties;
    const metrics = (Metrics ?? []) as { Expression?: string; MetricStat?: { Period: number } }[];
    const what =
      metrics.find(({ Expression }) => Expression)?.Expression ??
      `${Statistic ?? ExtendedStatistic} of ${MetricName}`;
    const period = Number(Properties['Period'] ?? metrics[0]?.MetricStat?.Period);
    const sign = ComparisonOperator === 'LessThanThreshold' ? '<' : '>';
    const seconds = Number(Properties['EvaluationPeriods']) * period;
    return [name, `${what} ${sign} ${Threshold} for ${seconds} s`, Properties['AlarmDescription']];
  };

  it('watch what golden/alarms.json says, each with a sentence of what to do', async () => {
    const { Resources } = await templateOf(variant({ front: 'httpApi', alarmTopic: TOPIC }));
    const alarms = Object.entries(Resources)
      .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
      .map(shown);
    const golden = 'test/golden/alarms.json';
    if (process.env['UPDATE_GOLDEN'])
      await writeFile(join(root, golden), `${JSON.stringify(alarms, null, 2)}\n`);
    assert.deepEqual(alarms, JSON.parse(await fileText(golden)));
    const runbook = await fileText('docs/runbook.md');
    for (const [name, , sentence] of alarms)
      assert.ok(runbook.includes(`| ${sentence} |`), `${name} is in the runbook`);
  });

  it('ask each function and queue for its own figure, and are quiet without one, but for silence', async () => {
    const tenant = variants.find(
      ({ settings }) => settings.front === 'httpApi' && 'silence' in settings && 'secrets' in settings,
    );
    const { Resources } = await templateOf(tenant?.tenant ?? '');
    type Asked = { MetricName: string; Dimensions: { Value: object }[] };
    const found = Object.entries(Resources)
      .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
      .map(([name, { Properties }]) => {
        const stats = (Properties['Metrics'] ?? [{ MetricStat: { Metric: Properties } }]) as {
          MetricStat?: { Metric: Asked };
        }[];
        const asked = stats.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []));
        const figures = asked.map(({ MetricName, Dimensions: [of] }) => {
          const { Ref, 'Fn::GetAtt': [queue] = [] } = Object(of?.Value);
          return `${MetricName} of ${Ref ?? queue}`;
        });
        return `${name}: ${figures.join(', ')}, ${Properties['TreatMissingData']}`;
      });
    assert.deepEqual(found.sort(), [
      'DeadLettersAlarm: ApproximateNumberOfMessagesVisible of DeadLettersQueue, notBreaching',
      'DelayAlarm: age_ms of ConsumerLambdaFunction, notBreaching',
      'DoorErrorsAlarm: Errors of WebhookLambdaFunction, notBreaching',
      'DoorThrottledAlarm: Throttles of WebhookLambdaFunction, notBreaching',
      'EventsWaitAlarm: ApproximateAgeOfOldestMessage of EventsQueue, notBreaching',
      'GatewayErrorsAlarm: 5xx of HttpApi, notBreaching',
      'GatewayRefusalsAlarm: 4xx of HttpApi, refused of WebhookLambdaFunction, notBreaching',
      'ListLengthAlarm: list_length of ConsumerLambdaFunction, notBreaching',
      'LostAlarm: lost of WebhookLambdaFunction, notBreaching',
      'QuarantineAlarm: ApproximateNumberOfMessagesVisible of QuarantineQueue, notBreaching',
      'QuarantineOldAlarm: ApproximateAgeOfOldestMessage of QuarantineQueue, notBreaching',
      'SecretAlarm: secret_errors of WebhookLambdaFunction, notBreaching',
      'SilenceAlarm: NumberOfMessagesSent of EventsQueue, breaching',
      'SweepErrorsAlarm: Errors of SweepLambdaFunction, notBreaching',
      'UnauthorizedAlarm: unauthorized of WebhookLambdaFunction, notBreaching',
    ]);
  });

  it('on silence are only where the file asks for it', async () => {
    for (const { tenant, settings } of variants) {
      const { Resources } = await templateOf(tenant);
      assert.equal('SilenceAlarm' in Resources, 'silence' in settings, tenant);
    }
  });

  it('and the dashboard, which is JSON, where the file asks for one', async () => {
    assert.equal(resources['Dashboard'], undefined);
    const { Resources } = await templateOf(variant({ dashboard: true }));
    const { DashboardBody } = Object(Resources['Dashboard']).Properties as {
      DashboardBody: { 'Fn::Sub': string };
    };
    const { widgets } = JSON.parse(DashboardBody['Fn::Sub']);
    assert.equal(widgets.length, 6);
  });
});

describe('what costs and protects', () => {
  it('the access log has neither headers nor query', () => {
    const { AccessLogSettings } = properties('HttpApiStage') as { AccessLogSettings: { Format: string } };
    assert.doesNotMatch(AccessLogSettings.Format, /header|authorization|queryString|identity/i);
  });

  it('the stage throttles far beyond what a call centre sends, or as the file says', async () => {
    const { Resources } = await templateOf(variant({ front: 'httpApi', dashboard: true }));
    assert.deepEqual(Resources['HttpApiStage']?.Properties['DefaultRouteSettings'], {
      ThrottlingBurstLimit: 1000,
      ThrottlingRateLimit: 500,
    });
    assert.deepEqual(properties('HttpApiStage')['DefaultRouteSettings'], {
      ThrottlingBurstLimit: 5000,
      ThrottlingRateLimit: 10000,
    });
  });

  it('the consumer has a greatest concurrency, and neither function a reservation without the file', async () => {
    const { Resources } = await templateOf(variant({ webhookReservation: 50 }));
    for (const [name, reserved] of [
      ['WebhookLambdaFunction', 50],
      ['ConsumerLambdaFunction', 10],
    ] as const) {
      assert.equal(Resources[name]?.Properties['ReservedConcurrentExecutions'], reserved);
      assert.equal(properties(name)['ReservedConcurrentExecutions'], undefined);
    }
    assert.deepEqual(properties('ConsumerEventSourceMappingSQSEventsQueue')['ScalingConfig'], {
      MaximumConcurrency: 10,
    });
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
    assert.deepEqual(copied, ['live/live.mjs', 'live/live.json']);
    const folder = folderOf(variant({ live: 'on' }));
    for (const path of copied) assert.ok(readFileSync(join(folder, path)).length > 0, path);
    const { live } = await tenantFile(variant({ live: 'on' }), join(scratchFolder.path, 'tenants'));
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'live/live.json'), 'utf8')), live);
    assert.match(dockerfile, /^FROM node:24\.\d+\.\d+-slim$/m);
    assert.match(dockerfile, /^USER node$/m);
    assert.match(dockerfile, /^CMD \["node", "live\.mjs"\]$/m);
  });

  it('is not in the zips of the functions', () => {
    for (const name of ['webhook', 'consumer']) {
      const files = Object.keys(unzipSync(readFileSync(join(folderOf('example'), `${name}.zip`))));
      assert.ok(files.includes(`${name}.mjs`) && !files.some((file) => file.startsWith('live')), name);
    }
  });
});

/** The property that names a resource in the account, and the longest that it may be. */
const named: Record<string, readonly [string, number]> = {
  'AWS::Lambda::Function': ['FunctionName', 64],
  'AWS::SQS::Queue': ['QueueName', 80],
  'AWS::Logs::LogGroup': ['LogGroupName', 512],
  'AWS::CloudWatch::Alarm': ['AlarmName', 255],
  'AWS::CloudWatch::Dashboard': ['DashboardName', 255],
  'AWS::ApiGatewayV2::Api': ['Name', 128],
};
/** CloudFormation names these itself, or they live inside one of the others. */
const unnamed = [
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Url',
  'AWS::Lambda::Version',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
];

describe('every variant', () => {
  it('shares no name and no export with another, and passes no limit', async () => {
    const taken = new Map<string, string>();
    const take = (kind: string, name: unknown, most: number, tenant: string) => {
      assert.ok(typeof name === 'string' && name.length > 0 && name.length <= most, `${kind} ${name}`);
      assert.equal(taken.get(`${kind} ${name}`), undefined, `${kind} ${name} of ${tenant} is taken`);
      taken.set(`${kind} ${name}`, tenant);
    };
    for (const tenant of deployed) {
      const { Resources, Outputs } = await templateOf(tenant);
      const { names } = JSON.parse(readFileSync(join(folderOf(tenant), 'deployment.json'), 'utf8'));
      take('stack', names.stack, 128, tenant);
      for (const [id, { Type, Properties }] of Object.entries(Resources)) {
        const [property, most] = named[Type] ?? [];
        if (property !== undefined && most !== undefined) take(Type, Properties[property], most, tenant);
        else {
          assert.ok(unnamed.includes(Type), `${id}: whether a ${Type} has a name is not known here`);
          for (const name of ['RoleName', 'BucketName', 'ManagedPolicyName'])
            assert.equal(Properties[name], undefined, `${id} ${name}`);
        }
      }
      for (const { Export } of Object.values(Outputs))
        if (Export !== undefined) take('export', Export.Name, 255, tenant);
    }
    assert.ok(taken.size > 18 * deployed.length);
  });

  for (const tenant of deployed) {
    it(`${tenant.replace(/x+$/, '')} is a template without errors and warnings`, () => {
      const engine = new RegoEngine();
      const { diagnostics } = engine.validateStandard(new TemplateFile(join(folderOf(tenant), TEMPLATE)));
      // W3005: the framework writes DependsOn beside references that say the same. W9013: the ARN of the file's key names
      // its account, which may be another.
      const accepted = ['W3005', ...(tenant.startsWith('bolt') ? ['W9013'] : [])];
      const found = diagnostics
        .filter(({ severity, ruleId }) => severity !== 'INFO' && !accepted.includes(ruleId))
        .map(({ ruleId, message }) => `${ruleId} ${message}`);
      engine.free();
      assert.deepEqual(found, []);
    });
  }

  it('has no empty text where an action would be', async () => {
    const actions = async (tenant: string) =>
      Object.values((await templateOf(tenant)).Resources)
        .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
        .map(({ Properties }) => Properties['AlarmActions']);
    for (const action of await actions('example')) assert.deepEqual(action, { Ref: 'AWS::NoValue' });
    for (const action of await actions(variant({ alarmTopic: TOPIC }))) assert.deepEqual(action, [TOPIC]);
  });

  it('has the access log where no policy of the region grows with every tenant', () => {
    assert.match(String(properties('HttpApiLogGroup')['LogGroupName']), /^\/aws\/vendedlogs\//);
  });

  it('with a VPC gives the consumer alone the network, and the door none', async () => {
    const { Resources } = await templateOf(variant({ network: 'vpc' }));
    assert.deepEqual(Resources['ConsumerLambdaFunction']?.Properties['VpcConfig'], {
      SubnetIds: network.subnetIds,
      SecurityGroupIds: network.securityGroupIds,
    });
    assert.equal(Resources['WebhookLambdaFunction']?.Properties['VpcConfig'], undefined);
    assert.deepEqual(Resources['NetworkPolicy']?.Properties['Roles'], [
      { Ref: 'ConsumerRole' },
      { Ref: 'SweepRole' },
    ]);
  });

  it('with doors kept warm provisions so many', async () => {
    const { Resources } = await templateOf(variant({ provisionedConcurrency: 3 }));
    const alias = Object.values(Resources).find(({ Type }) => Type === 'AWS::Lambda::Alias');
    assert.deepEqual(alias?.Properties['ProvisionedConcurrencyConfig'], {
      ProvisionedConcurrentExecutions: 3,
    });
  });

  it('with a function URL has no HTTP API, and lets everyone in by it alone', async () => {
    for (const warm of [{}, { provisionedConcurrency: 3 }]) {
      const { Resources } = await templateOf(variant({ front: 'functionUrl', ...warm }));
      const types = Object.values(Resources).map(({ Type }) => Type);
      assert.ok(types.includes('AWS::Lambda::Url') && !types.includes('AWS::ApiGatewayV2::Api'));
      const url = Object.values(Resources).find(({ Type }) => Type === 'AWS::Lambda::Url')?.Properties ?? {};
      // Since October 2025 a new URL answers 403 without both.
      const rights = Object.values(Resources)
        .filter(
          ({ Type, Properties }) => Type === 'AWS::Lambda::Permission' && Properties['Principal'] === '*',
        )
        .map(({ Properties }) => Properties);
      for (const { FunctionName } of rights) assert.deepEqual(FunctionName, url['TargetFunctionArn']);
      assert.deepEqual(
        rights.map(({ Action, FunctionUrlAuthType, InvokedViaFunctionUrl }) => [
          Action,
          FunctionUrlAuthType,
          InvokedViaFunctionUrl,
        ]),
        [
          ['lambda:InvokeFunctionUrl', 'NONE', undefined],
          ['lambda:InvokeFunction', undefined, true],
        ],
      );
    }
  });
});

describe('the tenants, packaged at once', () => {
  it('go on after one that is wrong, whose file, keys and remedies are shown, and end with 1', () => {
    assert.equal(all.code, 1);
    assert.match(all.stdout, /^broken +failed$/m);
    assert.match(
      all.stdout.replaceAll('\n', ' '),
      /tenants\/broken\.json: settings\.allowedIps must be addresses or networks .*settings\.fron is unknown: is front meant\?/,
    );
    assert.match(all.stdout, /^elsewhere +no stage$/m);
    assert.match(all.stdout, /^hookline-prod--example +httpApi +none +[\da-f]{8}$/m);
    const [, ...lines] = all.stdout.split('\n');
    for (const line of lines) assert.ok(line.length <= 80, line);
  });

  it('are all that is in the folder of the stage', () => {
    assert.deepEqual(
      readdirSync(join(scratchFolder.path, 'out/prod')).sort(),
      deployed.toSorted().concat('east-acme').sort(),
    );
  });

  it('are in zips whose bytes are the same for the same code and queues, at every stage', async () => {
    for (const tenant of ['twin', 'sister']) assert.equal((await packHere('--tenant', tenant)).code, 0);
    const zip = (tenant: string, stage: string, name: string) =>
      readFileSync(join(folderOf(tenant, stage), `${name}.zip`));
    assert.deepEqual(zip('twin', 'dev', 'consumer'), zip('example', 'prod', 'consumer'));
    assert.deepEqual(zip('twin', 'dev', 'webhook'), zip('sister', 'dev', 'webhook'));
    assert.notDeepEqual(zip('twin', 'dev', 'webhook'), zip('example', 'prod', 'webhook'));
    const code = (tenant: string, stage: string) =>
      JSON.parse(readFileSync(join(folderOf(tenant, stage), 'deployment.json'), 'utf8')).code;
    assert.equal(code('twin', 'dev'), code('example', 'prod'));
    assert.ok(all.stdout.startsWith(`code ${code('example', 'prod')}\n`));
  });

  it('lie in folders of their own, also when two are packaged at the same moment', async () => {
    const tenants = ['twin', 'east-acme'];
    const runs = await Promise.all(tenants.map((tenant) => packHere('--tenant', tenant)));
    for (const [place, tenant] of tenants.entries()) {
      assert.equal(runs[place]?.code, 0, runs[place]?.stderr);
      const { Resources } = await templateOf(tenant, 'dev');
      const { FunctionName } = Object(Resources['WebhookLambdaFunction']?.Properties);
      assert.equal(FunctionName, `hookline-dev--${tenant}-webhook`);
      const queues = unzipSync(readFileSync(join(folderOf(tenant, 'dev'), 'webhook.zip')))['queues.json'];
      assert.equal(
        Buffer.from(queues ?? []).toString(),
        tenant === 'twin' ? '{"42":{"name":"sales"}}' : '{}',
      );
    }
  });
});

describe('npm run package', () => {
  it('without arguments leaves the deployment in .serverless/', async () => {
    await rm(join(root, '.serverless'), { recursive: true, force: true });
    const { code, stderr } = await pack();
    assert.equal(code, 0, stderr);
    const { Resources }: Template = JSON.parse(await fileText(TEMPLATE));
    assert.equal(
      Resources['WebhookLambdaFunction']?.Properties['FunctionName'],
      'hookline-dev--default-webhook',
    );
    for (const name of ['webhook', 'consumer', 'sweep'])
      assert.ok(readFileSync(join(root, `.serverless/${name}.zip`)).length > 0, name);
  });

  it('refuses, before anything is packaged, what it would forget or not understand', async () => {
    for (const [args, message] of [
      [['--param', 'tenant=nobody'], /tenants\/nobody\.json is missing/],
      [['--param', 'front=functionUrl'], /front belongs in the tenant's file, under settings or stages/],
      [['--param=fron=functionUrl'], /fron is unknown: the only param is tenant/],
      [['--fron', 'functionUrl'], /unknown option '--fron'/],
      [['--tenant', 'elsewhere', '--stage', 'prdo'], /stages has no prdo: add "prdo": \{\}/],
      [['--tenant', 'broken'], /tenants\/broken\.json: settings\.allowedIps must be addresses/],
      [['--tenant', 'east-acme', '--stage', 'a--b'], /stage a--b must be lower-case letters/],
      [['--all', '--tenant', 'example'], /name a tenant, or give --all/],
    ] as const) {
      const { code, stdout, stderr } = await packHere(...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, message);
      assert.equal(stdout, '');
    }
  });
});
