-- Renew the leases of one process' connections in a room, drop those that ran out, tell who is here.
-- A lease that ends in this very millisecond has run out, as a deadline of this millisecond is due (due.lua).
-- KEYS[1] the room: hash of stamp and value    KEYS[2] who is here: sorted set by end of lease (ms)
-- ARGV: lease in ms, 'seat:connection', lease in ms, 'seat:connection', ...
-- Returns the servers' clock in ms, the room's stamp ('' for no room), then who is here, in one text: 'seat:connection',
-- end of lease (ms), 'seat:connection', end of lease, ... with blanks between them.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stamp = redis.call('HGET', KEYS[1], 'stamp')
if not stamp then
  redis.call('DEL', KEYS[2]) -- Of a room that is gone nothing comes back, as its last pages close.
  return {now, '', ''}
end
for i = 1, #ARGV, 2 do
  redis.call('ZADD', KEYS[2], now + ARGV[i], ARGV[i + 1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('PEXPIRE', KEYS[2], 60000)
local here = table.concat(redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES'), ' ')
return {now, stamp, here}
