//! Complete responses of the proxy itself: the built-in pages, what an `errorfile` gives, and those that rules compose. Must not know when
//! they are sent.

mod build;
mod challenge;
mod redirect;

pub use build::{ReplyBuilder, STATUSES, allows_body, early_hints, is_reserved};
pub use challenge::Challenge;
pub use redirect::{CookieChange, PathOptions, Redirect, RedirectStatus, RedirectTarget};

use crate::h1::{BodyFraming, HeadError, HeadLimits, Parse, ParseRules, RequestContext, ResponseParser};
use crate::head::ResponseHead;
use crate::headers::MAX_BYTES;
use crate::name::KnownHeader;
use crate::status::reason;
use std::fmt;

/// A response of a head and a body in memory. Copy the head with [`ResponseHead::copy_from`] for each use.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Status line and fields. Built-in pages have a Content-Length; an `errorfile` may lack it.
    pub head: ResponseHead,
    /// The body.
    pub body: Box<[u8]>,
    /// How the body is delimited on an HTTP/1 connection: `UntilClose` for an `errorfile` without Content-Length.
    pub framing: BodyFraming,
    /// Close the client's connection after it: after 400 and 408 nothing more of the client is trusted, or the file said so.
    pub close: bool,
}

/// Why the content of an `errorfile` cannot be used: the operator's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// The head is not valid.
    Head(HeadError),
    /// There is no empty line behind the head.
    IncompleteHead,
    /// The status is below 200.
    Status(u16),
    /// The body is chunked.
    Chunked,
    /// Content-Length says other than the body's length.
    Length {
        /// What Content-Length says.
        announced: u64,
        /// The body's length.
        actual: usize,
    },
    /// A body where the status allows none (RFC 9110 sections 15.3.5 and 15.4.5).
    UnexpectedBody,
}

impl Reply {
    /// The built-in page for a status; nothing for a status that has none.
    pub fn builtin(status: u16) -> Option<Reply> {
        let page = PAGES.iter().find(|page| page.status == status)?;
        let title = page.title.unwrap_or_else(|| reason(status));
        let body = format!("<html><body><h1>{status} {title}</h1>\n{}\n</body></html>\n", page.sentence);
        let mut head = ResponseHead::new();
        head.set_status(status);
        let fields = [
            (KnownHeader::ContentLength, body.len().to_string()),
            (KnownHeader::CacheControl, "no-cache".to_owned()),
            (KnownHeader::ContentType, "text/html".to_owned()),
        ];
        head.set_reason(title.as_bytes()).ok()?;
        for (name, value) in fields {
            head.headers.append_known(name, value.as_bytes()).ok()?;
        }
        let framing = BodyFraming::Length(body.len() as u64);
        Some(Reply { head, body: body.into_bytes().into(), framing, close: matches!(status, 400 | 408) })
    }

    /// All statuses that have a built-in page, which are those that `errorfile` can replace.
    pub fn builtin_statuses() -> impl Iterator<Item = u16> {
        PAGES.iter().map(|page| page.status)
    }

    /// Parses a raw HTTP response, as in an `errorfile` (configuration manual 4.2 `errorfile`). LF alone ends lines too, and HTTP/1.0 is
    /// accepted. No content at all gives a silent reply, which sends nothing and closes.
    pub fn parse(text: &[u8]) -> Result<Reply, ReplyError> {
        if text.is_empty() {
            return Ok(Reply { framing: BodyFraming::UntilClose, close: true, ..Reply::default() });
        }
        let limits = HeadLimits { max_bytes: MAX_BYTES, max_headers: usize::MAX, max_bytes_rewritten: MAX_BYTES };
        let mut head = ResponseHead::new();
        let request = RequestContext::default();
        let parsed = ResponseParser::new().parse(text, &limits, &ParseRules::default(), request, &mut head);
        let (consumed, facts) = match parsed.map_err(ReplyError::Head)? {
            Parse::Complete { consumed, facts } => (consumed, facts),
            Parse::Partial => return Err(ReplyError::IncompleteHead),
        };
        let body = text.get(consumed..).unwrap_or_default();
        match facts.framing {
            _ if head.status < 200 => return Err(ReplyError::Status(head.status)),
            BodyFraming::Chunked => return Err(ReplyError::Chunked),
            BodyFraming::Length(announced) if announced != body.len() as u64 => {
                return Err(ReplyError::Length { announced, actual: body.len() });
            }
            BodyFraming::None if !body.is_empty() => return Err(ReplyError::UnexpectedBody),
            _ => {}
        }
        let close = facts.connection.close || facts.framing == BodyFraming::UntilClose;
        Ok(Reply { head, body: body.into(), framing: facts.framing, close })
    }

    /// Whether nothing is to be sent: an empty `errorfile`.
    pub fn is_silent(&self) -> bool {
        self.head.status == 0
    }
}

struct Page {
    status: u16,
    /// The reason, where it is not the status' default one.
    title: Option<&'static str>,
    sentence: &'static str,
}

/// The pages' sizes are part of what clients and checks have come to expect; see the tests.
const PAGES: &[Page] = &[
    Page { status: 200, title: None, sentence: "Up and running" },
    Page { status: 400, title: Some("Bad request"), sentence: "This request could not be understood." },
    Page { status: 401, title: None, sentence: "Please log in with a known name and its password to go on." },
    Page { status: 403, title: None, sentence: "The rules of this site refuse the request." },
    Page { status: 404, title: None, sentence: "Nothing to be found at this URL." },
    Page {
        status: 405,
        title: None,
        sentence: "This resource exists, but not for the method that was used; another one must be chosen.",
    },
    Page {
        status: 407,
        title: Some("Unauthorized"),
        sentence: "Please log in with a known name and its password to go on.",
    },
    Page { status: 408, title: None, sentence: "The whole request did not arrive in the time it had." },
    Page { status: 410, title: None, sentence: "What used to be here has been taken away on purpose, and stays away." },
    Page { status: 413, title: Some("Payload Too Large"), sentence: "The body of this request is more than is taken." },
    Page {
        status: 414,
        title: Some("URI Too Long"),
        sentence: "The address in this request is longer than is permitted.",
    },
    Page { status: 421, title: None, sentence: "This is not the server for the host wanted." },
    Page { status: 422, title: None, sentence: "The request can be read, but it cannot be acted upon." },
    Page { status: 425, title: None, sentence: "Early data are not used here." },
    Page { status: 429, title: None, sentence: "There were too many requests, so this one was not granted." },
    Page { status: 431, title: None, sentence: "The header fields are too large." },
    Page { status: 500, title: None, sentence: "Something failed inside the proxy." },
    Page {
        status: 501,
        title: None,
        sentence: "Nobody here knows how to do what this request asks for, so it was not handled.",
    },
    Page {
        status: 502,
        title: Some("Bad Gateway"),
        sentence: "The answer of the server was invalid or was cut short.",
    },
    Page { status: 503, title: None, sentence: "No server is up which could take this request." },
    Page { status: 504, title: None, sentence: "The server took too long to reply." },
];

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplyError::Head(error) => write!(f, "not a valid HTTP response: {error}"),
            ReplyError::IncompleteHead => f.write_str("no empty line behind the header fields"),
            ReplyError::Status(status) => write!(f, "status {status} cannot be a final answer"),
            ReplyError::Chunked => f.write_str("a chunked body is not supported here"),
            ReplyError::Length { announced, actual } => {
                write!(f, "Content-Length says {announced}, but the body has {actual} bytes")
            }
            ReplyError::UnexpectedBody => f.write_str("a response of this status has no body"),
        }
    }
}

impl std::error::Error for ReplyError {}

#[cfg(test)]
mod testing {
    use super::Reply;
    use crate::h1::{BodyFraming, WriteOptions, write_response};
    use crate::headers::EditError;

    /// A reply, byte for byte as it goes out.
    pub(super) fn check(reply: Result<Reply, EditError>, expected: &str) {
        let reply = reply.unwrap();
        let mut wire = Vec::new();
        write_response(&reply.head, &WriteOptions::default(), &mut wire);
        wire.extend_from_slice(&reply.body);
        assert_eq!(String::from_utf8(wire).unwrap(), expected);
        match reply.framing {
            BodyFraming::None => assert!(reply.body.is_empty()),
            framing => assert_eq!(framing, BodyFraming::Length(reply.body.len() as u64)),
        }
        assert!(!reply.close && !reply.is_silent());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::h1::{WriteOptions, write_response};

    #[test]
    fn builtin_pages() {
        for (status, reason, length) in [
            (200, "OK", 58),
            (400, "Bad request", 90),
            (401, "Unauthorized", 112),
            (403, "Forbidden", 93),
            (404, "Not Found", 83),
            (405, "Method Not Allowed", 147),
            (407, "Unauthorized", 112),
            (408, "Request Time-out", 110),
            (410, "Gone", 114),
            (413, "Payload Too Large", 106),
            (414, "URI Too Long", 110),
            (421, "Misdirected Request", 104),
            (422, "Unprocessable Content", 116),
            (425, "Too Early", 80),
            (429, "Too Many Requests", 117),
            (431, "Request Header Fields Too Large", 105),
            (500, "Internal Server Error", 97),
            (501, "Not Implemented", 135),
            (502, "Bad Gateway", 107),
            (503, "Service Unavailable", 107),
            (504, "Gateway Time-out", 92),
        ] {
            let reply = Reply::builtin(status).unwrap();
            let mut wire = Vec::new();
            write_response(&reply.head, &WriteOptions::default(), &mut wire);
            let expected = format!(
                "HTTP/1.1 {status} {reason}\r\ncontent-length: {length}\r\ncache-control: no-cache\r\ncontent-type: text/html\r\n\r\n"
            );
            assert_eq!(String::from_utf8(wire).unwrap(), expected);
            assert_eq!(reply.body.len(), length, "{status}");
            assert_eq!(reply.framing, BodyFraming::Length(length as u64));
            assert_eq!(reply.close, status == 400 || status == 408);
        }
        assert!(Reply::builtin(418).is_none());
        assert_eq!(Reply::builtin_statuses().count(), 21);
    }

    #[test]
    fn error_files() {
        let until_close = BodyFraming::UntilClose;
        for (text, status, framing, close, wire, body) in [
            (
                "HTTP/1.0 503 Service Unavailable\nCache-Control: no-cache\nConnection: close\n\n<html>x\n",
                503,
                until_close,
                true,
                "HTTP/1.0 503 Service Unavailable\r\ncache-control: no-cache\r\n\r\n",
                "<html>x\n",
            ),
            (
                "\r\nHTTP/2.0 503\r\nContent-Length: 4\r\n\r\nbody",
                503,
                BodyFraming::Length(4),
                false,
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\n",
                "body",
            ),
            (
                "HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody",
                503,
                BodyFraming::Length(4),
                true,
                "HTTP/1.1 503 X\r\ncontent-length: 4\r\n\r\n",
                "body",
            ),
            ("HTTP/1.1 600 X\r\nA: b\r\n\r\nbody", 600, until_close, true, "HTTP/1.1 600 X\r\na: b\r\n\r\n", "body"),
            ("HTTP/1.1 204 X\r\nA: b\r\n\r\n", 204, BodyFraming::None, false, "HTTP/1.1 204 X\r\na: b\r\n\r\n", ""),
        ] {
            let reply = Reply::parse(text.as_bytes()).unwrap();
            assert_eq!((reply.head.status, reply.framing, reply.close), (status, framing, close), "{text:?}");
            let mut written = Vec::new();
            write_response(&reply.head, &WriteOptions::default(), &mut written);
            assert_eq!(String::from_utf8(written).unwrap(), wire);
            assert_eq!(*reply.body, *body.as_bytes());
            assert!(!reply.is_silent());
        }
        let silent = Reply::parse(b"").unwrap();
        assert!(silent.is_silent() && silent.close);
    }

    #[test]
    fn unusable_error_files() {
        let cut = |len| ReplyError::Length { announced: len, actual: 4 };
        for (text, expected) in [
            ("HTTP/1.1 503 X\r\nContent-Length: 3\r\n\r\nbody", cut(3)),
            ("HTTP/1.1 503 X\r\nContent-Length: 5\r\n\r\nbody", cut(5)),
            ("HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", ReplyError::Chunked),
            ("HTTP/1.1 503 X\r\nA: b\r\n", ReplyError::IncompleteHead),
            ("hello", ReplyError::IncompleteHead),
            ("HTTP/1.1 100 X\r\nA: b\r\n\r\nbody", ReplyError::Status(100)),
            ("HTTP/1.1 99 X\r\nA: b\r\n\r\nbody", ReplyError::Status(99)),
            ("HTTP/1.1 204 X\r\n\r\nbody", ReplyError::UnexpectedBody),
            ("HTTP/1.1 304 X\r\nContent-Length: 4\r\n\r\nbody", ReplyError::UnexpectedBody),
        ] {
            assert_eq!(Reply::parse(text.as_bytes()).unwrap_err(), expected, "{text:?}");
        }
        for text in [
            "hello\n\n",
            "HTTP/1.1 503 X\r\nA b\r\n\r\n",
            "HTTP/1.1 503 X\r\nA : b\r\n\r\n",
            "HTTP/1.1 503 X\r\n A: b\r\n\r\n",
        ] {
            assert!(matches!(Reply::parse(text.as_bytes()), Err(ReplyError::Head(_))), "{text:?}");
        }
    }
}
