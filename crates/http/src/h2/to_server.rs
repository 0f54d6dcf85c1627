//! A request as a server gets it over HTTP/2 (RFC 9113 section 8.3.1): Host becomes the authority, and a request to switch protocols becomes
//! an extended CONNECT (RFC 8441 section 4).

use super::fields::head_map;
use super::{Unsendable, upgrade_protocol};
use crate::bytes::parse_decimal;
use crate::h1::FramingHeader;
use crate::head::RequestHead;
use crate::method::Method;
use crate::name::KnownHeader;
use crate::uri::{Target, TargetForm, user_info_len};
use bytes::Bytes;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{Request, Uri};

/// A request ready to be sent.
#[derive(Debug)]
pub struct Outgoing {
    /// Its head.
    pub request: Request<()>,
    /// What is to stand in `:protocol`. The server must have allowed it (RFC 8441 section 3), or the request cannot be sent.
    pub protocol: Option<String>,
}

/// The request to send. The scheme is the target's own or, where that names none, `https`, as HAProxy has it on clear connections too.
///
/// # Errors
/// The server can serve no such request over HTTP/2.
pub fn request(head: &RequestHead, framing: FramingHeader) -> Result<Outgoing, Unsendable> {
    let protocol = match upgrade_protocol(&head.headers) {
        Some(_) if announces_body(head) => return Err(Unsendable::UpgradeWithBody),
        Some(protocol) => Some(String::from_utf8_lossy(protocol).into_owned()),
        None => None,
    };
    let method = match protocol {
        Some(_) => http::Method::CONNECT,
        None => http::Method::from_bytes(head.method_bytes()).map_err(|_| Unsendable::Target)?,
    };
    let mut request = Request::new(());
    let uri = match (head.method(), &protocol) {
        (Method::Connect, None) => authority_form(head)?,
        _ => absolute_form(head)?,
    };
    let without_host = match uri {
        Some(uri) => {
            *request.version_mut() = http::Version::HTTP_2;
            *request.uri_mut() = uri;
            true
        }
        None if protocol.is_some() => return Err(Unsendable::Target),
        None => {
            // No host, or one that no authority can hold: what is left are a path and, perhaps, a Host field, which the `h2` crate takes
            // from messages of HTTP/1 alone.
            *request.version_mut() = http::Version::HTTP_11;
            let mut parts = Parts::default();
            parts.path_and_query = Some(path_and_query(head)?);
            *request.uri_mut() = Uri::from_parts(parts).map_err(|_| Unsendable::Target)?;
            false
        }
    };
    *request.method_mut() = method;
    let framing = if protocol.is_some() { FramingHeader::None } else { framing };
    *request.headers_mut() = head_map(&head.headers, framing, without_host.then_some(KnownHeader::Host))?;
    Ok(Outgoing { request, protocol })
}

fn announces_body(head: &RequestHead) -> bool {
    let length = head.headers.find(KnownHeader::ContentLength).and_then(parse_decimal);
    head.headers.contains(KnownHeader::TransferEncoding) || length.is_some_and(|length| length > 0)
}

/// The target of CONNECT. It has no other form, so nothing is left without it.
fn authority_form(head: &RequestHead) -> Result<Option<Uri>, Unsendable> {
    let mut parts = Parts::default();
    parts.authority = Some(authority(head.target()).ok_or(Unsendable::Target)?);
    Uri::from_parts(parts).map(Some).map_err(|_| Unsendable::Target)
}

/// Scheme, authority and path; nothing where there is no authority.
fn absolute_form(head: &RequestHead) -> Result<Option<Uri>, Unsendable> {
    let uri = head.uri();
    let (scheme, host) = match uri.form() {
        TargetForm::Absolute => (scheme(uri)?, uri.authority()),
        _ => (Scheme::HTTPS, head.headers.find(KnownHeader::Host)),
    };
    let Some(authority) = host.and_then(authority) else { return Ok(None) };
    let path = path_and_query(head)?;
    let mut parts = Parts::default();
    (parts.scheme, parts.authority, parts.path_and_query) = (Some(scheme), Some(authority), Some(path));
    Uri::from_parts(parts).map(Some).map_err(|_| Unsendable::Target)
}

fn scheme(uri: Target<'_>) -> Result<Scheme, Unsendable> {
    match uri.scheme() {
        Some(b"http") => Ok(Scheme::HTTP),
        Some(b"https") | None => Ok(Scheme::HTTPS),
        Some(other) => Scheme::try_from(other).map_err(|_| Unsendable::Target),
    }
}

/// A host without user information, which HTTP/2 does not allow (RFC 9113 section 8.3.1).
fn authority(text: &[u8]) -> Option<Authority> {
    let host = text.get(user_info_len(text)..)?;
    Authority::from_maybe_shared(Bytes::copy_from_slice(host)).ok()
}

fn path_and_query(head: &RequestHead) -> Result<PathAndQuery, Unsendable> {
    let uri = head.uri();
    let text = match (uri.form(), uri.path_and_query()) {
        (TargetForm::Asterisk, _) => return Ok(PathAndQuery::from_static("*")),
        (TargetForm::Authority, _) => return Err(Unsendable::Target),
        (_, b"") if head.method() == Method::Options => return Ok(PathAndQuery::from_static("*")),
        (_, b"" | b"/") => return Ok(PathAndQuery::from_static("/")),
        (_, text) => text,
    };
    if text.starts_with(b"/")
        && let Ok(path) = PathAndQuery::from_maybe_shared(Bytes::copy_from_slice(text))
    {
        return Ok(path);
    }
    PathAndQuery::from_maybe_shared(Bytes::from(encoded(text))).map_err(|_| Unsendable::Target)
}

/// The text with everything encoded that no URI may hold as it is (RFC 3986 section 2.1): clients send it, and HTTP/1 passes it on. A
/// path that is missing before a query is set.
fn encoded(text: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(3 * text.len() + 1);
    if !text.starts_with(b"/") {
        out.push(b'/');
    }
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%[]|".contains(&byte) {
            out.push(byte);
        } else {
            out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
    out
}
