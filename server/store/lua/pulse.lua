-- Store the next value of a circle's pulse, unless somebody has stored another one meanwhile.
-- KEYS[1] the pulse: hash of stamp and value    KEYS[2] the circle: hash
-- ARGV[1] the value that the caller saw, '' for none    ARGV[2] new stamp    ARGV[3] new value
-- Returns 1 if stored (again, if this is a repetition), 0 if there is another value, -1 if there is no circle any more:
-- nothing of its pulse stays then, either.
if not redis.call('HGET', KEYS[2], 'name') then
  redis.call('DEL', KEYS[1])
  return -1
end
local held = redis.call('HGET', KEYS[1], 'value') or ''
if held ~= ARGV[1] and held ~= ARGV[3] then
  return 0
end
redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'value', ARGV[3])
return 1
