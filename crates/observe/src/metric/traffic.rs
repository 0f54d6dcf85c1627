//! What went through and what went wrong: bytes, statuses, errors, retries.

use burdock_state::ServerCounter;
use burdock_state::proxy::{BackendCounter, FrontendCounter};

use super::{in_http, metrics, n64};

/// A counter that frontends, backends and servers have in `mode http`.
macro_rules! everywhere_in_http {
    ($counter:ident, $it:ident, $state:ident, $names:ident) => {
        in_http($it.proxy, n64($it.$state.state.counters.get($names::$counter)))
    };
}

metrics! {
    8 "bin" COUNTER "bytes received from clients" => "bytes_in_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::BytesIn));
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::BytesIn));
        server: |it| n64(it.server.state.counters.get(ServerCounter::BytesIn));
    }
    9 "bout" COUNTER "bytes sent to clients" => "bytes_out_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::BytesOut));
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::BytesOut));
        server: |it| n64(it.server.state.counters.get(ServerCounter::BytesOut));
    }
    10 "dreq" COUNTER "requests that a rule refused" => "requests_denied_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::DeniedRequests));
    }
    11 "dresp" COUNTER "responses that a rule refused" => "responses_denied_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::DeniedResponses));
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::DeniedResponses));
        server: |it| n64(it.server.state.counters.get(ServerCounter::DeniedResponses));
    }
    12 "ereq" COUNTER "requests that were malformed or not sent to their end" => "request_errors_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::RequestErrors));
    }
    13 "econ" COUNTER "connections to servers that failed" => "connection_errors_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::ConnectErrors));
        server: |it| n64(it.server.state.counters.get(ServerCounter::ConnectErrors));
    }
    14 "eresp" COUNTER "responses that failed" => "response_errors_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::ResponseErrors));
        server: |it| n64(it.server.state.counters.get(ServerCounter::ResponseErrors));
    }
    15 "wretr" COUNTER "connections to servers that were tried again" => "retry_warnings_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::Retries));
        server: |it| n64(it.server.state.counters.get(ServerCounter::Retries));
    }
    16 "wredis" COUNTER "requests that left a server for another" => "redispatch_warnings_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::Redispatches));
        server: |it| n64(it.server.state.counters.get(ServerCounter::Redispatches));
    }
    81 "dcon" COUNTER "connections that a rule refused" => "denied_connections_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::DeniedConnections));
    }
    82 "dses" COUNTER "sessions that a rule refused" => "denied_sessions_total" Counter Number {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::DeniedSessions));
    }
    39 "hrsp_1xx" COUNTER "responses with a status from 100 to 199" => "http_responses_total" Counter Class("1xx") {
        frontend: |it| everywhere_in_http!(Responses1xx, it, frontend, FrontendCounter);
        backend: |it| everywhere_in_http!(Responses1xx, it, backend, BackendCounter);
        server: |it| everywhere_in_http!(Responses1xx, it, server, ServerCounter);
    }
    40 "hrsp_2xx" COUNTER "responses with a status from 200 to 299" => "http_responses_total" Counter Class("2xx") {
        frontend: |it| everywhere_in_http!(Responses2xx, it, frontend, FrontendCounter);
        backend: |it| everywhere_in_http!(Responses2xx, it, backend, BackendCounter);
        server: |it| everywhere_in_http!(Responses2xx, it, server, ServerCounter);
    }
    41 "hrsp_3xx" COUNTER "responses with a status from 300 to 399" => "http_responses_total" Counter Class("3xx") {
        frontend: |it| everywhere_in_http!(Responses3xx, it, frontend, FrontendCounter);
        backend: |it| everywhere_in_http!(Responses3xx, it, backend, BackendCounter);
        server: |it| everywhere_in_http!(Responses3xx, it, server, ServerCounter);
    }
    42 "hrsp_4xx" COUNTER "responses with a status from 400 to 499" => "http_responses_total" Counter Class("4xx") {
        frontend: |it| everywhere_in_http!(Responses4xx, it, frontend, FrontendCounter);
        backend: |it| everywhere_in_http!(Responses4xx, it, backend, BackendCounter);
        server: |it| everywhere_in_http!(Responses4xx, it, server, ServerCounter);
    }
    43 "hrsp_5xx" COUNTER "responses with a status from 500 to 599" => "http_responses_total" Counter Class("5xx") {
        frontend: |it| everywhere_in_http!(Responses5xx, it, frontend, FrontendCounter);
        backend: |it| everywhere_in_http!(Responses5xx, it, backend, BackendCounter);
        server: |it| everywhere_in_http!(Responses5xx, it, server, ServerCounter);
    }
    44 "hrsp_other" COUNTER "responses with any other status" => "http_responses_total" Counter Class("other") {
        frontend: |it| everywhere_in_http!(ResponsesOther, it, frontend, FrontendCounter);
        backend: |it| everywhere_in_http!(ResponsesOther, it, backend, BackendCounter);
        server: |it| everywhere_in_http!(ResponsesOther, it, server, ServerCounter);
    }
    49 "cli_abrt" COUNTER "transfers that the client broke off" => "client_aborts_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::ClientAborts));
        server: |it| n64(it.server.state.counters.get(ServerCounter::ClientAborts));
    }
    50 "srv_abrt" COUNTER "transfers that the server broke off" => "server_aborts_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::ServerAborts));
        server: |it| n64(it.server.state.counters.get(ServerCounter::ServerAborts));
    }
    84 "connect" COUNTER "connections to servers that were opened" => "connection_attempts_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::Connects));
        server: |it| n64(it.server.state.counters.get(ServerCounter::Connects));
    }
    85 "reuse" COUNTER "requests that were sent over a connection from the pool" => "connection_reuses_total" Counter Number {
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::Reuses));
        server: |it| n64(it.server.state.counters.get(ServerCounter::Reuses));
    }
    114 "reqbin" COUNTER "bytes of requests received from clients" {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::BytesIn));
        backend: |it| n64(it.backend.state.counters.get(BackendCounter::BytesIn));
        server: |it| n64(it.server.state.counters.get(ServerCounter::BytesIn));
    }
    115 "reqbout" COUNTER "bytes of requests sent to servers" {}
    116 "resbin" COUNTER "bytes of responses received from servers" {}
    117 "resbout" COUNTER "bytes of responses sent to clients" {}
}
