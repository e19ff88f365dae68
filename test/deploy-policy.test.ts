// The rights of whoever deploys: each resource of a packaged template may be made, changed and removed, and nothing else.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { scratch } from '../local/scratch.ts';
import { root } from '../local/settings.ts';
import { fileText } from './support/stack.ts';

type Statement = {
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
type Resource = { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> };

const statements: readonly Statement[] = JSON.parse(
  (await fileText('deploy/github/deploy-policy.json'))
    .replaceAll('ACCOUNT', '123456789012')
    .replaceAll('REGION', 'eu-central-1')
    .replaceAll('STAGE', 'prod'),
).Statement;

const matches = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replace(/[.+?^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);
const allows = (action: string, arn: string) =>
  statements.some(
    ({ Action, Resource }) =>
      Action.includes(action) && [Resource].flat().some((pattern) => matches(pattern, arn)),
  );

const words = (service: string, names: string) => names.split(' ').map((name) => `${service}:${name}`);
const httpApi = words('apigateway', 'GET POST PUT PATCH DELETE');
const rolePolicy = words('iam', 'GetRolePolicy PutRolePolicy DeleteRolePolicy');
/** What CloudFormation calls in the name of whoever deploys, to make, read, change and remove one of each type. */
const needed: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': httpApi,
  'AWS::ApiGatewayV2::Integration': httpApi,
  'AWS::ApiGatewayV2::Route': httpApi,
  'AWS::ApiGatewayV2::Stage': [
    ...httpApi,
    ...words(
      'logs',
      'CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy DescribeResourcePolicies',
    ),
  ],
  'AWS::CloudWatch::Alarm': words(
    'cloudwatch',
    'PutMetricAlarm DeleteAlarms DescribeAlarms ListTagsForResource TagResource UntagResource',
  ),
  'AWS::CloudWatch::Dashboard': words('cloudwatch', 'PutDashboard GetDashboard DeleteDashboards'),
  'AWS::Events::Rule': words(
    'events',
    'PutRule DescribeRule DeleteRule PutTargets RemoveTargets ListTargetsByRule ListTagsForResource TagResource UntagResource',
  ),
  'AWS::IAM::Policy': rolePolicy,
  'AWS::IAM::Role': [
    ...rolePolicy,
    ...words(
      'iam',
      'CreateRole DeleteRole GetRole UpdateRole UpdateAssumeRolePolicy ListRolePolicies ListAttachedRolePolicies TagRole UntagRole PassRole',
    ),
  ],
  'AWS::Lambda::Alias': words(
    'lambda',
    'CreateAlias GetAlias UpdateAlias DeleteAlias PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig',
  ),
  'AWS::Lambda::EventSourceMapping': words(
    'lambda',
    'CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping ListEventSourceMappings ListTags TagResource UntagResource',
  ),
  'AWS::Lambda::Function': [
    ...words(
      'lambda',
      'CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig GetRuntimeManagementConfig UpdateFunctionCode UpdateFunctionConfiguration PutFunctionConcurrency DeleteFunctionConcurrency ListTags TagResource UntagResource',
    ),
    ...words('ec2', 'DescribeSecurityGroups DescribeSubnets DescribeVpcs'),
  ],
  'AWS::Lambda::Permission': words('lambda', 'AddPermission RemovePermission GetPolicy'),
  'AWS::Lambda::Url': words(
    'lambda',
    'CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig',
  ),
  'AWS::Lambda::Version': words('lambda', 'PublishVersion ListVersionsByFunction GetFunctionConfiguration'),
  'AWS::Logs::LogGroup': words(
    'logs',
    'CreateLogGroup DeleteLogGroup DescribeLogGroups AssociateKmsKey DisassociateKmsKey PutRetentionPolicy DeleteRetentionPolicy ListTagsForResource TagResource UntagResource',
  ),
  'AWS::S3::Bucket': words(
    's3',
    'CreateBucket DeleteBucket GetEncryptionConfiguration PutEncryptionConfiguration GetBucketTagging PutBucketTagging',
  ),
  'AWS::S3::BucketPolicy': words('s3', 'GetBucketPolicy PutBucketPolicy DeleteBucketPolicy'),
  'AWS::SQS::Queue': words(
    'sqs',
    'CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl SetQueueAttributes ListQueueTags TagQueue UntagQueue',
  ),
};
/** What the commands that deploy call themselves. */
const byCommands = [
  ...words(
    'cloudformation',
    'CreateStack UpdateStack DeleteStack SetStackPolicy UpdateTerminationProtection DescribeStacks DescribeStackEvents DescribeStackResource DescribeStackResources ListStackResources GetTemplate ValidateTemplate CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet',
  ),
  ...words(
    's3',
    'ListBucket ListBucketVersions GetBucketLocation PutObject GetObject DeleteObject DeleteObjectVersion',
  ),
  ...words('secretsmanager', 'GetSecretValue'),
  ...words('cloudwatch', 'GetMetricData'),
];

/** Where a resource is: by its own name, else by one that CloudFormation makes from the stack's. */
function nameArn(stack: string, id: string, { Type, Properties = {} }: Resource): string {
  const at = (service: string, name: unknown) => `arn:aws:${service}:eu-central-1:123456789012:${name}`;
  const text = (name: string) => `${Properties[name]}`;
  const made = `${stack}-${id}-1A2B3C4D5E6F`;
  if (Type.startsWith('AWS::ApiGatewayV2::'))
    return 'arn:aws:apigateway:eu-central-1::/apis/a1b2c3/stages/$default';
  if (Type === 'AWS::CloudWatch::Alarm') return at('cloudwatch', `alarm:${text('AlarmName')}`);
  if (Type === 'AWS::CloudWatch::Dashboard')
    return `arn:aws:cloudwatch::123456789012:dashboard/${text('DashboardName')}`;
  if (Type === 'AWS::Events::Rule') return at('events', `rule/${Properties['Name'] ?? made}`);
  if (Type.startsWith('AWS::IAM::')) return `arn:aws:iam::123456789012:role/${made}`;
  if (Type === 'AWS::Lambda::EventSourceMapping') return at('lambda', 'event-source-mapping:0-1');
  if (Type === 'AWS::Lambda::Function') return at('lambda', `function:${text('FunctionName')}`);
  if (Type.startsWith('AWS::Lambda::')) return at('lambda', `function:${stack}-webhook:1`);
  if (Type === 'AWS::Logs::LogGroup') return at('logs', `log-group:${text('LogGroupName')}`);
  if (Type.startsWith('AWS::S3::')) return `arn:aws:s3:::${made.toLowerCase()}`;
  if (Type === 'AWS::SQS::Queue') return at('sqs', text('QueueName'));
  throw new Error(
    `${id}: where a ${Type} is was not thought of: give it to deploy/github/deploy-policy.json, and here`,
  );
}

/** Every kind of resource occurs in one of these. */
const tenants = {
  'by-api': {
    dashboard: true,
    network: 'vpc',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    securityGroupIds: ['sg-0123456789abcdef0'],
    silence: { minutes: 30, fromHour: 7, untilHour: 18 },
  },
  'by-url': {
    front: 'functionUrl',
    provisionedConcurrency: 1,
    secretVersion: '0123456789abcdef0123456789abcdef',
  },
};
const packaged: { stack: string; id: string; resource: Resource }[] = [];

before(async () => {
  await using folder = await scratch();
  for (const [tenant, settings] of Object.entries(tenants))
    await writeFile(join(folder.path, `${tenant}.json`), JSON.stringify({ settings }));
  const args = [
    'package',
    '--all',
    '--stage',
    'prod',
    '--tenants',
    folder.path,
    '--out',
    join(folder.path, 'out'),
  ];
  await promisify(execFile)('bin/hookline', args, { cwd: root });
  for (const tenant of Object.keys(tenants)) {
    const template = join(
      folder.path,
      `out/prod/${tenant}/.serverless/cloudformation-template-update-stack.json`,
    );
    const { Resources }: { Resources: Record<string, Resource> } = (
      await import(template, { with: { type: 'json' } })
    ).default;
    for (const [id, resource] of Object.entries(Resources))
      packaged.push({ stack: `hookline-prod--${tenant}`, id, resource });
  }
});

describe('the policy of whoever deploys', () => {
  it('allows each action on each resource of a packaged template, of every type', () => {
    assert.ok(packaged.length > 40);
    for (const { stack, id, resource } of packaged) {
      const actions = needed[resource.Type];
      assert.ok(actions, `${id}: which rights a ${resource.Type} needs was not thought of`);
      const arn = nameArn(stack, id, resource);
      for (const action of actions) assert.ok(allows(action, arn), `${action} on ${arn}`);
    }
  });

  it('allows what the commands call on a stack, its bucket and its secret', () => {
    const stack = 'hookline-prod--acme';
    const bucket = `arn:aws:s3:::${stack}-serverlessdeploymentbucket-1a2b3c`;
    for (const action of byCommands) {
      const arn = action.startsWith('s3:')
        ? /Object/.test(action)
          ? `${bucket}/hookline/x.zip`
          : bucket
        : action.startsWith('secretsmanager:')
          ? 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:hookline/prod/acme-AbCdEf'
          : `arn:aws:cloudformation:eu-central-1:123456789012:stack/${stack}/0-1`;
      assert.ok(allows(action, arn), `${action} on ${arn}`);
    }
    // Asked by the beginning of their names, they are all that are asked for.
    assert.ok(allows('cloudwatch:DescribeAlarms', 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*'));
    assert.ok(
      allows(
        'cloudformation:CreateStack',
        'arn:aws:cloudformation:eu-central-1:123456789012:stack/hookline-fleet-prod/0-1',
      ),
    );
  });

  it('allows no action that nothing needs, and no wildcard among actions', () => {
    const all = new Set([...Object.values(needed).flat(), ...byCommands]);
    for (const action of statements.flatMap(({ Action }) => Action))
      assert.ok(all.has(action), `${action} is needed by nothing`);
    const types = new Set(packaged.map(({ resource }) => resource.Type));
    assert.deepEqual(
      Object.keys(needed).filter((type) => !types.has(type)),
      [],
    );
  });

  it('stays within a stage: nothing of another stage, of other software, and no role for another service', () => {
    const account = 'eu-central-1:123456789012';
    for (const [action, arn] of [
      ['cloudformation:DeleteStack', `arn:aws:cloudformation:${account}:stack/hookline-dev--acme/0-1`],
      ['cloudformation:DeleteStack', `arn:aws:cloudformation:${account}:stack/hookline-prod-east--acme/0-1`],
      ['sqs:DeleteQueue', `arn:aws:sqs:${account}:orders`],
      ['lambda:UpdateFunctionCode', `arn:aws:lambda:${account}:function:billing`],
      ['iam:PutRolePolicy', 'arn:aws:iam::123456789012:role/admin'],
      ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${account}:secret:hookline/dev/acme-AbCdEf`],
      ['s3:DeleteObject', 'arn:aws:s3:::backups/x'],
      ['logs:DeleteLogGroup', `arn:aws:logs:${account}:log-group:/aws/lambda/billing`],
    ] as const)
      assert.ok(!allows(action, arn), `${action} on ${arn}`);
    const passing = statements.find(({ Action }) => Action.includes('iam:PassRole'));
    assert.deepEqual(passing?.Condition, { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } });
  });

  it('fits into one managed policy, with names as long as they get', async () => {
    const text = JSON.stringify(JSON.parse(await fileText('deploy/github/deploy-policy.json')))
      .replaceAll('ACCOUNT', '123456789012')
      .replaceAll('REGION', 'ap-southeast-1')
      .replaceAll('STAGE', 'production');
    assert.ok(text.length <= 6_144, `${text.length} characters`);
  });
});

describe('the workflow', () => {
  it('has no key of AWS, assumes a role of its environment alone, and runs commands that there are', async () => {
    const workflow = await fileText('deploy/github/deploy.yml');
    assert.doesNotMatch(workflow, /secrets\.|AKIA|aws-secret-access-key/);
    assert.match(workflow, /id-token: write/);
    assert.match(workflow, /role-to-assume/);
    const commands = [...workflow.matchAll(/bin\/hookline (\w+) (.*)$/gm)];
    assert.ok(commands.length > 1);
    for (const [, command = '', rest = ''] of commands) {
      const { stdout } = await promisify(execFile)('bin/hookline', [command, '--help'], { cwd: root });
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) assert.ok(stdout.includes(`${option} `), option);
    }
    // A run of a fleet outlasts the hour that a session of a role has by default; the role must allow what is asked.
    const [, seconds = ''] = /^ +role-duration-seconds: (\d+)$/m.exec(workflow) ?? [];
    assert.ok(Number(seconds) > 3_600 && Number(seconds) <= 43_200, seconds);
    assert.match(await fileText('docs/day-2.md'), new RegExp(`--max-session-duration ${seconds}\\b`));
    const trust = JSON.parse(await fileText('deploy/github/trust-policy.json'));
    const [{ Condition }] = trust.Statement;
    assert.match(
      Condition.StringEquals['token.actions.githubusercontent.com:sub'],
      /^repo:OWNER\/REPOSITORY:environment:STAGE$/,
    );
  });
});
