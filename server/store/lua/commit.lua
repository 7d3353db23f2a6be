-- Store a room's next value, if nobody has stored another one meanwhile, and publish it.
-- KEYS[1] the room: hash of stamp and value     KEYS[2] the circle: hash
-- KEYS[3] the leases, if no person with a lease may lose their seat: sorted set of 'seat:connection' by end (ms)
-- ARGV[1] stamp of the caller's value, '' for no room    ARGV[2] new stamp    ARGV[3] new value
-- ARGV[4] expiry in ms    ARGV[5] channel, '' to publish nothing
-- ARGV[6] length of the next list    then the fields of the circle that the change rests on: name, value ('' or, for a
-- number, '0' for a missing field)    then the fields of the circle to write: name, value ('' deletes)
-- Returns 1 if stored, 0 if the room has another value, -1 if one of those fields has another value or the circle has
-- expired, -2 if nobody would lead the circle any more, -3 if a person with a lease would lose their seat.
if (redis.call('HGET', KEYS[1], 'stamp') or '') ~= ARGV[1] then
  return 0
end
local first, last = 7 + ARGV[6], #ARGV
local circle = last > 6 and redis.call('HMGET', KEYS[2], 'name', 'alone')
if first > 7 and not circle[1] then
  return -1
end
for i = 7, first - 1, 2 do
  local held = redis.call('HGET', KEYS[2], ARGV[i]) or ''
  if held ~= ARGV[i + 1] and not (held == '' and ARGV[i + 1] == '0') then
    return -1
  end
end
if KEYS[3] then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local here = {}
  for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. now, '+inf')) do
    here['seat:' .. string.match(lease, '^[^:]*')] = true
  end
  for i = first, last, 2 do
    if here[ARGV[i]] and ARGV[i + 1] == '' then
      return -3
    end
  end
end
-- A circle without a facilitator could never have one again: its facilitator link is renewed as one goes.
local takes_role = false
for i = first, last, 2 do
  local is_seat = string.sub(ARGV[i], 1, 5) == 'seat:' and ARGV[i + 1] ~= 'facilitator'
  takes_role = takes_role or (is_seat and redis.call('HGET', KEYS[2], ARGV[i]) == 'facilitator')
end
if takes_role then
  local kept = {}
  local held = redis.call('HGETALL', KEYS[2])
  for i = 1, #held, 2 do
    kept[held[i]] = held[i + 1]
  end
  for i = first, last, 2 do
    kept[ARGV[i]] = ARGV[i + 1]
  end
  local is_led = false
  for field, value in pairs(kept) do
    is_led = is_led or (string.sub(field, 1, 5) == 'seat:' and value == 'facilitator')
  end
  if not is_led then
    return -2
  end
end
-- A second seat ends the expiry of a founder's circle. Here, before anything else is written, so that a failure is whole.
if circle and circle[2] then
  for i = first, last, 2 do
    local seat = string.match(ARGV[i], '^seat:(.*)')
    if seat and seat ~= circle[2] and ARGV[i + 1] ~= '' and ARGV[i + 1] ~= 'guest' then
      redis.call('PERSIST', KEYS[2])
      redis.call('HDEL', KEYS[2], 'alone')
      break
    end
  end
end
redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'value', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
-- No part of an expired circle may come back.
if circle and not circle[1] then
  last = first - 1
end
for i = first, last, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[2], ARGV[i])
  else
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
if ARGV[5] ~= '' then
  redis.call('PUBLISH', ARGV[5], ARGV[2] .. '\n' .. ARGV[3])
end
return 1
