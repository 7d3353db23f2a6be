-- Store the next value of a key that expires, if it still has the value on which the change rests.
-- KEYS[1] string    ARGV[1] that value, '' for none    ARGV[2] the next one, '' deletes    ARGV[3] expiry of a new one in ms
-- Returns 1 if it is stored, also where a repetition finds it so, else 0.
local held = redis.call('GET', KEYS[1]) or ''
if held ~= ARGV[1] and held ~= ARGV[2] then
  return 0
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
elseif held == '' then
  if ARGV[1] ~= '' then
    return 0 -- It has expired.
  end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
end
return 1
