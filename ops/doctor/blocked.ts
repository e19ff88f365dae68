// What a Redis doesn't let this user run, or nobody: a reason to say so, not to fail.
import { redisTrouble } from '../trouble.ts';

/** NOPERM of an ACL; a command that is renamed or taken away, as managed offerings do. */
const BLOCKED =
  /NOPERM|unknown (?:sub)?command|command (?:is )?(?:not (?:allowed|supported)|disabled|restricted)/i;

export const isBlocked = (error: unknown): error is Error =>
  error instanceof Error && BLOCKED.test(error.message);

/** What a command answers; undefined where it is blocked. Rejects with what else goes wrong, and its remedy. */
export const unlessBlocked = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (isBlocked(error)) return undefined;
    throw redisTrouble(error);
  });
