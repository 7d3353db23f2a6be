-- Store a new circle, unless there is one.
-- KEYS[1] the circle: hash    ARGV[1] expiry in ms, '' for none    ARGV[2...] its fields: name, value, ...
-- Returns 1, or 0 if there is one.
local name = redis.call('HGET', KEYS[1], 'name')
if name then
  redis.call('HSET', KEYS[1], 'name', name) -- The caller waits until replicas have a write of its own.
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
if ARGV[1] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 1
