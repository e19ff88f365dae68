// The shared secret in a header: all that Webitel's httpRequest can prove of itself.
import { hash, timingSafeEqual } from 'node:crypto';
import type { Headers } from './sources/source.ts';

/** So many credentials are read from a request: more would be guesses, many in one request. */
const MOST = 2;

/**
 * Is one of the live tokens presented, as `Authorization: Bearer <token>` or as `X-Api-Key: <token>`?
 * Digests are compared, all of them, so that the time gives away neither a token's length nor its first letters.
 */
export function tokenCheck(live: readonly string[]) {
  const digests = live.map(digest);
  return (headers: Headers): boolean => {
    let good = false;
    for (const presented of readCredentials(headers)) {
      const token = digest(presented);
      for (const known of digests) good = timingSafeEqual(token, known) || good;
    }
    return good;
  };
}

/** One bearer, and the keys beside it. The gateway joins a header that is sent twice with a comma, which no token has. */
function readCredentials(headers: Headers): string[] {
  const bearers = split(headers['authorization']).flatMap((value) => /^bearer (.*)$/i.exec(value)?.[1] ?? []);
  const keys = split(headers['x-api-key']);
  return [...bearers.slice(0, 1), ...keys]
    .map((value) => value.trim())
    .filter(Boolean)
    .slice(0, MOST);
}

/** Does a request present a live token? undefined where that cannot be known now. */
export type Authorize = (headers: Headers) => Promise<boolean | undefined>;

/** By tokens that stay. */
export function authorizeBy(live: readonly string[]): Authorize {
  const check = tokenCheck(live);
  return async (headers) => check(headers);
}

type Check = ReturnType<typeof tokenCheck>;

/** Tokens that change elsewhere: as they are known, and as they are read again now; undefined where they cannot be read. */
type ChangingTokens = Readonly<
  Record<'current' | 'renewed', () => Promise<{ readonly check: Check } | undefined>>
>;

/** By tokens that change elsewhere. None is refused before they are read again. */
export const authorizeByChanging =
  (live: ChangingTokens): Authorize =>
  async (headers) => {
    const known = await live.current();
    return known?.check(headers) === false ? (await live.renewed())?.check(headers) : known && true;
  };

const split = (header = ''): string[] => header.split(',', MOST).map((value) => value.trim());

const digest = (token: string) => hash('sha256', token, 'buffer');
