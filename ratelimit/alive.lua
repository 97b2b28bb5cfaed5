-- Notes that a gateway is alive, counts those that are, and lets all that found the store failing return at one moment.
-- KEYS: the list of gateways, the moment, the orders, the number of news. ARGV: gateway, for how long it counts as alive, 1 if it found the store
-- failing, how long the first to return waits for the others, how long orders are kept; in milliseconds.
-- Answer: how many are alive, how long to wait, the version of the orders, the number of news, 1 if this gateway was not known.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
-- The first write is one that takes memory: a store that has none left fails here, as it does where tokens are asked for.
local new = redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local wait = 0
if ARGV[3] == '1' then
  local moment = tonumber(redis.call('GET', KEYS[2]) or 0)
  if moment <= now then
    moment = now + tonumber(ARGV[4])
    redis.call('SET', KEYS[2], string.format('%.0f', moment), 'PX', ARGV[4])
  end
  wait = moment - now
end
redis.call('PEXPIRE', KEYS[3], ARGV[5])
return {redis.call('ZCARD', KEYS[1]), wait, tonumber(redis.call('HGET', KEYS[3], 'version') or 0), tonumber(redis.call('GET', KEYS[4]) or 0), new}
