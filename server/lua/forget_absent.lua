-- Of the people whom a circle knows, forget all but those named, if the room is the one that the caller saw.
-- KEYS[1] the room: hash of stamp and value     KEYS[2] the circle: hash
-- ARGV[1] stamp of the room, '' for no room     ARGV[2] a field of the circle that this rests on    ARGV[3] its value
-- ARGV[4...] the seats that stay
-- Returns 1 if done, 0 if the room has another value, -1 if that field has.
if (redis.call('HGET', KEYS[1], 'stamp') or '') ~= ARGV[1] then
  return 0
end
if (redis.call('HGET', KEYS[2], ARGV[2]) or '') ~= ARGV[3] then
  return -1
end
local stays = {}
for i = 4, #ARGV do
  stays[ARGV[i]] = true
end
local fields = redis.call('HGETALL', KEYS[2])
for i = 1, #fields, 2 do
  local seat = string.match(fields[i], '^seat:(.*)$') or string.match(fields[i], '^presented:(.*)$')
  if seat and not stays[seat] then
    redis.call('HDEL', KEYS[2], fields[i])
  end
end
return 1
