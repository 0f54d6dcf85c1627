//! The end of a request: connections go back to their pools, slots to those who wait, numbers to the counters, a line to the log.

use std::hint::cold_path;

use burdock_base::WorkerId;
use burdock_model::{ConnectionMode, Mode, Proxy};
use burdock_rules::RuleSetKind;
use burdock_sample::Origin;
use burdock_state::latency::Timing;
use burdock_state::{BackendCounter, FrontendCounter, ProcessCounter, ServerCounter};
use burdock_txn::{Cause, ConnectionError, Progress, Txn};

use crate::client::ClientConnection;
use crate::reply::backend_class;
use crate::stream::{After, Stream};
use crate::tracking;
use crate::worker::Workspace;

/// Counts a request that begins, and logs it where its frontend has no log format of its own.
pub fn begin(stream: &mut Stream<'_>) {
    stream.worker.logs.begun(&stream.frontend, &stream.space.txn);
    tracking::request(stream);
    log_step(stream, Origin::Accept);
    if stream.frontend.mode == Mode::Http {
        log_step(stream, Origin::Request);
    }
    if let Some(side) = &stream.frontend.frontend {
        let counters = &side.state.counters;
        counters.add(stream.worker.id, FrontendCounter::Sessions, 1);
    }
}

/// The same where a connection in `mode tcp` has been counted and logged as begun.
pub fn begin_switched(stream: &mut Stream<'_>) {
    tracking::request(stream);
    log_step(stream, Origin::Request);
}

/// Counts a request that rules for content have let through.
pub fn count_request(stream: &Stream<'_>) {
    if let Some(side) = &stream.frontend.frontend {
        side.state.counters.add(stream.worker.id, FrontendCounter::Requests, 1);
        stream.worker.process.counters.add(stream.worker.id, ProcessCounter::Requests, 1);
    }
}

/// Counts a request that a rule refused.
pub fn count_denied_request(stream: &Stream<'_>) {
    if let Some(side) = &stream.frontend.frontend {
        side.state.counters.add(stream.worker.id, FrontendCounter::DeniedRequests, 1);
    }
}

/// Counts a response that a rule refused.
pub fn count_denied_response(stream: &Stream<'_>) {
    let worker = stream.worker.id;
    if let Some(side) = &stream.frontend.frontend {
        side.state.counters.add(worker, FrontendCounter::DeniedResponses, 1);
    }
    let Some(side) = &stream.backend.backend else { return };
    side.state.counters.add(worker, BackendCounter::DeniedResponses, 1);
    if let Some(server) = stream.space.txn.server.and_then(|id| side.servers.get(id)) {
        server.state.counters.add(worker, ServerCounter::DeniedResponses, 1);
    }
}

/// Counts a response that was not received as it should be.
pub fn count_failed_response(stream: &Stream<'_>) {
    if let Some(side) = &stream.backend.backend {
        side.state.counters.add(stream.worker.id, BackendCounter::ResponseErrors, 1);
    }
    if let Some(slot) = &stream.slot {
        slot.server().state.counters.add(stream.worker.id, ServerCounter::ResponseErrors, 1);
    }
}

/// Counts a request that was not received as it should be.
pub fn count_failed_request(stream: &Stream<'_>) {
    if let Some(side) = &stream.frontend.frontend {
        side.state.counters.add(stream.worker.id, FrontendCounter::RequestErrors, 1);
    }
}

/// Ends a request.
pub fn run(stream: &mut Stream<'_>) {
    release_server(stream);
    stream.leave_backend();
    stream.space.txn.client_carrier.reset_code = stream.client.transport.reset_code();
    note_load(stream);
    settle_close(stream);
    let now = stream.now();
    let txn = &mut stream.space.txn;
    txn.timings.closed = Some(now);
    txn.request_body_bytes = stream.upload.counted();
    txn.bytes_in += txn.request_body_bytes;
    let received = stream.download.counted();
    txn.bytes_out += received;
    if !stream.answered {
        txn.response_body_bytes = received;
    }
    count(stream);
    tracking::finished(stream);
    if !stream.logged {
        stream.worker.logs.request(&stream.model, &stream.frontend, &stream.space.txn, Origin::Close);
    }
}

/// Takes down what a log line may tell of the server's connection once it is another's, or gone.
pub fn note_server(stream: &mut Stream<'_>) {
    let Some(server) = &stream.server else { return };
    let carrier = &mut stream.space.txn.server_carrier;
    carrier.reset_code = server.transport.reset_code();
    if stream.model.directory.asked.server_tcp {
        cold_path();
        carrier.measured = carrier.tcp_info();
    }
    carrier.descriptor = None;
}

/// A close with unread bytes would be a reset, and the client might lose the response to it: then the connection lingers.
fn settle_close(stream: &mut Stream<'_>) {
    let unread = !stream.is_request_complete() || !stream.client.is_drained();
    match stream.after {
        After::KeepAlive if !stream.is_request_complete() => stream.after = After::Linger,
        After::Linger if !unread => {
            stream.client.transport.end_in_clear();
            stream.after = After::Close;
        }
        _ => {}
    }
}

/// Writes the log line of a step before the end, where `log-steps` asks for it.
pub fn log_step(stream: &mut Stream<'_>, origin: Origin) {
    if stream.frontend.log.steps.is_some() {
        cold_path();
        note_load(stream);
        stream.worker.logs.step(&stream.model, &stream.frontend, &stream.space.txn, origin);
    }
}

/// Writes the log line that a rule asks for.
pub fn log_now(stream: &mut Stream<'_>, kind: RuleSetKind, profile: Option<usize>) {
    note_load(stream);
    let txn = &mut stream.space.txn;
    if kind == RuleSetKind::HttpResponse && txn.response.status > 0 {
        // The line tells of the response that has come, though the client may yet get another.
        txn.status = txn.response.status.into();
    }
    let (logs, txn) = (&stream.worker.logs, &stream.space.txn);
    logs.asked_for(&stream.model, &stream.frontend, txn, kind.log_origin(), profile);
}

/// Writes the log line before the end (`option logasap`).
pub fn log_early(stream: &mut Stream<'_>, origin: Origin) {
    note_load(stream);
    let now = stream.now();
    stream.space.txn.timings.closed = Some(now);
    stream.worker.logs.request(&stream.model, &stream.frontend, &stream.space.txn, origin);
    stream.logged = true;
}

/// Takes down how many connections there are. At the end of a request it is itself no longer counted in its backend and server.
fn note_load(stream: &mut Stream<'_>) {
    let txn = &mut stream.space.txn;
    let load = &mut txn.load;
    load.process = stream.worker.process.connections.get();
    load.frontend = stream.frontend.frontend.as_ref().map_or(0, |side| side.state.sessions.get());
    load.backend = stream.backend.backend.as_ref().map_or(0, |side| side.state.sessions.get());
    let server = txn.server.and_then(|id| stream.backend.backend.as_ref()?.servers.get(id));
    load.server = server.map_or(0, |server| server.state.sessions.get());
}

/// Lets go of the server's connection: kept for later where it can serve again.
pub fn release_server(stream: &mut Stream<'_>) {
    note_server(stream);
    let Some(connection) = stream.server.take() else { return };
    let server = &connection.server;
    let reusable = stream.response.keep_alive
        && !connection.bespoke
        && !stream.response.tunnel
        && !stream.request.close_after
        && stream.download.is_received()
        && stream.upload.is_received()
        && stream.space.to_server.is_empty()
        && connection.inbox.as_ref().is_none_or(burdock_base::Buffer::is_empty)
        && !connection.transport.is_peer_closed()
        && stream.space.txn.status > 0
        && stream.backend_connection_mode() == ConnectionMode::KeepAlive
        && server.max_reuse.is_none_or(|limit| connection.requests <= limit)
        && !stream.worker.is_stopping();
    if reusable && connection.private {
        stream.client.private_server = Some(connection);
        return;
    }
    stream.worker.idle_servers.note_unused(server);
    if reusable {
        stream.worker.idle_servers.put(connection);
    } else {
        connection.abandon(&stream.worker.stream_buffers);
    }
}

fn count(stream: &Stream<'_>) {
    let txn = &stream.space.txn;
    let worker = stream.worker.id;
    stream.worker.process.counters.add(worker, ProcessCounter::BytesOut, txn.bytes_out);
    let http = stream.frontend.mode == Mode::Http;
    count_frontend(&stream.frontend, worker, txn.status, txn.bytes_in, txn.bytes_out, http);
    let Some(side) = stream.backend.backend.as_ref().filter(|_| stream.entered_backend) else { return };
    let counters = &side.state.counters;
    counters.add(worker, BackendCounter::Sessions, 1);
    counters.add(worker, BackendCounter::BytesIn, txn.bytes_in);
    counters.add(worker, BackendCounter::BytesOut, txn.bytes_out);
    if http {
        counters.add(worker, BackendCounter::Requests, 1);
    }
    let timing = timing(txn);
    side.state.latency.note(worker, timing);
    let aborted = match (txn.termination.cause, txn.termination.progress) {
        (Cause::ClientAbort | Cause::ClientTimeout, _) => {
            Some((BackendCounter::ClientAborts, ServerCounter::ClientAborts))
        }
        (Cause::ServerAbort | Cause::ServerTimeout, Progress::Data) => {
            Some((BackendCounter::ServerAborts, ServerCounter::ServerAborts))
        }
        _ => None,
    };
    if let Some((of_backend, _)) = aborted {
        cold_path();
        counters.add(worker, of_backend, 1);
    }
    let Some(server) = txn.server.and_then(|id| side.servers.get(id)) else { return };
    let of_server = &server.state.counters;
    of_server.add(worker, ServerCounter::Sessions, 1);
    of_server.add(worker, ServerCounter::BytesIn, txn.bytes_in);
    of_server.add(worker, ServerCounter::BytesOut, txn.bytes_out);
    server.state.latency.note(worker, timing);
    if let Some((_, aborts)) = aborted {
        cold_path();
        of_server.add(worker, aborts, 1);
    }
    // A response that we made ourselves is counted where it was made.
    if http && !stream.answered && txn.response.status > 0 {
        of_server.add(worker, ServerCounter::Requests, 1);
        of_server.add(worker, server_class(txn.response.status), 1);
        counters.add(worker, backend_class(txn.response.status), 1);
    }
}

/// What averages are made of; what never came to pass took no time.
fn timing(txn: &Txn) -> Timing {
    let ms = |ms: i64| u32::try_from(ms).unwrap_or(0);
    Timing {
        queue_ms: ms(txn.timings.queue_ms()),
        connect_ms: ms(txn.timings.connect_ms()),
        response_ms: ms(txn.timings.response_ms()),
        total_ms: ms(txn.timings.total_ms()),
    }
}

fn count_frontend(proxy: &Proxy, worker: WorkerId, status: i32, bytes_in: u64, bytes_out: u64, http: bool) {
    let Some(side) = &proxy.frontend else { return };
    let counters = &side.state.counters;
    counters.add(worker, FrontendCounter::BytesIn, bytes_in);
    counters.add(worker, FrontendCounter::BytesOut, bytes_out);
    if http && status > 0 {
        counters.add(worker, frontend_class(status), 1);
    }
}

/// Ends what was no request.
pub fn refused(connection: &ClientConnection, space: &mut Workspace, silent: bool) {
    let worker = &connection.worker;
    let txn = &mut space.txn;
    let now = worker.clock.now();
    txn.timings.closed = Some(now);
    if !(silent && connection.frontend.http.ignore_probes) {
        tracking::no_request(txn, now);
    }
    txn.load.process = worker.process.connections.get();
    txn.load.frontend = connection.frontend.frontend.as_ref().map_or(0, |side| side.state.sessions.get());
    count_frontend(&connection.frontend, worker.id, txn.status, txn.bytes_in, 0, true);
    let log = &connection.frontend.log;
    if !(silent && (log.dont_log_null || connection.frontend.http.ignore_probes)) {
        worker.logs.request(&connection.model, &connection.frontend, txn, Origin::SessionError);
    }
}

/// Ends a connection that came to nothing before its first request. `silent`: the client said nothing.
pub fn unconnected(connection: &ClientConnection, space: &mut Workspace, error: ConnectionError, silent: bool) {
    let (worker, frontend) = (&connection.worker, &connection.frontend);
    let txn = &mut space.txn;
    txn.client_error = Some(error);
    txn.timings.closed = Some(worker.clock.now());
    let Some(side) = &frontend.frontend else { return };
    side.state.counters.add(worker.id, FrontendCounter::RequestErrors, 1);
    if !(silent && frontend.log.dont_log_null) {
        worker.logs.connection_error(
            &connection.model,
            frontend,
            txn,
            &side.binds[connection.bind.index()].label(),
            error,
        );
    }
}

fn frontend_class(status: i32) -> FrontendCounter {
    match status {
        100..200 => FrontendCounter::Responses1xx,
        200..300 => FrontendCounter::Responses2xx,
        300..400 => FrontendCounter::Responses3xx,
        400..500 => FrontendCounter::Responses4xx,
        500..600 => FrontendCounter::Responses5xx,
        _ => FrontendCounter::ResponsesOther,
    }
}

fn server_class(status: u16) -> ServerCounter {
    match status {
        100..200 => ServerCounter::Responses1xx,
        200..300 => ServerCounter::Responses2xx,
        300..400 => ServerCounter::Responses3xx,
        400..500 => ServerCounter::Responses4xx,
        500..600 => ServerCounter::Responses5xx,
        _ => ServerCounter::ResponsesOther,
    }
}
