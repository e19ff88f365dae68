// What may stand in a tenant's file, tenants/<tenant>.json. The settings of the functions come from the schemas by which
// the functions read them.
import * as z from 'zod/mini';
import { describeVariables, queues } from '../lib/config.ts';
import { liveSettings } from '../live/config.ts';
import { functionNames } from './bundle.ts';

/** What each key means, for whoever writes a file in an editor. */
export const descriptions = z.registry<{ description: string }>();

function describe<T extends z.ZodMiniType>(schema: T, description: string) {
  const key = z.optional(schema);
  descriptions.add(key, { description });
  return key;
}

const whole = (least: number, most: number) =>
  z
    .int({ error: `must be a whole number, ${least} to ${most}` })
    .check(
      z.gte(least, { error: `must be ${least} or more` }),
      z.lte(most, { error: `must be ${most} or less` }),
    );
const text = (pattern: RegExp, remedy: string) =>
  z.string({ error: remedy }).check(z.regex(pattern, { error: remedy }));
const among = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.enum(names, { error: `must be ${names.join(' or ')}` });

const awsId = (kind: string) =>
  z
    .array(
      text(new RegExp(`^${kind}-(?:[\\da-f]{8}|[\\da-f]{17})$`), `must be such as ${kind}-0123456789abcdef0`),
    )
    .check(z.minLength(1, { error: 'is empty' }));

/** How long CloudWatch can keep a log group. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const silence = z
  .strictObject(
    {
      minutes: z.int().check(z.gte(1), z.lte(1440)),
      fromHour: z.int().check(z.gte(0), z.lte(23)),
      untilHour: z.int().check(z.gte(1), z.lte(24)),
      days: z._default(z.array(z.int().check(z.gte(1), z.lte(7))).check(z.minLength(1)), [1, 2, 3, 4, 5]),
    },
    { error: 'must be such as {"minutes":30,"fromHour":7,"untilHour":18}' },
  )
  .check(
    z.refine(({ fromHour, untilHour }) => fromHour < untilHour, {
      error: 'must begin before it ends: hours of one day, in UTC',
    }),
  );

const throttle = z.strictObject(
  { rate: whole(1, 1_000_000), burst: whole(1, 1_000_000) },
  { error: 'must be such as {"rate":500,"burst":1000}' },
);

/** The settings of the stack. Each may be left out. */
export const stackSettings = {
  region: describe(
    text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region such as eu-central-1'),
    'Default eu-central-1',
  ),
  front: describe(
    among(['httpApi', 'functionUrl']),
    'Where hooks come in; default httpApi. Another front is another URL',
  ),
  network: describe(among(['none', 'vpc']), "The consumer's way to Redis; default none: the internet"),
  subnetIds: describe(awsId('subnet'), 'With network vpc: where the consumer is'),
  securityGroupIds: describe(awsId('sg'), 'With network vpc: what the consumer may reach'),
  consumerConcurrency: describe(whole(2, 1000), 'The greatest number of consumers; default 10'),
  provisionedConcurrency: describe(
    whole(0, 10_000),
    'Webhooks kept warm, billed whether they are used or not; default 0. Needs secretVersion, or secrets runtime',
  ),
  webhookMemory: describe(
    whole(128, 10_240),
    'MB of the webhook, and with them its share of a core; default 1024',
  ),
  consumerMemory: describe(whole(128, 10_240), 'MB of the consumer; default 512'),
  webhookReservation: describe(
    whole(1, 100_000),
    "Concurrency of the account that only the webhook has, and the most that it gets: beyond it hooks are lost; default the account's",
  ),
  consumerReservation: describe(
    whole(2, 100_000),
    'The same of the consumer, no less than consumerConcurrency; default none',
  ),
  throttle: describe(
    throttle,
    'With front httpApi: hooks a second, and how many at once; beyond them 429, and hooks are lost. Default 10000 and 5000',
  ),
  alarmTopic: describe(
    text(/^arn:aws[a-z-]*:sns:[a-z\d-]+:\d{12}:[\w-]{1,256}$/, 'must be the ARN of an SNS topic'),
    'Where alarms go; default nowhere',
  ),
  listLengthAlarm: describe(
    whole(1, 1_000_000_000),
    'Entries of a CDR list that are an alarm; default 10000',
  ),
  silence: describe(
    silence,
    'An alarm when no hook is accepted for so many minutes between two hours (UTC) of so many days, Monday is 1; default none',
  ),
  logRetention: describe(
    z.literal(retentions, { error: `must be one of ${retentions.join(', ')} days` }),
    'Days; default 30',
  ),
  secretVersion: describe(
    text(/^[A-Za-z\d-]{32,64}$/, 'must be the VersionId of a version of the secret'),
    'The version of the secret; default whatever is current when the stack is deployed',
  ),
  secrets: describe(
    among(['environment', 'runtime']),
    'Where the functions have their secret from: default environment, as it was when the stack was deployed; runtime reads it again within a minute',
  ),
  kmsKey: describe(
    text(
      /^arn:aws[a-z-]*:kms:[a-z\d-]+:\d{12}:key\/[\da-zA-Z-]{1,64}$/,
      'must be the ARN of a key, such as arn:aws:kms:eu-central-1:123456789012:key/…',
    ),
    "The key of queues and of the functions' logs; default keys of AWS's own",
  ),
  dashboard: describe(
    z.boolean({ error: 'must be true or false' }),
    'A dashboard of the tenant; default false',
  ),
  systemLogLevel: describe(
    among(['INFO', 'WARN']),
    "Default INFO; WARN leaves out Lambda's START, END and REPORT lines",
  ),
  deletionProtection: describe(z.boolean({ error: 'must be true or false' }), 'Default true'),
};

/** What the deployment gives itself. */
const OWN = /^(?:AWS_.*|TENANT|QUEUES|.*_QUEUE_URL|HOOK_TOKENS|REDIS_URL|SECRET_ID)$/;

/** The settings of a function, by their keys in the file: NOTIFY_TTL is notifyTtl. */
export const listFunctionSettings = (name: keyof ReturnType<typeof describeVariables>) =>
  Object.entries<z.ZodMiniType>(describeVariables()[name])
    .filter(([variable]) => !OWN.test(variable))
    .map(([variable, schema]) => ({ key: nameKey(variable), variable, schema }));

const nameKey = (variable: string) =>
  variable.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** A value of the file as the environment holds it. */
export const writeText = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));

/** JSON instead of text: what the function makes of the text says whether it is a list, a number or a truth. */
function readJson(schema: z.ZodMiniType): z.ZodMiniType {
  const fallback = schema.parse(undefined);
  const through = (json: z.ZodMiniType) =>
    z.pipe(z.pipe(json, z.transform(writeText)), schema as z.ZodMiniType<unknown, string>);
  if (Array.isArray(fallback)) return through(z.array(makeEntry(schema), { error: 'must be a list' }));
  if (typeof fallback === 'number') return through(whole(0, 999_999_999));
  if (fallback === 'true' || fallback === 'false')
    return through(z.boolean({ error: 'must be true or false' }));
  const { enum: choices } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  if (choices !== undefined) return through(among(choices.map(String) as [string, ...string[]]));
  return through(z.string().check(z.minLength(1, { error: 'is empty: leave it out for the default' })));
}

function makeEntry(schema: z.ZodMiniType): z.ZodMiniType {
  const { items } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  if (typeof items === 'object' && !Array.isArray(items) && items.enum !== undefined)
    return among(items.enum.map(String) as [string, ...string[]]);
  return text(/^[^,]+$/, 'must be a text without a comma: each entry for itself');
}

function describeFunctions(): Record<string, z.ZodMiniType> {
  const shape: Record<string, z.ZodMiniType> = {};
  for (const name of functionNames) {
    for (const { key, variable, schema } of listFunctionSettings(name))
      shape[key] ??= describe(
        readJson(schema),
        `${variable} of the ${name}; default ${writeText(schema.parse(undefined)) || 'none'}`,
      );
  }
  return shape;
}

const settings = z.strictObject(
  { ...describeFunctions(), ...stackSettings },
  { error: 'must be an object of settings' },
);

export const tenantSchema = z.strictObject(
  {
    $schema: z.optional(z.string()),
    queues: z._default(queues, {}),
    live: z.optional(liveSettings),
    settings: describe(settings, 'For every stage'),
    stages: describe(
      z.record(z.string(), settings, { error: 'must be settings by stage' }),
      'The stages of the tenant, each with the settings in which it differs; without, every stage is one',
    ),
  },
  { error: 'must be a JSON object, such as {"queues":{}}' },
);

/** The names of all settings. */
export const listSettings = (): string[] => Object.keys(settings.shape);
