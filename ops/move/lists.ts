// Moves lists so that each entry is in one Redis alone, wherever the move is interrupted.
import { randomBytes } from 'node:crypto';
import type { Client } from '../../lib/redis/connection.ts';
import { nameWorkerKeys } from '../../lib/redis/worker-keys.ts';
import type { Moving, Tenant } from './names.ts';
import { scanTenant } from './scan.ts';

/** Entries in one command. */
const CHUNK = 500;
const DAY = 24 * 3600;
/** A copy that is not completed is forgotten. */
const UNFINISHED = DAY;
/** What was moved is kept at the old Redis for so many seconds, in case the new one is lost at once. */
const KEPT = 7 * DAY;
/** The new Redis remembers what has arrived. */
const REMEMBERED = 366 * DAY;

/** KEYS: the copy, the marker that it arrived. ARGV: how many entries, seconds. Answers the copy that counts, or "". */
const accept = `
local earlier = redis.call('GET', KEYS[2])
if earlier then
  if earlier ~= KEYS[1] then redis.call('UNLINK', KEYS[1]) end
  return earlier
end
if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return '' end
redis.call('PERSIST', KEYS[1])
redis.call('SET', KEYS[2], KEYS[1], 'EX', ARGV[2])
return KEYS[1]
`;

/** KEYS: the copy, the list. What was moved is older than what is there: to its right. Answers how many are left. */
const append = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('RENAME', KEYS[1], KEYS[2])
  return 0
end
for _ = 1, 1000 do
  if not redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') then return 0 end
end
return redis.call('LLEN', KEYS[1])
`;

/** KEYS: leases, processing, list. ARGV: worker. As a worker that takes over does; -1: the worker lives. */
const giveBack = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) > now then return -1 end
local moved = 0
while redis.call('LMOVE', KEYS[2], KEYS[3], 'LEFT', 'RIGHT') do moved = moved + 1 end
return moved
`;

export type Held = { readonly worker: string; readonly entries: number };

/** How many CDRs and other entries were moved, and what workers still hold at the old Redis. */
export type ListsMoved = { readonly entries: number; readonly held: readonly Held[] };

/**
 * Moves every list of the tenant once, after what dead workers held is back in them. A list is renamed at the old
 * Redis, so that nobody there takes from it any more; copied aside at the new one; accepted there when the copy is
 * complete; and kept for a week under another name. An interrupted move is taken up where it was.
 */
export async function moveLists(from: Client, to: Client, tenant: Tenant): Promise<ListsMoved> {
  const held: Held[] = [];
  const lists: string[] = [...tenant.lists];
  const underWay: Moving[] = [];
  for await (const page of scanTenant(from, tenant)) {
    for (const { key, kind } of page) {
      const moving = kind === 'move' ? tenant.readMoving(key) : undefined;
      if (moving !== undefined) underWay.push(moving);
      if (kind === 'dead entries') lists.push(key);
      if (kind === 'other' && (await from.type(key)) === 'list') lists.push(key);
      if (kind === 'processing') held.push(...(await takeBack(from, tenant, key)));
    }
  }
  for (const key of new Set(lists)) {
    const moving = tenant.nameMoving(key, randomBytes(8).toString('hex'));
    const parts = (await from.exists(key)) === 1 ? tenant.readMoving(moving) : undefined;
    if (parts === undefined) continue;
    // A worker may have taken the last entry meanwhile.
    const renamed = await from.renamenx(key, moving).catch((error: Error) => {
      if (/no such key/.test(error.message)) return 0;
      throw error;
    });
    if (renamed === 1) underWay.push(parts);
  }
  let entries = 0;
  const known = new Set<string>();
  for (const moving of underWay) {
    if (known.has(moving.moving)) continue;
    known.add(moving.moving);
    entries += await carry(from, to, moving);
  }
  return { entries, held };
}

/** Gives back what a dead worker held. Answers what a living one holds. */
async function takeBack(from: Client, tenant: Tenant, key: string): Promise<Held[]> {
  const { list, worker } = tenant.readProcessing(key);
  const moved = await from.eval(giveBack, 3, nameWorkerKeys(list).leases, key, list, worker);
  const entries = moved === -1 ? await from.llen(key) : 0;
  return entries > 0 ? [{ worker, entries }] : [];
}

/** Lists that left this Redis once and never arrived at the other are put back: the tenant comes home. */
export async function bringHome(home: Client, other: Client, tenant: Tenant): Promise<void> {
  for await (const page of scanTenant(home, tenant)) {
    for (const { key } of page) {
      const moving = tenant.readMoving(key);
      if (moving === undefined) continue;
      if ((await other.exists(moving.arrived)) === 1) await keep(home, moving);
      else while (Number(await home.eval(append, 2, key, moving.list)) > 0);
    }
  }
}

async function carry(from: Client, to: Client, moving: Moving): Promise<number> {
  const count = await from.llen(moving.moving);
  const accepted = (await to.get(moving.arrived)) ?? (await copyAside(from, to, moving, count));
  while (Number(await to.eval(append, 2, accepted, moving.list)) > 0);
  await keep(from, moving);
  return count;
}

async function keep(from: Client, { moving, moved }: Moving): Promise<void> {
  // Another run may have done it.
  if ((await from.exists(moving)) === 1) await from.rename(moving, moved);
  await from.expire(moved, KEPT);
}

/** The name of a complete copy. Each run copies under a name of its own; the first that is complete counts. */
async function copyAside(from: Client, to: Client, moving: Moving, count: number): Promise<string> {
  const copy = `${moving.arriving}:${randomBytes(8).toString('hex')}`;
  for (let first = 0; ; first += CHUNK) {
    const entries = await from.lrangeBuffer(moving.moving, first, first + CHUNK - 1);
    if (entries.length === 0) break;
    await to.rpush(copy, ...entries);
    await to.expire(copy, UNFINISHED);
  }
  const accepted = String(await to.eval(accept, 2, copy, moving.arrived, count, REMEMBERED));
  if (accepted === '') throw new Error(`${moving.list} was not copied completely: run the command again`);
  return accepted;
}
