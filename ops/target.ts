// What a command works on: the bridge that runs here, or a deployment.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import * as z from 'zod/mini';
import { queuesOf } from '../lib/config.ts';
import type { Knowledge } from '../lib/receive/receive.ts';
import { isAlive } from '../local/redis-server.ts';
import { dataFolder, localSettings } from '../local/settings.ts';
import { sqsClient } from '../local/sqs-client.ts';
import { tenantFile } from '../local/tenant-file.ts';

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
  const settings = localSettings();
  const tenant = localSettings({ TENANT: options.tenant ?? settings.TENANT }).TENANT;
  const token = options.token ?? settings.HOOK_TOKENS.split(',')[0]?.trim() ?? '';
  const target =
    options.stage === undefined
      ? await localTarget(tenant)
      : await deployedTarget(options.stage, tenant, options.region);
  const redis = options.redis ?? settings.REDIS_URL ?? target.redis;
  return { ...target, tenant, token, door: (options.url ?? target.door)?.replace(/\/$/, ''), redis };
}

async function localTarget(tenant: string): Promise<Omit<Target, 'token' | 'tenant'>> {
  const text = await readFile(runningFile(tenant), 'utf8').catch(() => undefined);
  const run = text === undefined ? undefined : running.parse(JSON.parse(text));
  // A run that was killed takes nothing back.
  if (run === undefined || !isAlive(run.pid)) {
    throw new Error(`no bridge of tenant ${tenant} runs here: npm start, or name a deployment with --stage`);
  }
  const { url, redis, sqs, urls, queues } = run;
  return { sqs: sqsClient({ endpoint: sqs }), urls, door: url, redis, queues: queuesOf(queues) };
}

async function deployedTarget(
  stage: string,
  tenant: string,
  region = process.env['AWS_REGION'],
): Promise<Omit<Target, 'token' | 'tenant'>> {
  if (region === undefined) throw new Error('name the region with --region, or in AWS_REGION');
  const sqs = new SQSClient({ region });
  const urlOf = async (queue: string) => {
    const QueueName = `hookline-${stage}-${tenant}-${queue}`;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName })).catch((cause: Error) => {
      throw new Error(
        `the queue ${QueueName} was not found in ${region}: check --stage, --tenant, and the credentials (${cause.name})`,
        { cause },
      );
    });
    return QueueUrl ?? '';
  };
  const [events = '', deadLetters = '', quarantine = ''] = await Promise.all(
    ['events.fifo', 'dead-letters.fifo', 'quarantine'].map(urlOf),
  );
  return {
    sqs,
    urls: { events, deadLetters, quarantine },
    door: undefined,
    redis: undefined,
    queues: (await tenantFile(tenant)).queues,
  };
}
