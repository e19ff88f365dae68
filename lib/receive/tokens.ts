// The shared secret in a header: all that Webitel's httpRequest can prove of itself.
import { hash, timingSafeEqual } from 'node:crypto';

/**
 * Is one of the live tokens presented, as `Authorization: Bearer <token>` or as `X-Api-Key: <token>`?
 * Digests are compared, all of them, so that the time tells neither a token's length nor its first letters.
 */
export function tokenCheck(live: readonly string[]) {
  const digests = live.map(digest);
  return (headers: Readonly<Record<string, string | undefined>>): boolean => {
    // The gateway joins a header that is sent twice with a comma, which no token has.
    const bearers = valuesOf(headers['authorization']).flatMap(
      (value) => /^bearer (.*)$/i.exec(value)?.[1] ?? [],
    );
    let good = false;
    for (const presented of [...bearers, ...valuesOf(headers['x-api-key'])]) {
      const token = digest(presented.trim());
      for (const known of digests) good = timingSafeEqual(token, known) || good;
    }
    return good;
  };
}

const valuesOf = (header = ''): string[] => header.split(',').map((value) => value.trim());

const digest = (token: string) => hash('sha256', token, 'buffer');
