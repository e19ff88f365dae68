// What Redis holds, and whether somebody takes CDRs off its lists: by looking at them again and again.
import type { Client } from '../../lib/redis/connection.ts';
import { type Finding, failed, good, warning } from '../doctor/finding.ts';
import { ago } from '../output.ts';
import type { Target } from '../target.ts';
import { close, openRedis, reach, within } from '../trouble.ts';

/** Between two looks, ms. */
const PAUSE = 5_000;
/** A CDR that waits so long while nobody takes one, ms, is worth a word. */
const STALE = 5 * 60_000;

type Look = {
  readonly length: number;
  /** the entry that is taken next */
  readonly next: string | null;
  /** when one was seen to be taken, epoch ms */
  readonly popped: number | undefined;
};

export type ListWatch = {
  readonly describe: (now: number) => readonly Finding[];
  readonly stop: () => void;
};

/** Looks at the lists until it is stopped. */
export function watchLists(
  findTarget: () => Promise<Target>,
  lists: readonly string[],
  cluster: boolean,
): ListWatch {
  const looks = new Map<string, Look>();
  const begun = Date.now();
  let client: Client | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const open = async (): Promise<Client | undefined> => {
    const { redis } = await findTarget();
    if (redis === undefined) return undefined;
    const opened = openRedis(redis, cluster);
    await reach(opened);
    return opened;
  };

  const look = async (): Promise<void> => {
    try {
      client ??= await open();
      for (const list of client === undefined ? [] : lists) {
        const [length, next] = await Promise.all([client?.llen(list), client?.lindex(list, -1)]);
        looks.set(list, compare(looks.get(list), length ?? 0, next ?? null, Date.now()));
      }
    } catch {
      // Redis itself is a finding of its own; a client that failed never connects again.
      if (client !== undefined) close(client);
      client = undefined;
    }
    if (stopped) return void (client && close(client));
    timer = setTimeout(look, PAUSE).unref();
  };
  void look();

  return {
    describe: (now) => [...looks].map(([list, seen]) => describeList(list, seen, begun, now)),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      if (client !== undefined) close(client);
    },
  };
}

/** Entries are pushed at the other end: the next one changes only when one is taken. */
function compare(before: Look | undefined, length: number, next: string | null, now: number): Look {
  const taken = before !== undefined && before.next !== null && before.next !== next;
  return { length, next, popped: taken ? now : before?.popped };
}

function describeList(list: string, { length, next, popped }: Look, begun: number, now: number): Finding {
  const check = 'CDR list';
  const taken =
    popped === undefined
      ? `none was seen taken for ${ago(begun, now)}`
      : `the last was taken ${ago(popped, now)} ago`;
  if (length === 0) return good(check, `${list}: empty, ${taken}`);
  const oldest = readReceivedAt(next);
  const age = oldest === undefined ? '' : `, the oldest from ${ago(oldest, now)} ago`;
  const detail = `${list}: ${length}${age}; ${taken}`;
  const waits = oldest !== undefined && now - oldest > STALE;
  const idle = now - (popped ?? begun) > STALE || popped === undefined;
  return waits && idle
    ? warning(check, detail, 'is a worker running that takes CDRs off this list?')
    : good(check, detail);
}

/** When the door took the hook of an entry. Somebody else may push to the list, too. */
function readReceivedAt(entry: string | null): number | undefined {
  try {
    const at: unknown = JSON.parse(entry ?? '')?.payload?.received_at;
    return typeof at === 'number' ? at : undefined;
  } catch {
    return undefined;
  }
}

const MEBIBYTE = 1024 * 1024;

export async function memoryFinding(url: string, cluster: boolean): Promise<Finding> {
  const client = openRedis(url, cluster);
  try {
    await reach(client);
    const info = await within('Redis', 'is it frozen, or overloaded?', client.info('memory'));
    const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    const [used, most] = [field('used_memory'), field('maxmemory')];
    const shown = `${(used / MEBIBYTE).toFixed(1)} MiB`;
    if (most === 0) return good('memory', `${shown}, without a bound of its own`);
    const detail = `${shown} of ${(most / MEBIBYTE).toFixed(0)} MiB`;
    if (used > 0.95 * most)
      return failed('memory', detail, 'make room: at its bound Redis takes no CDR, and they wait');
    return used > 0.8 * most
      ? warning('memory', detail, 'make room soon: docs/redis.md has what takes it')
      : good('memory', detail);
  } finally {
    close(client);
  }
}
