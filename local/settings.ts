// What the local run reads from the environment, beside the settings of the functions.
import { join } from 'node:path';
import * as z from 'zod/mini';
import { onOff, parseSettings, port, tenant } from '../lib/config.ts';

const schema = z.object({
  PORT: port(3000),
  REDIS_PORT: port(8001),
  REDIS_URL: z.optional(z.string()),
  HOOK_TOKENS: z._default(z.string(), 'local-token'),
  TENANT: tenant,
  LIVE: onOff('on'),
  LIVE_USERS: z._default(z.string(), '{"local":"local-token"}'),
});

export type LocalSettings = z.infer<typeof schema>;

export const localSettings = (env = process.env): LocalSettings => parseSettings(schema, env);

export const root = join(import.meta.dirname, '..');
/** Everything that a run leaves behind, by tenant: two tenants may run side by side. */
export const dataFolder = ({ TENANT }: Pick<LocalSettings, 'TENANT'>): string => join(root, '.local', TENANT);
