// The one script that runs inside Redis; plan.ts puts a batch into its words.

/**
 * Says a whole batch, in order; each CDR's push and mark are one.
 *
 * KEYS  a key that never exists; the live stream, if there is one; two sets for each kind of guard; then what the
 *       notifications take
 * ARGV  1 the plan: a "." for each saying, then its notifications, as below; `.ew1o2++.w1` are two sayings
 *       2 JSON: the `groups` of the sayings, and their `deadlines` by the clock of Redis (ms, 0: none)
 *       3 the first of these deadlines (0: there are none)
 *       4 seconds to keep a mark
 *       5 seconds to keep the time of a subject
 *       6 most entries of a list (0: any)
 *       7 entries that the live stream keeps (0: there is none)
 *       8 how many kinds of guard there are, at most 9
 *       then of each kind its seconds, how many, and their names; then what the notifications take:
 *
 *   in the plan                                       KEYS            ARGV
 *   e    an entry                                     list, mark      member of the mark, message
 *   w1   the whole event, guarded by kind 1                           message, channel
 *   o2+  a message, guarded by kind 2                                 message, for each + a channel
 *   n+   a message, if it is the newest               subject's time  its time, message, for each + a channel
 *   m+   a message                                                    message, for each + a channel
 *
 * Answers four numbers: its own clock in milliseconds, entries pushed, notifications that were said before and
 * therefore not again, and the length of the longest list that was pushed to or refused; then, for each saying that
 * was not said whole, its place in the batch (from 1) and the error, "held" behind a failure of its group.
 */
export const publishScript = `
-- A write without effect asks whether writes are taken: on a read-only replica, or where Redis can't persist,
-- nothing must be said. Memory it asks about, too: after a script's first write Redis checks that no more.
local call, byte = redis.call, string.byte
local function errorOf(reply) return type(reply) == 'table' and reply.err end
local asked = redis.pcall('LPUSHX', KEYS[1], '')
local full = errorOf(asked)
if full and not string.find(full, 'OOM', 1, true) then error(asked) end

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local plan, firstDeadline = { byte(ARGV[1], 1, -1) }, tonumber(ARGV[3])
local markTtl, newestTtl, listMax, liveMax = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]
-- What was taken last of the plan, of KEYS and of ARGV.
local step, key, arg = 0, 1, 8
local function nextStep() step = step + 1 return plan[step] end
local function nextKey() key = key + 1 return KEYS[key] end
local function word() arg = arg + 1 return ARGV[arg] end

local stream = liveMax ~= '0' and nextKey()
local pushed, suppressed, longest = 0, 0, 0

local run
local function runOfRedis()
  if not run then
    local info = call('INFO', 'server')
    local _, last = string.find(info, 'run_id:', 1, true)
    run = string.sub(info, last + 1, last + 8)
  end
  return run
end

-- Two sets take turns, each for so many seconds: a guard lives for one turn at least. The first member of each names
-- its turn, and the run of Redis that it was begun in: one that is killed may have a guard on its disk, and its
-- subscribers not the message.
local function askGuards(kind, seconds, even, odd, first, last)
  local turn = math.floor(now / 1000 / seconds)
  local current, former = even, odd
  if turn % 2 == 1 then current, former = odd, even end
  local begun = runOfRedis() .. ' ' .. turn
  local set = call('SMISMEMBER', current, begun, unpack(ARGV, first, last))
  local before = call('SMISMEMBER', former, runOfRedis() .. ' ' .. turn - 1, unpack(ARGV, first, last))
  if set[1] == 0 then call('UNLINK', current) end
  -- Each time, though once would do: what can't be guarded later must not be said now. Without memory there is no guard,
  -- and no live stream: better a screen that pops twice than one that never pops.
  if not full and call('SADD', current, begun) == 1 then
    -- Long enough that UNLINK comes first, which frees a large set aside.
    call('EXPIRE', current, 3 * seconds)
  end
  local function has(reply, index) return reply[1] == 1 and reply[index - first + 2] == 1 end
  for index = first, last do
    kind.isNew[ARGV[index]] = not has(set, index) and not has(before, index)
  end
  kind.set = current
end

-- Of each kind: where among the words its last guard was, which are new, which were said now, and their set.
local kinds = {}
for index = 1, tonumber(ARGV[8]) do
  local seconds, count, even, odd = tonumber(word()), tonumber(word()), nextKey(), nextKey()
  local kind = { arg = arg, isNew = {}, said = {} }
  arg = arg + count
  kinds[index] = kind
  local answered, cause = pcall(askGuards, kind, seconds, even, odd, kind.arg + 1, arg)
  if not answered then kind.failure = cause end
end

local function nextGuard()
  local kind = kinds[nextStep() - byte('0')]
  kind.arg = kind.arg + 1
  return kind, ARGV[kind.arg]
end

-- Counts what was said before.
local function shallSay(kind, guard)
  if kind.failure then error(kind.failure) end
  if not kind.isNew[guard] then suppressed = suppressed + 1 end
  return kind.isNew[guard]
end

local function setGuard(kind, guard)
  kind.isNew[guard] = false
  kind.said[#kind.said + 1] = guard
end

-- What is seldom asked for.
local details
local function detailOf(saying, name)
  details = details or cjson.decode(ARGV[2])
  return details[name][saying]
end

-- Which saying of the batch it is, and why it has failed.
local saying, failure = 0, nil

-- A frozen Redis says what it was told when it thaws.
local function isLate()
  if firstDeadline == 0 or now <= firstDeadline then return false end
  local deadline = detailOf(saying, 'deadlines')
  return deadline > 0 and now > deadline
end

-- Where among the words the channels of a message are.
local function channels()
  local first = arg + 1
  while plan[step + 1] == byte('+') do step, arg = step + 1, arg + 1 end
  return first, arg
end

local function say(message, first, last)
  for index = first, last do call('PUBLISH', ARGV[index], message) end
end

-- Each takes all that is its own before it does anything: behind a failure that is taken, and nothing done.
local speak = {}

speak[byte('e')] = function()
  local list, mark, member, message = nextKey(), nextKey(), word(), word()
  if failure then return end
  if call('SISMEMBER', mark, member) == 1 then
    -- Without a write of this call there is nothing that WAIT could wait for.
    call('EXPIRE', mark, markTtl)
    suppressed = suppressed + 1
    return
  end
  if full then error(asked) end
  if listMax > 0 then
    local held = call('LLEN', list)
    longest = math.max(longest, held)
    if held >= listMax then error({ err = 'FULL ' .. list .. ' holds CDR_LIST_MAX entries' }) end
  end
  local length = call('LPUSH', list, message)
  -- The mark comes last: set first, a push that fails would leave it behind and the CDR would be lost.
  local marked = redis.pcall('SADD', mark, member)
  if errorOf(marked) then
    call('LPOP', list)
    error(marked)
  end
  call('EXPIRE', mark, markTtl)
  pushed, longest = pushed + 1, math.max(longest, length)
end

speak[byte('w')] = function()
  local kind, guard = nextGuard()
  local message, channel = word(), word()
  if failure or not shallSay(kind, guard) then return end
  if isLate() then message = string.sub(message, 1, -3) .. ',"late":true}}' end
  local kept = stream and not full and call('XADD', stream, 'MAXLEN', '~', liveMax, '*', 'event', message)
  local heard = redis.pcall('PUBLISH', channel, message)
  if errorOf(heard) then
    if kept then redis.pcall('XDEL', stream, kept) end
    error(heard)
  end
  setGuard(kind, guard)
end

speak[byte('o')] = function()
  local kind, guard = nextGuard()
  local message, first, last = word(), channels()
  if failure or isLate() or not shallSay(kind, guard) then return end
  say(message, first, last)
  setGuard(kind, guard)
end

speak[byte('n')] = function()
  local subject, at, message, first, last = nextKey(), word(), word(), channels()
  if failure or isLate() then return end
  local newest = call('GET', subject)
  if newest and tonumber(newest) > tonumber(at) then
    suppressed = suppressed + 1
    return
  end
  say(message, first, last)
  if not full then call('SET', subject, at, 'EX', newestTtl) end
end

speak[byte('m')] = function()
  local message, first, last = word(), channels()
  if not failure and not isLate() then say(message, first, last) end
end

local failures, stuck = {}, {}
local function giveBack(cause)
  failure = cause
  stuck[detailOf(saying, 'groups')] = true
  failures[#failures + 1] = saying
  failures[#failures + 1] = cause
end

for letter in nextStep do
  if letter == byte('.') then
    saying, failure = saying + 1, nil
    if #failures > 0 and stuck[detailOf(saying, 'groups')] then giveBack('held') end
  else
    local done, cause = pcall(speak[letter])
    if not done then giveBack(errorOf(cause) or tostring(cause)) end
  end
end

-- The guards come last: set first, a failure could leave one behind, and its message would never be said.
for _, kind in ipairs(kinds) do
  if #kind.said > 0 and not full then call('SADD', kind.set, unpack(kind.said)) end
end
return { now, pushed, suppressed, longest, unpack(failures) }
`;
