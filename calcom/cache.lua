-- Answers of Cal.com, kept for all processes, each fetched by one of them while the others wait. By this server's clock.
--
-- KEYS[1]  hash: one answer     KEYS[2]  hash: versions, by what they cover     KEYS[3]  hash: statistics
-- ARGV[1]  look | store | give_up | forget | statistics       ARGV[2]  JSON: the caller, and the numbers of calcom.conf
-- ARGV[3]  store: the answer
--
-- An answer: body, at (when its fetch began, ms), stamp (the versions of that moment: another one now means that a
-- write has made it wrong), good_until (where it must go early); holder (who fetches), holder_stamp, holder_since,
-- holder_until, holder_urgent; failed_until (the last fetch failed, and old answers may be served at once);
-- unkept_until (it was too much to keep, so that nobody needs to wait for it).
-- A version is the time of the last forget, in microseconds. With the versions lies `born`, which is another one after
-- a flush, so that nothing from before it counts; and how many bytes have been kept (counted) since when.

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
  local versions = redis.call('HMGET', KEYS[2], 'born', unpack(ask.covered_by))
  if not versions[1] and ARGV[1] == 'look' then
    versions[1] = ask.token
    redis.call('HSET', KEYS[2], 'born', ask.token)
    redis.call('PEXPIRE', KEYS[2], conf.remember_ms)
  end
  versions[1] = versions[1] or ''
  for i = 2, #versions do
    versions[i] = versions[i] or '0'
    forgotten_at = math.max(forgotten_at, tonumber(versions[i]) / 1000)
  end
  stamp = table.concat(versions, '|')
end

local function count(what)
  if redis.call('HINCRBY', KEYS[3], what, 1) == 1 then redis.call('PEXPIRE', KEYS[3], conf.statistics_ms) end
end

-- Change the answer. Whatever lies here goes by itself.
local function write(...)
  redis.call('HSET', KEYS[1], ...)
  redis.call('PEXPIRE', KEYS[1], conf.stale_ms)
end

-- The age of an answer that no write has made wrong, unless it is too old for anything.
local function age()
  if not entry.body or entry.stamp ~= stamp then return nil end
  if entry.good_until and now >= tonumber(entry.good_until) then return nil end
  local old = now - entry.at
  if old >= 0 and old < conf.stale_ms then return old end
end

local function is_held()
  if not entry.holder or entry.holder_stamp ~= stamp or now < tonumber(entry.unkept_until or 0) then return false end
  if ask.is_urgent and entry.holder_urgent ~= '1' and now - entry.holder_since > conf.yield_ms then return false end
  return now >= tonumber(entry.holder_since) and now < tonumber(entry.holder_until)
end

local function let_go()
  if entry.holder ~= ask.token then return end
  redis.call('HDEL', KEYS[1], 'holder', 'holder_stamp', 'holder_since', 'holder_until', 'holder_urgent')
end

-- Whether the company may keep this as well. Counted afresh after the time that an answer lives.
local function has_room()
  local since, counted = unpack(redis.call('HMGET', KEYS[2], 'counted_since', 'counted'))
  since, counted = tonumber(since or 0), tonumber(counted or 0)
  if now < since or now - since >= conf.stale_ms then since, counted = now, 0 end
  if entry.body and tonumber(entry.at) >= since then counted = counted - #entry.body - conf.overhead end
  counted = counted + #ARGV[3] + conf.overhead
  if counted > conf.most_bytes then return false end
  redis.call('HSET', KEYS[2], 'counted_since', since, 'counted', counted)
  return true
end

local operations = {}

-- Who asks afresh takes nothing that is kept, and waits for nobody: whoever fetches began earlier.
function operations.look()
  read()
  local old = not ask.fresh and age() or nil
  if old and old < ask.ttl_ms then
    if not ask.again then count('hits') end
    return {'fresh', old, entry.body}
  end
  if old and ask.takes_old and (ask.late or now < tonumber(entry.failed_until or 0)) then
    count('stale')
    return {'stale', old, entry.body}
  end
  if not ask.fresh and is_held() then
    if not ask.again then count('waits') end
    return {'wait'}
  end
  count('misses')
  write('holder', ask.token, 'holder_stamp', stamp, 'holder_since', now,
    'holder_until', now + ask.hold_ms, 'holder_urgent', ask.is_urgent and 1 or 0)
  redis.call('PEXPIRE', KEYS[2], conf.remember_ms)
  return {'fetch', now, stamp}
end

-- Kept only where nothing was forgotten since the fetch began (after a flush nobody knows), and none that began later
-- has been kept: nobody goes back in time.
function operations.store()
  read()
  let_go()
  if stamp ~= ask.stamp then return {0} end
  local at = entry.stamp == stamp and tonumber(entry.at) or 0
  if at > ask.at and at <= now then return {0} end
  redis.call('HDEL', KEYS[1], 'failed_until', 'good_until', 'unkept_until', 'body', 'at', 'stamp')
  if ask.is_too_long or not has_room() then
    write('unkept_until', now + ask.ttl_ms)
    return {0}
  end
  write('body', ARGV[3], 'at', ask.at, 'stamp', stamp)
  -- Cal.com keeps slots for a second or two itself: what is asked so soon after a write may be from before it.
  if ask.at < forgotten_at + conf.settle_ms then write('good_until', math.floor(forgotten_at + conf.settle_ms)) end
  return {1}
end

function operations.give_up()
  read()
  let_go()
  local old = age()
  if ask.is_away then write('failed_until', now + conf.failed_ms) end
  if not old or not ask.is_away or not ask.takes_old then return {'none'} end
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
