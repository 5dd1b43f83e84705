-- What wrk sends. BENCH_HEADERS=browser: what a browser sends with every request; BENCH_BODY=N: POST with N bytes.
local here = debug.getinfo(1, "S").source:match("@(.*/)") or ""
if os.getenv("BENCH_HEADERS") == "browser" then dofile(here .. "browser-headers.lua") end

local bytes = tonumber(os.getenv("BENCH_BODY") or "0")
if bytes > 0 then
  wrk.method = "POST"
  wrk.body = string.rep("x", bytes)
  wrk.headers["Content-Type"] = "application/octet-stream"
end

-- One text for all requests: what is measured is not wrk.
function init(args)
  whole = wrk.format()
end

function request()
  return whole
end
