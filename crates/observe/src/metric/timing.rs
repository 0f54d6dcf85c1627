//! How long requests took: averages over the last 1024 and largest values.

use super::{metrics, n32};

metrics! {
    58 "qtime" AVERAGE "average ms in queues" => "queue_time_average_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.average().queue_ms);
        server: |it| n32(it.server.state.latency.average().queue_ms);
    }
    59 "ctime" AVERAGE "average ms of connecting" => "connect_time_average_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.average().connect_ms);
        server: |it| n32(it.server.state.latency.average().connect_ms);
    }
    60 "rtime" AVERAGE "average ms until the response" => "response_time_average_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.average().response_ms);
        server: |it| n32(it.server.state.latency.average().response_ms);
    }
    61 "ttime" AVERAGE "average ms in all" => "total_time_average_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.average().total_ms);
        server: |it| n32(it.server.state.latency.average().total_ms);
    }
    90 "qtime_max" MAXIMUM "most ms in queues" => "max_queue_time_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.highest().queue_ms);
        server: |it| n32(it.server.state.latency.highest().queue_ms);
    }
    91 "ctime_max" MAXIMUM "most ms of connecting" => "max_connect_time_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.highest().connect_ms);
        server: |it| n32(it.server.state.latency.highest().connect_ms);
    }
    92 "rtime_max" MAXIMUM "most ms until the response" => "max_response_time_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.highest().response_ms);
        server: |it| n32(it.server.state.latency.highest().response_ms);
    }
    93 "ttime_max" MAXIMUM "most ms in all" => "max_total_time_seconds" Gauge Milliseconds {
        backend: |it| n32(it.backend.state.latency.highest().total_ms);
        server: |it| n32(it.server.state.latency.highest().total_ms);
    }
}
