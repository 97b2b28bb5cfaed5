-- Leases the slots of one quota key, in one hash: "leased wanted expiry since" of each gateway, where since is when it began to
-- lack one; born is when the hash began. It stands before window.lua.
local slots = {}

-- level returns how many each may have at most, so that all have the same as far as they want it.
local function level(wants, most)
  table.sort(wants)
  for i, want in ipairs(wants) do
    local sharers = #wants - i + 1
    if want * sharers > most then return most / sharers end
    most = most - want
  end
  return math.huge
end

-- read returns what others have and want of the slots, and of mine how many I had and since when I lack one.
local function read(key, gateway, now, need)
  local mine, since, wants, others = 0, now, {need}, {}
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
      table.insert(others, {leased = leased, want = want, lacks = lacks})
      table.insert(wants, want)
    end
  end
  return mine, since, wants, others
end

-- lease returns how many a gateway has now, and 1 if that is more than its part, which others lack.
function slots.lease(key, gateway, now, born, most, need, busy, life)
  redis.call('HSET', key, 'born', string.format('%.0f', born))
  local mine, since, wants, others = read(key, gateway, now, need)
  local free, part, lacking, before, starving = most, level(wants, most), false, 0, false
  for _, other in ipairs(others) do
    free = free - other.leased
    lacking = lacking or other.leased < math.floor(math.min(other.want, part))
    if other.want > 0 and other.leased == 0 then
      starving = true
      if other.lacks < since then before = before + 1 end
    end
  end
  local bound, leased = (lacking or starving) and math.floor(part) or math.ceil(part), 0
  if part >= 1 then -- what cannot be divided is for who comes first
    leased = math.min(need, free, bound)
  else -- more gateways than slots: who has lacked one longest is next
    leased = need > 0 and before < free and (mine == 0 or not starving) and 1 or 0
  end
  leased = math.max(leased, math.min(busy, math.max(free, 0)))
  if need == 0 and leased == 0 then
    redis.call('HDEL', key, gateway)
  else
    redis.call('HSET', key, gateway, string.format('%d %d %.0f %.0f', leased, need, now + life, since))
  end
  redis.call('PEXPIRE', key, math.ceil(life / 1000))
  return leased, leased > bound and 1 or 0
end
