//! The response's head on its way to the client: persistence has its say, then the connection and the framing are settled.

use std::hint::cold_path;

use burdock_http::h1::{BodyFraming, ConnectionPolicy, FramingHeader, WriteOptions, take_close};
use burdock_http::{KnownHeader, Version};
use burdock_model::ConnectionMode;
use burdock_sample::Origin;
use burdock_txn::{Cause, Progress};

use crate::body::Transfer;
use crate::driver::Next;
use crate::finish;
use crate::head;
use crate::phase::rules::after_response;
use crate::phase::stick;
use crate::stream::{After, Stream};

/// Prepares the head and puts it into the client's outbox.
pub fn run(stream: &mut Stream<'_>) -> Next {
    stream.space.txn.status = i32::from(stream.space.txn.response.status);
    keep_authenticated_connection(stream);
    stick::response(stream);
    if persist(stream).is_err() {
        cold_path();
        stream.space.txn.termination.end(Cause::Proxy, Progress::Headers);
        stream.drop_server();
        return Next::Reply(502);
    }
    if after_response(stream).is_err() {
        cold_path();
        stream.space.txn.termination.end(Cause::Proxy, Progress::Headers);
        stream.drop_server();
        return Next::Reply(500);
    }
    let is_last = take_close(&mut stream.space.txn.response.headers);
    let framing = client_framing(stream);
    settle_connection(stream, framing, is_last);
    write_head(stream, framing);
    if stream.frontend.log.log_as_soon_as_possible {
        cold_path();
        finish::log_early(stream, Origin::Response);
    } else {
        finish::log_step(stream, Origin::Response);
    }
    if stream.response.tunnel {
        cold_path();
        return Next::Tunnel;
    }
    if stream.download.has_gathered() {
        cold_path();
        return send_gathered(stream, framing);
    }
    stream.download = Transfer::new(stream.response_framing(), framing);
    Next::Continue
}

/// What was waited for of the body goes out with the head.
fn send_gathered(stream: &mut Stream<'_>, framing: BodyFraming) -> Next {
    stream.download.leave_as(framing);
    let (payload, out) = (&stream.space.txn.response_payload.bytes, stream.space.to_client.head_mut());
    if stream.download.send_gathered(payload, 0, out).is_err() {
        stream.space.txn.termination.end(Cause::Proxy, Progress::Data);
        stream.after = After::Close;
        return Next::Finish;
    }
    Next::Continue
}

/// NTLM and Negotiate authenticate the connection, not the request: from here on it is this client's alone.
fn keep_authenticated_connection(stream: &mut Stream<'_>) {
    let response = &stream.space.txn.response;
    let header = match response.status {
        401 => KnownHeader::WwwAuthenticate,
        407 => KnownHeader::ProxyAuthenticate,
        _ => return,
    };
    let by_connection = |value: &[u8]| {
        [&b"ntlm"[..], b"negotiate", b"nego2"]
            .iter()
            .any(|scheme| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
    };
    if response.headers.all(header).any(|(_, value)| by_connection(value))
        && let Some(server) = &mut stream.server
    {
        server.private = true;
        server.authenticated = true;
    }
}

fn persist(stream: &mut Stream<'_>) -> Result<(), burdock_http::EditError> {
    let Some(persistence) = stream.backend.backend.as_ref().and_then(|side| side.persistence.as_ref()) else {
        return Ok(());
    };
    let txn = &mut stream.space.txn;
    let Some(server) = txn.server else { return Ok(()) };
    let method = txn.request.method();
    let now_s = stream.worker.clock.wall_seconds(txn.timings.accepted);
    txn.termination.cookie_response =
        persistence.finish_response(&mut txn.response, &stream.binding, server, method, now_s)?;
    Ok(())
}

/// How the body is delimited towards the client: as it came, unless its version of HTTP has no such thing. A stream has an end of its own.
fn client_framing(stream: &Stream<'_>) -> BodyFraming {
    match stream.response.framing {
        BodyFraming::Chunked if stream.client.transport.is_stream() => BodyFraming::UntilClose,
        BodyFraming::Chunked if stream.space.txn.request.version() < Version::HTTP_11 => BodyFraming::UntilClose,
        other => other,
    }
}

/// Decides whether the client's connection goes on after this response. `is_last`: a rule says that it does not.
fn settle_connection(stream: &mut Stream<'_>, framing: BodyFraming, is_last: bool) {
    let keep = stream.request.keep_alive
        && !is_last
        && !stream.request.close_after
        && (framing != BodyFraming::UntilClose || stream.client.transport.is_stream())
        && stream.frontend.http.connection != ConnectionMode::Close
        && stream.backend.http.connection != ConnectionMode::Close
        && !stream.worker.is_stopping();
    stream.after = if keep { After::KeepAlive } else { After::Linger };
}

fn write_head(stream: &mut Stream<'_>, framing: BodyFraming) {
    let options = WriteOptions {
        connection: if stream.response.tunnel {
            ConnectionPolicy::Default
        } else {
            stream.client_connection_policy(stream.space.txn.response.version())
        },
        framing: match framing {
            // A response to HEAD describes the body that it does not have.
            BodyFraming::None if stream.response.framing == framing => FramingHeader::AsReceived,
            _ => FramingHeader::guarding(&stream.space.txn.response.headers, framing),
        },
        case: stream.frontend.http.adjust_case_for_clients.then_some(&*stream.model.global.case_map),
    };
    // A head that was all of a response stays that: gRPC tells trailers alone from a body without trailers.
    let was_all = stream.client.transport.is_stream()
        && !stream.download.has_gathered()
        && stream.server.as_ref().is_some_and(|server| server.transport.has_ended());
    let (client, space) = (&mut stream.client.transport, &mut *stream.space);
    let ends = !stream.response.tunnel && (was_all || matches!(framing, BodyFraming::None | BodyFraming::Length(0)));
    head::put_response(client, &mut space.to_client, &space.txn.response, &options, ends);
    stream.space.txn.bytes_out += stream.response_size;
}

impl Stream<'_> {
    /// What the client is told about its connection, in a response of that version: only what the version does not say by itself.
    pub fn client_connection_policy(&self, version: Version) -> ConnectionPolicy {
        let old = !version.is_persistent() || !self.space.txn.request.version().is_persistent();
        match self.after {
            After::KeepAlive if old => ConnectionPolicy::KeepAlive,
            After::KeepAlive => ConnectionPolicy::Default,
            _ if version.is_persistent() => ConnectionPolicy::Close,
            _ => ConnectionPolicy::Default,
        }
    }
}
