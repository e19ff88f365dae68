// The calls that Redis remembers as open, and of which nothing came for too long.
import type { OpenCall } from '../publish/incomplete.ts';
import { connectTo } from './connection.ts';
import { nameCall, nameOpenCalls } from './keys.ts';

export type Reach = {
  /** `redis://` or `rediss://`, with the ACL user and password if there are any */
  readonly url: string;
  readonly cluster: boolean;
  /** the tag of all keys of our own */
  readonly home: string;
};

/** KEYS: the index. ARGV: milliseconds since the newest hook, the most to find. By the clock of Redis, as the index is. */
const listOld = `
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
return redis.call('ZRANGE', KEYS[1], '-inf', before, 'BYSCORE', 'LIMIT', 0, ARGV[2], 'WITHSCORES')
`;

/** The oldest first. @param silence seconds since the newest hook; `most` calls are answered */
export async function listOpenCalls(
  { url, cluster, home }: Reach,
  silence: number,
  most: number,
): Promise<OpenCall[]> {
  const client = connectTo(url, cluster);
  // Its commands reject with the cause.
  client.on('error', () => undefined);
  try {
    const found = await client.eval(listOld, 1, nameOpenCalls(home), silence * 1000, most);
    const words = Array.isArray(found) ? found.map(String) : [];
    const names = words.filter((_, index) => index % 2 === 0);
    if (names.length === 0) return [];
    const records = await Promise.all(names.map((name) => client.get(nameCall(home, name))));
    return names.map((name, index) => ({
      name,
      newestAt: words[2 * index + 1] ?? '',
      record: records[index] ?? '',
    }));
  } finally {
    client.disconnect();
  }
}
