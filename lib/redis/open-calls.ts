// The calls that Redis remembers as open, and of which nothing came for too long.
import { readRecord } from '../publish/call.ts';
import type { OpenCall } from '../publish/incomplete.ts';
import { connectTo } from './connection.ts';
import { nameCall, nameOpenCalls } from './keys.ts';

export type Reach = {
  /** whose calls */
  readonly tenant: string;
  /** `redis://` or `rediss://`, with the ACL user and password if there are any */
  readonly url: string;
  readonly cluster: boolean;
  /** the tag of all keys of our own */
  readonly home: string;
};

/** KEYS: the index. ARGV: milliseconds, the most to find. Answers the moment so long ago, and the calls that began before. */
const listOld = `
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
return { before, redis.call('ZRANGE', KEYS[1], '-inf', before, 'BYSCORE', 'LIMIT', 0, ARGV[2]) }
`;

/**
 * The calls of which nothing came for so long, the oldest first. Those that began before and had a hook since are put
 * off: they are looked at again when that hook is as old.
 * @param silence seconds; `most` calls are looked at
 */
export async function listOpenCalls(
  { tenant, url, cluster, home }: Reach,
  silence: number,
  most: number,
): Promise<OpenCall[]> {
  const client = connectTo(url, cluster);
  // Its commands reject with the cause.
  client.on('error', () => undefined);
  try {
    const open = nameOpenCalls(home, tenant);
    const found = await client.eval(listOld, 1, open, silence * 1000, most);
    const [before, names] = Array.isArray(found) ? found : [];
    const calls = await Promise.all(
      (Array.isArray(names) ? names.map(String) : []).map(async (name) => ({
        name,
        record: await client.lrange(nameCall(home, name), 0, -1),
      })),
    );
    const [due, others] = [[] as OpenCall[], [] as (number | string)[]];
    for (const call of calls) {
      const newest = findNewest(call.record);
      if (newest === undefined || newest <= Number(before)) due.push(call);
      else others.push(newest, call.name);
    }
    if (others.length > 0) await client.zadd(open, 'XX', ...others);
    return due;
  } finally {
    client.disconnect();
  }
}

/** When the newest hook of a record came, epoch ms; undefined where no hook can be read. */
function findNewest(record: readonly string[]): number | undefined {
  const { hooks } = readRecord(record);
  return hooks.length === 0 ? undefined : Math.max(...hooks.map(({ at, received_at = at }) => received_at));
}
