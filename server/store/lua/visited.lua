-- Postpone the expiry of a circle in which nobody but its founder ever had a seat.
-- KEYS[1] the circle: hash    ARGV[1] expiry in ms
-- Returns 1 if it still expires.
local founder = redis.call('HGET', KEYS[1], 'alone')
if not founder then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
-- A process of an earlier release, which knows of no founder, may have seated somebody.
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  local seat = string.match(held[i], '^seat:(.*)')
  if seat and seat ~= founder and held[i + 1] ~= 'guest' then
    redis.call('PERSIST', KEYS[1])
    redis.call('HDEL', KEYS[1], 'alone')
    return 0
  end
end
return 1
