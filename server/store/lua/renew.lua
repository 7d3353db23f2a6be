-- Renew all leases of one process' connections in several settled rooms, drop expired leases, return all others.
-- A lease that ends in this very millisecond has expired, as a deadline of this millisecond is due (due.lua).
-- KEYS, for each room: the room: hash of stamp and value; the leases: sorted set by end (ms)
-- ARGV[1] the mark of this process' connections: ':mark'    ARGV[2] lease in ms
-- Returns Redis' time in ms, then for each room its stamp ('' for no room) and its leases 'seat:connection', in one text,
-- separated by spaces.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {now}
for i = 1, #KEYS, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', now)
  local here = redis.call('ZRANGE', KEYS[i + 1], 0, -1)
  for _, connection in ipairs(here) do
    if string.find(connection, ARGV[1], 1, true) then
      redis.call('ZADD', KEYS[i + 1], now + ARGV[2], connection)
    end
  end
  redis.call('PEXPIRE', KEYS[i + 1], 60000)
  answer[#answer + 1] = redis.call('HGET', KEYS[i], 'stamp') or ''
  answer[#answer + 1] = table.concat(here, ' ')
end
return answer
