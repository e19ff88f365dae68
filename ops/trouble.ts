// No command waits for ever: a limit for each answer, and one line for each thing that goes wrong.

import { printable } from '../lib/printable.ts';
import { type Client, connectTo, findCause } from '../lib/redis/connection.ts';
import { findRemedy } from '../lib/redis/remedies.ts';

/** For one answer, repeats included, milliseconds. */
export const LIMIT = 4_000;

/** Whoever was asked gave no answer. */
export class Unanswered extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unanswered';
    this.remedy = remedy;
  }
}

/** What `answer` resolves with; rejects with Unanswered when it takes longer than the limit. */
export async function within<T>(who: string, remedy: string, answer: Promise<T>, limit = LIMIT): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Unanswered(`${who} timed out: no answer within ${limit / 1000} s`, remedy));
  }, limit);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A client that connects later, and whose every answer has the limit. */
export const openRedis = (url: string, cluster: boolean): Client => connectTo(url, cluster, LIMIT);

/** Connects, within the limit. Rejects with Unanswered, which says why and what to do. */
export async function reach(client: Client): Promise<void> {
  let reason: unknown;
  client.on('error', (error: unknown) => {
    reason ??= findCause(error);
  });
  try {
    await within('Redis', redisRemedy, client.connect());
  } catch (error) {
    close(client);
    throw redisTrouble(reason ?? error);
  }
}

/** Ends a connection. One that has ended already would keep the process for a while. */
export function close(client: Client): void {
  if (client.status !== 'end') client.disconnect();
}

const redisRemedy = 'check that it runs, that it is not frozen, and REDIS_URL';

/** An error of Redis with its remedy. */
export function redisTrouble(cause: unknown): Unanswered {
  if (cause instanceof Unanswered) return cause;
  return new Unanswered(describeError(cause), findRemedy(cause) ?? redisRemedy, { cause });
}

/** The words of an error on one line; those of a connection that fails in several ways are its code. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const code = 'code' in error ? String(error.code) : error.name;
  return printable((error.message || code).replace(/\s*\n\s*/g, ' '));
}

/** The same, with what to do where that is known. */
export const explained = (error: unknown): string =>
  error instanceof Unanswered ? `${describeError(error)}: ${error.remedy}` : describeError(error);
