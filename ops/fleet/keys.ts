// The token and the Redis of a tenant, for the canary: read from its secret with the credentials of the deployment.
import { SQSClient } from '@aws-sdk/client-sqs';
import { readHookTokens, readRedisUrl } from '../../lib/config.ts';
import { readSecret } from '../../lib/secrets/secrets-manager.ts';
import { describeError, Unanswered } from '../trouble.ts';
import type { FindKeys } from './canary.ts';

/** Rejects with Unanswered, which never has a part of the secret, when it cannot be read. */
export const keysInSecret: FindKeys = async (region, secret) => {
  try {
    // The SDK's own search: profiles, single sign-on, and whatever else is usual.
    const { accessKeyId, secretAccessKey, sessionToken } = await new SQSClient({
      region,
    }).config.credentials();
    const text = await readSecret({
      SECRET_ID: secret,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'],
    });
    return { token: readHookTokens(text)[0], redis: readRedisUrl(text) };
  } catch (error) {
    throw new Unanswered(
      `the secret ${secret} cannot be read (${describeError(error)})`,
      'give the credentials secretsmanager:GetSecretValue on it, or leave out --secrets',
      { cause: error },
    );
  }
};
