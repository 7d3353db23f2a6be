-- Delete a room that has ended, with its leases, publish that, and note the time in its circle.
-- KEYS[1] the room    KEYS[2] the leases    KEYS[3] the circle    ARGV[1] the room's stamp    ARGV[2] channel
-- Returns 1 if this call has deleted it.
if redis.call('HGET', KEYS[1], 'stamp') ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[2], '')
if redis.call('HGET', KEYS[3], 'name') then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[3], 'gone_at', time[1] * 1000 + math.floor(time[2] / 1000))
end
return 1
