-- Asks for files 0, 1, 2 … of a folder in turn when the address ends in /many/ (how many there are: STATIC_FILES), else for one address again and
-- again. ACCEPT_ENCODING replaces the browser's. The headers are those of browser-headers.lua.
local here = debug.getinfo(1, "S").source:match("@(.*/)")
dofile(here .. "browser-headers.lua")
wrk.headers["Accept-Encoding"] = os.getenv("ACCEPT_ENCODING") or wrk.headers["Accept-Encoding"]

local files = tonumber(os.getenv("STATIC_FILES") or "0")
local next_file = 0
local prefix

function init(args)
  prefix = wrk.path
  if files == 0 then whole = wrk.format("GET") end
end

function request()
  if files == 0 then return whole end
  local path = prefix .. next_file .. ".bin"
  next_file = (next_file + 1) % files
  return wrk.format("GET", path)
end
