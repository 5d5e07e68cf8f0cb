-- Keeps an entry unless one of the same or a later version is kept, so that a slow reader cannot put back an older row.
-- KEYS[1]: the account's key. ARGV: the entry, its version, its lifetime in milliseconds.
-- Of what is kept the version alone is read, since it is where it is in every form; what is no entry is written over.
local kept = redis.pcall('GET', KEYS[1])
if type(kept) == 'string' then
  local readable, entry = pcall(cjson.decode, kept)
  if readable and type(entry) == 'table' and type(entry.format) == 'number' and type(entry.version) == 'number'
      and entry.version >= tonumber(ARGV[2]) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
