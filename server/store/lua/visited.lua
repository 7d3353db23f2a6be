-- Postpone the expiry of a circle, as long as nobody but its founder ever had a seat.
-- KEYS[1] the circle: hash    KEYS[2] its reminders: hash    ARGV[1] expiry in ms
-- Returns 1 if it still expires.
if not redis.call('HGET', KEYS[1], 'alone') then
  return 0
end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
