-- Store fields of a circle: all fields of a new one, or changed settings.
-- KEYS[1] the circle: hash    ARGV[1] expiry in ms, '' for none    ARGV[2...] its fields: name, value
-- A new circle's first field is 'name', which never changes later.
-- Returns 1, or 0 if the circle has expired: no part of it may come back.
if ARGV[2] ~= 'name' and not redis.call('HGET', KEYS[1], 'name') then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
if ARGV[1] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 1
