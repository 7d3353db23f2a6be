-- Forget everybody in the circle but the seats given and those with a lease, if the room still is the caller's.
-- KEYS[1] the room: hash of stamp and value     KEYS[2] the circle: hash
-- KEYS[3] the leases: sorted set of 'seat:connection' by end (ms)
-- ARGV[1] stamp of the room, '' for no room    ARGV[2] the actor's field    ARGV[3] their role, facilitator
-- ARGV[4...] the seats that stay
-- Returns how many people are forgotten, without guests; -1 if the actor's role has changed, -2 if the room has changed.
-- If a facilitator is forgotten, the facilitator link is renewed here only without a room: a room has renewed it already.
if (redis.call('HGET', KEYS[1], 'stamp') or '') ~= ARGV[1] then
  return -2
end
if (redis.call('HGET', KEYS[2], ARGV[2]) or '') ~= ARGV[3] then
  return -1
end
local stays = {}
for i = 4, #ARGV do
  stays[ARGV[i]] = true
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. now, '+inf')) do
  stays[string.match(lease, '^[^:]*')] = true
end
local forgotten, led = 0, false
local fields = redis.call('HGETALL', KEYS[2])
for i = 1, #fields, 2 do
  local seat = string.match(fields[i], '^seat:(.*)$') or string.match(fields[i], '^presented:(.*)$')
  if seat and not stays[seat] then
    local is_person = string.sub(fields[i], 1, 5) == 'seat:' and fields[i + 1] ~= 'guest'
    forgotten = forgotten + (is_person and 1 or 0)
    led = led or (is_person and fields[i + 1] == ARGV[3])
    redis.call('HDEL', KEYS[2], fields[i])
  end
end
if led and ARGV[1] == '' then
  redis.call('HSET', KEYS[2], 'facilitator_links', (redis.call('HGET', KEYS[2], 'facilitator_links') or 0) + 1)
end
return forgotten
