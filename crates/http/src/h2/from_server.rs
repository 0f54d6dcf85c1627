//! A server's response. Where the request asked to switch protocols, a success of extended CONNECT (RFC 8441 section 5) becomes the 101 that
//! an HTTP/1 client waits for.

use super::fields::{check_limits, take_response_fields, too_large};
use super::{Malformed, upgrade_protocol};
use crate::h1::framing::{content_length, remove_framing};
use crate::h1::{BodyFraming, ConnectionOptions, HeadErrorKind, HeadLimits, ResponseFacts};
use crate::head::{RequestHead, ResponseHead};
use crate::headers::EditError;
use crate::method::Method;
use crate::name::KnownHeader;
use crate::version::Version;
use crate::websocket;
use http::response::Parts;

/// Fills `out` with a response to `request`, which is as it was sent. `end_stream` says that neither body nor trailers follow.
///
/// # Errors
/// The server's fault: `out` is empty, and the stream is to be reset.
pub fn response_head(
    parts: &Parts,
    end_stream: bool,
    request: &RequestHead,
    limits: &HeadLimits,
    out: &mut ResponseHead,
) -> Result<ResponseFacts, Malformed> {
    out.clear();
    let outcome = fill(parts, end_stream, request, limits, out);
    if outcome.is_err() {
        out.clear();
    }
    outcome
}

fn fill(
    parts: &Parts,
    end_stream: bool,
    request: &RequestHead,
    limits: &HeadLimits,
    out: &mut ResponseHead,
) -> Result<ResponseFacts, Malformed> {
    check_limits(parts.headers.len(), 0, limits)?;
    out.headers.set_max_bytes(limits.max_bytes_rewritten);
    out.set_version(Version::HTTP_2);
    out.set_status(parts.status.as_u16());
    take_response_fields(&parts.headers, &mut out.headers)?;
    check_limits(out.headers.len(), out.headers.byte_size(), limits)?;
    if out.status == 101 {
        // HTTP/2 has none (RFC 9113 section 8.6).
        return Err(Malformed::reset(HeadErrorKind::UnexpectedUpgrade));
    }
    let length = content_length(&mut out.headers).map_err(|(kind, _)| Malformed::reset(kind))?;
    let interim = (100..200).contains(&out.status);
    let success = (200..300).contains(&out.status);
    let protocol = upgrade_protocol(&request.headers);
    if let Some(protocol) = protocol.filter(|_| success) {
        switch(protocol, request, out).map_err(|_| too_large())?;
    }
    let tunnel = success && (protocol.is_some() || request.method() == Method::Connect);
    if tunnel || interim {
        remove_framing(&mut out.headers);
    }
    let framing = if tunnel {
        BodyFraming::UntilClose
    } else if interim || request.method() == Method::Head || matches!(out.status, 204 | 304) {
        BodyFraming::None
    } else {
        match length {
            Some(length) if end_stream && length > 0 => return Err(Malformed::reset(HeadErrorKind::ContentLength)),
            Some(length) => BodyFraming::Length(length),
            None => BodyFraming::Chunked,
        }
    };
    let connection = ConnectionOptions { upgrade: tunnel && protocol.is_some(), ..ConnectionOptions::default() };
    Ok(ResponseFacts { framing, interim, tunnel, connection, keep_alive: true })
}

/// Makes the answer one of HTTP/1, with the proof that its client can check.
fn switch(protocol: &[u8], request: &RequestHead, out: &mut ResponseHead) -> Result<(), EditError> {
    out.set_status(101);
    let headers = &mut out.headers;
    headers.append_known(KnownHeader::Connection, b"upgrade")?;
    headers.append_known(KnownHeader::Upgrade, protocol)?;
    if let Some(key) = request.headers.find(KnownHeader::SecWebSocketKey)
        && websocket::is_name(protocol)
    {
        headers.remove_all(KnownHeader::SecWebSocketAccept);
        headers.append_known(KnownHeader::SecWebSocketAccept, &websocket::acceptance(key))?;
    }
    Ok(())
}
