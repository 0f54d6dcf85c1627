//! A client's request: pseudo-header fields become method and target, the authority becomes Host (RFC 9113 section 8.3.1), and extended
//! CONNECT (RFC 8441) becomes the request to switch protocols that an HTTP/1 client would have sent.

use super::fields::{check_limits, take_fields, too_large};
use super::{Malformed, is_upgrade_protocol};
use crate::h1::framing::content_length;
use crate::h1::{BodyFraming, ConnectionOptions, HeadErrorKind, HeadLimits, RequestFacts};
use crate::head::RequestHead;
use crate::headers::LineText;
use crate::method::Method;
use crate::name::KnownHeader;
use crate::uri::{HostPort, default_port, is_valid_host_port};
use crate::version::Version;
use http::request::Parts;

/// Fills `out` with a request that the `h2` crate has received. `protocol` is what stood in `:protocol`; `end_stream` says that no body
/// follows the head. Both host and target are normalised as the HTTP/1 parser does, the target to an absolute URI if there was an
/// authority, which counts more than a Host field.
///
/// # Errors
/// `out` is empty then.
pub fn request_head(
    parts: &Parts,
    protocol: Option<&str>,
    end_stream: bool,
    limits: &HeadLimits,
    out: &mut RequestHead,
) -> Result<RequestFacts, Malformed> {
    out.clear();
    let outcome = fill(parts, protocol, end_stream, limits, out);
    if outcome.is_err() {
        out.clear();
    }
    outcome
}

fn fill(
    parts: &Parts,
    protocol: Option<&str>,
    end_stream: bool,
    limits: &HeadLimits,
    out: &mut RequestHead,
) -> Result<RequestFacts, Malformed> {
    // Before anything is copied: what the layer of frames lets through may be far more than a head.
    check_limits(parts.headers.len(), 0, limits)?;
    out.headers.set_max_bytes(limits.max_bytes_rewritten);
    let method = set_method(parts, protocol, out)?;
    out.set_version(Version::HTTP_2);
    let authority = set_target(parts, method, out)?;
    if let Some(host) = authority {
        push(out, KnownHeader::Host, host.as_bytes())?;
    }
    if let Some(protocol) = protocol {
        push(out, KnownHeader::Upgrade, protocol.as_bytes())?;
        push(out, KnownHeader::Connection, b"upgrade")?;
    }
    let known_host = authority.map(|_| &http::header::HOST);
    take_fields(&parts.headers, known_host, &mut out.headers)?;
    if authority.is_none() {
        check_host(out)?;
    }
    check_limits(out.headers.len(), out.headers.byte_size(), limits)?;
    let framing = body_framing(out, protocol.is_some(), end_stream)?;
    let expects =
        out.headers.find(KnownHeader::Expect).is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"));
    let connection = ConnectionOptions { upgrade: protocol.is_some(), ..ConnectionOptions::default() };
    Ok(RequestFacts { framing, expect_continue: expects, connection, keep_alive: true, close_after: false })
}

/// Sets the method that the request has towards HTTP/1 and gives the one that it came with.
fn set_method(parts: &Parts, protocol: Option<&str>, out: &mut RequestHead) -> Result<Method, Malformed> {
    let text = parts.method.as_str().as_bytes();
    let method = Method::from_bytes(text);
    if let Some(protocol) = protocol {
        if method != Method::Connect || parts.uri.authority().is_none() {
            return Err(Malformed::reset(HeadErrorKind::PseudoHeader));
        }
        if !is_upgrade_protocol(protocol.as_bytes()) {
            return Err(Malformed::reset(HeadErrorKind::UnexpectedUpgrade));
        }
        return Ok(Method::Get);
    }
    if text == PREFACE_METHOD {
        return Err(Malformed::bad_request(HeadErrorKind::Method));
    }
    out.set_method(text).map_err(|_| Malformed::bad_request(HeadErrorKind::Method))?;
    Ok(method)
}

/// The first word of a connection preface (RFC 9113 section 3.4), which must not reach a server as a request.
const PREFACE_METHOD: &[u8] = b"PRI";

/// Sets the target, and gives the host to name in the Host field where there is an authority.
fn set_target<'a>(parts: &'a Parts, method: Method, out: &mut RequestHead) -> Result<Option<&'a str>, Malformed> {
    let uri = &parts.uri;
    let authority = uri.authority().map(http::uri::Authority::as_str);
    if authority.is_some_and(|authority| !is_valid_host_port(authority.as_bytes())) {
        return Err(Malformed::reset(HeadErrorKind::Authority));
    }
    if method == Method::Connect {
        let (Some(authority), None) = (authority, uri.scheme()) else {
            return Err(Malformed::reset(HeadErrorKind::PseudoHeader));
        };
        set(out, authority.as_bytes())?;
        return Ok(Some(authority));
    }
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    check_path(path.as_bytes())?;
    match (authority, uri.scheme_str()) {
        (Some(_), Some(scheme)) if !is_scheme(scheme.as_bytes()) => Err(Malformed::bad_request(HeadErrorKind::Target)),
        (Some(authority), Some(scheme)) => {
            let host = without_redundant_port(authority, scheme);
            let path = match (path, method) {
                ("*", Method::Options) => "",
                ("*", _) => "/",
                _ => path,
            };
            let composed = out.compose_target(scheme.as_bytes(), host.as_bytes(), path.as_bytes());
            composed.map_err(|_| too_large())?;
            Ok(Some(host))
        }
        (Some(_), None) => Err(Malformed::reset(HeadErrorKind::PseudoHeader)),
        (None, _) if path == "*" && !matches!(method, Method::Options | Method::Other) => {
            Err(Malformed::bad_request(HeadErrorKind::Target))
        }
        (None, _) => set(out, path.as_bytes()).map(|()| None),
    }
}

/// A path, or `*`. What is below a blank, and a fragment, cannot come through the types of the `http` crate, but costs nothing to refuse.
fn check_path(path: &[u8]) -> Result<(), Malformed> {
    if !path.starts_with(b"/") && path != b"*" {
        return Err(Malformed::reset(HeadErrorKind::Target));
    }
    if path.iter().any(|&byte| byte <= b' ' || byte == b'#') {
        return Err(Malformed::reset(HeadErrorKind::Target));
    }
    if path.contains(&0x7f) { Err(Malformed::bad_request(HeadErrorKind::Target)) } else { Ok(()) }
}

/// RFC 3986 section 3.1; the `http` crate lets a little more through.
fn is_scheme(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The authority without a port that is empty or that the scheme implies (RFC 3986 section 6.2.3).
fn without_redundant_port<'a>(authority: &'a str, scheme: &str) -> &'a str {
    let parts = HostPort::split(authority.as_bytes());
    let implied = default_port(scheme.as_bytes());
    let redundant = parts.port.is_some_and(|port| port.is_empty() || Some(port) == implied);
    match authority.get(..parts.host.len()) {
        Some(host) if redundant && parts.is_unambiguous() => host,
        _ => authority,
    }
}

/// Without an authority the first Host field counts, if it can be a host.
fn check_host(out: &mut RequestHead) -> Result<(), Malformed> {
    let headers = &mut out.headers;
    let Some(host) = headers.find(KnownHeader::Host) else { return Ok(()) };
    if !is_valid_host_port(host) {
        return Err(Malformed::reset(HeadErrorKind::Host));
    }
    if headers.all(KnownHeader::Host).nth(1).is_some() {
        let mut seen = false;
        headers.retain(|header| header.known != KnownHeader::Host || !std::mem::replace(&mut seen, true));
    }
    Ok(())
}

fn body_framing(out: &mut RequestHead, upgrades: bool, end_stream: bool) -> Result<BodyFraming, Malformed> {
    let length = content_length(&mut out.headers).map_err(|(kind, _)| Malformed::reset(kind))?;
    if upgrades || out.method() == Method::Connect {
        // What follows is the tunnel's.
        out.headers.remove_all(KnownHeader::ContentLength);
        return Ok(if upgrades { BodyFraming::None } else { BodyFraming::UntilClose });
    }
    match (length, end_stream) {
        (Some(length), true) if length > 0 => Err(Malformed::reset(HeadErrorKind::ContentLength)),
        (Some(length), _) => Ok(BodyFraming::Length(length)),
        (None, true) => Ok(BodyFraming::None),
        (None, false) => Ok(BodyFraming::Chunked),
    }
}

fn set(out: &mut RequestHead, target: &[u8]) -> Result<(), Malformed> {
    out.headers.set_line_text(LineText::Second, target).map_err(|_| too_large())
}

fn push(out: &mut RequestHead, known: KnownHeader, value: &[u8]) -> Result<(), Malformed> {
    let value = [value].into_iter();
    out.headers.push_checked(known.name().as_bytes(), value).map_err(|_| too_large())
}
