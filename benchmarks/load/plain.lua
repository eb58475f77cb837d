-- wrk script: the same request again and again; prints the figures in the form of cast.lua.
function done(summary, latency)
  io.write(string.format(
    'RESULT {"seconds":%.3f,"requests":%d,"p50_ms":%.1f,"p99_ms":%.1f,"max_ms":%.1f,"socket_errors":%d}\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
