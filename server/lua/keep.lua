-- Store fields of a circle: all of a new one, or those that its people have chosen anew.
-- KEYS[1] the circle: hash    ARGV[1] expiry in ms, '' for none    ARGV[2...] its fields: name, value
-- Returns 1.
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
if ARGV[1] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 1
