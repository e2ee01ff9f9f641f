-- What rules.lua knows of many accounts, in one look. Changes nothing.
--
-- KEYS     the states, packed       ARGV[1]  JSON: requests per minute of each
-- Answers a JSON list, in the order of the keys: circuit, how much of the budget is left (0 to 1), and for how many
-- milliseconds the circuit rests, and Cal.com allows nothing. What cannot be read counts as an account never used.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local per_minute = cjson.decode(ARGV[1])

local function state_of(key)
  local packed = redis.call('GET', key)
  local is_fine, state = pcall(cmsgpack.unpack, packed or '')
  return is_fine and type(state) == 'table' and state or {}
end

local function circuit_of(state)
  if not state.mode then return 'closed', 0 end
  if state.mode == 'open' and state.open_until > now then return 'open', state.open_until - now end
  return 'half_open', 0
end

-- The bucket, and the server's own window while it lasts.
local function left_of(purse, size)
  local tokens = math.min(size, purse.tokens + (now - purse.at) * size / 60000)
  local left = math.max(0, tokens) / size
  if purse.left and purse.limit and now < (purse.ends or 0) then
    left = math.min(left, math.max(0, purse.left) / purse.limit)
  end
  return left
end

local found = {}
for number, key in ipairs(KEYS) do
  local state = state_of(key)
  local circuit, rest = circuit_of(state)
  local purse = state.purses and state.purses.every
  local left = purse and left_of(purse, per_minute[number]) or 1
  local blocked = purse and math.max(0, (purse.blocked or 0) - now) or 0
  if blocked > 0 then left = 0 end
  found[number] = {circuit, left, rest, blocked}
end
return cjson.encode(found)
