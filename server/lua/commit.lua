-- Store a room's next value, if nobody has stored another one meanwhile, and publish it.
-- KEYS[1] the room: hash of stamp and value     KEYS[2] the circle: hash
-- ARGV[1] stamp that the caller saw, '' for no room    ARGV[2] digest of the value that the caller saw
-- ARGV[3] new stamp    ARGV[4] new value    ARGV[5] expiry in ms    ARGV[6] channel, '' to publish nothing
-- ARGV[7...] fields of the circle: name, value ('' deletes)
-- Returns 1 if stored, else 0.
local held = redis.call('HMGET', KEYS[1], 'stamp', 'value')
if (held[1] or '') ~= ARGV[1] then
  return 0
end
-- After a failover two values can have the same stamp, of which one was taken back.
if held[1] and redis.sha1hex(held[2]) ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], 'stamp', ARGV[3], 'value', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
for i = 7, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[2], ARGV[i])
  else
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
if ARGV[6] ~= '' then
  redis.call('PUBLISH', ARGV[6], ARGV[3] .. '\n' .. ARGV[4])
end
return 1
