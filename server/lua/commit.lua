-- Store a room's next value, if nobody has stored another one meanwhile, and publish it.
-- KEYS[1] the room: hash of stamp and value     KEYS[2] the circle: hash
-- ARGV[1] stamp that the caller saw, '' for no room    ARGV[2] new stamp    ARGV[3] new value
-- ARGV[4] expiry in ms    ARGV[5] channel, '' to publish nothing    ARGV[6...] fields of the circle: name, value ('' deletes)
-- Returns 1 if stored, else the value that stands there ('' if there is none).
local stamp = redis.call('HGET', KEYS[1], 'stamp') or ''
if stamp ~= ARGV[1] then
  return redis.call('HGET', KEYS[1], 'value') or ''
end
redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'value', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
for i = 6, #ARGV, 2 do
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
