-- Renew leases of one process' connections in a room, drop expired leases, return all others.
-- A lease that ends in this very millisecond has expired, as a deadline of this millisecond is due (due.lua).
-- KEYS[1] the room: hash of stamp and value    KEYS[2] the leases: sorted set by end (ms)
-- ARGV: lease in ms, 'seat:connection', lease in ms, 'seat:connection', ...
-- Returns Redis' time in ms, the room's stamp ('' for no room), then the leases in one text: 'seat:connection',
-- end (ms), 'seat:connection', end, ... separated by spaces.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stamp = redis.call('HGET', KEYS[1], 'stamp')
if not stamp then
  redis.call('DEL', KEYS[2]) -- The last pages of a deleted room must not bring its leases back.
  return {now, '', ''}
end
for i = 1, #ARGV, 2 do
  redis.call('ZADD', KEYS[2], now + ARGV[i], ARGV[i + 1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('PEXPIRE', KEYS[2], 60000)
local here = table.concat(redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES'), ' ')
return {now, stamp, here}
