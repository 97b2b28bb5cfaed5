-- Leases the slots of one quota key, in one hash: "leased wanted expiry since" of each gateway, where since is when it began to
-- lack one; born is when the hash began. It stands before window.lua.
local slots = {}

-- lease returns how many a gateway has now, and 1 if others lack some.
function slots.lease(key, gateway, now, born, most, need, busy, life)
  local mine, taken, wanting, starving, since = 0, 0, 0, {}, now
  redis.call('HSET', key, 'born', string.format('%.0f', born))
  local leases = redis.call('HGETALL', key)
  for i = 1, #leases, 2 do
    local leased, want, expiry, lacks = leases[i + 1]:match('(%d+) (%d+) (%d+) (%d+)')
    leased, want, lacks = tonumber(leased), tonumber(want), tonumber(lacks)
    if leases[i] == 'born' then -- no gateway
    elseif tonumber(expiry) < now then
      redis.call('HDEL', key, leases[i])
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
    redis.call('HDEL', key, gateway)
  else
    redis.call('HSET', key, gateway, string.format('%d %d %.0f %.0f', leased, need, now + life, since))
  end
  redis.call('PEXPIRE', key, math.ceil(life / 1000))
  return leased, #starving > 0 and 1 or 0
end
