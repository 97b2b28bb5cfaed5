-- What gateways learnt of the limits of one quota key, in one hash: budgets that tokens are paid from beside the windows. It
-- stands before window.lua. Times are in microseconds of Redis's own clock.
--
-- told:NAME      what the vendor says is left: "limit window left resets even"
-- found          the rate at which it refused: "best since even"
-- passed:GATEWAY how many answers of the last second were no refusal: "number when"
local decrease, recovery, forget_after, lately = 0.7, 30000000, 600000000, 1500000
local learnt = {budgets = {}}

local function numbers(text)
  local out = {}
  for n in text:gmatch('%S+') do table.insert(out, tonumber(n)) end
  return out
end

-- rate is that of found.go, in tokens a second.
local function found_rate(b, at)
  local x = math.max(0, (at - b.since) / recovery) - 1
  return b.best * (1 + (1 - decrease) * x * x * x)
end

-- pace returns the gap between tokens and the span that may be saved up.
local function pace(b, at)
  if b.best then
    local rate = found_rate(b, at)
    return 1000000 / rate, (math.max(1, math.floor(rate / 10)) - 1) * 1000000 / rate
  end
  local gap = (b.resets - at) / math.max(b.left, 1)
  return gap, (math.max(1, math.floor(b.left / 5)) - 1) * gap
end

function learnt.load(key, now)
  learnt.key, learnt.passed = key, 0
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local field, n = all[i], numbers(all[i + 1])
    local name = field:match('^told:(.*)$')
    if name and n[4] > now then
      learnt.budgets[field] = {field = field, name = name, limit = n[1], window = n[2], left = n[3], resets = n[4], even = n[5]}
    elseif field == 'found' and n[2] + forget_after > now then
      learnt.budgets[field] = {field = field, best = n[1], since = n[2], even = n[3]}
    elseif field:match('^passed:') and n[2] + lately > now then
      learnt.passed = learnt.passed + n[1]
    else
      redis.call('HDEL', key, field)
    end
  end
end

-- hear adds what a gateway has to tell: {passed, told = {name, limit, window, left, resets in} each,
-- refused = {age, rest}, found = {best, age}}.
function learnt.hear(more, gateway, now, rest_ends)
  local mine = redis.call('HGET', learnt.key, 'passed:' .. gateway)
  if mine and numbers(mine)[2] + lately > now then learnt.passed = learnt.passed - numbers(mine)[1] end
  learnt.passed = learnt.passed + more.passed
  if more.passed > 0 then
    redis.call('HSET', learnt.key, 'passed:' .. gateway, string.format('%d %.0f', more.passed, now))
    redis.call('PEXPIRE', learnt.key, 60000)
  end
  for _, t in ipairs(more.told or {}) do
    local field, resets = 'told:' .. t[1], now + t[5]
    local b = learnt.budgets[field]
    if b and b.limit == t[2] and math.abs(b.resets - resets) < 2000000 then -- answers overtake each other
      b.left = math.min(b.left, t[4])
    elseif b or redis.call('HLEN', learnt.key) < 1000 then
      learnt.budgets[field] = {field = field, name = t[1], limit = t[2], window = t[3], left = t[4], resets = resets, even = now}
    end
  end
  local found = learnt.budgets.found
  if more.found and not found then
    learnt.budgets.found = {field = 'found', best = more.found[1], since = now - more.found[2], even = now}
  end
  -- those that were under way at the last refusal say nothing new, nor does one before which nothing passed
  if more.refused and learnt.passed > 0 and not (found and now - more.refused[1] <= found.since) then
    local best = learnt.passed
    if found then best = math.min(best, found_rate(found, now)) end
    local since = math.max(now + more.refused[2], rest_ends)
    learnt.budgets.found = {field = 'found', best = math.max(best, 1), since = since, even = since}
  end
end

-- give_back returns a token that was not used.
function learnt.give_back(now)
  for _, b in pairs(learnt.budgets) do
    local gap = pace(b, now)
    b.even = b.even - gap
    if b.left then b.left = b.left + 1 end
  end
end

-- rest has nothing saved up by then.
function learnt.rest(ends)
  for _, b in pairs(learnt.budgets) do b.even = math.max(b.even, ends) end
end

-- room returns when, not before at, all budgets have one more.
function learnt.room(at)
  for _, b in pairs(learnt.budgets) do
    if b.best then
      at = math.max(at, b.even)
    elseif at < b.resets then
      at = b.left < 1 and b.resets or math.min(b.resets, math.max(at, b.even))
    end
  end
  return at
end

function learnt.take(at)
  for _, b in pairs(learnt.budgets) do
    if b.best or at < b.resets then
      local gap, saved = pace(b, at)
      b.even = math.max(b.even, at - saved) + gap
      if b.left then b.left = b.left - 1 end
    end
  end
end

-- save returns what is known, for the gateways: found as "best age", told as JSON.
function learnt.save(now)
  local found, told, longest = '', {}, 0
  for field, b in pairs(learnt.budgets) do
    if b.best then
      redis.call('HSET', learnt.key, field, string.format('%.6f %.0f %.0f', b.best, b.since, b.even))
      found, longest = string.format('%.6f %.0f', b.best, now - b.since), math.max(longest, forget_after)
    else
      redis.call('HSET', learnt.key, field, string.format('%d %.0f %.0f %.0f %.0f', b.limit, b.window, b.left, b.resets, b.even))
      table.insert(told, {b.name, b.limit, b.window, math.max(0, b.left), b.resets - now})
      longest = math.max(longest, b.resets - now)
    end
  end
  if longest > 0 then redis.call('PEXPIRE', learnt.key, math.ceil(longest / 1000) + 60000) end
  return found, #told > 0 and cjson.encode(told) or '[]'
end
