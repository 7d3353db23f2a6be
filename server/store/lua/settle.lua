-- Replace a deadline that is done with the next one, unless another one has been scheduled meanwhile.
-- KEYS[1] deadlines: sorted set    ARGV[1] the member    ARGV[2] the deadline that is done
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
