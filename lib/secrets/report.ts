// The log line of a secret that cannot be read, with the figure that an alarm watches.
import { log } from '../log.ts';
import { embedded } from '../metrics.ts';
import { findSecretRemedy } from './remedies.ts';

/** Says why, and what to do; the last known secret goes on. */
export const reportUnread = (functionName: string) => (error: unknown) =>
  log('error', 'secret not read', {
    error,
    remedy: findSecretRemedy(error),
    ...embedded(functionName, { secret_errors: 1 }, Date.now()),
  });
