// The part of the script that remembers a call's hooks, and completes its CDR with what they told.

/**
 * A call is remembered under one key: a line with its first event, as it was published, and a line for each hook (see
 * CallHook in lib/publish/call.ts), in the order in which they were published. The index of open calls has the time of
 * each one's first hook, by the clock of Redis, until the sweep looks at its newest.
 */
export const callMemory = `
-- A record that would become longer is given up: its call has no figures. Nor is an event kept that is longer.
local LONGEST_RECORD, LONGEST_EVENT = 16384, 4096
local FULL = '\\n{"event":"full"}'

-- The call of the publication under way, the index of its tenant, and its hook as JSON; what its CDR is completed with,
-- once that is known.
local record, openCalls, hook, figures
-- Its CDR waits for room in a list, here or elsewhere.
local waits
-- Lines of hooks that are published in the same batch, by another call of the script.
local underWay = ''
-- Why a call could not be remembered, or not be recalled.
local forgotten = ''

-- The index of open calls has them by what tells their keys apart.
local function nameCall() return string.sub(record, settings.callName) end

-- The first event, and the lines of the hooks.
local function split(text)
  local from = string.find(text, '\\n', 1, true) or #text + 1
  return string.sub(text, 1, from - 1), string.sub(text, from)
end

local function isFull(hooks) return string.find(hooks, FULL, 1, true) end

-- The line of a call that was given up: its CDR says so even where all else was too long.
local function findIncomplete(hooks) return string.match(hooks, '\\n{"id":"%x*","event":"incomplete"[^\\n]*') or '' end

local function isLeaving() return string.find(hook, '"event":"leaving"', 1, true) end

-- For a while after it left: hooks overtake each other; and its CDR, if it waits, has to be written once more.
local function expireCall() call('EXPIRE', record, waits and settings.markerTtl or settings.leftTtl) end

local function rememberHook(event)
  local leaves = isLeaving()
  local length = call('APPEND', record, '\\n' .. hook)
  local isNew = length == #hook + 1
  if isNew then
    local first = (leaves or #event > LONGEST_EVENT) and '' or event
    call('SET', record, first .. '\\n' .. hook, 'EX', settings.callTtl)
  elseif length > LONGEST_RECORD then
    local first, hooks = split(call('GET', record))
    call('SET', record, first .. FULL .. findIncomplete(hooks), 'KEEPTTL')
  end
  if not leaves then
    -- What overtook the leaving, or was given up, is not opened again.
    if isNew then call('ZADD', openCalls, now, nameCall()) end
    return
  end
  call('ZREM', openCalls, nameCall())
  expireCall()
end

local function forgetCall()
  call('ZREM', openCalls, nameCall())
  call('UNLINK', record)
end

-- What its CDR links, whenever the leaving comes.
local function closeCall()
  local _, hooks = split(call('GET', record) or '')
  call('SET', record, hooks .. '\\n' .. hook, 'EX', settings.markerTtl)
  call('ZREM', openCalls, nameCall())
end

-- The hooks that were published before this one, each once, and those that are about to be.
local function recallHooks(own)
  local _, hooks = split(call('GET', record) or '')
  local lines = isFull(hooks) and findIncomplete(hooks) or hooks .. '\\n' .. underWay
  local earlier, ids = {}, {}
  for line in string.gmatch(lines, '[^\\n]+') do
    local known = cjson.decode(line)
    -- What came after it the first time is not in its CDR of another list.
    if known.id == own.id then break end
    if known.event ~= 'leaving' and not ids[known.id] then earlier[#earlier + 1] = known end
    ids[known.id] = true
  end
  return earlier
end

local ranks = { joined = 1, offering = 2, active = 3, answered = 3, bridged = 4, missed = 5, processing = 6 }

-- In the order in which they happened. The last one is the one under way: leaving is final, whatever its clock.
local function sortHooks(hooks)
  table.sort(hooks, function(one, other)
    if one.at ~= other.at then return one.at < other.at end
    local rank, otherRank = ranks[one.event] or 0, ranks[other.event] or 0
    if rank ~= otherRank then return rank < otherRank end
    return one.id < other.id
  end)
end

-- What the hooks of a call tell, by the keys of its CDR. docs/redis.md says how each is derived.
local function computeFigures(earlier, own)
  local told, offered, missed = {}, {}, {}
  local joined, bridged, isBridged = own.joined_at, own.bridged_at, false
  local hooks = {}
  for _, known in ipairs(earlier) do
    joined = joined or known.joined_at
    bridged = bridged or known.bridged_at
    isBridged = isBridged or known.event == 'bridged'
    if known.event == 'incomplete' then told.completes = known.id else hooks[#hooks + 1] = known end
  end
  -- The leaving alone can't tell talking from wrapping up.
  if #hooks == 0 then return told end
  -- A bridged that never came is known from those that did.
  if bridged and not isBridged then hooks[#hooks + 1] = { event = 'bridged', at = bridged, id = '' } end
  sortHooks(hooks)
  hooks[#hooks + 1] = own
  local lastBridge = 0
  for index, known in ipairs(hooks) do
    if known.event == 'bridged' then lastBridge = index end
    if known.event == 'joined' then joined = joined or known.at end
  end

  local firstBridge, talking, wrapping, agent
  local talk, wrapUp, transfers = 0, nil, 0
  local function stop(at)
    if talking then talk = talk + math.max(0, at - talking) end
    if wrapping then wrapUp = wrapUp + math.max(0, at - wrapping) end
    talking, wrapping = nil, nil
  end
  local function connect(to)
    if firstBridge and to and agent and to ~= agent then transfers = transfers + 1 end
    agent = to or agent
  end
  for index, known in ipairs(hooks) do
    local event, at = known.event, known.at
    local isAgain = event == 'offering' and index < lastBridge
    local agentAt = known.agent_id and { agent_id = known.agent_id, at = at }
    if event == 'offering' then
      told.offered_at = told.offered_at or at
      offered[#offered + 1] = agentAt
    elseif event == 'missed' then
      missed[#missed + 1] = agentAt
    elseif event == 'active' or event == 'answered' then
      told.answered_at = told.answered_at or at
    end
    -- An offering ends a leg only where a bridged follows: it may have been overtaken.
    if isAgain then agent = nil end
    if isAgain or event == 'bridged' or event == 'processing' or event == 'leaving' then stop(at) end
    if event == 'bridged' or event == 'processing' or event == 'leaving' then connect(known.agent_id) end
    if event == 'bridged' then firstBridge, talking = firstBridge or at, at end
    if event == 'processing' then wrapping, wrapUp = at, wrapUp or 0 end
  end

  -- A wait of more than a day is a clock that is wrong.
  local function seconds(from, to)
    return from and to and to >= from and to - from <= 86400000 and (to - from) / 1000 or nil
  end
  told.wait_seconds = seconds(joined, firstBridge or own.event == 'leaving' and own.at)
  told.dialed_at = joined and math.floor(joined / 1000)
  if #offered > 0 then told.agents_offered = offered end
  if #missed > 0 then told.agents_missed = missed end
  if firstBridge then
    if not own.bridged_at then told.bridged_at = firstBridge end
    told.transfers = transfers
    if not talking then
      told.talk_seconds = talk / 1000
      told.call_time = math.floor(talk / 1000)
    end
  end
  if not wrapping then told.wrap_up_seconds = wrapUp and wrapUp / 1000 end
  return told
end

local function recallFigures()
  local recalled, cause = pcall(function()
    local own = cjson.decode(hook)
    figures = computeFigures(recallHooks(own), own)
  end)
  if not recalled then
    figures, forgotten = {}, findError(cause) or tostring(cause)
  end
end

-- A CDR with what the earlier hooks told. Keys that it lacks it gets in any case, with the value that stands there.
local function completeEntry(text, lacking)
  if not hook and lacking == '{}' then return text end
  local added = cjson.decode(lacking)
  if hook and not figures then recallFigures() end
  for key, value in pairs(hook and figures or {}) do
    if (key ~= 'dialed_at' and key ~= 'call_time') or added[key] ~= nil then added[key] = value end
  end
  if next(added) == nil then return text end
  return string.sub(text, 1, -3) .. ',' .. string.sub(cjson.encode(added), 2, -2) .. '}}'
end
`;
