// The one script that runs inside Redis, and how a batch is put into its words.
import { createHash } from 'node:crypto';
import type { Entry, Message, Notification } from './notification.ts';
import type { Saying } from './relay.ts';

/**
 * Says a whole batch, in order; each CDR's push and mark are one.
 *
 * KEYS  1 a key that never exists; then, saying by saying, the keys of its notifications
 * ARGV  saying by saying: its group, how many keys and how many words are its own, then its notifications:
 *   entry      list, mark (keys); "entry", member of the mark, seconds to keep the mark, most entries (0: any), message
 *   message    "message", how many channels, the channels, message
 *   guarded    guard (key); "once" or "newest", its value, seconds to keep it, how many channels, …
 * Answers one text a saying: "" when all of it was said, else the error; "held" behind a failure of its group.
 */
export const publishScript = `
-- A write without effect asks whether writes are taken: on a read-only replica, or where Redis can't persist,
-- nothing must be said. Memory it asks about, too: after a script's first write Redis checks that no more.
local asked = redis.pcall('LPUSHX', KEYS[1], '')
local full = type(asked) == 'table' and asked.err
if full and not string.find(full, 'OOM', 1, true) then error(asked) end

local key, arg = 2, 1
local function nextKey() key = key + 1 return KEYS[key - 1] end
local function word() arg = arg + 1 return ARGV[arg - 1] end

-- Reads a message; answers what says it.
local function say()
  local channels = {}
  for i = 1, tonumber(word()) do channels[i] = word() end
  local message = word()
  return function()
    for _, channel in ipairs(channels) do redis.call('PUBLISH', channel, message) end
  end
end

local speak = {}

function speak.entry()
  local list, mark, member, ttl, max, message = nextKey(), nextKey(), word(), word(), tonumber(word()), word()
  if redis.call('SISMEMBER', mark, member) == 1 then
    -- Without a write of this call there is nothing that WAIT could wait for.
    redis.call('EXPIRE', mark, ttl)
    return
  end
  if full then error(asked) end
  if max > 0 and redis.call('LLEN', list) >= max then error({ err = 'FULL ' .. list .. ' holds CDR_LIST_MAX entries' }) end
  redis.call('LPUSH', list, message)
  -- The mark comes last: set first, a push that fails would leave it behind and the CDR would be lost.
  local marked = redis.pcall('SADD', mark, member)
  if type(marked) == 'table' and marked.err then
    redis.call('LPOP', list)
    error(marked)
  end
  redis.call('EXPIRE', mark, ttl)
end

function speak.message() say()() end

-- Without memory there is no guard: better a screen that pops twice than one that never pops.
local function remember(guard, value, ttl)
  if not full then redis.call('SET', guard, value, 'EX', ttl) end
end

function speak.once()
  local guard, value, ttl = nextKey(), word(), word()
  local publish = say()
  if redis.call('EXISTS', guard) == 1 then return end
  publish()
  remember(guard, value, ttl)
end

function speak.newest()
  local guard, at, ttl = nextKey(), word(), word()
  local publish = say()
  local last = redis.call('GET', guard)
  if last and tonumber(last) > tonumber(at) then return end
  publish()
  remember(guard, at, ttl)
end

local answers, stuck = {}, {}
while arg <= #ARGV do
  local group, keys, words = word(), tonumber(word()), tonumber(word())
  local endKey, endArg = key + keys, arg + words
  local answer = stuck[group] and 'held' or ''
  if answer == '' then
    local said, failure = pcall(function() while arg < endArg do speak[word()]() end end)
    if not said then
      answer = type(failure) == 'table' and failure.err or tostring(failure)
      stuck[group] = true
    end
  end
  answers[#answers + 1] = answer
  key, arg = endKey, endArg
end
return answers
`;

/** A CDR's mark is kept so long after the last CDR of its bucket. */
const MARK_TTL = 31 * 24 * 3600;
/** How long a screen doesn't pop twice, and a status doesn't go back in time. */
const GUARD_TTL = 24 * 3600;
/** The most integers that Redis keeps packed in a set (set-max-intset-entries); below 2^15 they take 2 bytes each. */
const BUCKET = 512n;

/** The part of a key that decides on its slot in a cluster: what stands in its braces, else all of it. */
export const tagOf = (key: string): string => /\{([^{}]+)\}/.exec(key)?.[1] ?? key;

type Words = { readonly keys: readonly string[]; readonly words: readonly (string | number)[] };

/**
 * KEYS and ARGV of the script. All keys of our own but the lists' marks carry the tag `home`.
 * @param listMax how many entries a list takes at most; 0 is no bound
 */
export function encode(sayings: readonly Saying[], home: string, listMax: number): Words {
  const keys: string[] = [];
  const words: (string | number)[] = [];
  for (const { group, notifications } of sayings) {
    const parts = notifications.map((notification) => wordsOf(notification, home, listMax));
    const own = { keys: parts.flatMap((part) => part.keys), words: parts.flatMap((part) => part.words) };
    keys.push(...own.keys);
    words.push(group, own.keys.length, own.words.length, ...own.words);
  }
  // In a cluster all keys of a call lie in one slot.
  return { keys: [`{${tagOf(keys[0] ?? home)}}:probe`, ...keys], words };
}

const wordsOf = (notification: Notification, home: string, listMax: number): Words =>
  'list' in notification ? entryWords(notification, listMax) : messageWords(notification, home);

/** Attempt ids are integers that grow: neighbours share a bucket, and a bucket keeps what they differ in. */
function entryWords({ list, message, tenant, attempt_id }: Entry, listMax: number): Words {
  const id = BigInt(attempt_id);
  const member = BigInt.asUintN(64, id) % BUCKET;
  const mark = `{${tagOf(list)}}:seen:${tenant}:${(id - member) / BUCKET}`;
  return { keys: [list, mark], words: ['entry', `${member}`, MARK_TTL, listMax, message] };
}

function messageWords({ channels, message, once, newest }: Message, home: string): Words {
  const said = [channels.length, ...channels, message];
  const guard = (words: readonly string[]) => {
    const digest = createHash('sha256').update(JSON.stringify(words)).digest('base64url').slice(0, 22);
    return `{${home}}:said:${digest}`;
  };
  if (once !== undefined) return { keys: [guard(once)], words: ['once', 1, GUARD_TTL, ...said] };
  if (newest !== undefined)
    return { keys: [guard(newest.of)], words: ['newest', newest.at, GUARD_TTL, ...said] };
  return { keys: [], words: ['message', ...said] };
}
