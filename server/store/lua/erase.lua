-- Delete all keys of a circle, and publish that its room is gone.
-- KEYS the keys    ARGV[1] channel
-- Returns how many there were.
local count = redis.call('DEL', unpack(KEYS))
redis.call('PUBLISH', ARGV[1], '')
return count
