-- Replace what is kept of the reminders of one seat, unless it is another value by now.
-- KEYS[1] the circle: hash    KEYS[2] the reminders: hash by seat
-- ARGV[1] the seat    ARGV[2] the value that is replaced, '' for none    ARGV[3] the new one, '' for none
-- ARGV[4] expiry in ms, as long as nobody but the founder ever had a seat
-- Returns 1, 0 if there is another value, or -1 if the circle does not know the seat, or it waits at the door.
local held = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if held ~= ARGV[2] and held ~= ARGV[3] then
  return 0
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 1
end
local role = redis.call('HGET', KEYS[1], 'seat:' .. ARGV[1])
if not role or role == 'guest' then
  return -1
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) -- A repetition, too: the caller waits until replicas have a write of its own.
if redis.call('HGET', KEYS[1], 'alone') then
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
else
  redis.call('PERSIST', KEYS[2])
end
return 1
