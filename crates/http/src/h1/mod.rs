//! HTTP/1 (RFC 9112) as state machines over byte slices: heads and bodies in, heads and body framing out.
//! Must not know sockets, clocks or which side of the proxy a message is on, beyond request or response.

mod body;
mod body_writer;
pub(crate) mod connection;
mod early;
mod error;
pub(crate) mod fields;
pub(crate) mod framing;
mod host;
mod request;
mod response;
mod write;

pub use body::{BodyDecoder, BodyError, Decoded};
pub use body_writer::{BodyEncoder, Frame, FrameError};
pub use connection::take_close;
pub use error::{HeadError, HeadErrorKind};
pub use request::{RequestFacts, RequestParser};
pub use response::{ResponseFacts, ResponseParser};
pub use write::{ConnectionPolicy, FramingHeader, WriteOptions, write_request, write_response};

use crate::method::Method;

/// How large a received head may be.
#[derive(Clone, Copy, Debug)]
pub struct HeadLimits {
    /// Bytes up to and including the empty line: `tune.bufsize` less `tune.maxrewrite`.
    pub max_bytes: usize,
    /// Header fields, the start line counted as one: `tune.http.maxhdr`.
    pub max_headers: usize,
    /// Bytes that the head may reach by changes after it was received: `tune.bufsize`.
    pub max_bytes_rewritten: usize,
}

impl HeadLimits {
    /// Header fields alone.
    pub(crate) fn max_fields(&self) -> usize {
        self.max_headers.saturating_sub(1)
    }
}

impl Default for HeadLimits {
    /// The configuration manual's defaults: `tune.bufsize` 16384, `tune.maxrewrite` 1024, `tune.http.maxhdr` 101.
    fn default() -> Self {
        HeadLimits { max_bytes: 16384 - 1024, max_headers: 101, max_bytes_rewritten: 16384 }
    }
}

/// Which faults of the peer are tolerated. The default is strict.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParseRules {
    /// `option accept-unsafe-violations-in-http-request` or `-response`.
    pub relaxed: bool,
    /// Global `h1-accept-payload-with-any-method`: HTTP/1.0 GET, HEAD and DELETE may have a body.
    pub payload_with_any_method: bool,
    /// Global `h1-do-not-close-on-insecure-transfer-encoding`: Content-Length beside Transfer-Encoding does not close the connection.
    pub keep_on_insecure_transfer_encoding: bool,
}

/// What a parser made of the bytes so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parse<T> {
    /// The head is not complete. Call again with the same bytes and more behind them.
    Partial,
    /// The head is complete and took the first `consumed` bytes of the input.
    Complete {
        /// Length of the head, leading empty lines included.
        consumed: usize,
        /// What the codec learned from it.
        facts: T,
    },
}

/// How a message's body is delimited (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyFraming {
    /// There is no body.
    #[default]
    None,
    /// That many bytes follow (0 where a Content-Length said so).
    Length(u64),
    /// Chunked transfer coding; in HTTP/2, a length that only the stream's end tells.
    Chunked,
    /// Everything until the connection's end; only in responses and tunnels.
    UntilClose,
}

/// What the Connection field (or, for old peers, Proxy-Connection) asked for (RFC 9110 section 7.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// `close`
    pub close: bool,
    /// `keep-alive`
    pub keep_alive: bool,
    /// `upgrade`; from a client only if an Upgrade field is there too.
    pub upgrade: bool,
}

/// What the parser of a response must know of the request it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// The request's method.
    pub method: Method,
    /// Whether the request asked to switch protocols.
    pub upgrade: bool,
}

/// Position of the first byte behind leading empty lines; nothing when there is none yet (RFC 9112 section 2.2).
fn skip_empty_lines(input: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match (input.get(at)?, input.get(at + 1)) {
            (b'\n', _) => at += 1,
            (b'\r', None) => return None,
            (b'\r', Some(b'\n')) => at += 2,
            _ => return Some(at),
        }
    }
}
