//! Heads of requests and responses, the same for every HTTP version. They own one [`Headers`] whose arena also holds the start line.

use crate::bytes::is_token;
use crate::headers::{EditError, Headers, LineText};
use crate::method::Method;
use crate::name::KnownHeader;
use crate::uri::{Target, TargetForm, default_port, user_info_len};
use crate::version::Version;

/// A request's start line and header fields. `Default` and `clear` give an empty GET with an empty target.
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    /// The fields in order.
    pub headers: Headers,
    method: Method,
    version: Version,
    /// The absolute target was put together from the fields of an HTTP/2 request, and no rule has set another.
    composed: bool,
}

/// A response's start line and header fields.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    /// The fields in order.
    pub headers: Headers,
    /// Status code; 0 after `clear`. Codes outside 100-599 may occur, since servers send them.
    pub status: u16,
    version: Version,
}

/// What the count of a head has beyond its texts, as measured in HAProxy: its log lines (`%B`, `%U`) and statistics count texts without
/// punctuation, and this for each head.
pub const COUNTED_OVERHEAD: usize = 21;
/// Digits of a status.
const STATUS_DIGITS: usize = 3;

impl RequestHead {
    /// An empty head without memory of its own.
    pub fn new() -> RequestHead {
        RequestHead::default()
    }

    /// Empties the head and keeps its memory.
    pub fn clear(&mut self) {
        self.headers.clear();
        self.method = Method::default();
        self.version = Version::default();
        self.composed = false;
    }

    /// The size of the head as statistics and log lines count it: see [`COUNTED_OVERHEAD`].
    pub fn counted_size(&self) -> u64 {
        let line = self.method_bytes().len() + self.target().len() + self.version_bytes().len();
        (line + self.headers.text_size() + COUNTED_OVERHEAD) as u64
    }

    /// The method's classification.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The method's text.
    pub fn method_bytes(&self) -> &[u8] {
        match self.method.name() {
            Some(name) => name.as_bytes(),
            None => self.headers.line_text(LineText::First),
        }
    }

    /// Sets the method from its text, which must be a token.
    pub fn set_method(&mut self, text: &[u8]) -> Result<(), EditError> {
        if !is_token(text) {
            return Err(EditError::BadName);
        }
        self.headers.set_line_text(LineText::First, text)?;
        self.method = Method::from_bytes(text);
        Ok(())
    }

    /// Version that the client spoke.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The version's text as received, such as `HTTP/1.2`; relaxed parsing lets other protocols' names through.
    pub fn version_bytes(&self) -> &[u8] {
        version_bytes(&self.headers, self.version)
    }

    /// Sets the version.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
        clear_line_text(&mut self.headers, LineText::Version);
    }

    /// The request target as received or rewritten: a path, an absolute URI, an authority or `*`.
    pub fn target(&self) -> &[u8] {
        self.headers.line_text(LineText::Second)
    }

    /// The target taken apart.
    pub fn uri(&self) -> Target<'_> {
        Target::new(self.target())
    }

    /// Sets the target and nothing else. It must be neither empty nor hold a blank or a line end.
    pub fn set_target(&mut self, target: &[u8]) -> Result<(), EditError> {
        if target.is_empty() || holds_blank(target) {
            return Err(EditError::BadValue);
        }
        self.headers.set_line_text(LineText::Second, target)?;
        self.composed = false;
        Ok(())
    }

    /// The target as an HTTP/1 server gets it. A client of HTTP/2 always names scheme and authority, which HTTP/1 only does towards proxies:
    /// such a request goes out with its path alone, unless the scheme is not one of HTTP or a rule has set a whole URI.
    pub fn wire_target(&self) -> &[u8] {
        let uri = self.uri();
        if !self.composed || uri.scheme().and_then(default_port).is_none() {
            return self.target();
        }
        match uri.path_and_query() {
            // Without a path it is `OPTIONS *` (RFC 9113 section 8.3.1).
            b"" => b"*",
            path => path,
        }
    }

    /// Sets the target and, where it names an authority, the Host field to match (as `http-request set-uri` does).
    pub fn set_uri(&mut self, target: &[u8]) -> Result<(), EditError> {
        self.set_target(target)?;
        if matches!(Target::new(target).form(), TargetForm::Origin | TargetForm::Asterisk) {
            return Ok(());
        }
        let authority = Target::new(target).authority().unwrap_or_default();
        let host = authority.get(user_info_len(authority)..).unwrap_or_default();
        match self.headers.position(KnownHeader::Host) {
            Some(index) => self.headers.replace_value(index, host),
            None => self.headers.append_known(KnownHeader::Host, host),
        }
    }

    /// Sets the Host field and, where the target is an absolute URI, its authority to match, so that the two never disagree.
    pub fn set_host(&mut self, host: &[u8]) -> Result<(), EditError> {
        self.follow_host(host)?;
        self.headers.set(&KnownHeader::Host.into(), host)
    }

    /// Puts the value that a Host field gets into the authority of an absolute URI; other targets name no host.
    pub fn follow_host(&mut self, host: &[u8]) -> Result<(), EditError> {
        if holds_blank(host) {
            return Err(EditError::BadValue);
        }
        let target = self.uri();
        match (target.form(), target.authority_range()) {
            (TargetForm::Absolute, Some(authority)) => self.headers.splice_line_text(LineText::Second, authority, host),
            _ => Ok(()),
        }
    }

    /// Replaces the path and keeps everything around it. In the place of `*` it is the whole target.
    pub fn set_path(&mut self, path: &[u8]) -> Result<(), EditError> {
        if self.uri().form() == TargetForm::Asterisk {
            return self.set_target(path);
        }
        let range = self.uri().path_range();
        self.splice_target(range, path)
    }

    /// Replaces path and query together. In the place of `*` they are the whole target.
    pub fn set_path_and_query(&mut self, path_and_query: &[u8]) -> Result<(), EditError> {
        if self.uri().form() == TargetForm::Asterisk {
            return self.set_target(path_and_query);
        }
        let range = self.uri().path_and_query_range();
        self.splice_target(range, path_and_query)
    }

    /// Replaces the query, given with its leading `?` or empty to remove it.
    pub fn set_query(&mut self, question_mark_and_query: &[u8]) -> Result<(), EditError> {
        let (path, both) = (self.uri().path_range(), self.uri().path_and_query_range());
        self.splice_target(path.end..both.end, question_mark_and_query)
    }

    /// Makes this head equal to `other`, reusing memory.
    pub fn copy_from(&mut self, other: &RequestHead) {
        self.headers.copy_from(&other.headers);
        self.method = other.method;
        self.version = other.version;
        self.composed = other.composed;
    }

    /// Sets the target of an HTTP/2 request from its scheme, authority and path.
    pub(crate) fn compose_target(&mut self, scheme: &[u8], authority: &[u8], path: &[u8]) -> Result<(), EditError> {
        self.headers.set_line_parts(LineText::Second, &[scheme, b"://", authority, path])?;
        self.composed = true;
        Ok(())
    }

    pub(crate) fn splice_target(&mut self, part: std::ops::Range<usize>, with: &[u8]) -> Result<(), EditError> {
        let nothing_left = part.len() == self.target().len() && with.is_empty();
        if nothing_left || holds_blank(with) {
            return Err(EditError::BadValue);
        }
        self.headers.splice_line_text(LineText::Second, part, with)
    }

    /// What a codec found in the start line whose texts it has put into the headers' arena.
    pub(crate) fn adopt_line(&mut self, method: Method, version: Version) {
        self.method = method;
        self.version = version;
    }
}

impl ResponseHead {
    /// The size of the head as statistics and log lines count it: see [`COUNTED_OVERHEAD`].
    pub fn counted_size(&self) -> u64 {
        (self.version_bytes().len() + STATUS_DIGITS + self.reason().len() + self.headers.text_size() + COUNTED_OVERHEAD)
            as u64
    }

    /// An empty head without memory of its own.
    pub fn new() -> ResponseHead {
        ResponseHead::default()
    }

    /// Empties the head and keeps its memory.
    pub fn clear(&mut self) {
        self.headers.clear();
        self.status = 0;
        self.version = Version::default();
    }

    /// Version that the server spoke.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The version's text as received.
    pub fn version_bytes(&self) -> &[u8] {
        version_bytes(&self.headers, self.version)
    }

    /// Sets the version.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
        clear_line_text(&mut self.headers, LineText::Version);
    }

    /// The reason phrase; may be empty (HTTP/2 has none), and then the writer sends the default one.
    pub fn reason(&self) -> &[u8] {
        self.headers.line_text(LineText::Second)
    }

    /// Sets the reason phrase.
    pub fn set_reason(&mut self, reason: &[u8]) -> Result<(), EditError> {
        self.headers.set_line_text(LineText::Second, reason)
    }

    /// Sets the status, and the reason to that status' default.
    pub fn set_status(&mut self, status: u16) {
        self.status = status;
        clear_line_text(&mut self.headers, LineText::Second);
    }

    /// The status' digits as received, if they still say what `status` does: a server's `099` is passed on as it is.
    pub(crate) fn received_status_digits(&self) -> Option<&[u8]> {
        let digits = self.headers.line_text(LineText::First);
        (crate::bytes::parse_decimal(digits) == Some(u64::from(self.status))).then_some(digits)
    }

    /// Makes this head equal to `other`, reusing memory.
    pub fn copy_from(&mut self, other: &ResponseHead) {
        self.headers.copy_from(&other.headers);
        self.status = other.status;
        self.version = other.version;
    }

    /// What a codec found in the start line whose texts it has put into the headers' arena.
    pub(crate) fn adopt_line(&mut self, status: u16, version: Version) {
        self.status = status;
        self.version = version;
    }
}

fn version_bytes(headers: &Headers, version: Version) -> &[u8] {
    match headers.line_text(LineText::Version) {
        b"" => version.name().as_bytes(),
        text => text,
    }
}

/// Emptying a text cannot fail: it needs no room and holds nothing wrong.
fn clear_line_text(headers: &mut Headers, which: LineText) {
    let _ = headers.set_line_text(which, b"");
}

fn holds_blank(text: &[u8]) -> bool {
    memchr::memchr2(b' ', b'\t', text).is_some()
}

#[cfg(test)]
mod tests;
