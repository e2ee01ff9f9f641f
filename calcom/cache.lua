-- Answers of Cal.com, kept for all processes, each fetched by one of them while the others wait. By this server's clock.
--
-- KEYS[1]  hash: one answer     KEYS[2]  hash: versions, by what they cover     KEYS[3]  hash: statistics
-- ARGV[1]  look | store | give_up | forget | statistics       ARGV[2]  JSON: the caller, and the numbers of calcom.conf
-- ARGV[3]  store: the answer
--
-- An answer: body, at (when its fetch began, ms), stamp (the versions of that moment: another one now means that a
-- write has made it wrong), good_until (where it must go early); holder (who fetches), holder_stamp, holder_since,
-- holder_until, holder_urgent; failed_until (the last fetch failed, and old answers may be served at once).
-- A version is the time of the last forget, in microseconds.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ask = cjson.decode(ARGV[2])
local entry = {}

local function read()
  local flat = redis.call('HGETALL', KEYS[1])
  for i = 1, #flat, 2 do entry[flat[i]] = flat[i + 1] end
end

local stamp, forgotten_at = '', 0
if ask.covered_by then
  local versions = redis.call('HMGET', KEYS[2], unpack(ask.covered_by))
  for i = 1, #versions do
    versions[i] = versions[i] or '0'
    forgotten_at = math.max(forgotten_at, tonumber(versions[i]) / 1000)
  end
  stamp = table.concat(versions, '|')
end

local function count(what)
  if redis.call('HINCRBY', KEYS[3], what, 1) == 1 then redis.call('PEXPIRE', KEYS[3], conf.statistics_ms) end
end

-- The age of an answer that no write has made wrong, unless it is too old for anything.
local function age()
  if not entry.body or entry.stamp ~= stamp then return nil end
  if entry.good_until and now >= tonumber(entry.good_until) then return nil end
  local old = now - entry.at
  if old >= 0 and old < conf.stale_ms then return old end
end

local function is_held()
  if not entry.holder or entry.holder_stamp ~= stamp then return false end
  if ask.is_urgent and entry.holder_urgent ~= '1' and now - entry.holder_since > conf.yield_ms then return false end
  return now >= tonumber(entry.holder_since) and now < tonumber(entry.holder_until)
end

local function let_go()
  if entry.holder ~= ask.token then return false end
  redis.call('HDEL', KEYS[1], 'holder', 'holder_stamp', 'holder_since', 'holder_until', 'holder_urgent')
  return true
end

local operations = {}

function operations.look()
  read()
  local old = age()
  if old and old < ask.ttl_ms then
    if not ask.again then count('hits') end
    return {'fresh', old, entry.body}
  end
  if old and now < tonumber(entry.failed_until or 0) then
    count('stale')
    return {'stale', old, entry.body}
  end
  local held = is_held()
  if held and not ask.alone then
    if not ask.again then count('waits') end
    return {'wait'}
  end
  count('misses')
  if held then return {'fetch', now, ''} end
  redis.call('HSET', KEYS[1], 'holder', ask.token, 'holder_stamp', stamp, 'holder_since', now,
    'holder_until', now + ask.hold_ms, 'holder_urgent', ask.is_urgent and 1 or 0)
  redis.call('PEXPIRE', KEYS[1], conf.stale_ms)
  return {'fetch', now, stamp}
end

-- Kept only by who holds the entry, and only where nothing was forgotten since: after a flush nobody knows.
function operations.store()
  read()
  if not let_go() or stamp ~= ask.stamp then return {0} end
  redis.call('HDEL', KEYS[1], 'failed_until', 'good_until')
  redis.call('HSET', KEYS[1], 'body', ARGV[3], 'at', ask.at, 'stamp', stamp)
  -- Cal.com keeps slots for a second or two itself: what is asked so soon after a write may be from before it.
  if ask.at < forgotten_at + conf.settle_ms then
    redis.call('HSET', KEYS[1], 'good_until', math.floor(forgotten_at + conf.settle_ms))
  end
  redis.call('PEXPIRE', KEYS[1], conf.stale_ms)
  return {1}
end

function operations.give_up()
  read()
  local old = age()
  if let_go() and ask.may_be_stale then redis.call('HSET', KEYS[1], 'failed_until', now + conf.failed_ms) end
  if not old or not ask.may_be_stale then return {'none'} end
  count('stale')
  return {'stale', old, entry.body}
end

function operations.forget()
  for _, name in ipairs(ask.forgotten) do
    redis.call('HSET', KEYS[2], name, string.format('%.0f', clock[1] * 1000000 + clock[2]))
  end
  redis.call('PEXPIRE', KEYS[2], conf.remember_ms)
  return {1}
end

function operations.statistics() return redis.call('HGETALL', KEYS[3]) end

return operations[ARGV[1]]()
