// What the functions' log says of hooks that are kept nowhere: refusals by minute and path, repeats, what was given back.
import * as z from 'zod/mini';
import type { Counts, GivenBack, TurnedAway } from '../../live/console/schema.ts';

const MINUTE = 60_000;
/** So long, and so many paths of a minute by themselves: a flood of any paths takes no more room. */
const MINUTES = 60;
const PATHS = 20;
const REST = 'other paths';
/** So many of the newest batches that Redis did not take. */
const BATCHES = 20;

const cause = z.object({ error: z.object({ message: z.string() }), remedy: z.optional(z.string()) });
const line = z.object({
  message: z.string(),
  status: z._default(z.number(), 0),
  path: z._default(z.string(), ''),
  repeat: z.optional(z.boolean()),
  given_back: z._default(z.number(), 0),
  causes: z._default(z.array(cause), []),
});

/** What to do about a refusal that keeps nothing. */
export const remedies: Readonly<Record<number, string>> = {
  401: 'The token is wrong: compare the flow’s HOOKLINE_TOKEN with HOOK_TOKENS.',
  403: 'The address is not in ALLOWED_IPS: add it, if it is Webitel’s.',
  404: 'The path is wrong: the flow’s URL must end in /hooks/webitel.',
  405: 'Hooks go by POST: a redirect makes a GET of them, so give the flow the final URL.',
  413: 'The body is larger than 256 KiB: send fewer variables.',
};

export type Lines = {
  /** @param text a line of the log @param now epoch ms. Answers whether something was kept in quarantine */
  readonly take: (text: string, now: number) => boolean;
  readonly describe: (now: number) => Counts;
};

export function countLines(): Lines {
  /** by minute, and by status and path */
  const minutes = new Map<number, Map<string, TurnedAway>>();
  let batches: GivenBack[] = [];
  let repeats = 0;

  const forget = (now: number) => {
    for (const minute of minutes.keys()) if (minute <= now - MINUTES * MINUTE) minutes.delete(minute);
  };

  const count = (status: number, shown: string, now: number) => {
    const minute = Math.floor(now / MINUTE) * MINUTE;
    const paths = minutes.get(minute) ?? new Map<string, TurnedAway>();
    minutes.set(minute, paths);
    const known = paths.has(`${status} ${shown}`) || paths.size < PATHS;
    const path = known ? shown : REST;
    const key = `${status} ${path}`;
    const before = paths.get(key)?.count ?? 0;
    paths.set(key, { minute, status, path, count: before + 1, remedy: remedies[status] ?? '' });
  };

  return {
    take: (text, now) => {
      const { success, data } = line.safeParse(parse(text));
      if (!success) return false;
      if (data.repeat) repeats++;
      if (data.message === 'refused') {
        forget(now);
        count(data.status, data.path, now);
      }
      if (data.message === 'given back') {
        const causes = data.causes.map(({ error, remedy = '' }) => ({ message: error.message, remedy }));
        batches = [{ at: now, count: data.given_back, causes }, ...batches].slice(0, BATCHES);
      }
      return data.message === 'quarantined';
    },
    describe: (now) => {
      forget(now);
      const turnedAway = [...minutes.values()]
        .flatMap((paths) => [...paths.values()])
        .sort((one, other) => other.minute - one.minute || other.count - one.count);
      return { by: 'log', failure: null, turnedAway, givenBack: batches, repeats };
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
