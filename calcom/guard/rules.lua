-- Circuit breaker and token buckets of one Cal.com account, for all processes together, by this server's clock.
--
-- KEYS[1]  the state, packed       ARGV[1]  admit | record | status | reset       ARGV[2]  JSON: the call
-- conf     the numbers of calcom.conf. Times are milliseconds.
--
-- The state:
--   mode       "open", "half"; absent: closed
--   failures   in a row; open_until; epoch: new with every transition
--   trials     token → when its place is free again; good: trials that went well
--   purses     every (all calls), back (background calls), few (the endpoints with five a minute): each a bucket
--              (tokens, at), the server's window (limit, left, since, ends, guess), and blocked (until, after a 429)
--   under_way  token → when it was admitted; solo: the latest, where nobody else was under way then, nor since
--   refused    since when the key is refused; absent: it was not, when last used
--   counters, and seen: when the state was last used

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ask = cjson.decode(ARGV[2])
local packed = redis.call('GET', KEYS[1])
local state = packed and cmsgpack.unpack(packed) or {epoch = 0, under_way = {}, purses = {}, counters = {}}

local function save() redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', conf.keep_ms) end

local function count(name) state.counters[name] = (state.counters[name] or 0) + 1 end

-- How many calls are under way. One that has not come back after call_ms never will: its process was killed.
local function under_way()
  local calls = 0
  for token, admitted in pairs(state.under_way) do
    if admitted + conf.call_ms > now then calls = calls + 1 else state.under_way[token] = nil end
  end
  return calls
end

-- ---- the breaker ----

-- A transition. What was admitted before it changes nothing any more.
local function turn(mode)
  state.mode, state.failures = mode, nil
  state.open_until = mode == 'open' and now + conf.rest_ms or nil
  state.trials, state.good = mode == 'half' and {} or nil, mode == 'half' and 0 or nil
  state.epoch = math.max(now, state.epoch + 1)
end

-- Whether a trial may begin, and the longest overdue one, whose place it takes when there is no other.
local function free_place()
  local taken, overdue = state.good, nil
  for token, ends in pairs(state.trials) do
    taken = taken + 1
    if ends <= now and (not overdue or ends < state.trials[overdue]) then overdue = token end
  end
  if taken < conf.trials then return true, nil end
  return overdue ~= nil, overdue
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
  local _, overdue = free_place()
  if overdue then state.trials[overdue] = nil end
  state.trials[ask.token] = now + conf.call_ms
  return true, turned
end

-- A refused key is an answer: the server is there.
local function is_answer() return ask.outcome == 'success' or ask.outcome == 'key_refused' end

local function settle_trial()
  if not state.trials[ask.token] then return end
  state.trials[ask.token] = nil
  if ask.outcome == 'failure' then return turn('open') end
  if is_answer() then state.good = state.good + 1 end
  if state.good >= conf.trials then turn(nil) end
end

local function settle_call()
  if is_answer() then state.failures = nil end
  if ask.outcome ~= 'failure' then return end
  state.failures = (state.failures or 0) + 1
  if state.failures >= conf.failures then turn('open') end
end

-- What the call's end means to the breaker. Returns "open" or "closed" where it turned.
local function settle()
  if not ask.breaker or ask.epoch ~= state.epoch then return '' end
  if state.mode == 'half' then settle_trial() else settle_call() end
  if state.epoch == ask.epoch then return '' end
  if state.mode == 'open' then count('opened') end
  return state.mode or 'closed'
end

-- ---- the purses ----

local function purse_of(name, size)
  local purse = state.purses[name]
  if not purse then
    purse = {tokens = size, at = now}
    state.purses[name] = purse
  end
  purse.size, purse.background = size, ask.background and name ~= 'back'
  return purse
end

local function purses()
  local found = {purse_of('every', ask.per_minute)}
  if ask.background then found[2] = purse_of('back', math.max(1, ask.per_minute * conf.share)) end
  if ask.few then found[#found + 1] = purse_of('few', conf.few_per_minute) end
  return found
end

local function tokens(purse)
  return math.min(purse.size, purse.tokens + (now - purse.at) * purse.size / 60000)
end

-- What a call must find: background calls leave their share of `size` to people who wait.
local function needed(purse, size)
  if not purse.background then return 1 end
  return math.min(size, 1 + (1 - conf.share) * size) - 0.000001
end

local function set_window(purse, left, since, ends)
  purse.left, purse.since, purse.ends, purse.guess = left, since, ends, nil
end

-- When the server's window is over, the next is taken for as large, less what is under way, until an answer says better.
local function roll_window(purse)
  if (purse.left or purse.limit) and now >= (purse.ends or 0) then
    set_window(purse, purse.limit and purse.limit - under_way(), now, now + conf.window_ms)
    purse.guess = true
  end
end

local function purse_wait(purse)
  local wait = (purse.blocked or 0) - now
  local short = needed(purse, purse.size) - tokens(purse)
  if short > 0.000001 then wait = math.max(wait, math.ceil(short * 60000 / purse.size)) end
  roll_window(purse)
  if purse.left and purse.left < needed(purse, purse.limit or purse.size) then
    wait = math.max(wait, purse.ends - now)
  end
  return wait
end

local function spend(purse)
  purse.tokens, purse.at = tokens(purse) - 1, now
  if purse.left then purse.left = purse.left - 1 end
end

-- ---- what the server says ----

-- After a 429 nobody sends until the reset; then the window is new.
local function block(purse)
  local ends = math.max(purse.blocked or 0, now + math.max(1000, ask.said_reset_ms or conf.block_ms))
  purse.blocked = ends
  set_window(purse, 0, now, ends)
end

-- "n left, the window ends in so many seconds (rounded up)": true when the server counted this call, between its
-- admission and now. What is under way may not be in n yet. Answers overtake one another: the smaller number holds.
local function hear(purse)
  if not ask.said_left then return end
  local reset = ask.said_reset_ms or conf.window_ms
  local ends_first, ends_last = ask.admitted + reset - 1000, now + reset + 1
  local claim = ask.said_left - under_way()
  if not purse.left then return set_window(purse, claim, 0, ends_last) end
  if ends_first < purse.since then return end
  if not purse.guess and ends_first > purse.ends then
    return set_window(purse, claim, math.min(purse.ends, now), ends_last)
  end
  if state.solo ~= ask.token then claim = math.min(purse.left, claim) end
  set_window(purse, claim, purse.since, purse.guess and ends_last or math.min(purse.ends, ends_last))
end

-- The clock went back (another server has taken over): nothing that was timed by it is known any more.
local function start_clock_again()
  for _, purse in pairs(state.purses) do
    set_window(purse, nil, nil, nil)
    purse.at, purse.blocked = now, purse.blocked and now + conf.block_ms
  end
  if state.mode == 'open' then state.open_until = now + conf.rest_ms end
  state.refused = state.refused and now
  for token in pairs(state.trials or {}) do state.trials[token] = now + conf.call_ms end
  state.under_way, state.solo = {}, nil
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
    local needs = purses()
    for _, purse in ipairs(needs) do wait = math.max(wait, purse_wait(purse)) end
    if wait > 0 then
      count('refused_budget')
      return {'budget', wait}
    end
    for _, purse in ipairs(needs) do spend(purse) end
    state.solo = under_way() == 0 and ask.token or nil
    state.under_way[ask.token] = now
  end
  local is_trial, turned = pass_circuit()
  count('calls')
  return {'pass', now, state.epoch, is_trial and 1 or 0, turned and 1 or 0}
end

function operations.record()
  local turned = settle()
  state.under_way[ask.token] = nil
  if ask.outcome == 'rate_limited' then count('http_429') end
  if ask.outcome == 'failure' then count('failed') end
  if ask.outcome == 'key_refused' then state.refused = state.refused or now end
  if ask.outcome == 'success' then state.refused = nil end
  if ask.limited then
    local is_few = ask.few and (ask.said_limit or 0) <= conf.few_per_minute
    local purse = is_few and purse_of('few', conf.few_per_minute) or purse_of('every', ask.per_minute)
    purse.limit = ask.said_limit or purse.limit
    if ask.outcome == 'rate_limited' then block(purse) else hear(purse) end
  end
  return {turned}
end

function operations.reset()
  turn(nil)
  return {}
end

if state.seen and state.seen > now + 5000 then start_clock_again() end

if ARGV[1] == 'status' then
  local every, few = tokens(purse_of('every', ask.per_minute)), tokens(purse_of('few', conf.few_per_minute))
  return cjson.encode({now = now, state = state, every = every, few = few, under_way = under_way()})
end
local answer = operations[ARGV[1]]()
state.seen = now
save()
return answer
