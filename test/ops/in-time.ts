// A look at what may be busy: whatever was asked is to answer within seconds, and on a busy machine it may not.
import { until } from '../support/stack.ts';

type Found = { readonly detail: string };

/** What is found where everything answered in time. It is looked again where something did not. */
export const inTime = <T extends Found>(look: () => Promise<T[]>): Promise<T[]> =>
  until('an answer to all that is asked, in time', async () => {
    const found = await look();
    return !found.some(({ detail }) => isLate(detail)) && found;
  });

/** Do the words say that somebody gave no answer in time? */
export const isLate = (words: string): boolean => /timed ?out|timeout/i.test(words);
