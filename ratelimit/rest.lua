-- Tells all gateways of a cool-down. KEYS: the cool-down. ARGV: how long it lasts in microseconds, why, the channel.
-- The later of two ends counts; 0 ends it.
local clock = redis.call('TIME')
local ends = clock[1] * 1000000 + clock[2] + tonumber(ARGV[1])
local known = tonumber(redis.call('HGET', KEYS[1], 'until') or 0)
if tonumber(ARGV[1]) > 0 and known >= ends then return 0 end
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', ends), 'why', ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[1]) / 1000) + 60000)
redis.call('PUBLISH', ARGV[3], KEYS[1] .. ' ' .. ARGV[1] .. ' ' .. ARGV[2])
return 1
