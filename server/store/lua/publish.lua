-- Publish to a room's channel: a value that replicas have, or a signal.
-- KEYS[1] the room    ARGV[1] channel    ARGV[2] message
return redis.call('PUBLISH', ARGV[1], ARGV[2])
