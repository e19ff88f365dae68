// Searches the stream of events: entry by entry from the oldest on, since Redis has no index of it.
import { setTimeout } from 'node:timers/promises';
import type { Published } from '../../lib/publish/relay.ts';
import { connectTo } from '../../lib/redis/connection.ts';
import { readEntry } from './entries.ts';
import { type Entry, readText, type Source } from './reader.ts';

export type Search = {
  /** what the text of each entry that is looked for holds: most are passed over by it */
  readonly needle: string;
  readonly matches: (published: Published) => boolean;
  /** so many of the newest are answered */
  readonly most: number;
};

export type Found = {
  /** in the order of the stream */
  readonly found: readonly Published[];
  /** false: there are more, or the search took too long */
  readonly complete: boolean;
};

const PAGE = 200;
/** How long a search may take, ms. */
const LIMIT = 15_000;

/** Rejects when Redis gives no answer. */
export async function searchStream({ url, cluster, key }: Source, search: Search): Promise<Found> {
  const client = connectTo(url, cluster, LIMIT);
  client.on('error', () => undefined);
  const found: Published[] = [];
  let more = false;
  const begun = performance.now();
  try {
    for (let from = '-'; ; ) {
      const page = await client.xrange(key, from, '+', 'COUNT', PAGE);
      for (const [id, fields] of page) {
        const published = readMatch({ id, text: readText(fields) }, search);
        if (published === undefined) continue;
        found.push(published);
        if (found.length > search.most) more = found.shift() !== undefined;
      }
      const last = page.at(-1)?.[0];
      if (page.length < PAGE || last === undefined) return { found, complete: !more };
      if (performance.now() - begun > LIMIT) return { found, complete: false };
      from = `(${last}`;
      // Clients are sent to meanwhile.
      await setTimeout(0);
    }
  } finally {
    client.disconnect();
  }
}

function readMatch(entry: Entry, { needle, matches }: Search): Published | undefined {
  if (!entry.text?.includes(needle)) return undefined;
  const published = readEntry(entry);
  return published !== undefined && matches(published) ? published : undefined;
}
