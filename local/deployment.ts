// What serverless.yml reads of a tenant and a stage: deployment.json, made of the tenant's file.
import * as z from 'zod/mini';
import { consumerConfig, parseSettings, sweepConfig, webhookConfig } from '../lib/config.ts';
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
  /** MB */
  readonly memory: Readonly<Record<FunctionName, number>>;
  /** null takes what the account has left */
  readonly reservations: Readonly<Record<FunctionName, number | null>>;
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly logRetention: number;
  readonly listLengthAlarm: number;
  readonly deletionProtection: boolean;
  readonly alarmActions: readonly string[] | Reference;
  readonly silence: { readonly period: number; readonly expression: string };
  /** the parts that a deployment may have or not, by the files in deploy/ */
  readonly parts: {
    readonly doors: 'warm' | 'cold';
    readonly silence: 'on' | 'off';
    readonly secrets: 'environment' | 'runtime';
    readonly key: 'own' | 'aws';
    readonly dashboard: 'on' | 'off';
  };
  /** the roles that read the secret at run time */
  readonly secretRoles: readonly Reference[];
  /** the roles that decrypt with the tenant's key: what the queue gives out, and the secret read at run time */
  readonly keyReaders: readonly Reference[];
  /** its ARN; empty for the keys of AWS's own */
  readonly kmsKey: string;
  /** of both functions, as the Serverless Framework takes it */
  readonly logs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<FunctionName, Environment>>;
  /** does the consumer write the stream of the live gateway? */
  readonly live: boolean;
  /** are calls remembered, so that those that never leave are found? */
  readonly sweeps: boolean;
};

/** MB: it waits for Redis, once a minute. */
const SWEEP_MEMORY = 256;
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
    webhookMemory = 1024,
    consumerMemory = 512,
    webhookReservation = null,
    consumerReservation = null,
    throttle,
    logRetention = 30,
    listLengthAlarm = 10_000,
    deletionProtection = true,
    alarmTopic,
    silence,
    secretVersion = '',
    secrets = 'environment',
    kmsKey = '',
    dashboard = false,
    systemLogLevel = 'INFO',
  } = parseSettings(ofStack, all);
  if (network === 'vpc' && (subnetIds.length === 0 || securityGroupIds.length === 0))
    throw new Error('network is vpc: subnetIds and securityGroupIds must be named');
  if (provisionedConcurrency > 0 && secretVersion === '' && secrets === 'environment')
    throw new Error(
      'provisionedConcurrency without secretVersion: warm webhooks keep the secret with which they were published, and a rotation would change nothing. Name in secretVersion the VersionId of the secret, or set secrets to runtime',
    );
  if (secrets === 'runtime' && network === 'none' && secretVersion !== '')
    throw new Error('secretVersion with secrets runtime: nothing would read it, take it out');
  if (webhookReservation !== null && provisionedConcurrency > webhookReservation)
    throw new Error(
      'provisionedConcurrency must not be more than webhookReservation, out of which it is taken',
    );
  if (consumerReservation !== null && consumerReservation < consumerConcurrency)
    throw new Error(
      'consumerReservation must not be less than consumerConcurrency: a throttled receive counts as one of the 1,000',
    );
  if (throttle !== undefined && front === 'functionUrl')
    throw new Error('throttle with front functionUrl: a function URL has none, set webhookReservation');
  for (const [key, arn] of Object.entries({ alarmTopic, kmsKey })) {
    const [, , , place = region] = (arn ?? '').split(':');
    if (place !== region)
      throw new Error(`${key} is of the region ${place}, and the stack is in ${region}: AWS takes no other`);
  }
  const names = nameDeployment(stage, tenant);
  // A consumer in a VPC may have no way out to Secrets Manager.
  const onRedis = secrets === 'runtime' && network === 'none';
  const atRunTime = { webhook: secrets === 'runtime', consumer: onRedis, sweep: onRedis };
  const findSecret = (name: FunctionName, variable: string, key: string): Environment =>
    atRunTime[name]
      ? { SECRET_ID: names.secret }
      : { [variable]: `{{resolve:secretsmanager:${names.secret}:SecretString:${key}::${secretVersion}}}` };
  const environment = {
    webhook: {
      TENANT: tenant,
      ...findSecret('webhook', 'HOOK_TOKENS', 'hook_tokens'),
      EVENTS_QUEUE_URL: { Ref: 'EventsQueue' },
      QUARANTINE_QUEUE_URL: { Ref: 'QuarantineQueue' },
      ...pickVariables('webhook', all),
    },
    consumer: { ...findSecret('consumer', 'REDIS_URL', 'redis_url'), ...pickVariables('consumer', all) },
    sweep: {
      TENANT: tenant,
      ...findSecret('sweep', 'REDIS_URL', 'redis_url'),
      ...pickVariables('sweep', all),
    },
  };
  checkEnvironments(environment);
  return {
    stage,
    tenant,
    region,
    names,
    front,
    network,
    subnetIds,
    securityGroupIds,
    consumerConcurrency,
    provisionedConcurrency,
    memory: { webhook: webhookMemory, consumer: consumerMemory, sweep: SWEEP_MEMORY },
    reservations: { webhook: webhookReservation, consumer: consumerReservation, sweep: null },
    throttle: throttle ?? { rate: 10_000, burst: 5_000 },
    logRetention,
    listLengthAlarm,
    deletionProtection,
    alarmActions: alarmTopic === undefined ? { Ref: 'AWS::NoValue' } : [alarmTopic],
    silence: watchSilence(silence),
    parts: {
      doors: provisionedConcurrency > 0 ? 'warm' : 'cold',
      silence: silence ? 'on' : 'off',
      secrets,
      key: kmsKey === '' ? 'aws' : 'own',
      dashboard: dashboard ? 'on' : 'off',
    },
    secretRoles: [
      ...(atRunTime.webhook ? [{ Ref: 'WebhookRole' }] : []),
      ...(onRedis ? [{ Ref: 'ConsumerRole' }, { Ref: 'SweepRole' }] : []),
    ],
    keyReaders: [{ Ref: 'ConsumerRole' }, ...(atRunTime.sweep ? [{ Ref: 'SweepRole' }] : [])],
    kmsKey,
    // Lambda chooses among its own lines in its JSON format alone. Of ours, which are JSON, none is below INFO.
    logs: systemLogLevel === 'INFO' ? {} : { logFormat: 'JSON', applicationLogLevel: 'INFO', systemLogLevel },
    environment,
    live: all['live'] === 'on',
    sweeps: all['memory'] !== 'off',
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
function checkEnvironments({ webhook, consumer, sweep }: Record<FunctionName, Environment>): void {
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
  const REDIS_URL = 'rediss://localhost:6379';
  consumerConfig({ ...keepTexts(consumer), REDIS_URL });
  sweepConfig({ ...keepTexts(sweep), REDIS_URL });
  for (const [name, environment] of Object.entries({ webhook, consumer, sweep })) {
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
