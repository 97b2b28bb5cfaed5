-- Leases tokens and slots of one quota key. Every time is in microseconds of Redis's own clock.
--
-- KEYS: the cool-down, the slots, what was learnt, then one for each window.
-- ARGV: gateway, tokens wanted, span within which they may lie, patience until the first,
--       slots there are (0: unlimited), slots wanted, slots in use, life of a slot's lease,
--       windows as JSON: {requests, keep, step, burst} each,
--       unused tokens as JSON: their times,
--       sends that were made without a token as JSON: {age, number} each,
--       1 if the gateway has known a memory before: nothing is saved up in a new one then,
--       what the gateway learnt as JSON, see learnt.lua; empty: nothing is learnt of this key.
-- Answer: now, end of the cool-down, its reason, slots leased, 1 if others lack slots, when this memory began,
--         when the next token comes if none is leased, what is left of each window as JSON, what was learnt (found, told), the
--         times of the tokens.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local gateway, wanted, span, patience = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local function whole(n) return string.format('%.0f', n) end

local rest = redis.call('HMGET', KEYS[1], 'until', 'why')
local rest_ends = tonumber(rest[1] or 0)

-- Slots: each gateway's lease is "leased wanted expiry since", where since is when it began to lack one.
local function lease_slots()
  local most, need, busy, life = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
  if most == 0 then return 0, 0 end
  local mine, taken, wanting, starving, since = 0, 0, 0, {}, now
  local leases = redis.call('HGETALL', KEYS[2])
  for i = 1, #leases, 2 do
    local leased, want, expiry, lacks = leases[i + 1]:match('(%d+) (%d+) (%d+) (%d+)')
    leased, want, lacks = tonumber(leased), tonumber(want), tonumber(lacks)
    if tonumber(expiry) < now then
      redis.call('HDEL', KEYS[2], leases[i])
    elseif leases[i] == gateway then
      mine = leased
      if leased == 0 and want > 0 then since = lacks end
    else
      taken = taken + leased
      if want > 0 then wanting = wanting + 1 end
      if want > 0 and leased == 0 then table.insert(starving, lacks) end
    end
  end
  local free = most - taken
  local leased = math.min(need, free)
  if wanting > 0 then
    leased = math.min(leased, math.floor(most / (wanting + 1)))
    if leased < 1 and need > 0 then -- more gateways than slots: who has lacked one longest is next
      local before = 0
      for _, lacks in ipairs(starving) do if lacks < since then before = before + 1 end end
      if before < free and (mine == 0 or #starving == 0) then leased = 1 end
    end
  end
  leased = math.max(leased, math.min(busy, math.max(free, 0)))
  if need == 0 and leased == 0 then
    redis.call('HDEL', KEYS[2], gateway)
  else
    redis.call('HSET', KEYS[2], gateway, string.format('%d %d %.0f %.0f', leased, need, now + life, since))
    redis.call('PEXPIRE', KEYS[2], math.ceil(life / 1000))
  end
  return leased, #starving > 0 and 1 or 0
end

-- A window counts by steps of time. Nothing that was leased before tail counts any more; even is when the next token
-- comes by an even pace.
local windows, born = cjson.decode(ARGV[9]), 0
local function count(w, step) return tonumber(redis.call('HGET', w.key, whole(step)) or 0) end
local function leaves(w, step) return (step + 1) * w.step + w.keep end

for i, w in ipairs(windows) do
  w.requests, w.keep, w.step, w.burst, w.key = w[1], w[2], w[3], w[4], KEYS[3 + i]
  w.gap = w.keep / w.requests
  w.saved = (w.burst - 1) * w.gap -- at most, beside the token that is due
  local saved = redis.call('HMGET', w.key, 'sum', 'tail', 'last', 'even', 'born')
  w.sum, w.tail, w.last, w.even = tonumber(saved[1]), tonumber(saved[2]), tonumber(saved[3]), tonumber(saved[4])
  if not w.sum or w.last > now + 2 * patience + 60000000 then -- or the clock was set back
    redis.call('DEL', w.key)
    w.sum, w.tail, w.last, w.even = 0, math.floor(now / w.step), now, now - w.saved
    if ARGV[12] == '1' then -- what others have leased of the old memory is still to be used
      w.even = now
      if w.keep < 10000000 then w.even = now + math.min(300000, w.keep / 3) end
      w.held = w.even
    end
    redis.call('HSET', w.key, 'born', whole(now))
  end
  born = math.max(born, tonumber(saved[5]) or now)
end

local function settle(w, sent)
  for _, at in ipairs(cjson.decode(ARGV[10])) do
    local step = math.floor(at / w.step)
    if step >= w.tail and count(w, step) > 0 then
      redis.call('HINCRBY', w.key, whole(step), -1)
      w.sum, w.even = w.sum - 1, w.even - w.gap
    end
  end
  for _, pair in ipairs(sent) do
    local step = math.floor((now - pair[1]) / w.step)
    if leaves(w, step) > now then
      redis.call('HINCRBY', w.key, whole(step), pair[2])
      w.sum, w.tail = w.sum + pair[2], math.min(w.tail, step)
      w.even = math.max(w.even, now - w.saved) + pair[2] * w.gap
    end
  end
  w.even = math.min(w.even, math.max(now, w.last, w.held or 0) + w.gap)
end

-- room returns when, not before at, the window has room for one more, and what it counts then.
local function room(w, at)
  local sum, tail, newest = w.sum, w.tail, math.floor(math.max(w.last, now) / w.step)
  while sum > 0 and tail <= newest do
    local n = count(w, tail)
    if n > 0 and leaves(w, tail) > at and sum < w.requests then break end
    if n > 0 then at = math.max(at, leaves(w, tail)) end
    sum, tail = sum - n, tail + 1
  end
  if tail > newest then sum = 0 end
  return at, sum, tail
end

local function take(w, at)
  local _, sum, tail = room(w, at)
  for step = w.tail, tail - 1 do redis.call('HDEL', w.key, whole(step)) end
  if sum <= 0 then sum, tail = 0, math.floor(at / w.step) end
  local gap = w.gap
  w.even = math.max(w.even, at - w.saved)
  if sum > 0 and w.even + gap > at then -- the burst is over: what is left is spread over the time that it must last
    gap = math.max(gap, (leaves(w, tail) - at) / (w.requests - sum))
  end
  w.even = w.even + gap
  w.sum, w.tail, w.last = sum + 1, tail, at
  redis.call('HINCRBY', w.key, whole(math.floor(at / w.step)), 1)
end

local function next_token(after)
  local at = math.max(after, rest_ends)
  for _, w in ipairs(windows) do
    if rest_ends > 0 then w.even = math.max(w.even, rest_ends) end -- nothing is saved up during a cool-down
    at = room(w, math.max(at, w.last, w.even))
  end
  return learnt.room(at)
end

local sent = cjson.decode(ARGV[11])
for _, w in ipairs(windows) do settle(w, sent) end
if ARGV[13] ~= '' then
  learnt.load(KEYS[3], now)
  learnt.hear(ARGV[13], gateway, now, rest_ends)
  learnt.rest(rest_ends)
  for _ in ipairs(cjson.decode(ARGV[10])) do learnt.give_back(now) end
end
local tokens, first = {}, next_token(now)
if first <= now + patience then
  local at = first
  while #tokens < wanted and at <= first + span do
    for _, w in ipairs(windows) do take(w, at) end
    learnt.take(at)
    table.insert(tokens, whole(at))
    at = next_token(now)
  end
end
local left = {}
for i, w in ipairs(windows) do
  redis.call('HSET', w.key, 'sum', w.sum, 'tail', whole(w.tail), 'last', whole(w.last), 'even', whole(w.even))
  redis.call('PEXPIRE', w.key, math.ceil((math.max(w.last, now) - now + w.keep + w.step) / 1000) + 60000)
  left[i] = math.max(0, w.requests - w.sum)
end
local found, told = '', '[]'
if ARGV[13] ~= '' then found, told = learnt.save(now) end
local leased, pressed = lease_slots()
return {whole(now), whole(rest_ends), rest[2] or '', leased, pressed, whole(born), whole(first), cjson.encode(left), found, told, unpack(tokens)}
