//! Why a message head is refused, and the status that answers it.

use std::fmt;

/// A refused head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadError {
    /// What is wrong.
    pub kind: HeadErrorKind,
    /// Position in the input of the byte or field at fault, for `show errors`.
    pub offset: usize,
}

/// What is wrong with a head. All of it is the sender's fault: the client's in a request, the server's in a response, which is answered
/// with 502 whatever the kind. The message must not be retried as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadErrorKind {
    /// The method is missing or not a token.
    Method,
    /// The beginning of an HTTP/2 connection, where that version is not spoken (RFC 9113 section 3.4).
    Preface,
    /// The target holds a byte that it must not, or its form does not suit the method (RFC 9112 section 3.2).
    Target,
    /// The version is not `HTTP/` digit `.` digit.
    Version,
    /// The status is not a number of at most three digits.
    Status,
    /// A CR without LF.
    LineEnd,
    /// A header name is empty, holds a byte that it must not, or has a blank behind it.
    HeaderName,
    /// A header line has no colon.
    HeaderWithoutColon,
    /// A continuation line continues nothing.
    Continuation,
    /// A header value holds a NUL.
    HeaderValue,
    /// More header fields than allowed (`tune.http.maxhdr`).
    TooManyHeaders,
    /// The start line alone does not fit.
    StartLineTooLong,
    /// The head does not fit (`tune.bufsize` less `tune.maxrewrite`).
    HeadTooLarge,
    /// Host cannot be a host, or differs between lines (RFC 9112 section 3.2).
    Host,
    /// The target's authority is not one, or disagrees with Host.
    Authority,
    /// Content-Length is not a number, or not always the same one (RFC 9112 section 6.3).
    ContentLength,
    /// Transfer-Encoding is empty, does not end in `chunked`, or names it twice (RFC 9112 section 6.1).
    TransferEncoding,
    /// A transfer coding beside `chunked`.
    UnsupportedTransferCoding,
    /// A body in an HTTP/1.0 request whose method has none (configuration manual, `h1-accept-payload-with-any-method`).
    UnexpectedPayload,
    /// A WebSocket handshake without its key or its acceptance (RFC 6455 section 4).
    WebSocketHandshake,
    /// A pseudo-header field is missing, or stands where it must not (RFC 9113 section 8.3).
    PseudoHeader,
    /// A field that means something to a connection of HTTP/1 alone (RFC 9113 section 8.2.2).
    ConnectionField,
    /// Switching protocols where nobody asked to (RFC 9110 section 15.2.2).
    UnexpectedUpgrade,
}

impl HeadErrorKind {
    /// The status that answers a request with this fault.
    pub fn status(self) -> u16 {
        match self {
            HeadErrorKind::Preface => 405,
            HeadErrorKind::StartLineTooLong => 414,
            HeadErrorKind::HeadTooLarge => 431,
            HeadErrorKind::UnsupportedTransferCoding => 422,
            HeadErrorKind::UnexpectedPayload => 413,
            _ => 400,
        }
    }
}

impl fmt::Display for HeadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HeadErrorKind::Method => "invalid method",
            HeadErrorKind::Preface => "HTTP/2 is not spoken here",
            HeadErrorKind::Target => "invalid request target",
            HeadErrorKind::Version => "invalid protocol version",
            HeadErrorKind::Status => "invalid status code",
            HeadErrorKind::LineEnd => "CR without LF",
            HeadErrorKind::HeaderName => "invalid header name",
            HeadErrorKind::HeaderWithoutColon => "header line without a colon",
            HeadErrorKind::Continuation => "continuation of no header line",
            HeadErrorKind::HeaderValue => "invalid header value",
            HeadErrorKind::TooManyHeaders => "too many header fields",
            HeadErrorKind::StartLineTooLong => "start line too long",
            HeadErrorKind::HeadTooLarge => "message head too large",
            HeadErrorKind::Host => "invalid or contradictory Host",
            HeadErrorKind::Authority => "the target's authority is invalid or disagrees with Host",
            HeadErrorKind::ContentLength => "invalid or contradictory Content-Length",
            HeadErrorKind::TransferEncoding => "invalid Transfer-Encoding",
            HeadErrorKind::UnsupportedTransferCoding => "unsupported transfer coding",
            HeadErrorKind::UnexpectedPayload => "this request cannot have a body",
            HeadErrorKind::WebSocketHandshake => "incomplete WebSocket handshake",
            HeadErrorKind::PseudoHeader => "missing or misplaced pseudo-header field",
            HeadErrorKind::ConnectionField => "a field that HTTP/2 does not have",
            HeadErrorKind::UnexpectedUpgrade => "protocol switched without being asked",
        })
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl std::error::Error for HeadError {}
