-- wrk script: every request casts the next voter's ballot from a file of lines "token<TAB>ballot_id".
-- Arguments after "--": the file, the body's answers as JSON. One wrk thread, so one reader of the file.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  voters = io.open(arguments[1], "r")
  answers = arguments[2]
  recorded, pending, refused, unavailable, other, exhausted = 0, 0, 0, 0, 0, 0
end

function request()
  local line = voters:read("*l")
  if line == nil then
    exhausted = exhausted + 1
    wrk.thread:stop()
    return wrk.format("GET", "/livez")
  end
  local tab = line:find("\t", 1, true)
  return wrk.format("POST", nil, {
    ["Authorization"] = "Bearer " .. line:sub(1, tab - 1),
    ["Content-Type"] = "application/json",
  }, '{"ballot_id":"' .. line:sub(tab + 1) .. '","answers":' .. answers .. "}")
end

function response(status)
  if status == 201 then recorded = recorded + 1
  elseif status == 202 then pending = pending + 1
  elseif status == 503 then unavailable = unavailable + 1
  elseif status >= 400 and status < 500 then refused = refused + 1
  else other = other + 1 end
end

function done(summary, latency)
  local total = { recorded = 0, pending = 0, refused = 0, unavailable = 0, other = 0, exhausted = 0 }
  for _, thread in ipairs(threads) do
    for name, _ in pairs(total) do total[name] = total[name] + thread:get(name) end
  end
  io.write(string.format(
    'RESULT {"seconds":%.3f,"requests":%d,"p50_ms":%.1f,"p99_ms":%.1f,"max_ms":%.1f,"socket_errors":%d,' ..
    '"recorded":%d,"pending":%d,"refused":%d,"unavailable":%d,"other":%d,"exhausted":%d}\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    total.recorded, total.pending, total.refused, total.unavailable, total.other, total.exhausted))
end
