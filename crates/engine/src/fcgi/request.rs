//! A request on its way to a FastCGI application: a connection for it, and what it has to say before its body.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use burdock_http::h1::BodyFraming;
use burdock_model::ConnectionMode;
use burdock_txn::{Cause, ConnectionStreams, Progress};

use crate::driver::{Failure, Next};
use crate::fcgi::Link;
use crate::fcgi::parameters::{BadPath, append_parameters};
use crate::phase::connect::{Interrupted, step};
use crate::phase::send_request::name_server;
use crate::phase::wait_for_body::{self, Side, Wanted};
use crate::server_connection::ServerConnection;
use crate::session::{Framing, Life, ServerSession};
use crate::stream::Stream;
use crate::transport::Transport;

/// Begins FastCGI on a connection that is made, and gives its first request.
pub async fn begin(
    stream: &mut Stream<'_>,
    connection: Box<ServerConnection>,
) -> Result<Box<ServerConnection>, Interrupted> {
    let app = stream.backend.backend.as_ref().and_then(|side| side.fcgi_app.clone());
    // Servers of FastCGI are in backends that have an application.
    let Some(app) = app else { return Err(Interrupted::Failed(Failure::Refused)) };
    let bespoke = connection.bespoke;
    let keeps = app.keeps_connections
        && !bespoke
        && stream.backend_connection_mode() == ConnectionMode::KeepAlive
        && !stream.worker.is_stopping();
    let asks = app.asks_for_limits;
    let (transport, inbox, identity) = connection.take_apart();
    let streams = Arc::new(ConnectionStreams::new(app.max_requests));
    streams.set_socket(transport.descriptor());
    let mut link = Link::new(transport, inbox, app, keeps, Rc::clone(&stream.worker));
    if asks {
        stream.client.set_deadline(stream.now().after_optional_ms(stream.connect_limit_ms()));
        link.ask_for_limits();
        step(stream, |cx| link.poll_limits(cx)).await?;
    }
    let limit = link.settle();
    let framing = Framing::FastCgi(Rc::new(RefCell::new(link)), limit);
    let session = ServerSession::new(identity, framing, streams, Rc::new(Life::default()), stream.worker.id);
    session.tell_limit();
    if !keeps {
        session.retire();
    } else if !session.private {
        stream.worker.idle_servers.share(&session);
    }
    let mut first = ServerConnection::over(&session);
    first.bespoke = bespoke;
    Ok(Box::new(first))
}

/// Sends the parameters of a request. What is returned comes next instead of its body.
pub async fn make_ready(stream: &mut Stream<'_>) -> Option<Next> {
    if stream.request.framing == BodyFraming::UntilClose {
        // A tunnel leads to no script.
        stream.space.txn.termination.end(Cause::ServerAbort, Progress::Headers);
        return Some(Next::Reply(502));
    }
    let length = match body_length(stream).await {
        Ok(length) => length,
        Err(next) => return Some(next),
    };
    name_server(stream);
    let app = stream.backend.backend.as_ref().and_then(|side| side.fcgi_app.clone())?;
    let mut parameters = Vec::new();
    let (txn, world, now) = (&stream.space.txn, &stream.model.directory, stream.now());
    if let Err(BadPath) = append_parameters(&app, txn, world, now, length, &mut parameters) {
        stream.space.txn.termination.end(Cause::Internal, Progress::Headers);
        stream.drop_server();
        return Some(Next::Reply(500));
    }
    if let Some(server) = &mut stream.server
        && let Transport::FastCgi(request) = &mut server.transport
    {
        request.send_parameters(&parameters);
    }
    None
}

/// The length of the body, which scripts have to know beforehand (RFC 3875 section 4.1.2): where only its end would tell, it has to fit a
/// buffer.
async fn body_length(stream: &mut Stream<'_>) -> Result<u64, Next> {
    match stream.request.framing {
        BodyFraming::Length(length) => {
            if stream.request.expect_continue && length > 0 && !stream.upload.is_received() {
                // Scripts have no way to say so.
                poll_fn(|cx| {
                    wait_for_body::ask_to_continue(stream, cx);
                    Poll::Ready(())
                })
                .await;
            }
            return Ok(length);
        }
        BodyFraming::Chunked => {}
        BodyFraming::None | BodyFraming::UntilClose => return Ok(0),
    }
    if !stream.space.txn.request_payload.complete {
        let wanted = Wanted { limit_ms: None, at_least: None, since: stream.now() };
        if let Some(next) = wait_for_body::run(stream, Side::Request, wanted).await {
            return Err(next);
        }
    }
    let payload = &stream.space.txn.request_payload;
    if !payload.complete {
        // As measured in HAProxy.
        stream.space.txn.termination.end(Cause::Proxy, Progress::Headers);
        stream.drop_server();
        return Err(Next::Reply(400));
    }
    Ok(payload.bytes.len() as u64)
}
