// What a command works on: the bridge that runs here, or a deployment.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import * as z from 'zod/mini';
import { jsonText, readQueues } from '../lib/config.ts';
import type { Knowledge } from '../lib/receive/receive.ts';
import { nameDeployment } from '../local/deployed-names.ts';
import { isAlive } from '../local/redis-server.ts';
import { dataFolder, localSettings } from '../local/settings.ts';
import { credentials, REGION } from '../local/sqs-client.ts';
import { tenantFile } from '../local/tenant-file.ts';
import { boundedSqs } from './sqs.ts';
import { describeError, Unanswered } from './trouble.ts';

export type Target = Knowledge & {
  readonly sqs: SQSClient;
  readonly urls: { readonly events: string; readonly deadLetters: string; readonly quarantine: string };
  /** the door; undefined for a deployment unless it is named */
  readonly door: string | undefined;
  readonly token: string;
  /** undefined for a deployment unless it is named */
  readonly redis: string | undefined;
};

export type TargetOptions = {
  readonly stage?: string;
  readonly tenant?: string;
  readonly region?: string;
  readonly url?: string;
  readonly token?: string;
  readonly redis?: string;
};

/** The options that name a target. */
export const onTarget = (command: Command): Command =>
  command
    .option(
      '--stage <stage>',
      'a deployment, with AWS credentials from the environment; without, the run on this machine',
    )
    .option('--tenant <tenant>', 'whose (default: TENANT, else "default")')
    .option('--region <region>', 'of the deployment (default: AWS_REGION)')
    .option('--json', 'JSON instead of text');

/** The options that name a door. */
export const onDoor = (command: Command): Command =>
  onTarget(command)
    .option('--url <url>', 'of the door')
    .option(
      '--token <token>',
      'a live token (default: the first of HOOK_TOKENS; better there than in your history)',
    );

/** The option that names a Redis. */
export const withRedis = (command: Command): Command =>
  command.option('--redis <url>', 'of the Redis (default: REDIS_URL; better there than in your history)');

/** What a local run leaves for the commands to find; it holds no secret. */
const running = z.object({
  url: z.string(),
  redis: z.string(),
  sqs: z.string(),
  urls: z.object({ events: z.string(), deadLetters: z.string(), quarantine: z.string() }),
  queues: z.string(),
  pid: z.number(),
});
export type Running = z.infer<typeof running>;

const runningFile = (tenant: string) => join(dataFolder({ TENANT: tenant }), 'running.json');

/** Tells the commands where a run can be found. Answers what takes that back. */
export async function announce(tenant: string, run: Running): Promise<() => Promise<void>> {
  const file = runningFile(tenant);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(run, null, 2));
  return () => rm(file, { force: true });
}

/** Throws an error that says what to name or start. */
export async function findTarget(options: TargetOptions): Promise<Target> {
  const tenant = findTenant(options);
  const target =
    options.stage === undefined
      ? await localTarget(tenant)
      : await deployedTarget(options.stage, tenant, options.region);
  const redis = options.redis ?? localSettings().REDIS_URL ?? target.redis;
  return {
    ...target,
    tenant,
    token: findToken(options),
    door: withoutSlash(options.url ?? target.door),
    redis,
  };
}

/** The door alone: as it is named, else that of the run on this machine. */
export async function findDoor(
  options: TargetOptions,
): Promise<{ readonly door: string; readonly token: string }> {
  const door = withoutSlash(options.url ?? (await findRun(findTenant(options)))?.url);
  if (door === undefined) throw new Error('no bridge runs here: npm start, or name the door with --url');
  return { door, token: findToken(options) };
}

/** The Redis alone: as it is named, else that of the run on this machine. */
export async function findRedis(options: TargetOptions): Promise<string> {
  const named = options.redis ?? localSettings().REDIS_URL;
  if (named === undefined && options.stage !== undefined)
    throw new Error('name the Redis with --redis or REDIS_URL');
  const redis = named ?? (await findRun(findTenant(options)))?.redis;
  if (redis === undefined)
    throw new Error('no bridge runs here: npm start, or name the Redis with --redis or REDIS_URL');
  return redis;
}

function findTenant({ tenant }: TargetOptions): string {
  const settings = localSettings();
  return localSettings({ TENANT: tenant ?? settings.TENANT }).TENANT;
}

const findToken = ({ token }: TargetOptions) =>
  token ?? localSettings().HOOK_TOKENS.split(',')[0]?.trim() ?? '';

const withoutSlash = (url: string | undefined) => url?.replace(/\/$/, '');

/** The run on this machine, if there is one. */
async function findRun(tenant: string): Promise<Running | undefined> {
  const text = await readFile(runningFile(tenant), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const read = z.pipe(jsonText('what npm start writes'), running).safeParse(text);
  // A run that was killed takes nothing back.
  return read.success && isAlive(read.data.pid) ? read.data : undefined;
}

async function localTarget(tenant: string): Promise<Omit<Target, 'token' | 'tenant'>> {
  const run = await findRun(tenant);
  if (run === undefined) {
    throw new Error(`no bridge of tenant ${tenant} runs here: npm start, or name a deployment with --stage`);
  }
  const { url, redis, sqs: endpoint, urls, queues } = run;
  const sqs = boundedSqs({ region: REGION, endpoint, credentials });
  return { sqs, urls, door: url, redis, queues: readQueues(queues) };
}

async function deployedTarget(
  stage: string,
  tenant: string,
  region = process.env['AWS_REGION'],
): Promise<Omit<Target, 'token' | 'tenant'>> {
  if (region === undefined) throw new Error('name the region with --region, or in AWS_REGION');
  // The URLs of queues name the host of AWS, which another address may stand in for.
  const sqs = boundedSqs({ region, useQueueUrlAsEndpoint: false });
  const names = nameDeployment(stage, tenant);
  const findUrl = async (QueueName: string) => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName })).catch((cause: Error) => {
      if (cause instanceof Unanswered) throw cause;
      throw new Error(
        `the queue ${QueueName} was not found in ${region}: check --stage, --tenant, and the credentials (${describeError(cause)})`,
        { cause },
      );
    });
    return QueueUrl ?? '';
  };
  const [events = '', deadLetters = '', quarantine = ''] = await Promise.all(
    [names.events, names.deadLetters, names.quarantine].map(findUrl),
  );
  return {
    sqs,
    urls: { events, deadLetters, quarantine },
    door: undefined,
    redis: undefined,
    queues: (await tenantFile(tenant)).queues,
  };
}
