-- Leases tokens and slots of one quota key. Every time is in microseconds of Redis's own clock.
--
-- KEYS: the cool-down, the slots, what was learnt, then one for each window.
-- ARGV: a question as JSON, see redis_lease.go.
-- Answer: now, end of the cool-down, its reason, slots leased, 1 if they are more than its part, until when nothing more is leased,
--         when the next token comes if none is leased, what is left of each window as JSON, what was learnt (found, told), when
--         the memory of each window and of the slots began, the times of the tokens.
local q = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function whole(n) return string.format('%.0f', n) end

local rest = redis.call('HMGET', KEYS[1], 'until', 'why', 'held')
local rest_ends, held = tonumber(rest[1] or 0), tonumber(rest[3] or 0)

-- A memory that is not the one which the gateway knows has forgotten what gateways sent. Who notices is leased nothing before
-- it has told that; nobody is for a moment, in which the others, who hear of it at once, do the same.
local born, lost, gone, new = {}, false, false, false
local function began(at)
  local known = q.known[#born + 1]
  lost = lost or known ~= 0 and known ~= (at or now)
  gone = gone or known ~= 0 and not at
  new = new or not at
  table.insert(born, whole(at or now))
  return at or now
end

-- A window counts by steps of time. Nothing that was leased before tail counts any more; even is when the next token
-- comes by an even pace.
local windows = q.windows
local function count(w, step) return tonumber(redis.call('HGET', w.key, whole(step)) or 0) end
local function leaves(w, step) return (step + 1) * w.step + w.keep end

for i, w in ipairs(windows) do
  w.requests, w.keep, w.step, w.burst, w.key = w[1], w[2], w[3], w[4], KEYS[3 + i]
  w.gap = w.keep / w.requests
  w.saved = (w.burst - 1) * w.gap -- at most, beside the token that is due
  local saved = redis.call('HMGET', w.key, 'sum', 'tail', 'last', 'even', 'born')
  w.sum, w.tail, w.last, w.even, w.born = tonumber(saved[1]), tonumber(saved[2]), tonumber(saved[3]), tonumber(saved[4]), tonumber(saved[5])
  if not w.sum or w.last > now + 2 * q.patience + 60000000 then -- or the clock was set back
    redis.call('DEL', w.key)
    w.sum, w.tail, w.last, w.even, w.born = 0, math.floor(now / w.step), now, now - w.saved, nil
    redis.call('HSET', w.key, 'born', whole(now))
  end
  w.born = began(w.born)
end
local slots_born = began(q.most > 0 and tonumber(redis.call('HGET', KEYS[2], 'born') or nil) or q.most == 0 and now)

local hold = gone or (lost or q.late) and held + 1000000 < now
if hold then
  held = now + q.hold
  redis.call('HSET', KEYS[1], 'held', whole(held))
  if redis.call('PTTL', KEYS[1]) < 60000 then redis.call('PEXPIRE', KEYS[1], 60000) end
end
if hold or new then redis.call('PUBLISH', q.topic, KEYS[1]) end
local rested = math.max(rest_ends, held)

-- settle counts what the gateway tells: in a memory that it does not know all that it sent.
local function settle(w, known)
  if known ~= 0 and known ~= w.born then return end
  for _, at in ipairs(known ~= 0 and q.unused or {}) do
    local step = math.floor(at / w.step)
    if step >= w.tail and count(w, step) > 0 then
      redis.call('HINCRBY', w.key, whole(step), -1)
      w.sum, w.even = w.sum - 1, w.even - w.gap
    end
  end
  for _, list in ipairs({known == 0 and q.sent or {}, q.unpaid}) do
    for _, pair in ipairs(list) do
      local step = math.floor((now - pair[1]) / w.step)
      if leaves(w, step) > now then
        redis.call('HINCRBY', w.key, whole(step), pair[2])
        w.sum, w.tail = w.sum + pair[2], math.min(w.tail, step)
        w.even = math.max(w.even, now - w.saved) + pair[2] * w.gap
      end
    end
  end
  w.even = math.min(w.even, math.max(now, w.last) + w.gap)
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
  local at = math.max(after, rested)
  for _, w in ipairs(windows) do
    w.even = math.max(w.even, w.burst < w.requests and rested or rest_ends) -- nothing that is spread is saved up before
    at = room(w, math.max(at, w.last, w.even))
  end
  return learnt.room(at)
end

for i, w in ipairs(windows) do settle(w, q.known[i]) end
if q.lessons then
  learnt.load(KEYS[3], now)
  learnt.hear(q.lessons, q.gateway, now, rest_ends)
  learnt.rest(rested)
  for _ in ipairs(q.unused) do learnt.give_back(now) end
end
local tokens, first = {}, next_token(now)
if now < held then
  first = held
elseif first <= now + q.patience and not lost then
  local at = first
  while #tokens < q.tokens and at <= first + q.span do
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
if q.lessons then found, told = learnt.save(now) end
local leased, pressed = 0, 0
if q.most > 0 then
  leased, pressed = slots.lease(KEYS[2], q.gateway, now, slots_born, q.most, now < held and q.keeps or q.slots, q.busy, q.life)
end
return {whole(now), whole(rest_ends), rest[2] or '', leased, pressed, whole(held), whole(first), cjson.encode(left), found, told,
  table.concat(born, ' '), unpack(tokens)}
