// Compares two Redis: what the old one holds of a tenant must be in the new one.
import type { Client } from '../../lib/redis/connection.ts';
import type { Kind, Tenant } from './names.ts';
import { eachKey, type Found } from './scan.ts';

/** Of one kind: how many keys and members or entries the old Redis has, and how many of those the new one lacks. */
export type Row = {
  readonly kind: Kind;
  readonly keys: number;
  readonly entries: number;
  readonly missing: number;
};

const CHUNK = 500;

/** One row a kind. What is in a list of the old Redis, or held there by a worker, is missing: it was not moved. */
export async function verify(from: Client, to: Client, tenant: Tenant): Promise<readonly Row[]> {
  const rows = new Map<Kind, Row>();
  const seen = new Set<string>();
  await eachKey(from, tenant, async ({ key, kind }) => {
    // Its own keys, and the leases of workers that listen at the old Redis, stay there.
    if (kind === 'leases' || seen.has(key)) return;
    if (kind === 'move' && tenant.readMoving(key) === undefined) return;
    seen.add(key);
    const compared = await compare(from, to, { key, kind });
    if (compared === undefined) return;
    const row = rows.get(kind) ?? { kind, keys: 0, entries: 0, missing: 0 };
    rows.set(kind, {
      kind,
      keys: row.keys + 1,
      entries: row.entries + compared.entries,
      missing: row.missing + compared.missing,
    });
  });
  return [...rows.values()].sort((a, b) => a.kind.localeCompare(b.kind));
}

type Compared = { readonly entries: number; readonly missing: number };

async function compare(from: Client, to: Client, { key, kind }: Found): Promise<Compared | undefined> {
  const type = await from.type(key);
  if (type === 'none') return undefined;
  if (type === 'list' && kind !== 'calls') {
    const entries = await from.llen(key);
    return { entries, missing: entries };
  }
  // Names of the run of Redis differ, and sets of an earlier run count nowhere.
  if (kind === 'deduplication keys') return { entries: await from.scard(key), missing: 0 };
  if (type === 'set') return compareSets(from, to, key);
  if (type === 'stream') return compareStreams(from, to, key);
  return { entries: 1, missing: 1 - (await to.exists(key)) };
}

async function compareSets(from: Client, to: Client, key: string): Promise<Compared> {
  let [cursor, entries, missing] = ['0', 0, 0];
  do {
    const [next, members] = await from.sscan(key, cursor, 'COUNT', CHUNK);
    for (let first = 0; first < members.length; first += CHUNK) {
      const known = await to.smismember(key, ...members.slice(first, first + CHUNK));
      entries += known.length;
      missing += known.filter((is) => is === 0).length;
    }
    cursor = next;
  } while (cursor !== '0');
  return { entries, missing };
}

/** By their ends: entries are only ever added behind the last, and cut off before the first. */
async function compareStreams(from: Client, to: Client, key: string): Promise<Compared> {
  const [last] = await from.xrevrange(key, '+', '-', 'COUNT', 1);
  const entries = await from.xlen(key);
  const there = last === undefined ? [] : await to.xrange(key, last[0], last[0]);
  return { entries, missing: last === undefined || there.length === 1 ? 0 : entries };
}
