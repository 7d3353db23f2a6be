-- Forget a person who leaves the circle, unless the circle or the room still needs to know them.
-- KEYS[1] the circle: hash    KEYS[2] the leases: sorted set of 'seat:connection' by end (ms)
-- ARGV[1] the seat    ARGV[2] the role facilitator    ARGV[3...] leases of no open window
-- Returns 'leads alone' if nobody else leads the circle, 'sits' if a window of theirs is open, else 'forgotten'; and 1 if
-- the forgotten person led the circle: its facilitator link is renewed then.
local mine = 'seat:' .. ARGV[1]
local led = redis.call('HGET', KEYS[1], mine) == ARGV[2]
if led then
  local others = false
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local is_seat = string.sub(fields[i], 1, 5) == 'seat:'
    others = others or (is_seat and fields[i] ~= mine and fields[i + 1] == ARGV[2])
  end
  if not others then
    return {'leads alone', 0}
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local no_window = {}
for i = 3, #ARGV do
  no_window[ARGV[1] .. ':' .. ARGV[i]] = true
end
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. now, '+inf')) do
  if string.sub(lease, 1, #ARGV[1] + 1) == ARGV[1] .. ':' and not no_window[lease] then
    return {'sits', 0}
  end
end
redis.call('HDEL', KEYS[1], mine, 'presented:' .. ARGV[1])
if led then
  redis.call('HSET', KEYS[1], 'facilitator_links', (redis.call('HGET', KEYS[1], 'facilitator_links') or 0) + 1)
end
return {'forgotten', led and 1 or 0}
