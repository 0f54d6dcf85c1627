//! How much there is to do: sessions, queues, rates, connections.

use burdock_state::ServerCounter;
use burdock_state::proxy::{BackendCounter, FrontendCounter};

use super::{in_http, limit, metrics, n32, n64, rate};

metrics! {
    2 "qcur" GAUGE "requests that wait now" => "current_queue" Gauge Number {
        backend: |it| n32(it.backend.state.queue.len());
        server: |it| n32(it.server.state.queue.len());
    }
    3 "qmax" MAXIMUM "the most requests that ever waited" => "max_queue" Gauge Number {
        backend: |it| n32(it.backend.state.queue.peak.get());
        server: |it| n32(it.server.state.queue.peak.get());
    }
    4 "scur" GAUGE "sessions now" => "current_sessions" Gauge Number {
        frontend: |it| n32(it.frontend.state.sessions.get());
        backend: |it| n32(it.backend.state.sessions.get());
        server: |it| n32(it.server.state.sessions.get());
    }
    5 "smax" MAXIMUM "the most sessions at once" => "max_sessions" Gauge Number {
        frontend: |it| n32(it.frontend.state.sessions_peak.get());
        backend: |it| n32(it.backend.state.sessions_peak.get());
        server: |it| n32(it.server.state.sessions_peak.get());
    }
    6 "slim" LIMIT "sessions that are allowed at once; for a backend, those at which servers reach their limits" => "limit_sessions" Gauge Number {
        frontend: |it| n32(it.frontend.connection_limit().unwrap_or_else(|| it.moment.model.process.maxconn()));
        backend: |it| n32(it.backend.fullconn);
        server: |it| limit(it.server.state.maxconn());
    }
    7 "stot" COUNTER "sessions so far" => "sessions_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::Sessions));
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::Sessions));
        server: |it| n64(it.server.state.counters.get(ServerCounter::Sessions));
    }
    25 "qlimit" SETTING "requests that may wait at once" => "queue_limit" Gauge Number {
        server: |it| limit(it.server.maxqueue);
    }
    30 "lbtot" COUNTER "times that a server was chosen by load balancing" => "loadbalanced_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::Balanced));
        server: |it| n64(it.server.state.counters.get(ServerCounter::Balanced));
    }
    33 "rate" RATE "sessions in the last second" {
        frontend: |it| {
            let state = &it.frontend.state;
            rate(state.session_rate.get(state.counters.get(FrontendCounter::Sessions), it.moment.since_sampling_ms()))
        };
        backend: |it| {
            let state = &it.backend.state;
            rate(state.session_rate.get(state.counters.get(BackendCounter::Sessions), it.moment.since_sampling_ms()))
        };
        server: |it| {
            let state = &it.server.state;
            rate(state.session_rate.get(state.counters.get(ServerCounter::Sessions), it.moment.since_sampling_ms()))
        };
    }
    35 "rate_max" MAXIMUM "the most sessions in a second" => "max_session_rate" Gauge Number {
        frontend: |it| {
            let state = &it.frontend.state;
            rate(state.session_rate.highest(state.counters.get(FrontendCounter::Sessions), it.moment.since_sampling_ms()))
        };
        backend: |it| {
            let state = &it.backend.state;
            rate(state.session_rate.highest(state.counters.get(BackendCounter::Sessions), it.moment.since_sampling_ms()))
        };
        server: |it| {
            let state = &it.server.state;
            rate(state.session_rate.highest(state.counters.get(ServerCounter::Sessions), it.moment.since_sampling_ms()))
        };
    }
    46 "req_rate" RATE "requests in the last second" {
        frontend: |it| {
            let state = &it.frontend.state;
            rate(state.request_rate.get(state.counters.get(FrontendCounter::Requests), it.moment.since_sampling_ms()))
        };
    }
    47 "req_rate_max" MAXIMUM "the most requests in a second" => "http_requests_rate_max" Gauge ProxyHttp {
        frontend: |it| {
            let state = &it.frontend.state;
            rate(state.request_rate.highest(state.counters.get(FrontendCounter::Requests), it.moment.since_sampling_ms()))
        };
    }
    48 "req_tot" COUNTER "requests so far" => "http_requests_total" Counter ProxyHttp {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::Requests));
        backend: |it| in_http(it.proxy, n64(it.backend.state.counters.get(BackendCounter::Requests)));
        server: |it| in_http(it.proxy, n64(it.server.state.counters.get(ServerCounter::Requests)));
    }
    77 "conn_rate" RATE "connections in the last second" {
        frontend: |it| {
            let state = &it.frontend.state;
            rate(state.connection_rate.get(state.counters.get(FrontendCounter::Connections), it.moment.since_sampling_ms()))
        };
    }
    78 "conn_rate_max" MAXIMUM "the most connections in a second" => "connections_rate_max" Gauge Number {
        frontend: |it| {
            let state = &it.frontend.state;
            let total = state.counters.get(FrontendCounter::Connections);
            rate(state.connection_rate.highest(total, it.moment.since_sampling_ms()))
        };
    }
    79 "conn_tot" COUNTER "connections so far" => "connections_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::Connections));
    }
    88 "srv_icur" GAUGE "idle connections to the server" => "idle_connections_current" Gauge Number {
        server: |it| n32(it.server.state.idle_connections.get());
    }
    89 "src_ilim" LIMIT "idle connections that are allowed" => "idle_connections_limit" Gauge Number {
        server: |it| it.server.pool_max_connections.and_then(n32);
    }
    97 "used_conn_cur" GAUGE "connections to the server that are in use" => "used_connections_current" Gauge Number {
        server: |it| n32(it.server.state.sessions.get());
    }
}
