-- Prints wrk's exact totals as one line of JSON: its own report rounds them, and the byte count is what proves that
-- every answer had the length it should have.
done = function(summary, latency, requests)
   io.write(string.format(
      'RESULT {"requests":%d,"bytes":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,'
         .. '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}}\n',
      summary.requests, summary.bytes, summary.duration, latency:percentile(50), latency:percentile(99),
      summary.errors.connect, summary.errors.read, summary.errors.write, summary.errors.timeout,
      summary.errors.status))
end
