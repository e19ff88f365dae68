// The part of the script that remembers a call's hooks, and completes its CDR with what they told.

/**
 * A call is remembered in one list: its first event, as it was published, and its hooks (see CallHook in
 * lib/publish/call.ts) in the order in which they were published. The index of open calls has the time of each one's
 * first hook, by the clock of Redis, until the sweep looks at its newest.
 */
export const callMemory = `
-- A call of more hooks is given up: it has no figures. Nor is an event kept that has more bytes.
local MOST_HOOKS, LONGEST_EVENT = 150, 4096

-- The call of the publication under way, the index of its tenant, and its hook as JSON; what its CDR is completed with,
-- once that is known.
local record, openCalls, hook, figures
-- Its CDR waits for room in a list, here or elsewhere.
local waits
-- Hooks that are published in the same batch, by another call of the script.
local underWay = {}
-- Why a call could not be remembered, or not be recalled.
local forgotten = ''

-- The index of open calls has them by what tells their keys apart.
local function nameCall() return string.sub(record, settings.callName) end

local function isLeaving() return string.find(hook, '"event":"leaving"', 1, true) end

local function readHooks() return call('LRANGE', record, 1, -1) end

-- For a while after it left: hooks overtake each other; and its CDR, if it waits, has to be written once more.
local function findLeftTtl() return waits and settings.markerTtl or settings.leftTtl end

-- Answers how long the record was with it, or 0 if it is the first.
local function addHook(event)
  local length = call('RPUSHX', record, hook)
  if length == 0 then call('RPUSH', record, event, hook) end
  return length
end

-- What the last hook overtook finds the record, and doesn't open the call again.
local function closeCall(ttl)
  addHook('')
  call('EXPIRE', record, ttl)
  call('ZREM', openCalls, nameCall())
end

-- All but the line of the record that gave the call up.
local function forgetHooks()
  local hooks = readHooks()
  call('LTRIM', record, 0, 0)
  call('RPUSH', record, '{"event":"full"}')
  for _, known in ipairs(hooks) do
    if string.find(known, '"event":"incomplete"', 1, true) then call('RPUSH', record, known) end
  end
end

local function rememberHook(event)
  if isLeaving() then return closeCall(findLeftTtl()) end
  local length = addHook(#event > LONGEST_EVENT and '' or event)
  if length == 0 then
    call('EXPIRE', record, settings.callTtl)
    call('ZADD', openCalls, now, nameCall())
  elseif length > MOST_HOOKS then
    forgetHooks()
  end
end

local function forgetCall()
  call('ZREM', openCalls, nameCall())
  call('UNLINK', record)
end

-- Its CDR links the record that gave it up, whenever the leaving comes.
local function giveUpCall()
  closeCall(settings.markerTtl)
  call('LSET', record, 0, '')
end

local ranks = { joined = 1, offering = 2, active = 3, answered = 3, bridged = 4, missed = 5, processing = 6 }

local function isEarlier(one, other)
  if one.at ~= other.at then return one.at < other.at end
  local rank, otherRank = ranks[one.event], ranks[other.event]
  if rank ~= otherRank then return rank < otherRank end
  return one.id < other.id
end

-- In the order in which they happened; most come in it.
local function insert(hooks, known)
  local place = #hooks + 1
  while place > 1 and isEarlier(known, hooks[place - 1]) do
    hooks[place] = hooks[place - 1]
    place = place - 1
  end
  hooks[place] = known
  return place
end

-- The hooks that were published before this one, each once, and those that are about to be; and the id of the record
-- that gave the call up.
local function recallHooks(own)
  local lines = readHooks()
  for _, line in ipairs(underWay) do lines[#lines + 1] = line end
  local hooks, ids, isFull, completes = {}, {}, false, nil
  for _, line in ipairs(lines) do
    local known = cjson.decode(line)
    -- What came after it the first time is not in its CDR of another list.
    if known.id == own.id then break end
    if known.event == 'incomplete' then completes = known.id end
    isFull = isFull or known.event == 'full'
    if ranks[known.event] and not ids[known.id] then
      ids[known.id] = true
      insert(hooks, known)
    end
  end
  return isFull and {} or hooks, completes
end

-- What the hooks of a call tell, by the keys of its CDR. docs/redis.md says how each is derived.
local function computeFigures()
  local own = cjson.decode(hook)
  local hooks, completes = recallHooks(own)
  local told = { completes = completes }
  -- The leaving alone can't tell talking from wrapping up.
  if #hooks == 0 then return told end
  local joined, bridged, lastBridge = own.joined_at, own.bridged_at, nil
  for index, known in ipairs(hooks) do
    joined = joined or known.joined_at
    bridged = bridged or known.bridged_at
    if known.event == 'bridged' then lastBridge = index end
  end
  -- A bridged that never came is known from those that did.
  if bridged and not lastBridge then lastBridge = insert(hooks, { event = 'bridged', at = bridged, id = '' }) end
  -- Leaving is final, whatever its clock.
  hooks[#hooks + 1] = own

  local offered, missed = {}, {}
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
    if event == 'joined' then
      joined = joined or at
    elseif event == 'offering' then
      told.offered_at = told.offered_at or at
      if known.agent_id then offered[#offered + 1] = { agent_id = known.agent_id, at = at } end
      -- It ends a leg only where a bridged follows: it may have been overtaken.
      if lastBridge and index < lastBridge then
        agent = nil
        stop(at)
      end
    elseif event == 'missed' then
      if known.agent_id then missed[#missed + 1] = { agent_id = known.agent_id, at = at } end
    elseif event == 'active' or event == 'answered' then
      told.answered_at = told.answered_at or at
    elseif event ~= 'incomplete' then
      stop(at)
      connect(known.agent_id)
      if event == 'bridged' then firstBridge, talking = firstBridge or at, at end
      if event == 'processing' then wrapping, wrapUp = at, wrapUp or 0 end
    end
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
  local recalled, answer = pcall(computeFigures)
  figures = recalled and answer or {}
  if not recalled then forgotten = findError(answer) or tostring(answer) end
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
