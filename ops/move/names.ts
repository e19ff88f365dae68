// Which keys are a tenant's, what each is, and what a move itself keeps.
import { findHome, findTag, nameLiveStream, nameProbe } from '../../lib/redis/keys.ts';
import { namePrefix } from '../../lib/redis/worker-keys.ts';

/** What a key is. `move`: the move's own. */
export type Kind =
  | 'CDR list'
  | 'markers'
  | 'deduplication keys'
  | 'newest times'
  | 'calls'
  | 'live stream'
  | 'tries'
  | 'dead entries'
  | 'processing'
  | 'leases'
  | 'move'
  | 'other';

const kinds: Readonly<Record<string, Kind>> = {
  seen: 'markers',
  said: 'deduplication keys',
  newest: 'newest times',
  call: 'calls',
  open: 'calls',
  live: 'live stream',
  tries: 'tries',
  dead: 'dead entries',
  processing: 'processing',
  leases: 'leases',
  probe: 'move',
  move: 'move',
  moving: 'move',
  moved: 'move',
  arriving: 'move',
  arrived: 'move',
};

/** @param lists full keys, as the consumer has them: the first decides where most of the rest is */
export function nameTenant(lists: readonly string[]) {
  const home = `{${findHome(lists)}}`;
  const prefixes = [...new Set([...lists.map(namePrefix), home])].sort((a, b) => b.length - a.length);
  const split = (key: string): readonly [prefix: string, rest: string] => {
    if (lists.includes(key)) return [namePrefix(key), ''];
    const prefix = prefixes.find((each) => key.startsWith(`${each}:`)) ?? home;
    return [prefix, key.slice(prefix.length + 1)];
  };
  return {
    lists,
    /** patterns of SCAN that find every key but the lists */
    patterns: prefixes.map((prefix) => `${prefix.replace(/[\\*?[\]]/g, '\\$&')}:*`),
    stream: nameLiveStream(lists),
    /** where the target says how far a move came */
    state: `${home}:move`,
    /** each is the first key that a script of the consumer touches: as a string, it refuses whole batches */
    fences: [...new Set(lists.map(findTag))].map(nameProbe),
    findKind: (key: string): Kind =>
      lists.includes(key) ? 'CDR list' : (kinds[split(key)[1].split(':', 1)[0] ?? ''] ?? 'other'),
    /** where a list waits at the old Redis while it is moved: all in the slot of the list */
    nameMoving: (key: string, id: string): string => {
      const [prefix, rest] = split(key);
      return `${prefix}:moving:${id}${rest === '' ? '' : `:${rest}`}`;
    },
    /** the reverse: what a list on its way is, and the names of its parts; undefined for any other key */
    readMoving: (key: string): Moving | undefined => {
      const [prefix, rest] = split(key);
      const [, id, suffix] = /^moving:([0-9a-f]{16})(?::(.*))?$/s.exec(rest) ?? [];
      if (id === undefined) return undefined;
      const plain = lists.find((list) => namePrefix(list) === prefix) ?? prefix;
      return {
        moving: key,
        list: suffix === undefined ? plain : `${prefix}:${suffix}`,
        moved: `${prefix}:moved:${id}${suffix === undefined ? '' : `:${suffix}`}`,
        arrived: `${prefix}:arrived:${id}`,
        arriving: `${prefix}:arriving:${id}`,
      };
    },
    /** the list that a processing list belongs to, and whose it is */
    readProcessing: (key: string): { readonly list: string; readonly worker: string } => {
      const [prefix, rest] = split(key);
      const list = lists.find((each) => namePrefix(each) === prefix) ?? prefix;
      return { list, worker: rest.slice('processing:'.length) };
    },
  };
}

export type Tenant = ReturnType<typeof nameTenant>;

export type Moving = {
  readonly moving: string;
  /** its name at the new Redis */
  readonly list: string;
  /** what is kept of it at the old Redis for some days */
  readonly moved: string;
  /** at the new Redis: that all of it is there */
  readonly arrived: string;
  /** at the new Redis: the copy, before it is in the list */
  readonly arriving: string;
};
