-- Renew the leases of one process' connections in rooms where nothing stirs, drop those that ran out, tell who is here.
-- A lease that ends in this very millisecond has run out, as a deadline of this millisecond is due (due.lua).
-- KEYS, for each room: the room: hash of stamp and value; who is here: sorted set by end of lease (ms)
-- ARGV[1] how the connections of this process are marked: ':mark'    ARGV[2] lease in ms
-- Returns the servers' clock in ms, then for each room its stamp ('' for no room), and every 'seat:connection' that is
-- here, in one text with blanks between them.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local told = {now}
for i = 1, #KEYS, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', now)
  local here = redis.call('ZRANGE', KEYS[i + 1], 0, -1)
  for _, connection in ipairs(here) do
    if string.find(connection, ARGV[1], 1, true) then
      redis.call('ZADD', KEYS[i + 1], now + ARGV[2], connection)
    end
  end
  redis.call('PEXPIRE', KEYS[i + 1], 60000)
  told[#told + 1] = redis.call('HGET', KEYS[i], 'stamp') or ''
  told[#told + 1] = table.concat(here, ' ')
end
return told
