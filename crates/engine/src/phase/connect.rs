//! A connection to the server chosen: an idle one from the pool, else a new one.

use std::future::poll_fn;
use std::hint::cold_path;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use burdock_http::h2::upgrade_protocol;
use burdock_http::websocket;
use burdock_model::{Address, ConnectionMode, Mode, ReuseMode, Seen, Server};
use burdock_proxy_protocol::TooLong;
use burdock_sample::{Input, Origin, Phase, Type, Value};
use burdock_state::{BackendCounter, ServerCounter};
use burdock_txn::{Carrier, Cause, Endpoint, Progress};

use crate::connect;
use crate::driver::{self, Failure, Next};
use crate::early;
use crate::fcgi;
use crate::finish;
use crate::h2;
use crate::proxy_header;
use crate::server_connection::ServerConnection;
use crate::server_pool::{Wanted, Wire};
use crate::socket::Then;
use crate::stream::Stream;
use crate::transport::Transport;
use crate::worker::Workspace;

/// Gets a connection.
pub async fn run(stream: &mut Stream<'_>) -> Next {
    let Some(server) = stream.slot.as_ref().map(|slot| Arc::clone(slot.server())) else {
        cold_path();
        stream.space.txn.termination.end(Cause::Internal, Progress::Connect);
        return Next::Reply(500);
    };
    let bespoke = connect::follows_client(&server) || stream.space.txn.directives.labels_server();
    let websocket = upgrade_protocol(&stream.space.txn.request.headers).is_some_and(websocket::is_name);
    let wire = if stream.backend.mode == Mode::Tcp { Wire::Http1 } else { connect::wire(&server, websocket) };
    let header = match server.proxy_header.as_ref().map(|form| proxy_header::compose(stream, form)).transpose() {
        Ok(header) => header.map(Vec::into_boxed_slice),
        Err(TooLong) => return failed(stream, &server, Failure::Refused),
    };
    if !stream.wants_fresh
        && !bespoke
        && let Some(connection) = reuse(stream, &server, wire, header.as_deref()).await
    {
        count(stream, &server, BackendCounter::Reuses, ServerCounter::Reuses);
        return usable(stream, connection).await;
    }
    cold_path();
    stream.wants_fresh = false;
    // Boxed, as the room for it would be a part of every request's memory.
    Box::pin(open(stream, server, Opening { bespoke, websocket, wire, header })).await
}

/// What a new connection is for.
struct Opening {
    /// It serves this request alone.
    bespoke: bool,
    /// The request asks for WebSocket.
    websocket: bool,
    wire: Wire,
    /// What it begins with.
    header: Option<Box<[u8]>>,
}

/// An idle connection that this request may use.
async fn reuse(
    stream: &mut Stream<'_>,
    server: &Arc<Server>,
    wire: Wire,
    header: Option<&[u8]>,
) -> Option<Box<ServerConnection>> {
    let mode = stream.backend.backend.as_ref()?.reuse;
    // A client of HTTP/2 is told when a request was not worked on, and sends it again: as measured, none counts as a first one.
    let first_request = stream.client.requests == 0 && !stream.client.transport.is_stream();
    let has_name = name_server(stream, server);
    // Taken out for the time being, since the rest of the stream is needed beside it.
    let text = std::mem::take(&mut stream.space.server_name);
    let name = has_name.then_some(text.as_str());
    let found = poll_fn(|cx| {
        if let Some(own) = stream.client.private_server.take() {
            cold_path();
            stream.worker.idle_servers.note_unused(&own.server);
            let fits = own.server_name.as_deref() == name && own.header.as_deref() == header && own.suits(wire);
            if !(Arc::ptr_eq(&own.server, server) && fits) {
                own.abandon(&stream.worker.stream_buffers);
            } else if let Some(own) = own.again(cx) {
                return Poll::Ready(Some(Box::new(own)));
            }
        }
        let wanted = Wanted { mode, first_request, server_name: name, header, wire };
        Poll::Ready(stream.worker.idle_servers.take(cx, server, &wanted))
    })
    .await;
    stream.space.server_name = text;
    found
}

async fn open(stream: &mut Stream<'_>, server: Arc<Server>, opening: Opening) -> Next {
    let now = stream.now();
    let opened = connect::open(&server, &stream.backend, &stream.space.txn, &stream.model.global.tune);
    let (mut socket, mut connected) = match opened {
        Ok(opened) => opened,
        Err(_) => return failed(stream, &server, Failure::Refused),
    };
    if !connected || server.tls.is_some() || opening.header.is_some() {
        stream.client.set_deadline(now.after_optional_ms(stream.connect_limit_ms()));
    }
    if let Some(header) = &opening.header {
        let mut rest = &**header;
        let sent = step(stream, |cx| {
            if !connected {
                ready!(socket.poll_connected(cx))?;
                connected = true;
            }
            while !rest.is_empty() {
                rest = &rest[ready!(socket.poll_send(cx, &[IoSlice::new(rest)], Then::More))?..];
            }
            Poll::Ready(Ok(()))
        });
        if let Err(interrupted) = sent.await {
            Transport::from(socket).close_without_linger();
            return interrupted.follow(stream, &server);
        }
    }
    let server_name: Option<Arc<str>> = name_server(stream, &server).then(|| stream.space.server_name.as_str().into());
    let early = opening.wire != Wire::Http2 && early::is_allowed(stream, &server);
    let transport = connect::carry(socket, &server, server_name.as_deref(), opening.websocket, connected, early);
    let transport = match transport {
        Ok(transport) => transport,
        Err(_) => return failed(stream, &server, Failure::Refused),
    };
    let mut connection = Box::new(ServerConnection::new(transport, Arc::clone(&server)));
    (connection.server_name, connection.header) = (server_name, opening.header);
    if (!connected || server.tls.is_some())
        && let Err(interrupted) = step(stream, |cx| connection.poll_connected(cx)).await
    {
        connection.abandon(&stream.worker.stream_buffers);
        return interrupted.follow(stream, &server);
    }
    early::note_handshake(stream, &mut connection);
    connection.bespoke = opening.bespoke;
    if stream.model.directory.asked.server_end {
        connection.local = connection.transport.local_address().ok().map(Endpoint::from_ip);
    }
    connection.private = stream.backend.backend.as_ref().is_some_and(|side| side.reuse == ReuseMode::Never);
    if stream.backend.mode == Mode::Http && connect::speaks_http2(opening.wire, connection.tls.as_deref()) {
        connection = match Box::pin(begin_session(stream, connection)).await {
            Ok(connection) => connection,
            Err(_) => return failed(stream, &server, Failure::Refused),
        };
    } else if opening.wire == Wire::FastCgi {
        connection = match Box::pin(fcgi::begin(stream, connection)).await {
            Ok(connection) => connection,
            Err(interrupted) => return interrupted.follow(stream, &server),
        };
    }
    count(stream, &server, BackendCounter::Connects, ServerCounter::Connects);
    server.observe(Seen::Connected);
    usable(stream, connection).await
}

/// Why a connection was not made.
pub enum Interrupted {
    /// It failed.
    Failed(Failure),
    /// The client has gone.
    ClientGone,
}

impl Interrupted {
    /// What comes next.
    pub fn follow(self, stream: &mut Stream<'_>, server: &Server) -> Next {
        match self {
            Self::Failed(failure) => failed(stream, server, failure),
            Self::ClientGone => {
                driver::client_gone(stream, Progress::Connect);
                Next::Finish
            }
        }
    }
}

/// Waits for a step of making a connection, no longer than the deadline and, with `option abortonclose`, than the client is there.
pub async fn step(
    stream: &mut Stream<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<io::Result<()>>,
) -> Result<(), Interrupted> {
    let watch_client = stream.watches_client();
    let client = &mut *stream.client;
    poll_fn(|cx| {
        if let Poll::Ready(result) = poll(cx) {
            return Poll::Ready(result.map_err(|error| {
                let timed_out = error.kind() == io::ErrorKind::TimedOut;
                Interrupted::Failed(if timed_out { Failure::ConnectTimeout } else { Failure::Refused })
            }));
        }
        if watch_client && client.transport.poll_peer_closed(cx).is_ready() {
            return Poll::Ready(Err(Interrupted::ClientGone));
        }
        if client.deadline_fired() {
            return Poll::Ready(Err(Interrupted::Failed(Failure::ConnectTimeout)));
        }
        Poll::Pending
    })
    .await
}

/// Makes a connection one of HTTP/2, which other requests may share, and gives its first stream.
async fn begin_session(stream: &Stream<'_>, connection: Box<ServerConnection>) -> io::Result<Box<ServerConnection>> {
    let bespoke = connection.bespoke;
    let session = h2::begin(*connection, &stream.worker, &stream.model.global).await?;
    let keeps = stream.backend_connection_mode() == ConnectionMode::KeepAlive && !stream.worker.is_stopping();
    if keeps && !bespoke && !session.private {
        stream.worker.idle_servers.share(&session);
    }
    let mut first = ServerConnection::over(&session);
    first.bespoke = bespoke;
    Ok(Box::new(first))
}

/// Whether the server takes requests to switch protocols over HTTP/2 is known once it has told its settings.
async fn await_settings(stream: &mut Stream<'_>, connection: &ServerConnection) {
    let Some(session) = connection.session().filter(|_| stream.request.connection.upgrade) else { return };
    stream.client.set_deadline(stream.now().after_optional_ms(stream.connect_limit_ms()));
    let client = &*stream.client;
    poll_fn(|cx| if client.deadline_fired() { Poll::Ready(()) } else { session.poll_settled(cx) }).await;
}

/// Puts the name that the server is asked for into the workspace. `false`: the request has none.
fn name_server(stream: &mut Stream<'_>, server: &Server) -> bool {
    let Some(sni) = server.tls.as_ref().and_then(|tls| tls.sni.as_ref()) else { return false };
    let now = stream.now();
    let Workspace { txn, scratch, server_name, .. } = &mut *stream.space;
    let (txn, scratch) = (&*txn, &*scratch);
    let input = Input { txn, world: &stream.model.directory, now, phase: Phase::BackendHttpRequest, scratch };
    let value = sni.evaluate(&input).and_then(|value| value.cast(Type::Str, scratch));
    let Some(Value::Str(name)) = value else { return false };
    let Ok(name) = std::str::from_utf8(name) else { return false };
    server_name.clear();
    server_name.push_str(name);
    true
}

async fn usable(stream: &mut Stream<'_>, mut connection: Box<ServerConnection>) -> Next {
    await_settings(stream, &connection).await;
    connection.requests = connection.requests.saturating_add(1);
    stream.worker.idle_servers.note_use(&connection.server);
    stream.space.txn.server_reused = connection.is_reused();
    stream.space.txn.server_local = connection.local;
    stream.space.txn.server_peer = match connection.server.address {
        Address::Tcp(address) => Some(Endpoint::from_ip(address)),
        _ => None,
    };
    stream.space.txn.server_tls.clone_from(&connection.tls);
    stream.space.txn.server_carrier = Carrier {
        descriptor: connection.transport.descriptor(),
        streams: connection.session().map(|session| Arc::clone(session.streams())),
        stream_id: connection.requests.saturating_sub(1),
        ..Carrier::default()
    };
    stream.server = Some(connection);
    stream.space.txn.timings.connected = Some(stream.now());
    if stream.frontend.mode == Mode::Tcp && stream.frontend.log.log_as_soon_as_possible {
        cold_path();
        finish::log_early(stream, Origin::Connect);
    } else {
        finish::log_step(stream, Origin::Connect);
    }
    Next::Continue
}

fn failed(stream: &Stream<'_>, server: &Server, failure: Failure) -> Next {
    count(stream, server, BackendCounter::ConnectErrors, ServerCounter::ConnectErrors);
    server.observe(Seen::NotConnected);
    Next::Failed(failure)
}

fn count(stream: &Stream<'_>, server: &Server, backend: BackendCounter, of_server: ServerCounter) {
    if let Some(side) = &stream.backend.backend {
        side.state.counters.add(stream.worker.id, backend, 1);
    }
    server.state.counters.add(stream.worker.id, of_server, 1);
}
