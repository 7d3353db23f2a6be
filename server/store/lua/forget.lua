-- Delete a room that has ended, with its leases, and publish that.
-- KEYS[1] the room    KEYS[2] the leases    ARGV[1] the room's stamp    ARGV[2] channel
-- Returns 1 if this call has deleted it.
if redis.call('HGET', KEYS[1], 'stamp') ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[2], '')
return 1
