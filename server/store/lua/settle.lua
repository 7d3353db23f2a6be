-- A deadline is done with: put the room's next one in its place, unless an earlier one came meanwhile.
-- KEYS[1] deadlines: sorted set    ARGV[1] circle id    ARGV[2] the deadline done with
-- ARGV[3] the next one, '' for none
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then
  return 0
end
if ARGV[3] == '' then
  return redis.call('ZREM', KEYS[1], ARGV[1])
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1
