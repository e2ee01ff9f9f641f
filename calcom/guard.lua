-- Circuit breaker and token buckets of one Cal.com account, for all processes together, by this server's clock.
--
-- KEYS[1]  hash: the state                     KEYS[2]  sorted set: calls under way, by the time of their admission
-- ARGV[1]  admit | record | status | reset     ARGV[2]  JSON: the call     conf: the numbers of calcom.conf
--
-- The breaker's fields: mode ("open", "half"; absent: closed), failures, open_until, epoch (new with every transition),
-- trial1, trial2 … (who holds the place, or "good") and trial1_until …
-- A purse is a bucket of tokens: "every" (all calls), "back" (background calls), "few" (the endpoints with five a
-- minute). Its fields: _tokens and _at; of the server's window _limit, _left, _until, _since, _guess; _blocked.
-- solo: the latest call, where nobody else was under way when it was admitted, nor since.
-- Times are milliseconds. seen: when the state was last used.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ask = cjson.decode(ARGV[2])
local state, changed = {}, {}

local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do state[flat[i]] = tonumber(flat[i + 1]) or flat[i + 1] end

local function put(name, value)
  state[name] = value
  changed[name] = true
end

local function count(name) put(name, (state[name] or 0) + 1) end

local function save()
  put('seen', now)
  local set, drop = {}, {}
  for name in pairs(changed) do
    if state[name] == nil then
      drop[#drop + 1] = name
    else
      set[#set + 1] = name
      set[#set + 1] = state[name]
    end
  end
  if #drop > 0 then redis.call('HDEL', KEYS[1], unpack(drop)) end
  redis.call('HSET', KEYS[1], unpack(set))
  redis.call('PEXPIRE', KEYS[1], conf.keep_ms)
end

-- How many calls are under way. One that has not come back after call_ms never will.
local function under_way() return redis.call('ZCOUNT', KEYS[2], now - conf.call_ms + 1, '+inf') end

-- ---- the breaker ----

-- A transition. What was admitted before it changes nothing any more.
local function turn(mode)
  put('mode', mode)
  put('failures', nil)
  put('open_until', mode == 'open' and now + conf.rest_ms or nil)
  put('epoch', math.max(now, (state.epoch or 0) + 1))
  for i = 1, conf.trials do
    put('trial' .. i, nil)
    put('trial' .. i .. '_until', nil)
  end
end

local function free_place()
  for i = 1, conf.trials do
    local holder = state['trial' .. i]
    if not holder or (holder ~= 'good' and now >= state['trial' .. i .. '_until']) then return 'trial' .. i end
  end
end

-- How long the breaker refuses; 0 where the call may pass.
local function circuit_wait()
  if not ask.breaker or not state.mode then return 0 end
  if state.mode == 'open' then return math.max(0, state.open_until - now) end
  return free_place() and 0 or conf.peek_ms
end

-- Whether the call is a trial, and whether it is the one that half-opens the circuit.
local function pass_circuit()
  if not ask.breaker or not state.mode then return false, false end
  local turned = state.mode == 'open'
  if turned then turn('half') end
  local place = free_place()
  put(place, ask.token)
  put(place .. '_until', now + conf.call_ms)
  return true, turned
end

local function settle_trial()
  local good = 0
  for i = 1, conf.trials do
    local place = 'trial' .. i
    if state[place] == ask.token then
      if ask.outcome == 'failure' then return turn('open') end
      put(place, ask.outcome == 'success' and 'good' or nil)
      put(place .. '_until', nil)
    end
    if state[place] == 'good' then good = good + 1 end
  end
  if good >= conf.trials then turn(nil) end
end

local function settle_call()
  if ask.outcome == 'failure' then
    count('failures')
    if state.failures >= conf.failures then turn('open') end
  elseif ask.outcome == 'success' and state.failures then
    put('failures', nil)
  end
end

-- What the call's end means to the breaker. Returns "open" or "closed" where it turned.
local function settle()
  if not ask.breaker or ask.epoch ~= (state.epoch or 0) then return '' end
  if state.mode == 'half' then settle_trial() else settle_call() end
  if state.epoch == ask.epoch or not changed.epoch then return '' end
  if state.mode == 'open' then count('opened') end
  return state.mode or 'closed'
end

-- ---- the purses ----

local function purses()
  local found = {{name = 'every', size = ask.per_minute}}
  if ask.background then found[#found + 1] = {name = 'back', size = math.max(1, ask.per_minute * conf.share)} end
  if ask.few then found[#found + 1] = {name = 'few', size = conf.few_per_minute} end
  return found
end

local function tokens(purse)
  local held, at = state[purse.name .. '_tokens'], state[purse.name .. '_at']
  if not held then return purse.size end
  return math.min(purse.size, held + (now - at) * purse.size / 60000)
end

-- What a call must find: background calls leave their share of `size` to people who wait.
local function needed(purse, size)
  if not ask.background or purse.name == 'back' then return 1 end
  return math.min(size, 1 + (1 - conf.share) * size) - 0.000001
end

-- What the server's window still allows, and its end. When it is over, the next is taken for as large, less what is
-- under way, until an answer says better.
local function window(purse)
  local name = purse.name
  if state[name .. '_left'] and now < state[name .. '_until'] then
    return state[name .. '_left'], state[name .. '_until']
  end
  local limit = state[name .. '_limit']
  if state[name .. '_left'] or limit then
    put(name .. '_left', limit and limit - under_way())
    put(name .. '_until', limit and now + conf.window_ms)
    put(name .. '_since', limit and now)
    put(name .. '_guess', limit and 1)
  end
  return state[name .. '_left'], state[name .. '_until']
end

local function purse_wait(purse)
  local wait = (state[purse.name .. '_blocked'] or 0) - now
  local short = needed(purse, purse.size) - tokens(purse)
  if short > 0.000001 then wait = math.max(wait, math.ceil(short * 60000 / purse.size)) end
  local left, ends = window(purse)
  if left and left < needed(purse, state[purse.name .. '_limit'] or purse.size) then
    wait = math.max(wait, ends - now)
  end
  return wait
end

local function budget_wait()
  local wait = 0
  for _, purse in ipairs(purses()) do wait = math.max(wait, purse_wait(purse)) end
  return wait
end

local function spend()
  for _, purse in ipairs(purses()) do
    put(purse.name .. '_tokens', tokens(purse) - 1)
    put(purse.name .. '_at', now)
    local left = state[purse.name .. '_left']
    if left then put(purse.name .. '_left', left - 1) end
  end
  if under_way() == 0 then put('solo', ask.token) elseif state.solo then put('solo', nil) end
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - conf.call_ms)
  redis.call('ZADD', KEYS[2], now, ask.token)
  redis.call('PEXPIRE', KEYS[2], conf.call_ms)
end

-- ---- what the server says ----

local function set_window(name, left, since, ends)
  put(name .. '_left', left)
  put(name .. '_since', since)
  put(name .. '_until', ends)
  put(name .. '_guess', nil)
end

-- After a 429 nobody sends until the reset; then the window is new.
local function block(name)
  local ends = math.max(state[name .. '_blocked'] or 0, now + math.max(1000, ask.said_reset_ms or conf.block_ms))
  put(name .. '_blocked', ends)
  set_window(name, 0, now, ends)
end

-- "n left, the window ends in so many seconds (rounded up)": true when the server counted this call, between its
-- admission and now. What is under way may not be in n yet. Answers overtake one another: the smaller number holds.
local function hear(name)
  if not ask.said_left then return end
  local reset = ask.said_reset_ms or conf.window_ms
  local ends_first, ends_last = (ask.admitted or 0) + reset - 1000, now + reset
  local claim = ask.said_left - under_way()
  local left, ends, since = state[name .. '_left'], state[name .. '_until'], state[name .. '_since']
  if not left then return set_window(name, claim, 0, ends_last) end
  if ends_first < since then return end
  if not state[name .. '_guess'] and ends_first > ends then
    return set_window(name, claim, math.min(ends, now), ends_last)
  end
  if state.solo ~= ask.token then claim = math.min(left, claim) end
  set_window(name, claim, since, state[name .. '_guess'] and ends_last or math.min(ends, ends_last))
end

-- The clock went back (another server has taken over): nothing that was timed by it is known any more.
local function start_clock_again()
  for _, name in ipairs({'every', 'back', 'few'}) do
    set_window(name, nil, nil, nil)
    if state[name .. '_at'] then put(name .. '_at', now) end
    if state[name .. '_blocked'] then put(name .. '_blocked', now + conf.block_ms) end
  end
  if state.mode == 'open' then put('open_until', now + conf.rest_ms) end
  for i = 1, conf.trials do
    if state['trial' .. i .. '_until'] then put('trial' .. i .. '_until', now + conf.call_ms) end
  end
  redis.call('DEL', KEYS[2])
end

-- ---- the operations ----

local operations = {}

function operations.admit()
  local wait = circuit_wait()
  if wait > 0 then
    count('refused_circuit')
    return {'circuit', wait}
  end
  if ask.limited then
    wait = budget_wait()
    if wait > 0 then
      count('refused_budget')
      return {'budget', wait}
    end
    spend()
  end
  local is_trial, turned = pass_circuit()
  count('calls')
  return {'pass', now, state.epoch or 0, is_trial and 1 or 0, turned and 1 or 0}
end

function operations.record()
  local turned = settle()
  redis.call('ZREM', KEYS[2], ask.token)
  if ask.outcome == 'rate_limited' then count('http_429') end
  if ask.limited then
    local name = ask.few and (ask.said_limit or 0) <= conf.few_per_minute and 'few' or 'every'
    if ask.said_limit then put(name .. '_limit', ask.said_limit) end
    if ask.outcome == 'rate_limited' then block(name) else hear(name) end
  end
  return {turned}
end

function operations.reset()
  turn(nil)
  return {}
end

if state.seen and state.seen > now + 5000 then start_clock_again() end

if ARGV[1] == 'status' then
  local every, few = {name = 'every', size = ask.per_minute}, {name = 'few', size = conf.few_per_minute}
  return cjson.encode({now = now, state = state, every = tokens(every), few = tokens(few), under_way = under_way()})
end
local answer = operations[ARGV[1]]()
save()
return answer
