-- Note the month in which a seat was last here, while the circle knows it.
-- KEYS[1] the circle: hash    ARGV[1] the seat    ARGV[2] the month
-- Returns 1 if it is noted.
if not redis.call('HGET', KEYS[1], 'seat:' .. ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'seen:' .. ARGV[1], ARGV[2])
return 1
