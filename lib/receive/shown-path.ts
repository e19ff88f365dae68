// The path of a refused request, for the log: enough to find the wrong URL, without what may be a secret.
import { bounded, printable } from '../printable.ts';

/** No segment of our own paths is longer; a token is. */
const LONGEST_SEGMENT = 16;
const LONGEST_PATH = 100;

/**
 * At most 100 characters, without the query. A live token, a long segment and a run of digits that may be somebody's
 * number become dots.
 */
export function shownPath(path: string, tokens: readonly string[]): string {
  const [bare = ''] = path.split(/[?#]/);
  const plain = tokens.reduce((text, token) => text.replaceAll(token, '•••'), decoded(bare));
  const segments = plain
    .split('/')
    .map((segment) => (segment.length > LONGEST_SEGMENT ? '•••' : segment.replace(/\d{5,}/g, '•••')));
  return bounded(printable(segments.join('/')), LONGEST_PATH);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
