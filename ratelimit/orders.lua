-- Tells what operators ordered, and returns all that is in force. Of two orders about one thing the later counts.
-- KEYS: the orders. ARGV: for how long they are kept, for how long that one was taken back, the version that the gateway
-- knows, the channel, orders as JSON: {what, age, text} each, where text is "" if it was taken back. Times are in microseconds.
-- Answer: now, the version, and where that is another or something was told: what, when, text of each.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or 0)
local function at_of(value) return tonumber(value:match('^%d+')) end

local told = cjson.decode(ARGV[5])
local changed = false
for _, order in ipairs(told) do
  local what, at, text = 'order:' .. order[1], now - order[2], order[3]
  local known = redis.call('HGET', KEYS[1], what)
  if not known or at_of(known) < at then
    redis.call('HSET', KEYS[1], what, string.format('%.0f ', at) .. text)
    changed = true
  end
end
if changed then
  version = math.max(version + 1, now) -- a later memory has a later one
  redis.call('HSET', KEYS[1], 'version', string.format('%.0f', version))
  redis.call('PUBLISH', ARGV[4], KEYS[1])
end
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[1]) / 1000))
local answer = {string.format('%.0f', now), string.format('%.0f', version)}
if #told == 0 and version == tonumber(ARGV[3]) then return answer end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local what = all[i]:match('^order:(.*)$')
  if what then
    local at, text = all[i + 1]:match('^(%d+) (.*)$')
    if text == '' and tonumber(at) + tonumber(ARGV[2]) < now then redis.call('HDEL', KEYS[1], all[i]) end
    table.insert(answer, what)
    table.insert(answer, at)
    table.insert(answer, text)
  end
end
return answer
