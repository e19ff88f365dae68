"""The scripts of the worker protocol, as docs/worker.md has them. They go on when Redis's memory is full."""

from hashlib import sha1
from typing import Any, NamedTuple, Sequence

from redis.exceptions import NoScriptError

#: for how long tries are counted after the last of them, seconds
COUNTED = 7 * 86_400


class Script(NamedTuple):
    lua: str
    sha: str


def _script(lua: str) -> Script:
    return Script(lua, sha1(lua.encode()).hexdigest())


HEARTBEAT = _script(
    """#!lua flags=allow-oom
-- KEYS: leases. ARGV: worker, ms of its lease. Renews the lease; answers workers whose lease ended, each with its end.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'WITHSCORES')
"""
)

TAKE = _script(
    """#!lua flags=allow-oom
-- KEYS: list, processing, tries. ARGV: how many at most. Answers how often the first of them was tried in vain, and the
-- entries, the oldest first. One that was tried comes alone.
local counted = redis.call('EXISTS', KEYS[3]) == 1
local answer = {0}
while #answer <= tonumber(ARGV[1]) do
  local entry = redis.call('LINDEX', KEYS[1], -1)
  local tries = entry and counted and redis.call('HGET', KEYS[3], redis.sha1hex(entry))
  if not entry or (tries and #answer > 1) then break end
  redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
  table.insert(answer, entry)
  if tries then
    answer[1] = tonumber(tries)
    break
  end
end
return answer
"""
)

BEGIN = _script(
    """#!lua flags=allow-oom
-- KEYS: processing, tries, leases. ARGV: entry, worker, ms of its lease. Renews the lease and answers how often the
-- entry was tried in vain; -1: it was given back, do not handle it.
if not redis.call('LPOS', KEYS[1], ARGV[1]) then return -1 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3], ARGV[2])
return tonumber(redis.call('HGET', KEYS[2], redis.sha1hex(ARGV[1])) or 0)
"""
)

COUNT = _script(
    """#!lua flags=allow-oom
-- KEYS: tries. ARGV: seconds that the counts are kept, entries. Each of them was tried in vain once more.
for index = 2, #ARGV do redis.call('HINCRBY', KEYS[1], redis.sha1hex(ARGV[index]), 1) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""
)

MOVE = _script(
    """#!lua flags=allow-oom
-- KEYS: processing, target. ARGV: entry, RPUSH or LPUSH, text. Answers 1; 0: the entry was not there.
redis.call('LLEN', KEYS[2]) -- fails before anything is removed when the target is no list
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call(ARGV[2], KEYS[2], ARGV[3])
return 1
"""
)

RELEASE = _script(
    """#!lua flags=allow-oom
-- KEYS: leases, processing, list, tries. ARGV: worker, "ended", "leaving" or "stopping", seconds that the counts are
-- kept. Gives back all that the worker holds, in its order; answers how many. What it held when its lease ended was
-- tried in vain. -1: its lease has not ended, nothing was done.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
local ended = ARGV[2] == 'ended'
if ended and lease > now then return -1 end
local moved = 0
while true do
  local entry = redis.call('LMOVE', KEYS[2], KEYS[3], 'LEFT', 'RIGHT')
  if not entry then break end
  moved = moved + 1
  if ended then redis.call('HINCRBY', KEYS[4], redis.sha1hex(entry), 1) end
end
if ended and moved > 0 then redis.call('EXPIRE', KEYS[4], ARGV[3]) end
-- A command of a dead worker may still be on its way to Redis: its list is looked at for one more hour.
if ARGV[2] == 'leaving' or lease < now - 3600000 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return moved
"""
)


def run(client: Any, script: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
    """Runs a script; sends it whole when this Redis doesn't know it yet. Texts in the answer are bytes."""
    try:
        return call(client, "EVALSHA", script.sha, len(keys), *keys, *args)
    except NoScriptError:
        return call(client, "EVAL", script.lua, len(keys), *keys, *args)


def call(client: Any, *words: Any) -> Any:
    """Its answer as bytes, also of a client with decode_responses: an entry may be no UTF-8."""
    return client.execute_command(*words, NEVER_DECODE=True)
