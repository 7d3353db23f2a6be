-- Delete all keys of a circle, and publish that its room is gone.
-- KEYS[1] circle, [2] its room, and the others
-- ARGV[1] channel; for a deletion only if both are unchanged: [2] version of the circle, 0 without
-- one, [3] stamp of the room, empty without one
-- Returns how many keys there were; -1 if something has changed.
if #ARGV > 1 then
    local version = redis.call('HGET', KEYS[1], 'version') or '0'
    local stamp = redis.call('HGET', KEYS[2], 'stamp') or ''
    if version ~= ARGV[2] or stamp ~= ARGV[3] then
        return -1
    end
end
local count = redis.call('DEL', unpack(KEYS))
redis.call('PUBLISH', ARGV[1], '')
return count
