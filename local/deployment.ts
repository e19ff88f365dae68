// What serverless.yml reads of a tenant and a stage: deployment.json, made of the tenant's file.
import * as z from 'zod/mini';
import { consumerConfig, parseSettings, webhookConfig } from '../lib/config.ts';
import type { FunctionName } from './bundle.ts';
import { type DeployedNames, nameDeployment } from './deployed-names.ts';
import type { TenantFile } from './tenant-file.ts';
import { listFunctionSettings, stackSettings, writeText } from './tenant-schema.ts';

type Reference = { readonly Ref: string };
type Environment = Readonly<Record<string, string | Reference>>;

export type Deployment = {
  readonly stage: string;
  readonly tenant: string;
  readonly region: string;
  readonly names: DeployedNames;
  readonly front: 'httpApi' | 'functionUrl';
  readonly network: 'none' | 'vpc';
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly consumerConcurrency: number;
  readonly provisionedConcurrency: number;
  readonly memorySize: number;
  readonly logRetention: number;
  readonly listLengthAlarm: number;
  readonly deletionProtection: boolean;
  readonly alarmActions: readonly string[] | Reference;
  readonly silence: { readonly period: number; readonly expression: string };
  /** the parts that a deployment may have or not, by the files in deploy/ */
  readonly parts: { readonly doors: 'warm' | 'cold'; readonly silence: 'on' | 'off' };
  readonly environment: Readonly<Record<FunctionName, Environment>>;
  /** does the consumer write the stream of the live gateway? */
  readonly live: boolean;
};

/** Lambda's bound of a function's environment, less what the secrets and the URLs of the queues may take. */
const LARGEST_ENVIRONMENT = 4_096 - 1_024;

/**
 * Throws an error that names each setting that is wrong at this stage, and its remedy.
 * @param file of the tenant, whose values are checked one by one
 */
export function makeDeployment(stage: string, tenant: string, file: TenantFile): Deployment {
  const { settings, stages } = file;
  const all = { ...settings, ...stages?.[stage] };
  const {
    region = 'eu-central-1',
    front = 'httpApi',
    network = 'none',
    subnetIds = [],
    securityGroupIds = [],
    consumerConcurrency = 10,
    provisionedConcurrency = 0,
    memorySize = 512,
    logRetention = 30,
    listLengthAlarm = 10_000,
    deletionProtection = true,
    alarmTopic,
    silence,
    secretVersion = '',
  } = parseSettings(ofStack, all);
  if (network === 'vpc' && (subnetIds.length === 0 || securityGroupIds.length === 0))
    throw new Error('network is vpc: subnetIds and securityGroupIds must be named');
  if (provisionedConcurrency > 0 && secretVersion === '')
    throw new Error(
      'provisionedConcurrency without secretVersion: warm webhooks keep the secret with which they were published, and a rotation would change nothing. Name in secretVersion the VersionId of the secret',
    );
  const secret = (key: string) =>
    `{{resolve:secretsmanager:hookline/${stage}/${tenant}:SecretString:${key}::${secretVersion}}}`;
  const environment = {
    webhook: {
      TENANT: tenant,
      HOOK_TOKENS: secret('hook_tokens'),
      EVENTS_QUEUE_URL: { Ref: 'EventsQueue' },
      QUARANTINE_QUEUE_URL: { Ref: 'QuarantineQueue' },
      ...pickVariables('webhook', all),
    },
    consumer: { REDIS_URL: secret('redis_url'), ...pickVariables('consumer', all) },
  };
  checkEnvironments(environment);
  return {
    stage,
    tenant,
    region,
    names: nameDeployment(stage, tenant),
    front,
    network,
    subnetIds,
    securityGroupIds,
    consumerConcurrency,
    provisionedConcurrency,
    memorySize,
    logRetention,
    listLengthAlarm,
    deletionProtection,
    alarmActions: alarmTopic === undefined ? { Ref: 'AWS::NoValue' } : [alarmTopic],
    silence: watchSilence(silence),
    parts: { doors: provisionedConcurrency > 0 ? 'warm' : 'cold', silence: silence ? 'on' : 'off' },
    environment,
    live: all['live'] === 'on',
  };
}

const ofStack = z.object(stackSettings);

const pickVariables = (
  name: FunctionName,
  settings: Readonly<Record<string, unknown>>,
): Record<string, string> =>
  Object.fromEntries(
    listFunctionSettings(name)
      .filter(({ key }) => settings[key] !== undefined)
      .map(({ key, variable }) => [variable, writeText(settings[key])]),
  );

/** By the functions' own eyes, with values in the place of what only AWS knows: settings may depend on one another. */
function checkEnvironments({ webhook, consumer }: Record<FunctionName, Environment>): void {
  const queue = 'https://sqs.eu-central-1.amazonaws.com/123456789012/queue';
  webhookConfig({
    ...keepTexts(webhook),
    HOOK_TOKENS: 'token',
    EVENTS_QUEUE_URL: queue,
    QUARANTINE_QUEUE_URL: queue,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'key',
  });
  consumerConfig({ ...keepTexts(consumer), REDIS_URL: 'rediss://localhost:6379' });
  for (const [name, environment] of Object.entries({ webhook, consumer })) {
    const size = Buffer.byteLength(Object.entries(keepTexts(environment)).flat().join(''));
    if (size > LARGEST_ENVIRONMENT)
      throw new Error(
        `the settings of the ${name} take ${size} bytes of its environment, which has room for ${LARGEST_ENVIRONMENT}: allowedIps and the lists are the long ones`,
      );
  }
}

const keepTexts = (environment: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );

/** SQS counts every accepted hook that the webhook sends; the consumer's polling keeps the count there, at 0, too. */
function watchSilence(silence: z.infer<typeof ofStack>['silence']): Deployment['silence'] {
  if (silence === undefined) return { period: 0, expression: '' };
  const { minutes, fromHour, untilHour, days } = silence;
  const onDays = days.map((day) => `DAY(sent) == ${day}`).join(' OR ');
  return {
    period: minutes * 60,
    expression: `IF((${onDays}) AND HOUR(sent) >= ${fromHour} AND HOUR(sent) < ${untilHour}, sent, 1)`,
  };
}
