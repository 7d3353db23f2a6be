-- The deadlines that have passed, on Redis' clock.
-- KEYS[1] deadlines: sorted set of members by epoch ms    ARGV[1] most of them
-- Returns Redis' time in ms, then member, time, member, time, ...
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {now}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
for _, item in ipairs(due) do
  answer[#answer + 1] = item
end
return answer
