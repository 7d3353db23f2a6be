-- Store a room's next value, if nobody has stored another one meanwhile, and publish it.
-- KEYS[1] the room: hash of stamp and value     KEYS[2] the circle: hash
-- ARGV[1] stamp of the value that the caller saw, '' for no room    ARGV[2] new stamp    ARGV[3] new value
-- ARGV[4] expiry in ms    ARGV[5] channel, '' to publish nothing
-- ARGV[6...] fields of the circle: name, value ('' deletes)
-- Returns 1 if stored, else 0.
if (redis.call('HGET', KEYS[1], 'stamp') or '') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'value', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
-- Of a circle that has expired nothing is to come back.
local last = #ARGV
if last > 5 and not redis.call('HGET', KEYS[2], 'name') then
  last = 5
end
for i = 6, last, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[2], ARGV[i])
  else
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
if ARGV[5] ~= '' then
  redis.call('PUBLISH', ARGV[5], ARGV[2] .. '\n' .. ARGV[3])
end
return 1
