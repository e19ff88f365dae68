// The start of a run whose Redis doesn't answer yet.
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findRemedy } from '../lib/redis/remedies.ts';

const PAUSE = 500;
const LIMIT = 2_000;

/**
 * Resolves when a Redis answers, or when `signal` is aborted.
 * @param waits is called with the reason when it doesn't answer, and again when the reason is another one
 */
export async function untilRedisAnswers(
  url: string,
  signal: AbortSignal,
  waits: (reason: string) => void,
): Promise<void> {
  for (let known: string | undefined; !signal.aborted; ) {
    const reason = await whySilent(url);
    if (reason === undefined) return;
    if (reason !== known) waits(reason);
    known = reason;
    await setTimeout(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}

/** Why it doesn't answer, with the remedy; undefined when it does. */
async function whySilent(url: string): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: LIMIT,
    commandTimeout: LIMIT,
  });
  // What a command rejects with is only that the connection is closed.
  let failure: unknown;
  redis.on('error', (error) => {
    failure ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
    return undefined;
  } catch (error) {
    const cause = failure ?? error;
    const message = cause instanceof Error ? cause.message : 'no reason is known';
    // Whoever may not ask was answered.
    if (message.startsWith('NOPERM')) return undefined;
    const remedy = findRemedy(cause);
    return remedy === undefined ? message : `${message}: ${remedy}`;
  } finally {
    redis.disconnect();
  }
}
