"""Lua scripts of the RedisStore. While one runs, the server does nothing else.

KEYS[1] is the key of a user's sessions, or of a counter. A session is a JSON object,
with `expires_at` beside the fields of `Record`.
"""

# Stores a session under its id. The hash lives until the last of its sessions expires.
_STORE = """
local function store(id, session)
  redis.call('HSET', KEYS[1], id, cjson.encode(session))
  local now = tonumber(redis.call('TIME')[1])
  local seconds_left = redis.call('TTL', KEYS[1]) -- negative: it has no expiry yet
  if seconds_left < 0 or now + seconds_left <= session.expires_at then
    redis.call('EXPIREAT', KEYS[1], session.expires_at)
  end
end
"""

# Returns the session of an id, or false.
_READ = """
local function read(id)
  local found = redis.call('HGET', KEYS[1], id)
  return found and cjson.decode(found)
end
"""

# Stores a session with some fields changed.
_CHANGE = """
local function change(id, session, changes)
  for name, value in pairs(cjson.decode(changes)) do
    session[name] = value
  end
  store(id, session)
end
"""

ADD = (
    _STORE
    + """
local id, session = ARGV[1], cjson.decode(ARGV[2])

-- Of ten other sessions, which Redis picks, remove those that have expired.
local now = tonumber(redis.call('TIME')[1])
local others = redis.call('HRANDFIELD', KEYS[1], 10, 'WITHVALUES')
for n = 1, #others, 2 do
  local other_id, other = others[n], cjson.decode(others[n + 1])
  if other.expires_at <= now then
    redis.call('HDEL', KEYS[1], other_id)
  end
end

store(id, session)
"""
)

TOUCH = (
    _STORE
    + _READ
    + _CHANGE
    + """
local id, changes, seen_at = ARGV[1], ARGV[2], tonumber(ARGV[3])
local session = read(id)
if not session or session.seen_at >= seen_at then
  return 0
end
change(id, session, changes)
return 1
"""
)

CHANGE = (
    _STORE
    + _READ
    + _CHANGE
    + """
local id, changes, version = ARGV[1], ARGV[2], tonumber(ARGV[3])
local session = read(id)
if not session or session.version ~= version then
  return 0
end
change(id, session, changes)
return 1
"""
)

RENEW = (
    _STORE
    + _READ
    + _CHANGE
    + """
local id, changes, old_secret_hash = ARGV[1], ARGV[2], ARGV[3]
local session = read(id)
if not session or session.secret_hash ~= old_secret_hash then
  return 0
end
change(id, session, changes)
return 1
"""
)

REMOVE_ALL_BUT = (
    _STORE
    + _READ
    + """
local kept_id = ARGV[1] -- "" if none is kept
local ended = redis.call('HLEN', KEYS[1])
local kept = read(kept_id)
redis.call('UNLINK', KEYS[1])
if not kept then
  return ended
end
store(kept_id, kept)
return ended - 1
"""
)

COUNT = """
local now, ends_if_new = tonumber(ARGV[1]), tonumber(ARGV[2])
local clocks_differ = tonumber(ARGV[3])
local ends = tonumber(redis.call('HGET', KEYS[1], 'expires_at') or 0)

-- One that ends so late was started by a clock that was wrong.
if ends <= now or ends > ends_if_new + clocks_differ then
  ends = ends_if_new
  redis.call('HSET', KEYS[1], 'value', 0, 'expires_at', ends)
end
local value = redis.call('HINCRBY', KEYS[1], 'value', 1)
redis.call('EXPIREAT', KEYS[1], ends)
return {value, ends}
"""
