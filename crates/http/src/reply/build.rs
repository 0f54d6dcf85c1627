//! Responses put together from parts, as `http-request return` and `deny` do, and heads of interim responses. Must not know rules.

use std::ops::RangeInclusive;

use super::Reply;
use crate::h1::BodyFraming;
use crate::head::ResponseHead;
use crate::headers::EditError;
use crate::name::KnownHeader;

/// A response that gets its parts one after the other. Its own fields follow those that were added, in the order that clients know.
#[derive(Clone, Debug)]
pub struct ReplyBuilder {
    head: ResponseHead,
}

/// The statuses that rules may compose responses of (configuration manual, action `return`). Those without parts of their own, as `deny
/// deny_status` has them, are of [`Reply::builtin_statuses`].
pub const STATUSES: RangeInclusive<u16> = 200..=599;

/// Whether a response of that status may have a body (RFC 9110 sections 15.3.5 and 15.4.5).
pub fn allows_body(status: u16) -> bool {
    !matches!(status, 204 | 304)
}

/// Whether a field of that lower-case name is never taken from a rule, because the reply has its own: the operator is warned.
pub fn is_reserved(name: &[u8]) -> bool {
    RESERVED.contains(&KnownHeader::from_lower_case(name))
}

const RESERVED: [KnownHeader; 3] =
    [KnownHeader::ContentLength, KnownHeader::ContentType, KnownHeader::TransferEncoding];

/// The head of a response of status 103 (RFC 8297), which is sent before the final one.
///
/// # Errors
/// Where a name or a value cannot stand in a head.
pub fn early_hints<'a>(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Result<ResponseHead, EditError> {
    let mut head = ResponseHead::new();
    head.set_status(103);
    head.set_reason(b"Early Hints")?;
    for (name, value) in fields {
        head.headers.append(name, value)?;
    }
    Ok(head)
}

impl Reply {
    /// Begins a response of that status, with the status' default reason.
    pub fn builder(status: u16) -> ReplyBuilder {
        let mut head = ResponseHead::new();
        head.set_status(status);
        ReplyBuilder { head }
    }
}

impl ReplyBuilder {
    /// Sets the reason.
    ///
    /// # Errors
    /// Where it holds what would end the line.
    pub fn reason(mut self, reason: &[u8]) -> Result<ReplyBuilder, EditError> {
        self.head.set_reason(reason)?;
        Ok(self)
    }

    /// Adds a field; those of reserved names (see [`is_reserved`]) are left out.
    ///
    /// # Errors
    /// Where name or value cannot stand in a head.
    pub fn header(mut self, name: &[u8], value: &[u8]) -> Result<ReplyBuilder, EditError> {
        self.head.headers.append(name, value)?;
        let last = self.head.headers.len() - 1;
        if self.head.headers.get(last).is_some_and(|added| RESERVED.contains(&added.known)) {
            self.head.headers.remove(last);
        }
        Ok(self)
    }

    /// The response without a body. It says so in any case, also where the status alone does (204 and 304).
    ///
    /// # Errors
    /// Where the head has no room for that.
    pub fn empty(self) -> Result<Reply, EditError> {
        self.finish(None, Box::default())
    }

    /// The response with a body, and the body's type if it is known. A status that allows no body gets none.
    ///
    /// # Errors
    /// Where the type cannot stand in a head.
    pub fn body(self, content_type: Option<&[u8]>, body: impl Into<Box<[u8]>>) -> Result<Reply, EditError> {
        if allows_body(self.head.status) { self.finish(content_type, body.into()) } else { self.empty() }
    }

    fn finish(mut self, content_type: Option<&[u8]>, body: Box<[u8]>) -> Result<Reply, EditError> {
        let headers = &mut self.head.headers;
        headers.append_known(KnownHeader::ContentLength, body.len().to_string().as_bytes())?;
        if let Some(content_type) = content_type {
            headers.append_known(KnownHeader::ContentType, content_type)?;
        }
        let framing =
            if allows_body(self.head.status) { BodyFraming::Length(body.len() as u64) } else { BodyFraming::None };
        Ok(Reply { head: self.head, body, framing, close: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::h1::{WriteOptions, write_response};
    use crate::reply::testing::check;

    #[test]
    fn composed() {
        check(Reply::builder(200).empty(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        check(Reply::builder(204).empty(), "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n");
        check(Reply::builder(304).empty(), "HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n");
        check(Reply::builder(418).empty(), "HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\n\r\n");
        check(
            Reply::builder(503).header(b"X-A", b"b").and_then(ReplyBuilder::empty),
            "HTTP/1.1 503 Service Unavailable\r\nx-a: b\r\ncontent-length: 0\r\n\r\n",
        );
        check(
            Reply::builder(200).body(Some(b"text/plain"), *b"abc"),
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-type: text/plain\r\n\r\nabc",
        );
        check(Reply::builder(200).body(None, *b"abc"), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
        check(
            Reply::builder(204).body(Some(b"text/plain"), *b"abc"),
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
        );
        check(
            Reply::builder(200).reason(b"Fine").and_then(ReplyBuilder::empty),
            "HTTP/1.1 200 Fine\r\ncontent-length: 0\r\n\r\n",
        );
    }

    #[test]
    fn reserved_fields_are_left_out() {
        let fields: [(&[u8], &[u8]); 5] = [
            (b"X-A", b"b"),
            (b"Content-Length", b"9"),
            (b"content-type", b"y/z"),
            (b"transfer-encoding", b"chunked"),
            (b"set-cookie", b"q"),
        ];
        let mut builder = Reply::builder(200);
        for (name, value) in fields {
            assert_eq!(is_reserved(&name.to_ascii_lowercase()), !matches!(name, b"X-A" | b"set-cookie"));
            builder = builder.header(name, value).unwrap();
        }
        check(
            builder.body(Some(b"text/plain"), *b"abc"),
            "HTTP/1.1 200 OK\r\nx-a: b\r\nset-cookie: q\r\ncontent-length: 3\r\ncontent-type: text/plain\r\n\r\nabc",
        );
    }

    #[test]
    fn nothing_splits_a_head() {
        let builder = || Reply::builder(200);
        for result in [
            builder().header(b"x", b"a\r\nb: c"),
            builder().reason(b"a\nb"),
            builder().body(Some(b"a\r\n\r\n"), *b"").map(|_| builder()),
        ] {
            assert_eq!(result.map(|_| ()), Err(EditError::BadValue));
        }
        assert_eq!(builder().header(b"a b", b"c").map(|_| ()), Err(EditError::BadName));
        assert_eq!(early_hints([(&b"link"[..], &b"\n"[..])]).map(|_| ()), Err(EditError::BadValue));
    }

    #[test]
    fn hints() {
        let head = early_hints([(&b"Link"[..], &b"</x>"[..]), (b"a", b"b")]).unwrap();
        let mut wire = Vec::new();
        write_response(&head, &WriteOptions::default(), &mut wire);
        assert_eq!(String::from_utf8(wire).unwrap(), "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\na: b\r\n\r\n");
    }
}
