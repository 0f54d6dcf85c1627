//! Heads of HTTP/2 (RFC 9113), as the `h2` crate hands them out and takes them, to and from the proxy's own heads. Whatever the layer of
//! frames lets through and a next hop could misread is refused here. Must not know frames, streams or which of them carries what.

mod fields;
mod from_client;
mod from_server;
mod to_client;
mod to_server;

pub use fields::{trailer_map, trailers};
pub use from_client::request_head;
pub use from_server::response_head;
pub use to_client::response;
pub use to_server::{Outgoing, request};

use crate::bytes::token_len;
use crate::h1::HeadErrorKind;
use crate::h1::connection::tokens;
use crate::headers::Headers;
use crate::name::KnownHeader;
use std::fmt;

/// A message that breaks the rules of HTTP/2 (RFC 9113 section 8.1.1): the sender's fault, and not to be retried as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong.
    pub kind: HeadErrorKind,
    /// The status that answers a request; nothing where its stream is reset with `PROTOCOL_ERROR`, as HAProxy does with most. A server's
    /// malformed response is answered with 502 and its stream is reset, whatever stands here.
    pub status: Option<u16>,
}

/// A head that HTTP/2 cannot carry: the proxy's or its operator's fault, since what was received can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// The status is below 100, or above 999.
    Status,
    /// The target or the method has no form in HTTP/2.
    Target,
    /// There are more fields than one message can have.
    TooManyFields,
    /// The request asks to switch protocols and has a body, which extended CONNECT (RFC 8441) has no place for.
    UpgradeWithBody,
}

impl Malformed {
    /// Answered by resetting the stream.
    fn reset(kind: HeadErrorKind) -> Malformed {
        Malformed { kind, status: None }
    }

    /// Answered with 400.
    fn bad_request(kind: HeadErrorKind) -> Malformed {
        Malformed { kind, status: Some(kind.status()) }
    }
}

/// Whether HTTP/2 has no such field (RFC 9113 section 8.2.2). `te: trailers` is the caller's to spare.
fn is_connection_specific(known: KnownHeader) -> bool {
    matches!(
        known,
        KnownHeader::Connection
            | KnownHeader::ProxyConnection
            | KnownHeader::KeepAlive
            | KnownHeader::TransferEncoding
            | KnownHeader::Upgrade
    )
}

/// The protocol that the fields ask to switch to: the first one named (RFC 9110 section 7.8).
pub fn upgrade_protocol(headers: &Headers) -> Option<&[u8]> {
    let asked = |value| tokens(value).any(|token| token.eq_ignore_ascii_case(b"upgrade"));
    if !headers.contains(KnownHeader::Upgrade) || !headers.all(KnownHeader::Connection).any(|(_, value)| asked(value)) {
        return None;
    }
    headers.all(KnownHeader::Upgrade).flat_map(|(_, value)| tokens(value)).find(|token| !token.is_empty())
}

/// Whether `:protocol` can stand in an Upgrade field: a name, and perhaps a version (RFC 9110 section 7.8). HTTP/2 itself cannot be switched
/// to.
fn is_upgrade_protocol(text: &[u8]) -> bool {
    let (name, version) = text.split_at(token_len(text));
    let version_is_one = match version.split_first() {
        None => true,
        Some((b'/', version)) => !version.is_empty() && token_len(version) == version.len(),
        Some(_) => false,
    };
    !name.is_empty() && version_is_one && !text.eq_ignore_ascii_case(b"h2") && !text.eq_ignore_ascii_case(b"h2c")
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)
    }
}

impl std::error::Error for Malformed {}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unsendable::Status => "HTTP/2 has no such status",
            Unsendable::Target => "the request's target or method has no form in HTTP/2",
            Unsendable::TooManyFields => "too many header fields",
            Unsendable::UpgradeWithBody => "a request with a body cannot switch protocols over HTTP/2",
        })
    }
}

impl std::error::Error for Unsendable {}

#[cfg(test)]
mod tests;
