// The settings of the live gateway, parseJson once at its start; nothing else in live reads the environment.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { describeVariables, jsonText, list, onRedis, parseSettings, port, tenant } from '../lib/config.ts';
import { isNetwork } from '../lib/receive/addresses.ts';
import { isLoopback } from './access/loopback.ts';

/** Beside the bundle, the `live` part of the settings file of the tenant that it was packaged for. */
export const LIVE_FILE = 'live.json';

const group = z.strictObject({ name: z.string(), agents: z.array(z.string()) });
const profile = z.strictObject({
  queues: z._default(z.array(z.string()), []),
  groups: z._default(z.array(z.string()), []),
});

/** What clients get beside the events, and who may see what. */
export const liveSettings = z
  .strictObject({
    /** the number of the account in Axialys's messages */
    idClient: z.optional(z.union([z.number(), z.string()])),
    /** agent groups by id, with the agent_ids in them */
    groups: z._default(z.record(z.string(), group), {}),
    /** by login; a login without a profile sees everything */
    profiles: z._default(z.record(z.string(), profile), {}),
    /** the kinds of pause that a login of Axialys answers */
    pauses: z._default(z.array(z.strictObject({ id: z.number(), value: z.string() })), []),
  })
  .check(
    z.refine(
      ({ groups, profiles }) =>
        Object.values(profiles).every((each) => each.groups.every((id) => Object.hasOwn(groups, id))),
      { error: 'has a profile with a group that is not among groups', path: ['profiles'] },
    ),
  );

export type LiveSettings = z.infer<typeof liveSettings>;

const USERS = 'a JSON object of logins and passwords, such as {"login":"password"}';

const users = z
  .record(z.string(), z.string().check(z.minLength(1, 'has an empty password')), {
    error: `must be ${USERS}`,
  })
  .check(z.refine((logins) => Object.keys(logins).length > 0, { error: `is empty: give ${USERS}` }));

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

const schema = () =>
  z.object(variables()).check(
    z.superRefine(({ LIVE_USERS, LIVE_SETTINGS, LIVE_OPEN_LOGIN, LIVE_HOST }, context) => {
      if (LIVE_OPEN_LOGIN !== undefined && !Object.hasOwn(LIVE_USERS, LIVE_OPEN_LOGIN))
        context.addIssue({
          code: 'custom',
          path: ['LIVE_OPEN_LOGIN'],
          message: 'must be a login of LIVE_USERS',
        });
      if (LIVE_OPEN_LOGIN !== undefined && !isLoopback(LIVE_HOST))
        context.addIssue({
          code: 'custom',
          path: ['LIVE_OPEN_LOGIN'],
          message:
            'needs no password, so LIVE_HOST must be 127.0.0.1: leave it away where others can come in',
        });
      // A login whose profile is misspelt would be an Admin.
      for (const login of Object.keys(LIVE_SETTINGS.profiles))
        if (!Object.hasOwn(LIVE_USERS, login))
          context.addIssue({
            code: 'custom',
            path: ['LIVE_SETTINGS', 'profiles', login],
            message:
              'is a profile of no login: add the login to LIVE_USERS, or correct or remove the profile',
          });
    }),
  );

const variables = () => ({
  ...onRedis(),
  TENANT: tenant,
  LIVE_HOST: z._default(z.string(), '0.0.0.0'),
  LIVE_PORT: port(3001),
  LIVE_USERS: z.pipe(
    z.pipe(z.string({ error: `is not set: give ${USERS}` }), jsonText('{"login":"password"}')),
    users,
  ),
  LIVE_SECRET: z
    .string({ error: 'is not set: give at least 32 random characters' })
    .check(z.minLength(32, 'must be at least 32 random characters')),
  LIVE_ORIGINS: list('').check(
    z.refine((origins) => origins.every(isOrigin), {
      error: 'must be origins with commas between, such as https://wallboard.example.com',
    }),
  ),
  LIVE_OPEN_LOGIN: z.optional(z.string()),
  SERVICE_LEVEL_SEC: z.pipe(
    z._default(z.string().check(z.regex(/^\d{1,5}$/, 'must be a number of seconds, such as 20')), '20'),
    z.transform(Number),
  ),
  ...pickPublishing(describeVariables().consumer),
  LIVE_METRICS_TOKEN: z.optional(z.string().check(z.minLength(16, 'must be at least 16 random characters'))),
  LIVE_PROXIES: list('').check(
    z.refine((networks) => networks.every(isNetwork), {
      error: 'must be addresses or networks with commas between, such as 10.0.0.0/8',
    }),
  ),
  LIVE_SETTINGS: z.pipe(
    z.pipe(z._default(z.string(), readBundledSettings()), jsonText('{"profiles":{}}')),
    liveSettings,
  ),
});

/** What the console must know to name what an event made: the consumer's settings, under the same names. */
const pickPublishing = ({
  AGENT_TYPES,
  DIALECTS,
  NEWFIES_CHANNEL,
}: ReturnType<typeof describeVariables>['consumer']) => ({ AGENT_TYPES, DIALECTS, NEWFIES_CHANNEL });

function readBundledSettings(): string {
  const file = join(import.meta.dirname, LIVE_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8') : '{}';
}

export type LiveConfig = z.infer<ReturnType<typeof schema>>;

export const liveConfig = (env = process.env): LiveConfig => parseSettings(schema(), env);

/** The names of all settings. */
export const listLiveVariables = (): string[] => Object.keys(variables());

/** The `live` part of a tenant's settings file. Throws an error that names the key and its remedy. */
export const readLiveSettings = (live: unknown = {}): LiveSettings =>
  parseSettings(z.object({ live: liveSettings }), { live }).live;
