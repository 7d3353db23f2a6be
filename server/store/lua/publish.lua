-- Tell those who listen of a room's value, once its change stands in a replica, too.
-- KEYS[1] the room    ARGV[1] channel    ARGV[2] what to say
return redis.call('PUBLISH', ARGV[1], ARGV[2])
