-- Begin to count the months of a circle that has not met.
-- KEYS[1] the circle: hash    ARGV[1] today (ISO date)
-- Returns 1 if it begins now.
if not redis.call('HGET', KEYS[1], 'name') or redis.call('HGET', KEYS[1], 'met_on') then
  return 0
end
redis.call('HSET', KEYS[1], 'met_on', ARGV[1])
return 1
