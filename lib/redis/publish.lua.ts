// The one script that runs inside Redis; commands.ts writes a batch as its KEYS and ARGV.
import { callMemory } from './call-memory.lua.ts';

/**
 * Publishes a whole batch, in order; each CDR's push and marker are one.
 *
 * KEYS  a key that never exists; the live stream, if there is one; then what the commands take
 * ARGV  the settings, a JSON object:
 *         markerTtl  seconds to keep the marker of a delivered CDR
 *         newestTtl  seconds to keep the newest time of a subject
 *         listMax    most entries of a list; 0 is no bound
 *         streamMax  entries that the live stream keeps; 0: there is none
 *         outOfMemory  no memory is left: entries wait
 *         callName   where in a call's key its name begins; 0: calls are not remembered
 *         callTtl, leftTtl  seconds to remember a call after its first hook, and after it left
 *       then commands, each its name and what it takes:
 *
 *   command      KEYS             ARGV
 *   deduplicate  two sets         seconds, how many names, the names: deduplication keys of so many seconds
 *   publication  call, index of   its group, its deadline by the clock of Redis (ms, 0: none), the hook of its call or
 *                open calls;      ""; what follows is its own
 *                if it has a hook
 *   entry        list, markers    member of the markers, text, the keys that it lacks as JSON: a CDR
 *   expect       markers          entries of the call's record, member of the markers: a call that moved on, or left, is
 *                                 not given up, and its publication fails
 *   close                         the call under way is given up, if all of its publication went well
 *   complete                      how many hooks of the call are about to be published, the hooks; text and what it lacks,
 *                                 as of an entry: it is answered, and pushed elsewhere
 *   newest       subject's time   time: nothing newer of that subject may be published before the next message
 *   event                         seconds, channel, text: the event itself
 *   message                       seconds, how many channels, the channels, text
 *   refuse                        why the publication fails
 *
 * An event or a message is deduplicated by the next key of so many seconds.
 *
 * Answers four numbers: its own clock in milliseconds, entries pushed, notifications that were published before and
 * therefore not again, and the length of the longest list that was pushed to or refused; why a call was not remembered,
 * or ""; the texts that were completed; then, for each publication that is not complete, its place in the batch (from 1)
 * and the error: "held" behind a failure of its group, "FULL …" or "OOM …" where only an entry waits for room.
 */
export const publishScript = `
local call = redis.call
local function findError(reply) return type(reply) == 'table' and reply.err end

-- A write without effect asks whether writes are taken: on a read-only replica, or where Redis can't persist, nothing
-- must be published. Memory it asks about, too: after a script's first write Redis checks that no more.
call('LPUSHX', KEYS[1], '')

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- What was taken last of KEYS and of ARGV.
local key, arg = 1, 0
local function nextKey() key = key + 1 return KEYS[key] end
local function word() arg = arg + 1 return ARGV[arg] end

local settings = cjson.decode(word())
local stream = settings.streamMax > 0 and nextKey()
local pushed, suppressed, longest = 0, 0, 0

-- The publication under way: its place in the batch, its group, its deadline, why it has failed, and why only its
-- entry waits.
local place, group, deadline, failure, lack = 0, nil, 0, nil, nil
-- Places and errors of what is not complete, and the groups of what has failed.
local failures, held = {}, {}

-- Deduplication keys by their seconds: where among the words the last one was, which are known, which are new, and the
-- set that these go to.
local kinds = {}
-- What the next message must not be older than.
local newestKey, newestTime

local run
local function findRun()
  if not run then
    local info = call('INFO', 'server')
    local _, last = string.find(info, 'run_id:', 1, true)
    run = string.sub(info, last + 1, last + 8)
  end
  return run
end

-- Two sets take turns, each for so many seconds: a key lives for one turn at least. The first member of each names
-- its turn, and the run of Redis that it was begun in: one that is killed may have a key on its disk, and its
-- subscribers not the message.
local function lookUp(kind, seconds, even, odd, first, last)
  local turn = math.floor(now / 1000 / seconds)
  local current, former = even, odd
  if turn % 2 == 1 then current, former = odd, even end
  local begun = findRun() .. ' ' .. turn
  local set = call('SMISMEMBER', current, begun, unpack(ARGV, first, last))
  local before = call('SMISMEMBER', former, findRun() .. ' ' .. turn - 1, unpack(ARGV, first, last))
  if set[1] == 0 then call('UNLINK', current) end
  -- Each time, though once would do: what can't be remembered later must not be published now.
  if call('SADD', current, begun) == 1 then
    -- Long enough that UNLINK comes first, which frees a large set aside.
    call('EXPIRE', current, 3 * seconds)
  end
  local function has(reply, index) return reply[1] == 1 and reply[index - first + 2] == 1 end
  for index = first, last do
    kind.known[ARGV[index]] = has(set, index) and 'now' or has(before, index) and 'before'
  end
  kind.set = current
end

local function nextName()
  local kind = kinds[word()]
  kind.last = kind.last + 1
  return kind, ARGV[kind.last]
end

local function remember(kind, name)
  kind.known[name] = 'now'
  kind.new[#kind.new + 1] = name
end

-- Counts what was published before. It is remembered for as long as it comes again: an event whose CDR waits may do so
-- for hours.
local function isKnown(kind, name)
  if kind.failure then error(kind.failure) end
  local known = kind.known[name]
  if known then suppressed = suppressed + 1 end
  if known == 'before' then remember(kind, name) end
  return known
end

${callMemory}
-- A frozen Redis does what it was asked when it thaws.
local function isLate() return deadline > 0 and now > deadline end

-- Each takes all that is its own before it does anything: behind a failure that is taken, and nothing done.
local commands = {}

function commands.deduplicate()
  local seconds, count, even, odd = word(), tonumber(word()), nextKey(), nextKey()
  local kind = { last = arg, known = {}, new = {} }
  kinds[seconds] = kind
  arg = arg + count
  local answered, cause = pcall(lookUp, kind, tonumber(seconds), even, odd, kind.last + 1, arg)
  if not answered then kind.failure = cause end
end

local function closePublication()
  local cause = failure or lack
  if cause then
    failures[#failures + 1] = place
    failures[#failures + 1] = cause
  end
end

function commands.publication()
  closePublication()
  place, group, deadline, hook = place + 1, word(), tonumber(word()), word()
  hook = hook ~= '' and hook
  if hook then record, openCalls = nextKey(), nextKey() end
  failure, lack, figures, waits = nil, nil, nil, false
  if held[group] then error('held', 0) end
end

function commands.refuse() error(word(), 0) end

-- Why a list takes no entry now.
local function findLack(list)
  if settings.outOfMemory then return 'OOM no memory is left for a CDR' end
  if settings.listMax == 0 then return nil end
  local length = call('LLEN', list)
  longest = math.max(longest, length)
  return length >= settings.listMax and 'FULL ' .. list .. ' holds CDR_LIST_MAX entries'
end

function commands.entry()
  local list, marker, member, text, lacking = nextKey(), nextKey(), word(), word(), word()
  if failure then return end
  if call('SISMEMBER', marker, member) == 1 then
    -- Without a write of this call there is nothing that WAIT could wait for.
    call('EXPIRE', marker, settings.markerTtl)
    suppressed = suppressed + 1
    return
  end
  local cause = findLack(list)
  if cause then
    lack, waits = lack or cause, true
    return
  end
  local length = call('LPUSH', list, completeEntry(text, lacking))
  -- The marker comes last: set first, a push that fails would leave it behind and the CDR would be lost.
  local marked = redis.pcall('SADD', marker, member)
  if findError(marked) then
    call('LPOP', list)
    error(marked)
  end
  call('EXPIRE', marker, settings.markerTtl)
  pushed, longest = pushed + 1, math.max(longest, length)
end

function commands.expect()
  local marker, length, member = nextKey(), tonumber(word()), word()
  if call('LLEN', record) ~= length then error('it moved on', 0) end
  if call('SISMEMBER', marker, member) == 1 then
    forgetCall()
    error('it has left', 0)
  end
end

function commands.close()
  if not failure and not lack then giveUpCall() end
end

function commands.wait() waits = true end

local completed = {}
function commands.complete()
  underWay = {}
  for _ = 1, tonumber(word()) do underWay[#underWay + 1] = word() end
  completed[#completed + 1] = completeEntry(word(), word())
end

function commands.newest() newestKey, newestTime = nextKey(), word() end

function commands.event()
  local kind, name = nextName()
  local channel, text = word(), word()
  if failure then return end
  if isKnown(kind, name) then
    if hook and isLeaving() then redis.pcall('EXPIRE', record, findLeftTtl()) end
    return
  end
  if isLate() then text = string.sub(text, 1, -3) .. ',"late":true}}' end
  local kept = stream and call('XADD', stream, 'MAXLEN', '~', settings.streamMax, '*', 'event', text)
  local heard = redis.pcall('PUBLISH', channel, text)
  if findError(heard) then
    if kept then redis.pcall('XDEL', stream, kept) end
    error(heard)
  end
  remember(kind, name)
  if not hook then return end
  -- The event is published: nothing is held up because its call can't be remembered.
  local kept, cause = pcall(rememberHook, text)
  if not kept then forgotten = findError(cause) or tostring(cause) end
end

function commands.message()
  local kind, name = nextName()
  local subject, at = newestKey, newestTime
  newestKey = nil
  local count = tonumber(word())
  local first, last = arg + 1, arg + count
  arg = last
  local text = word()
  if failure or isLate() or isKnown(kind, name) then return end
  local newest = subject and call('GET', subject)
  if newest and tonumber(newest) > tonumber(at) then
    suppressed = suppressed + 1
    return
  end
  -- What fails comes again: what was published before it would be published each time.
  for index = first, last do
    if not redis.acl_check_cmd('PUBLISH', ARGV[index], '') then error("NOPERM can't publish to a channel", 0) end
  end
  if subject then call('SET', subject, at, 'EX', settings.newestTtl) end
  for index = first, last do call('PUBLISH', ARGV[index], text) end
  remember(kind, name)
end

local words = #ARGV
while arg < words do
  local done, cause = pcall(commands[word()])
  if not done then
    failure = findError(cause) or tostring(cause)
    held[group] = true
  end
end
closePublication()

-- The keys come last: set first, a failure could leave one behind, and its message would never be published.
for _, kind in pairs(kinds) do
  if #kind.new > 0 then call('SADD', kind.set, unpack(kind.new)) end
end
return { now, pushed, suppressed, longest, forgotten, completed, unpack(failures) }
`;

/**
 * The same script where no memory is left: Redis lets it write all the same. What it writes then is bounded: keys that
 * go by themselves, and the live stream, which is trimmed.
 */
export const scriptOutOfMemory = `#!lua flags=allow-oom
${publishScript}`;
