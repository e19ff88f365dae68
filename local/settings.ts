// What the local run reads from the environment, beside the settings of the functions.
import { join } from 'node:path';
import * as z from 'zod/mini';
import { onOff, parseSettings, port, tenant } from '../lib/config.ts';
import { isLoopback } from '../live/access/loopback.ts';
import { isHost } from './reach.ts';

/** Everybody knows it, so it opens the door only to programs of this machine. */
export const DEFAULT_TOKEN = 'local-token';

const host = z._default(
  z
    .string()
    .check(
      z.refine(isHost, { error: 'must be an address of this machine, such as 192.0.2.7, 0.0.0.0 or ::1' }),
    ),
  '127.0.0.1',
);

const schema = z.object({
  HOST: host,
  PORT: port(3000),
  REDIS_PORT: port(8001),
  REDIS_URL: z.optional(z.string()),
  HOOK_TOKENS: z._default(z.string(), DEFAULT_TOKEN),
  TENANT: tenant,
  LIVE: onOff('on'),
  LIVE_HOST: host,
  LIVE_USERS: z._default(z.string(), `{"local":"${DEFAULT_TOKEN}"}`),
});

export type LocalSettings = z.infer<typeof schema>;

export const localSettings = (env = process.env): LocalSettings => parseSettings(schema, env);

/** Throws an error that names the variable and its remedy when other machines could come in with the default token. */
export function refuseDefaultToken(settings: LocalSettings): void {
  const { HOST, HOOK_TOKENS, LIVE, LIVE_HOST, LIVE_USERS } = settings;
  const tokens = HOOK_TOKENS.split(',').map((token) => token.trim());
  if (!isLoopback(HOST) && tokens.includes(DEFAULT_TOKEN)) {
    throw new Error(
      `HOOK_TOKENS is not set, or holds ${DEFAULT_TOKEN}, which everybody knows, and HOST=${HOST} lets other machines in: set HOOK_TOKENS to what "openssl rand -hex 32" prints, or leave HOST away`,
    );
  }
  if (LIVE === 'on' && !isLoopback(LIVE_HOST) && LIVE_USERS.includes(`"${DEFAULT_TOKEN}"`)) {
    throw new Error(
      `LIVE_USERS is not set, or has the password ${DEFAULT_TOKEN}, which everybody knows, and LIVE_HOST=${LIVE_HOST} lets other machines in: set LIVE_USERS to {"login":"password"} with a password of yours, or leave LIVE_HOST away`,
    );
  }
}

export const root = join(import.meta.dirname, '..');
/** Everything that a run leaves behind, by tenant: two tenants may run side by side. */
export const dataFolder = ({ TENANT }: Pick<LocalSettings, 'TENANT'>): string => join(root, '.local', TENANT);
