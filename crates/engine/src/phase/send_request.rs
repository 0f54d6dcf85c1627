//! The request goes to the server while its response is already awaited: a server may answer before it has read everything.

use std::future::poll_fn;
use std::hint::cold_path;
use std::task::{Context, Poll};

use burdock_http::h1::{
    BodyFraming, ConnectionPolicy, FramingHeader, HeadLimits, ParseRules, RequestContext, WriteOptions,
};
use burdock_http::{KnownHeader, ResponseHead, websocket};
use burdock_model::{ConnectionMode, Seen};
use burdock_txn::{Cause, Progress};

use crate::body::{Kept, Sink, Source, TransferError};
use crate::client::head_limits;
use crate::driver::{self, Failure, Next};
use crate::early;
use crate::fcgi;
use crate::head;
use crate::reply::forward_interim;
use crate::server_connection::{Expected, HeadFailure, ServerConnection};
use crate::stream::Stream;
use crate::transport::Transport;

/// Sends the request and waits for the head of its response.
pub async fn run(stream: &mut Stream<'_>) -> Next {
    if stream.server.as_ref().is_some_and(|server| matches!(server.transport, Transport::FastCgi(_))) {
        cold_path();
        if let Some(next) = Box::pin(fcgi::make_ready(stream)).await {
            return next;
        }
    }
    let key = add_websocket_key(stream);
    stream.set_pace();
    write_head(stream);
    let limits = head_limits(&stream.model);
    let rules = ParseRules { relaxed: stream.backend.http.relaxed_responses, ..ParseRules::default() };
    let mut exchange = Exchange {
        limits,
        rules,
        key,
        sink_failed: false,
        uploaded: stream.is_tunnel_on_stream(),
        watching: false,
        armed: None,
    };
    poll_fn(|cx| exchange.poll(stream, cx)).await
}

/// Adds the key of WebSocket where a client of HTTP/2 has sent none and the server speaks HTTP/1, and gives it: its answer is then ours to
/// check.
fn add_websocket_key(stream: &mut Stream<'_>) -> Option<WebSocketKey> {
    let to_stream = stream.server.as_ref().is_some_and(|server| server.transport.is_stream());
    if to_stream || !websocket::needs_key(&stream.space.txn.request) {
        return None;
    }
    let mut random = [0; 16];
    random[..8].copy_from_slice(&stream.worker.draw().to_ne_bytes());
    random[8..].copy_from_slice(&stream.worker.draw().to_ne_bytes());
    // A head without room for it goes without, and its server will refuse it.
    websocket::add_key(&mut stream.space.txn.request, random).ok()?;
    Some(websocket::key(random))
}

/// The text of a WebSocket key.
type WebSocketKey = [u8; 24];

/// Puts the head into the server's outbox, and what is kept of the body where this is a further attempt.
fn write_head(stream: &mut Stream<'_>) {
    let keep = stream.request.connection.upgrade
        || (stream.backend_connection_mode() == ConnectionMode::KeepAlive
            && !stream.request.close_after
            && !gives_up_connection(stream));
    // Each version of HTTP says one of the two by itself.
    let connection = match (keep, stream.space.txn.request.version().is_persistent()) {
        (true, true) | (false, false) => ConnectionPolicy::Default,
        (true, false) => ConnectionPolicy::KeepAlive,
        (false, true) => ConnectionPolicy::Close,
    };
    name_server(stream);
    let framing = FramingHeader::guarding(&stream.space.txn.request.headers, stream.request.framing);
    let case = stream.backend.http.adjust_case_for_servers.then_some(&*stream.model.global.case_map);
    let options = WriteOptions { connection, framing, case };
    stream.space.to_server.clear();
    let sent_as = stream.framing_to_server();
    let ends = matches!(sent_as, BodyFraming::None | BodyFraming::Length(0)) && !stream.is_tunnel_on_stream();
    if let Some(server) = &mut stream.server {
        let (space, transport) = (&mut *stream.space, &mut server.transport);
        head::put_request(transport, &mut space.to_server, &space.txn.request, &options, ends);
        if transport.is_stream() {
            space.txn.server_carrier.stream_id = transport.stream_id();
        }
    }
    if !stream.upload.is_received() || stream.upload.has_gathered() {
        stream.upload.leave_as(sent_as);
    }
    let out = stream.space.to_server.head_mut();
    if stream.upload.has_gathered() {
        let payload = &stream.space.txn.request_payload;
        if payload.complete && matches!(stream.upload.kept, Kept::No) {
            // It is all there: a further attempt costs the copy only.
            stream.upload.kept = Kept::Whole(Vec::new());
        }
        // What does not fit the framing ends the upload, and the server sees a request that is cut off.
        let _ = stream.upload.send_gathered(&payload.bytes, stream.worker.head_buffers.buffer_capacity(), out);
    } else if matches!(&stream.upload.kept, Kept::Whole(kept) if !kept.is_empty()) {
        // Only a body that was received whole is sent again, so it can go out as one piece.
        stream.upload.send_again(sent_as, out);
    }
}

/// Whether the connection is to serve this request alone, because it would find no place among the idle ones. A server that is told so closes
/// it behind the response (RFC 9112 section 9.6), which costs both sides less than a connection broken off. One that authenticates connections
/// would have to begin anew, so it is not told.
fn gives_up_connection(stream: &mut Stream<'_>) -> bool {
    let Some(connection) = stream.server.as_deref_mut() else { return false };
    let is_superfluous = !connection.is_reused()
        && !connection.private
        && connection.header.is_none()
        && connection.session().is_none()
        && stream.worker.idle_servers.is_crowded(&connection.server)
        && !stream.space.txn.request.headers.contains(KnownHeader::Authorization);
    connection.bespoke |= is_superfluous;
    is_superfluous
}

/// Tells the server its name, where `http-send-name-header` asks for that: another attempt may be with another server.
pub fn name_server(stream: &mut Stream<'_>) {
    if let Some(side) = &stream.backend.backend
        && let Some(header) = &side.name_header
        && let Some(server) = &stream.server
    {
        let headers = &mut stream.space.txn.request.headers;
        headers.remove_all_named(header);
        // A head without room for it goes without, as HAProxy lets it.
        let _ = headers.append(header.as_bytes(), server.server.name.as_bytes());
    }
}

/// With early data it is known only now what the handshake has come to.
fn note_early(stream: &mut Stream<'_>) {
    let is_missing = |server: &ServerConnection| server.tls.is_none() && server.server.tls.is_some();
    if stream.server.as_deref().is_some_and(is_missing)
        && let Some(mut server) = stream.server.take()
    {
        early::note_handshake(stream, &mut server);
        stream.space.txn.server_tls.clone_from(&server.tls);
        stream.server = Some(server);
    }
}

impl Stream<'_> {
    /// How the body is delimited towards the server: as it came, unless it goes over a stream, which has an end of its own.
    fn framing_to_server(&self) -> BodyFraming {
        match self.request.framing {
            BodyFraming::Chunked if self.server.as_ref().is_some_and(|server| server.transport.is_stream()) => {
                BodyFraming::UntilClose
            }
            other => other,
        }
    }

    /// Whether the request asks for a tunnel over a stream: then our direction stays open behind its head.
    fn is_tunnel_on_stream(&self) -> bool {
        (self.request.connection.upgrade || self.request.framing == BodyFraming::UntilClose)
            && self.server.as_ref().is_some_and(|server| server.transport.is_tunnel_stream())
    }

    /// How connections are kept, by the backend's word or, where the frontend is stricter, by its.
    pub fn backend_connection_mode(&self) -> ConnectionMode {
        match (self.frontend.http.connection, self.backend.http.connection) {
            (ConnectionMode::Close, _) | (_, ConnectionMode::Close) => ConnectionMode::Close,
            (ConnectionMode::ServerClose, _) | (_, ConnectionMode::ServerClose) => ConnectionMode::ServerClose,
            _ => ConnectionMode::KeepAlive,
        }
    }
}

/// A client that the event loop does not know yet is watched only where the server has not answered within this time: most have, and the
/// registration is saved.
const UNWATCHED_MS: u64 = 5;

struct Exchange {
    limits: HeadLimits,
    rules: ParseRules,
    /// The key of WebSocket that is ours, not the client's.
    key: Option<WebSocketKey>,
    /// The server took no more; it may have answered all the same.
    sink_failed: bool,
    uploaded: bool,
    /// The client is watched for its going away, if it is to be watched at all.
    watching: bool,
    /// What the deadline was set for: bytes moved so far, and whether the client is waited for.
    armed: Option<(u64, bool)>,
}

impl Exchange {
    fn poll(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Next> {
        if let Some(next) = self.poll_upload(stream, cx) {
            return Poll::Ready(next);
        }
        if let Some(server) = &mut stream.server
            && server.transport.expect_wait().is_err()
        {
            return Poll::Ready(Next::Failed(Failure::Empty));
        }
        loop {
            match self.poll_head(stream, cx) {
                Poll::Ready(Some(next)) => return Poll::Ready(next),
                Poll::Ready(None) => {}
                Poll::Pending => break,
            }
        }
        self.watching |= stream.client.transport.is_in_event_loop();
        if self.watching && stream.watches_client() && stream.client.transport.poll_peer_closed(cx).is_ready() {
            cold_path();
            // As measured, streams are logged as if the response had begun.
            let stream_gone = stream.client.transport.is_stream();
            driver::client_gone(stream, if stream_gone { Progress::Data } else { Progress::Headers });
            return Poll::Ready(Next::Reply(400));
        }
        if self.watch_time(stream) {
            return Poll::Pending;
        }
        if !self.watching {
            // The time without a watch is over; what is due is set anew.
            self.watching = true;
            self.armed = None;
            return self.poll(stream, cx);
        }
        Poll::Ready(self.timed_out(stream))
    }

    fn poll_upload(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Option<Next> {
        if self.uploaded || self.sink_failed {
            return None;
        }
        let server = stream.server.as_mut()?;
        let mut source = Source { transport: &mut stream.client.transport, inbox: &mut stream.client.inbox };
        let mut sink = Sink { transport: &mut server.transport, outbox: &mut stream.space.to_server, closes: false };
        match stream.upload.poll(cx, &stream.worker, &self.limits, &mut source, &mut sink) {
            Poll::Pending => None,
            Poll::Ready(Ok(())) => {
                self.uploaded = true;
                None
            }
            Poll::Ready(Err(TransferError::SinkGone)) => {
                cold_path();
                self.sink_failed = true;
                None
            }
            Poll::Ready(Err(TransferError::SourceGone)) => {
                cold_path();
                driver::client_gone(stream, Progress::Headers);
                Some(Next::Reply(400))
            }
            Poll::Ready(Err(TransferError::SourceInvalid)) => {
                cold_path();
                stream.space.txn.termination.end(Cause::Proxy, Progress::Headers);
                Some(Next::Reply(400))
            }
        }
    }

    /// `Ready(None)`: an interim response was passed on, and another head follows.
    fn poll_head(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Option<Next>> {
        let Some(server) = stream.server.as_mut() else { return Poll::Ready(Some(Next::Reply(500))) };
        let txn = &mut stream.space.txn;
        let context = RequestContext { method: txn.request.method(), upgrade: stream.request.connection.upgrade };
        let expected = Expected { limits: &self.limits, rules: &self.rules, context, sent: &txn.request };
        let head = server.poll_head(cx, &stream.worker.stream_buffers, &expected, &mut txn.response);
        if head.is_ready() {
            note_early(stream);
        }
        let Some(server) = stream.server.as_mut() else { return Poll::Ready(Some(Next::Reply(500))) };
        let txn = &mut stream.space.txn;
        let failure = match std::task::ready!(head) {
            Ok(facts) if facts.interim => {
                cold_path();
                forward_interim(stream, cx);
                return Poll::Ready(None);
            }
            // What is left of the body would be taken for the new protocol.
            Ok(facts) if facts.tunnel && stream.request.connection.upgrade && !stream.upload.is_received() => {
                Failure::Junk
            }
            Ok(facts) if facts.tunnel && !self.is_accepted(&txn.response) => Failure::Junk,
            Ok(facts) => {
                txn.timings.response = Some(stream.worker.clock.now());
                txn.server_status = txn.response.status;
                server.server.observe(Seen::Response(txn.response.status));
                stream.response = facts;
                return Poll::Ready(Some(self.judge_status(stream)));
            }
            Err(_) if server.transport.is_handshaking() => Failure::Handshake,
            // A session that has served others was not stale: what befell this request may have happened while the server worked on it.
            Err(HeadFailure::Empty) if server.is_reused() && server.session().is_none() => Failure::StaleConnection,
            Err(HeadFailure::Refused) if server.is_reused() => Failure::StaleConnection,
            Err(HeadFailure::Empty | HeadFailure::Refused) => Failure::Empty,
            Err(HeadFailure::Truncated | HeadFailure::Invalid) => Failure::Junk,
        };
        Poll::Ready(Some(Next::Failed(failure)))
    }

    /// Whether a server that switches to WebSocket has seen our key.
    fn is_accepted(&self, response: &ResponseHead) -> bool {
        self.key.is_none_or(|key| websocket::accepts(response, &key))
    }

    fn judge_status(&self, stream: &Stream<'_>) -> Next {
        let status = stream.space.txn.response.status;
        if status == early::TOO_EARLY && early::is_ours(stream) && stream.can_be_sent_again() {
            return Next::Failed(Failure::TooEarly);
        }
        let retried = stream.backend.backend.as_ref().is_some_and(|side| side.retry_on.statuses.contains(&status));
        if retried && stream.can_be_sent_again() { Next::Failed(Failure::Status) } else { Next::Continue }
    }

    /// Sets the deadline anew where something has moved. `false`: it has come.
    fn watch_time(&mut self, stream: &Stream<'_>) -> bool {
        if stream.upload.is_held_back() {
            cold_path();
            self.armed = None;
            return true;
        }
        if self.armed.is_some() && stream.client.deadline_fired() {
            cold_path();
            return false;
        }
        let waits_for_client = !self.uploaded && !self.sink_failed && !stream.space.to_server.is_blocked();
        let state = (stream.upload.received, waits_for_client);
        if self.armed != Some(state) {
            self.armed = Some(state);
            let limit_ms = if waits_for_client { stream.client_limit_ms() } else { stream.server_limit_ms() };
            let now = stream.now();
            let due = now.after_optional_ms(limit_ms);
            // Where time is short the limit stands, watched or not.
            let look = if self.watching { due } else { due.min(now.after_ms(UNWATCHED_MS)) };
            stream.client.set_deadline(look);
        }
        true
    }

    fn timed_out(&self, stream: &mut Stream<'_>) -> Next {
        if self.armed.is_some_and(|(_, waits_for_client)| waits_for_client) {
            stream.space.txn.termination.end(Cause::ClientTimeout, Progress::Headers);
            return Next::Reply(400);
        }
        Next::Failed(Failure::ResponseTimeout)
    }
}
