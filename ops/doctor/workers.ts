// The doctor's look at what the workers of docs/worker.md hold, and at what they gave up on.
import type { Client } from '../../lib/redis/connection.ts';
import { nameWorkerKeys } from '../../lib/redis/worker-keys.ts';
import { ago } from '../output.ts';
import { redisTrouble } from '../trouble.ts';
import { isBlocked } from './blocked.ts';
import { type Finding, good, warning } from './finding.ts';

type Held = {
  readonly worker: string;
  /** when its lease ends, epoch ms by the clock of Redis */
  readonly lease: number;
  readonly entries: number;
  /** when the door took its oldest entry, epoch ms; undefined where the entry doesn't have it */
  readonly oldest: number | undefined;
};

/** One finding on each list's workers, and one on its dead entries if there are any. */
export async function workersFindings(client: Client, lists: readonly string[]): Promise<Finding[]> {
  const each = lists.map(async (list) => {
    try {
      return await lookAt(client, list);
    } catch (error) {
      if (!isBlocked(error)) throw redisTrouble(error);
      return [good('workers', `${list}: not examined: ${error.message.trim()}`)];
    }
  });
  return (await Promise.all(each)).flat();
}

async function lookAt(client: Client, list: string): Promise<Finding[]> {
  const keys = nameWorkerKeys(list);
  const leases = await client.zrange(keys.leases, '0', '-1', 'WITHSCORES');
  const [seconds = 0, microseconds = 0] = await client.time();
  const now = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  const workers = leases.flatMap((worker, index) =>
    index % 2 === 0 ? [{ worker, lease: Number(leases[index + 1]) }] : [],
  );
  const held = await Promise.all(
    workers.map(async ({ worker, lease }): Promise<Held> => {
      const processing = keys.processing(worker);
      const [entries, last] = await Promise.all([client.llen(processing), client.lindex(processing, -1)]);
      return { worker, lease, entries, oldest: readReceivedAt(last) };
    }),
  );
  const dead = await client.llen(keys.dead);
  return [describeHeld(list, held, now), ...(dead === 0 ? [] : [describeDead(list, keys.dead, dead)])];
}

function describeHeld(list: string, held: readonly Held[], now: number): Finding {
  const busy = held.filter(({ entries }) => entries > 0);
  const alive = held.filter(({ lease }) => lease > now);
  const oldest = Math.min(...busy.map((each) => each.oldest ?? Number.POSITIVE_INFINITY));
  const entries = busy.reduce((sum, each) => sum + each.entries, 0);
  const age = Number.isFinite(oldest) ? `, the oldest from ${ago(oldest, now)} ago` : '';
  const detail = `${list}: ${alive.length} with a lease; held by workers: ${entries}${age}`;
  const gone = busy.filter(({ lease }) => lease <= now);
  if (gone.length === 0) return good('workers', detail);
  const names = gone.map(({ worker, lease, entries: count }) => {
    return `${worker} holds ${count}, its lease ended ${ago(lease, now)} ago`;
  });
  return warning(
    'workers',
    `${detail}; ${names.join('; ')}`,
    'start a worker of docs/worker.md on this list: it gives back what a dead one held',
  );
}

const describeDead = (list: string, key: string, dead: number): Finding =>
  warning(
    'dead entries',
    `${list}: ${dead}`,
    `LRANGE ${key} 0 -1 has each with its reason: mend that, then try it again as docs/worker.md says`,
  );

/** When the door took the event of a CDR. Somebody else may push to the list, too. */
function readReceivedAt(entry: string | null): number | undefined {
  try {
    const at: unknown = JSON.parse(entry ?? '')?.payload?.received_at;
    return typeof at === 'number' ? at : undefined;
  } catch {
    return undefined;
  }
}
