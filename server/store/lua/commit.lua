-- Store the next value of a room and of its circle, both or neither, if nobody has stored other ones meanwhile, and
-- publish the room's.
-- KEYS[1] the room: hash of stamp and value     KEYS[2] the circle: hash
-- KEYS[3] what is kept by seat, if the change rests on the circle: hash    KEYS[4] the leases, if people are forgotten:
-- sorted set of 'seat:connection' by end (ms)
-- ARGV[1] stamp of the caller's room, '' for no room, '*' for any or none
-- ARGV[2] new stamp, '' if the room stays as it is    ARGV[3] new value    ARGV[4] expiry in ms
-- ARGV[5] channel, '' to publish nothing
-- The rest only if the change rests on the circle. '' and '0' stand for a missing field.
-- ARGV[6] length of the next list    then fields of the circle that have these values: name, value, ...
-- then the length of the next list    then the seats that are forgotten and may have no lease
-- then the connections whose leases do not count: ' left page ', or ''
-- then the fields of the circle to write: name, value ('' deletes), ...
-- Returns 1 if stored, 0 if the room has another value, -1 if the circle has or has expired, -2 if a person who is to be
-- forgotten has a lease.
if ARGV[1] ~= '*' and (redis.call('HGET', KEYS[1], 'stamp') or '') ~= ARGV[1] then
  return 0
end
local writes = #ARGV + 1
if #ARGV > 5 then
  local forgets = 7 + ARGV[6]
  for i = 7, forgets - 1, 2 do
    local held = redis.call('HGET', KEYS[2], ARGV[i]) or '0'
    if held ~= ARGV[i + 1] and not (held == '0' and ARGV[i + 1] == '') then
      return -1
    end
  end
  writes = forgets + ARGV[forgets] + 2
  if KEYS[4] then
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local here = {}
    for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. now, '+inf')) do
      local seat, connection = string.match(lease, '^([^:]*):?(.*)$')
      if not string.find(ARGV[writes - 1], ' ' .. connection .. ' ', 1, true) then
        here[seat] = true
      end
    end
    for i = forgets + 1, writes - 2 do
      if here[ARGV[i]] then
        return -2
      end
    end
  end
end
-- The circle first: where Redis is full, the first write fails, and nothing has been written then.
for i = writes, #ARGV, 2 do
  if ARGV[i + 1] ~= '' then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  else
    redis.call('HDEL', KEYS[2], ARGV[i])
    if ARGV[i] == 'alone' then
      redis.call('PERSIST', KEYS[2]) -- The founder is not alone any more.
      redis.call('PERSIST', KEYS[3])
    end
    local seat = string.match(ARGV[i], '^seat:(.*)$')
    if seat then
      redis.call('HDEL', KEYS[3], seat)
    end
  end
end
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'value', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  if ARGV[5] ~= '' then
    redis.call('PUBLISH', ARGV[5], ARGV[2] .. '\n' .. ARGV[3])
  end
elseif writes > #ARGV then
  -- A repetition: the caller waits until replicas have a write of its own.
  local name = redis.call('HGET', KEYS[2], 'name')
  if name then
    redis.call('HSET', KEYS[2], 'name', name)
  end
end
return 1
