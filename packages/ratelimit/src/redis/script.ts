import { createHash } from 'node:crypto'

/**
 * One bucket in Redis, as `debt:moment`: what it owed, in units, at a microsecond of the server's clock. Time is
 * the server's own, because processes do not agree on theirs and a delayed command would turn it back. All
 * numbers are whole and below 2^53, which Lua's doubles hold, and answers are strings, because Redis cuts Lua
 * numbers to integers.
 *
 * KEYS: bucket. ARGV: verb, units, capacity, units per microsecond. Answers: allowed (1 or 0), debt.
 */
export const SCRIPT = `
local verb, units = ARGV[1], tonumber(ARGV[2])
local capacity, rate = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local debt, at = 0, now
local stored = redis.call('GET', KEYS[1])
if stored then
  local d, a = string.match(stored, '^(%d+):(%d+)$')
  debt, at = tonumber(d) or 0, tonumber(a) or now
end
local back = now < at
debt = math.max(0, debt - math.max(0, now - at) * rate)
local allowed, changed = 1, true
if verb == 'take' then
  if debt + units <= capacity then debt = debt + units else allowed, changed = 0, false end
elseif verb == 'peek' then
  changed = false
  if debt + units > capacity then allowed = 0 end
elseif verb == 'charge' then debt = math.min(debt + units, 2251799813685248)
elseif verb == 'raise' then debt = math.max(debt, units)
elseif verb == 'credit' then debt = math.max(0, debt - units)
end
if changed or back then
  if debt > 0 then
    redis.call('SET', KEYS[1], string.format('%.0f:%.0f', debt, now), 'PX', string.format('%.0f', math.ceil(debt / rate / 1000) + 1))
  else
    redis.call('DEL', KEYS[1])
  end
end
return { allowed, string.format('%.0f', debt) }
`

/** What Redis calls the script once it has it. */
export const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex')
