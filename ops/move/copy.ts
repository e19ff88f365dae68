// Copies what a Redis remembers, type by type: DUMP and RESTORE would need two Redis of one version. May be repeated.
import type { Client } from '../../lib/redis/connection.ts';
import type { Kind } from './names.ts';

/** Members or entries in one command: a serverless cache takes 3,999 arguments. */
const CHUNK = 500;

export type Copying = {
  readonly from: Client;
  readonly to: Client;
  /** the new Redis is in use: what it has already is the newer */
  readonly settled: boolean;
};

/** Copies a key, all but lists. What the new Redis knows more than the old one it keeps. */
export async function copyKey(copying: Copying, key: string, kind: Kind): Promise<void> {
  const { from, to } = copying;
  const type = await from.type(key);
  // Without a time to live it is -1; without a key, -2.
  const ttl = await from.pttl(key);
  if (ttl === -2) return;
  if (type === 'set' && kind === 'deduplication keys') return copyDeduplicationKeys(copying, key, ttl);
  if (type === 'set') await eachMember(from, key, (members) => to.sadd(key, ...members));
  else if (type === 'string' && kind === 'newest times') return copyNewest(copying, key, ttl);
  else if (type === 'string') return copyString(copying, key, ttl);
  else if (type === 'stream') return copyStream(copying, key);
  else if (type === 'zset' && kind === 'calls' && copying.settled) await copyOpenCalls(copying, key);
  else if (copying.settled && (await to.exists(key)) === 1) return undefined;
  else if (type === 'list' && kind === 'calls') await copyCall(copying, key);
  else if (type === 'hash') await copyHash(copying, key);
  else if (type === 'zset') await copySortedSet(copying, key);
  else throw new Error(`${key} is of the type ${type}, which cannot be moved: rename it`);
  return extend(to, key, ttl);
}

/** Keeps a key as long as the old Redis would, if that is longer. */
async function extend(to: Client, key: string, ttl: number): Promise<void> {
  const own = await to.pttl(key);
  if (ttl === -1) await to.persist(key);
  else if (own < ttl) await to.pexpire(key, ttl);
}

async function eachMember(
  from: Client,
  key: string,
  take: (members: string[]) => Promise<unknown>,
): Promise<void> {
  let cursor = '0';
  do {
    const [next, members] = await from.sscan(key, cursor, 'COUNT', CHUNK);
    // A packed set comes all at once.
    for (let first = 0; first < members.length; first += CHUNK)
      await take(members.slice(first, first + CHUNK));
    cursor = next;
  } while (cursor !== '0');
}

/** What a set of deduplication keys names first: the run of Redis in which it was begun, and its turn. */
const BEGUN = /^([0-9a-f]{8}) (\d+)$/;

const readRun = `return string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x)')`;

/** KEYS: the set. ARGV: its turn. Begins it in this run of Redis, unless it was. */
const beginTurn = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x)')
local begun = run .. ' ' .. ARGV[1]
if redis.call('SISMEMBER', KEYS[1], begun) == 1 then return 0 end
redis.call('UNLINK', KEYS[1])
return redis.call('SADD', KEYS[1], begun)
`;

/**
 * A set of them counts only in the run of Redis that it names: it is begun anew in that of the new Redis. One of an
 * earlier run of the old Redis counts there no more, and is left out.
 */
async function copyDeduplicationKeys({ from, to }: Copying, key: string, ttl: number): Promise<void> {
  const run = await from.eval(readRun, 1, key);
  let turn: string | undefined;
  await eachMember(from, key, async (members) => {
    for (const member of members) {
      const [, begun, ofTurn] = BEGUN.exec(member) ?? [];
      if (begun === run) turn = ofTurn;
    }
  });
  if (turn === undefined) return;
  await to.eval(beginTurn, 1, key, turn);
  await eachMember(from, key, async (members) => {
    const names = members.filter((member) => !BEGUN.test(member));
    if (names.length > 0) await to.sadd(key, ...names);
  });
  await extend(to, key, ttl);
}

/** KEYS: the time of a subject. ARGV: a time, ms to keep it. Never goes back. */
const advance = `
local held = redis.call('GET', KEYS[1])
if held and tonumber(held) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

async function copyNewest({ from, to }: Copying, key: string, ttl: number): Promise<void> {
  const time = await from.get(key);
  if (time !== null) await to.eval(advance, 1, key, time, Math.max(1, ttl));
}

async function copyString({ from, to, settled }: Copying, key: string, ttl: number): Promise<void> {
  const value = await from.getBuffer(key);
  if (value === null) return;
  if (settled) {
    if ((await to.setnx(key, value)) === 1 && ttl > 0) await to.pexpire(key, ttl);
  } else if (ttl > 0) await to.set(key, value, 'PX', ttl);
  else await to.set(key, value);
}

/** After the last entry that is there: the ids stay, and with them what a reader has seen. */
async function copyStream({ from, to }: Copying, key: string): Promise<void> {
  const [newest] = await to.xrevrange(key, '+', '-', 'COUNT', 1);
  for (let last = newest?.[0] ?? '0-0'; ; ) {
    const entries = await from.xrange(key, `(${last}`, '+', 'COUNT', CHUNK);
    await runAll(to, (pipeline) => {
      for (const [id, fields] of entries) pipeline.xadd(key, id, ...fields);
    });
    if (entries.length < CHUNK) return;
    last = entries.at(-1)?.[0] ?? last;
  }
}

async function copyHash({ from, to }: Copying, key: string): Promise<void> {
  const fields = await from.hgetall(key);
  await runAll(to, (pipeline) => {
    pipeline.unlink(key);
    for (const [field, value] of Object.entries(fields)) pipeline.hset(key, field, value);
  });
}

async function copySortedSet({ from, to }: Copying, key: string): Promise<void> {
  const members = await from.zrange(key, '0', '-1', 'WITHSCORES');
  await runAll(to, (pipeline) => {
    pipeline.unlink(key);
    for (let place = 0; place < members.length; place += 2)
      pipeline.zadd(key, members[place + 1] ?? '0', members[place] ?? '');
  });
}

/** What is remembered of a call. */
async function copyCall({ from, to }: Copying, key: string): Promise<void> {
  const hooks = await from.lrange(key, 0, -1);
  await runAll(to, (pipeline) => {
    pipeline.unlink(key);
    if (hooks.length > 0) pipeline.rpush(key, ...hooks);
  });
}

/** The index of open calls where the new Redis is in use: what it knows of a call is the newer. */
async function copyOpenCalls({ from, to }: Copying, key: string): Promise<void> {
  const members = await from.zrange(key, '0', '-1', 'WITHSCORES');
  await runAll(to, (pipeline) => {
    for (let place = 0; place < members.length; place += 2)
      pipeline.zadd(key, 'NX', members[place + 1] ?? '0', members[place] ?? '');
  });
}

/** Rejects with the first error: a pipeline resolves with those of its commands. */
async function runAll(to: Client, fill: (pipeline: ReturnType<Client['pipeline']>) => void): Promise<void> {
  const pipeline = to.pipeline();
  fill(pipeline);
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}
