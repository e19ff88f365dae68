// The environment, parsed once at cold start; nothing else reads it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import {
  type DialectName,
  type DialectSettings,
  dialectSettings,
  dialects,
} from './publish/dialects/index.ts';
import type { Publishing } from './publish/relay.ts';
import { isNetwork } from './receive/addresses.ts';
import { findHome, findTag } from './redis/keys.ts';

/** Beside a bundle, the queues of the tenant it was packaged for. */
export const QUEUES_FILE = 'queues.json';

/** Words with commas between. */
export const list = (fallback: string) =>
  z.pipe(
    z._default(z.string(), fallback),
    z.transform((text: string) =>
      text
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    ),
  );

const atLeastOne = (fallback: string, remedy: string) =>
  list(fallback).check(z.refine((words) => words.length > 0, { error: remedy }));

export const tenant = z._default(
  z.string().check(z.regex(/^[\w-]{1,40}$/, 'must be 1 to 40 letters, digits, dashes or underscores')),
  'default',
);

const queue = z.strictObject({
  name: z.optional(z.string()),
  direction: z.optional(z.enum(['inbound', 'outbound'], { error: 'must be inbound or outbound' })),
});

/** What is known of a tenant's queues, by queue_id. */
export const queues = z.record(z.string(), queue, { error: 'must be a JSON object of queues by queue_id' });

/** What a JSON text holds. @param example shown to whoever gave something else */
export const jsonText = (example: string) =>
  z.pipe(
    z.string(),
    z.transform((text: string, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.issues.push({ code: 'custom', message: `must be JSON, such as ${example}`, input: '' });
        return z.NEVER;
      }
    }),
  );

// Not a default of the parsed value: that would go unparsed.
const queuesText = z.pipe(
  z.pipe(z._default(z.string(), bundledQueues()), jsonText('{"42":{"name":"sales"}}')),
  queues,
);

/** Lambda's environment has 4 KB: the queues of a tenant lie in a file beside its bundle. */
function bundledQueues(): string {
  const file = join(import.meta.dirname, QUEUES_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8') : '{}';
}

const url = (protocol: RegExp, example: string) =>
  z.string({ error: `is not set: give a URL such as ${example}` }).check(
    z.refine((text) => URL.canParse(text) && protocol.test(new URL(text).protocol), {
      error: `must be a URL such as ${example}`,
    }),
  );

const queueUrl = url(/^https?:$/, 'https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo');

/** A TCP port; 0 takes a free one. */
export const port = (fallback: number) =>
  z.pipe(
    z._default(z.string(), `${fallback}`),
    z.pipe(
      z.transform(Number),
      z.number({ error: 'must be a port' }).check(
        z.refine((value) => Number.isInteger(value) && value >= 0 && value < 65536, {
          error: 'must be a port, 0 to 65535',
        }),
      ),
    ),
  );

const count = (fallback: string, remedy: string, digits = /^\d{1,9}$/) =>
  z.pipe(z._default(z.string().check(z.regex(digits, remedy)), fallback), z.transform(Number));

export const onOff = (fallback: 'on' | 'off') =>
  z._default(z.enum(['on', 'off'], { error: 'must be on or off' }), fallback);

/** Lambda sets it. */
const functionName = z._default(z.string(), 'local');

/** The tenant's secret, where it is read at run time: its name or ARN, and Lambda's way to it. */
const secretId = z.optional(z.string());
const secretEndpoint = z.optional(z.string());

/** What the secret holds is not in the environment. */
const unlessSecret = <T>(env: NodeJS.ProcessEnv, needed: z.ZodMiniType<T>, absent: z.ZodMiniType<T>) =>
  env['SECRET_ID'] ? absent : needed;

const tokens = atLeastOne('', 'is not set: give at least one token, or several with commas between');
const redisUrl = url(/^rediss?:$/, 'rediss://user:password@host:6379');

// Each function makes only the schema that it needs, and bundles only what that refers to.
const webhook = (env: NodeJS.ProcessEnv) =>
  z.object({
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    SECRET_ID: secretId,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretEndpoint,
    HOOK_TOKENS: unlessSecret(env, tokens, list('')),
    ALLOWED_IPS: list('').check(
      z.refine((networks) => networks.every(isNetwork), {
        error: 'must be addresses or networks with commas between, such as 10.0.0.0/8,2001:db8::/32',
      }),
    ),
    LOG_ADDRESSES: onOff('off'),
    DOOR: z._default(z.enum(['open', 'draining'], { error: 'must be open or draining' }), 'open'),
    TENANT: tenant,
    QUEUES: queuesText,
    EVENTS_QUEUE_URL: queueUrl,
    QUARANTINE_QUEUE_URL: queueUrl,
    AWS_REGION: z.string({ error: 'is not set' }),
    AWS_ENDPOINT_URL_SQS: z.optional(z.string()),
    AWS_ACCESS_KEY_ID: z.string({ error: 'is not set' }),
    AWS_SECRET_ACCESS_KEY: z.string({ error: 'is not set' }),
    AWS_SESSION_TOKEN: z.optional(z.string()),
  });

/** The way to a tenant's Redis, and the names of its keys. */
export const onRedis = () => ({
  REDIS_URL: redisUrl,
  REDIS_CLUSTER: z._default(z.enum(['true', 'false'], { error: 'must be true or false' }), 'false'),
  ENIGMA_BASE: z._default(z.string(), 'enigma:notifications'),
  CDR_LISTS: atLeastOne('campaigns', 'names no list: no CDR would be kept'),
});

/** The same, where its URL may be in a secret that is read at run time. */
const onSecretRedis = (env: NodeJS.ProcessEnv) => ({
  SECRET_ID: secretId,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secretEndpoint,
  AWS_REGION: z._default(z.string(), ''),
  AWS_ACCESS_KEY_ID: z._default(z.string(), ''),
  AWS_SECRET_ACCESS_KEY: z._default(z.string(), ''),
  AWS_SESSION_TOKEN: z.optional(z.string()),
  ...onRedis(),
  REDIS_URL: unlessSecret(env, redisUrl, z._default(z.string(), '')),
});

const consumer = (env: NodeJS.ProcessEnv) => {
  const names = Object.keys(dialects) as [DialectName, ...DialectName[]];
  return z.object({
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    ...onSecretRedis(env),
    AGENT_TYPES: atLeastOne('agents,agent', 'names no type: agents,agent is usual'),
    DIALECTS: z.pipe(
      atLeastOne('enigma', `names none of ${names.join(', ')}`),
      z.array(z.enum(names, { error: `must be among ${names.join(', ')}` })),
    ),
    ...dialectSettings,
    NOTIFY_TTL: count('60', 'must be a number of seconds, such as 60'),
    CDR_LIST_MAX: count('0', 'must be a number of entries, 0 for no bound'),
    MEMORY: onOff('on'),
    LIVE: onOff('off'),
    LIVE_MAX: count('100000', 'must be a number of entries, 1 or more', /^[1-9]\d{0,8}$/),
    REDIS_WAIT_REPLICAS: count('0', 'must be a number of replicas, 0 to ask none'),
  });
};

/** Its longest is half of what a call is remembered for. */
const callDeadline = count('14400', 'must be a number of seconds, 60 to 43200', /^\d{1,5}$/).check(
  z.refine((seconds) => seconds >= 60 && seconds <= 43_200, {
    error: 'must be a number of seconds, 60 to 43200',
  }),
);

const sweep = (env: NodeJS.ProcessEnv) =>
  z.object({
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    ...onSecretRedis(env),
    TENANT: tenant,
    MEMORY: onOff('on'),
    CALL_DEADLINE: callDeadline,
    INCOMPLETE_LISTS: list(''),
    CDR_LIST_MAX: count('0', 'must be a number of entries, 0 for no bound'),
    REDIS_WAIT_REPLICAS: count('0', 'must be a number of replicas, 0 to ask none'),
  });

export type WebhookConfig = z.infer<ReturnType<typeof webhook>>;
export type ConsumerConfig = z.infer<ReturnType<typeof consumer>>;
export type SweepConfig = z.infer<ReturnType<typeof sweep>>;

export const webhookConfig = (env = process.env): WebhookConfig => parseSettings(webhook(env), env);
export const consumerConfig = (env = process.env): ConsumerConfig => parseSettings(consumer(env), env);

/** Throws, too, when a list of a cluster is not where calls are remembered. */
export function sweepConfig(env = process.env): SweepConfig {
  const config = parseSettings(sweep(env), env);
  const home = findHome(listKeys(config));
  const away = listIncompleteKeys(config).filter((key) => findTag(key) !== home);
  if (config.REDIS_CLUSTER === 'true' && away.length > 0)
    throw new Error(
      `The settings are wrong: INCOMPLETE_LISTS in a cluster must be in the slot of the first CDR list: name ${away.join(', ')} with {${home}} in it`,
    );
  return config;
}

/** The schema of each variable of each function: whoever writes an environment checks it by what will read it. */
export const describeVariables = () => ({
  webhook: webhook({}).shape,
  consumer: consumer({}).shape,
  sweep: sweep({}).shape,
});

/** The full keys of the CDR lists: a name is under the base, a key has a colon. */
export const listKeys = ({
  ENIGMA_BASE,
  CDR_LISTS,
}: Pick<ConsumerConfig, 'ENIGMA_BASE' | 'CDR_LISTS'>): string[] =>
  CDR_LISTS.map((name) => nameList(ENIGMA_BASE, name));

/** The full keys of the lists of calls that never left. */
export const listIncompleteKeys = ({
  ENIGMA_BASE,
  INCOMPLETE_LISTS,
}: Pick<SweepConfig, 'ENIGMA_BASE' | 'INCOMPLETE_LISTS'>): string[] =>
  INCOMPLETE_LISTS.map((name) => nameList(ENIGMA_BASE, name));

const nameList = (base: string, name: string) => (name.includes(':') ? name : `${base}:${name}`);

/** What is published of events by these settings. */
export const readPublishing = (
  config: Pick<ConsumerConfig, 'AGENT_TYPES' | 'CDR_LISTS' | 'DIALECTS' | 'ENIGMA_BASE'> & DialectSettings,
): Publishing => ({
  dialects: config.DIALECTS.map((name) => dialects[name].dialect),
  known: {
    ...config,
    base: config.ENIGMA_BASE,
    agentTypes: config.AGENT_TYPES,
    cdrLists: listKeys(config),
  },
});

/** The channels outside the base that the dialects publish on. */
export const ownChannels = (config: ConsumerConfig): string[] =>
  config.DIALECTS.flatMap((name) => dialects[name].listChannels(config));

/** The queues by queue_id in the text of QUEUES. Throws when it is wrong. */
export const readQueues = (text: string): WebhookConfig['QUEUES'] =>
  parseSettings(z.object({ QUEUES: queuesText }), { QUEUES: text }).QUEUES;

/** The live tokens in the text of a secret. Throws when it has none. */
export const readHookTokens = (secret: string): string[] =>
  readSecretText(z.object({ hook_tokens: tokens }), secret).hook_tokens;

/** The URL of Redis in the text of a secret. Throws when it has none. */
export const readRedisUrl = (secret: string): string =>
  readSecretText(z.object({ redis_url: redisUrl }), secret).redis_url;

const secretText = jsonText('{"hook_tokens":"…","redis_url":"rediss://…"}');

function readSecretText<T>(schema: z.ZodMiniType<T>, text: string): T {
  const { secret } = parseSettings(z.object({ secret: secretText }), { secret: text });
  return parseSettings(schema, Object(secret));
}

/** An empty variable counts as unset. Throws an error that names each wrong variable and its remedy, never a value. */
export function parseSettings<T>(schema: z.ZodMiniType<T>, env: Readonly<Record<string, unknown>>): T {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${explainIssue(issue)}`);
  throw new Error(`The settings are wrong: ${problems.join('; ')}`);
}

/** zod's own words, without a locale, are "Invalid input". */
export function explainIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `knows no ${issue.keys.join(', ')}`;
  return issue.code === 'invalid_type' && issue.message === 'Invalid input'
    ? `must be of the type ${issue.expected}`
    : issue.message;
}
