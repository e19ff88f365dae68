// The one script that runs inside Redis, and how a batch is put into its words.
import { hash } from 'node:crypto';
import type { Entry, Message } from './notification.ts';
import type { Saying } from './relay.ts';

/**
 * Says a whole batch, in order; each CDR's push and mark are one.
 *
 * KEYS  1 a key that never exists; then, saying by saying, the keys of its notifications
 * ARGV  saying by saying: its group, how many keys and how many words are its own, then its notifications:
 *   entry    list, mark (keys); "entry", member of the mark, seconds to keep it, most entries (0: any), message
 *   message  guard, live stream (keys, if any); "once", seconds to keep the guard, entries that the live stream keeps
 *            (0: it isn't told), or "newest", value of the guard, seconds to keep it, or "any"; then deadline by the
 *            clock of Redis (ms, 0: none), "unsaid" or "late", message, how many channels, these
 * Answers one text a saying ("" when all of it was said, else the error; "held" behind a failure of its group),
 * and then four numbers: its own clock in milliseconds, entries pushed, notifications that were said before and
 * therefore not again, and the length of the longest list that was pushed
 * to or refused.
 */
export const publishScript = `
-- A write without effect asks whether writes are taken: on a read-only replica, or where Redis can't persist,
-- nothing must be said. Memory it asks about, too: after a script's first write Redis checks that no more.
local call = redis.call
local asked = redis.pcall('LPUSHX', KEYS[1], '')
local full = type(asked) == 'table' and asked.err
if full and not string.find(full, 'OOM', 1, true) then error(asked) end

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local key, arg = 2, 1
local pushed, suppressed, longest = 0, 0, 0
local function nextKey() key = key + 1 return KEYS[key - 1] end
local function word() arg = arg + 1 return ARGV[arg - 1] end

local speak = {}

function speak.entry()
  local list, mark, member, ttl, max, message = nextKey(), nextKey(), word(), word(), tonumber(word()), word()
  if call('SISMEMBER', mark, member) == 1 then
    -- Without a write of this call there is nothing that WAIT could wait for.
    call('EXPIRE', mark, ttl)
    suppressed = suppressed + 1
    return
  end
  if full then error(asked) end
  if max > 0 then
    local held = call('LLEN', list)
    longest = math.max(longest, held)
    if held >= max then error({ err = 'FULL ' .. list .. ' holds CDR_LIST_MAX entries' }) end
  end
  local length = call('LPUSH', list, message)
  -- The mark comes last: set first, a push that fails would leave it behind and the CDR would be lost.
  local marked = redis.pcall('SADD', mark, member)
  if type(marked) == 'table' and marked.err then
    call('LPOP', list)
    error(marked)
  end
  call('EXPIRE', mark, ttl)
  pushed, longest = pushed + 1, math.max(longest, length)
end

-- The message as it is to be said now, and on how many channels; nothing, past the channels, when it is stale.
local function inTime()
  local deadline, stale, message, channels = tonumber(word()), word(), word(), tonumber(word())
  -- A frozen Redis says what it was told when it thaws.
  if deadline == 0 or now <= deadline then return message, channels end
  if stale == 'late' then return string.sub(message, 1, -3) .. ',"late":true}}', channels end
  arg = arg + channels
end

local function say(message, channels)
  for _ = 1, channels do call('PUBLISH', word(), message) end
end

function speak.any()
  local message, channels = inTime()
  if message then say(message, channels) end
end

-- What was done for a message that may yet be refused: it comes again, and shall then be new.
local guarded, kept, stream

-- Whatever fails here, the answer must tell why the message was refused. EXPIRE is a right that there is, DEL isn't.
local function undo()
  if kept then redis.pcall('XDEL', stream, kept) end
  if guarded then redis.pcall('EXPIRE', guarded, 0) end
end

-- Which run of Redis this is. One that is killed may have a guard on its disk, and its subscribers not the message:
-- what comes again after it has started again is said again.
local run
local function thisRun()
  run = run or string.match(call('INFO', 'server'), 'run_id:(%w%w%w%w%w%w%w%w)')
  return run
end

-- Without memory there is no guard, and no live stream: better a screen that pops twice than one that never pops.
function speak.once()
  local guard, ttl, most = nextKey(), word(), word()
  stream = most ~= '0' and nextKey()
  local message, channels = inTime()
  if not message then return end
  local isNew = not full and call('SET', guard, thisRun(), 'NX', 'EX', ttl)
  if not isNew and call('GET', guard) == thisRun() then
    suppressed, arg = suppressed + 1, arg + channels
    return
  end
  if not isNew and not full then call('SET', guard, thisRun(), 'EX', ttl) end
  guarded = not full and guard
  kept = stream and not full and call('XADD', stream, 'MAXLEN', '~', most, '*', 'event', message)
  say(message, channels)
  guarded, kept = nil, nil
end

function speak.newest()
  local guard, value, ttl = nextKey(), word(), word()
  local message, channels = inTime()
  if not message then return end
  local newest = call('GET', guard)
  if newest and tonumber(newest) > tonumber(value) then
    suppressed, arg = suppressed + 1, arg + channels
    return
  end
  say(message, channels)
  if not full then call('SET', guard, value, 'EX', ttl) end
end

local answers, stuck, endArg = {}, {}, nil
local function sayAll() while arg < endArg do speak[word()]() end end
while arg <= #ARGV do
  local group, keys, words = word(), tonumber(word()), tonumber(word())
  local endKey, answer = key + keys, stuck[group] and 'held' or ''
  endArg = arg + words
  if answer == '' then
    local said, failure = pcall(sayAll)
    if not said then
      undo()
      guarded, kept = nil, nil
      answer = type(failure) == 'table' and failure.err or tostring(failure)
      stuck[group] = true
    end
  end
  answers[#answers + 1] = answer
  key, arg = endKey, endArg
end
for _, number in ipairs({ now, pushed, suppressed, longest }) do
  answers[#answers + 1] = string.format('%.0f', number)
end
return answers
`;

/** A CDR's mark is kept so long after the last CDR of its bucket. */
const MARK_TTL = 31 * 24 * 3600;
/** The most integers that Redis keeps packed in a set (set-max-intset-entries); below 2^15 they take 2 bytes each. */
const BUCKET = 512n;

/** The part of a key that decides on its slot in a cluster: what stands in its braces, else all of it. */
export const tagOf = (key: string): string => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;

/** What the marks of a list begin with: in the list's slot, and its own even where lists share a tag. */
export const marksOf = (list: string): string => `${list.includes('{') ? list : `{${list}}`}:seen`;

/** The live stream, in the slot of the first CDR list: each entry's field `event` is a lifecycle message. */
export const liveStreamOf = (cdrLists: readonly string[]): string => `{${tagOf(cdrLists[0] ?? '')}}:live`;

type Words = { readonly keys: string[]; readonly words: (string | number)[] };

/** What a batch is said with. */
export type Manner = {
  /** the tag of all keys of our own, but for the lists' marks */
  readonly home: string;
  /** how many entries a list takes at most; 0 is no bound */
  readonly listMax: number;
  /** the live stream, and how many entries it keeps */
  readonly live: { readonly stream: string; readonly most: number } | undefined;
  /** how far the clock of Redis is ahead of ours, ms; undefined until it has told */
  readonly skew: number | undefined;
};

/** KEYS and ARGV of the script. */
export function encode(sayings: readonly Saying[], manner: Manner): Words {
  const call: Words = { keys: [`{${manner.home}}:probe`], words: [] };
  const { keys, words } = call;
  for (const { group, notifications } of sayings) {
    words.push(group);
    // How many of each are its own is known when they are there.
    const counts = words.push(0, 0) - 2;
    const [firstKey, firstWord] = [keys.length, words.length];
    for (const notification of notifications) {
      if ('list' in notification) addEntry(call, notification, manner);
      else addMessage(call, notification, manner);
    }
    words[counts] = keys.length - firstKey;
    words[counts + 1] = words.length - firstWord;
  }
  // In a cluster all keys of a call lie in one slot.
  if (keys[1] !== undefined) keys[0] = `{${tagOf(keys[1])}}:probe`;
  return call;
}

/** Attempt ids are integers that grow: neighbours share a bucket, and a bucket keeps what they differ in. */
function addEntry(
  { keys, words }: Words,
  { list, message, tenant, attempt_id }: Entry,
  { listMax }: Manner,
): void {
  const id = BigInt(attempt_id);
  const member = BigInt.asUintN(64, id) % BUCKET;
  keys.push(list, `${marksOf(list)}:${tenant}:${(id - member) / BUCKET}`);
  words.push('entry', `${member}`, MARK_TTL, listMax, message);
}

function addMessage({ keys, words }: Words, message: Message, { home, skew, live }: Manner): void {
  const { channels, once, newest, deadline } = message;
  const guard = once ?? newest;
  if (guard !== undefined) keys.push(`{${home}}:said:${nameOf(guard.of)}`);
  const stream = once?.kept ? live : undefined;
  if (stream !== undefined) keys.push(stream.stream);
  if (once !== undefined) words.push('once', once.seconds, stream?.most ?? 0);
  else if (newest !== undefined) words.push('newest', newest.at, newest.seconds);
  else words.push('any');
  const due = deadline === undefined || skew === undefined ? 0 : deadline.at + skew;
  words.push(due, deadline?.after ?? '', message.message, channels.length, ...channels);
}

/** One word is a name by itself; several, which may hold anything, are one by their digest. */
const nameOf = (words: readonly string[]) => (words.length === 1 ? words[0] : digest(words));

const digest = (words: readonly string[]) => hash('sha256', JSON.stringify(words), 'base64url').slice(0, 22);
