// Where Redis is: as the environment has it, or as the tenant's secret has it now.
import { type ConsumerConfig, readRedisUrl } from '../config.ts';
import { keepFresh } from './fresh.ts';
import { reportUnread } from './report.ts';
import { readSecret, type SecretAccess } from './secrets-manager.ts';

type Settings = Omit<SecretAccess, 'SECRET_ID'> &
  Pick<ConsumerConfig, 'AWS_LAMBDA_FUNCTION_NAME' | 'REDIS_URL' | 'SECRET_ID'>;

/** Resolves when it was asked for once; what it makes rejects while no URL was ever known. */
export async function followRedisUrl(config: Settings): Promise<() => Promise<string>> {
  const { REDIS_URL, SECRET_ID } = config;
  if (SECRET_ID === undefined) return async () => REDIS_URL;
  const secret = keepFresh(
    async () => readRedisUrl(await readSecret({ ...config, SECRET_ID })),
    reportUnread(config.AWS_LAMBDA_FUNCTION_NAME),
  );
  await secret.current();
  return async () => {
    const url = await secret.current();
    if (url === undefined) throw new Error('no secret could be read, so it is not known where Redis is');
    return url;
  };
}
