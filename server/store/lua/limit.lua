-- Token bucket: take a token, if there is one.
-- KEYS[1] the bucket: hash of left and at (ms)    ARGV[1] its size    ARGV[2] ms for each new token
-- Returns 0, or in how many ms there is a token.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local full, every = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = full
-- After a failover the clock may be another one and behind: a bucket from the future counts as full.
if held[1] and tonumber(held[2]) <= now then
  left = math.min(full, tonumber(held[1]) + (now - tonumber(held[2])) / every)
end
if left < 1 then
  return math.ceil((1 - left) * every)
end
redis.call('HSET', KEYS[1], 'left', left - 1, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil((full - left + 1) * every)) -- Full again by then.
return 0
