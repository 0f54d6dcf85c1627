//! Early data to servers: which requests go with the first flight of a TLS handshake, and what a server's refusal of them means (RFC 8470).

use std::sync::Arc;

use burdock_model::{Mode, Server};
use burdock_state::ProcessCounter;

use crate::driver::Next;
use crate::phase::rules::wait_for_handshake;
use crate::server_connection::ServerConnection;
use crate::stream::Stream;

/// The status of a request that a server wants no replay of (RFC 8470 section 5.2).
pub const TOO_EARLY: u16 = 425;
/// Tells a server that the request may be a replay (RFC 8470 section 5.1).
pub const HEADER: &[u8] = b"early-data";

/// Whether the request may go as early data, if the line of the server allows it at all: where its client has sent it so and can be told to send it again; else, with
/// `retry-on 0rtt-rejected`, where a replay does no harm.
pub fn is_allowed(stream: &Stream<'_>, server: &Server) -> bool {
    if server.tls.is_none() || stream.wants_late || stream.backend.mode != Mode::Http {
        return false;
    }
    let is_configured = stream.backend.backend.as_ref().is_some_and(|side| side.retry_on.early_rejected);
    stream.space.txn.is_early() || (is_configured && stream.space.txn.request.method().is_safe())
}

/// Takes down what the handshake of a new connection has come to, once it is done.
pub fn note_handshake(stream: &Stream<'_>, connection: &mut ServerConnection) {
    if connection.tls.is_some() || connection.transport.is_handshaking() {
        return;
    }
    connection.tls = connection.transport.tls_facts().map(Arc::new);
    if connection.tls.as_ref().is_some_and(|tls| !tls.resumed) {
        stream.worker.process.counters.add(stream.worker.id, ProcessCounter::TlsServerKeys, 1);
    }
}

/// Whether a server's 425 is for us alone: the request came late enough, and it was us who made it early (RFC 8470 section 5.2).
pub fn is_ours(stream: &Stream<'_>) -> bool {
    let went_early = stream.space.txn.server_tls.as_ref().is_some_and(|tls| tls.early_data);
    went_early && !stream.wants_late && !stream.space.txn.is_early()
}

/// Has the next attempt go as any other request: behind the handshake with the server, and with the client, who is then known to be there.
/// Something comes back where the client is not.
pub async fn make_late(stream: &mut Stream<'_>) -> Option<Next> {
    stream.wants_late = true;
    if !stream.space.txn.is_early() {
        return None;
    }
    let gone = wait_for_handshake(stream).await;
    let headers = &mut stream.space.txn.request.headers;
    while let Some(place) = headers.position_by_name(HEADER) {
        headers.remove(place);
    }
    gone
}
