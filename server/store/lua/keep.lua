-- Store fields of a circle: all of a new one, or those that its people have chosen anew.
-- KEYS[1] the circle: hash    ARGV[1] expiry in ms, '' for none    ARGV[2...] its fields: name, value
-- A new circle's first field is 'name', which is never chosen anew.
-- Returns 1, or 0 where a circle has expired meanwhile: nothing of it is to come back.
if ARGV[2] ~= 'name' and not redis.call('HGET', KEYS[1], 'name') then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
if ARGV[1] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 1
