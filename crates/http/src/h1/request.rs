//! Incremental parsing of request heads (RFC 9112 sections 2 to 7, and what HAProxy accepts beside them).

use super::connection::{Sender, check_websocket_key, connection_options, restrict_te, upgrades_to_websocket};
use super::early::{EarlyScan, Start};
use super::error::{HeadError, HeadErrorKind};
use super::fields::{FieldRules, find_line, parse_fields, span};
use super::framing::{CodingRules, DeclaredFraming, Fault, declared_framing, remove_framing};
use super::host::check_target_and_host;
use super::{BodyFraming, ConnectionOptions, HeadLimits, Parse, ParseRules, RequestContext, skip_empty_lines};
use crate::bytes::{is_blank, token_len, trim_start};
use crate::head::RequestHead;
use crate::headers::Span;
use crate::method::Method;
use crate::name::KnownHeader;
use crate::version::Version;

/// What an HTTP/1 request says beside its head's own content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// How the body is delimited. `UntilClose` for CONNECT: what follows belongs to the tunnel.
    pub framing: BodyFraming,
    /// `Expect: 100-continue` from a client that knows it (RFC 9110 section 10.1.1).
    pub expect_continue: bool,
    /// What the Connection field said. `close` and `keep-alive` are no longer in the head; `upgrade` is.
    pub connection: ConnectionOptions,
    /// Whether the client expects the connection to persist: version and Connection field together.
    pub keep_alive: bool,
    /// The message could be read in two ways by others and was normalised: answer, then close, on both sides.
    pub close_after: bool,
}

/// Parses one request head; remembers across calls how far it looked, so that slow senders cost no quadratic time.
#[derive(Clone, Copy, Debug)]
pub struct RequestParser {
    early: EarlyScan,
}

impl RequestParser {
    /// A parser at the start of a message.
    pub fn new() -> RequestParser {
        RequestParser { early: EarlyScan::message(Start::Request) }
    }

    /// Looks at `input`, which starts where the message does and holds at least what the last call saw. On `Complete`, `out` is
    /// filled and the parser is ready for the next message, whose first byte is `input[consumed]`; else `out` is empty.
    pub fn parse(
        &mut self,
        input: &[u8],
        limits: &HeadLimits,
        rules: &ParseRules,
        out: &mut RequestHead,
    ) -> Result<Parse<RequestFacts>, HeadError> {
        match self.early.drive(input, limits, rules.relaxed, |head| parse_head(head, limits, rules, out)) {
            Ok(Some(complete)) => {
                *self = RequestParser::new();
                Ok(complete)
            }
            unfinished => {
                out.clear();
                unfinished.map(|_| Parse::Partial)
            }
        }
    }

    /// Whether any byte of the message was seen, leading empty lines included.
    pub fn has_started(&self) -> bool {
        !self.early.is_fresh()
    }
}

impl Default for RequestParser {
    fn default() -> Self {
        RequestParser::new()
    }
}

impl RequestFacts {
    /// What the response's parser must know of this request.
    pub fn context(&self, method: Method) -> RequestContext {
        RequestContext { method, upgrade: self.connection.upgrade }
    }
}

/// Parses a head from its first byte; nothing when it is not complete.
fn parse_head(
    input: &[u8],
    limits: &HeadLimits,
    rules: &ParseRules,
    out: &mut RequestHead,
) -> Result<Option<Parse<RequestFacts>>, HeadError> {
    out.clear();
    let Some(base) = skip_empty_lines(input) else { return Ok(None) };
    let Some(line) = request_line(input, base, rules.relaxed)? else { return Ok(None) };
    let (end, folded) = if line.simple {
        (line.next, false)
    } else {
        let field_rules = FieldRules { max_fields: limits.max_fields(), relaxed: rules.relaxed };
        match parse_fields(input, base, line.next, &field_rules, &mut out.headers)? {
            Some(section) => (section.end, section.folded),
            None => return Ok(None),
        }
    };
    out.headers.set_max_bytes(limits.max_bytes_rewritten);
    out.headers.adopt(input.get(base..end).unwrap_or_default(), [line.method_text, line.target, line.version_text]);
    if folded {
        out.headers.unfold();
    }
    out.adopt_line(line.method, line.version);
    let facts = interpret(out, &line, rules).map_err(|(kind, offset)| HeadError { kind, offset: base + offset })?;
    Ok(Some(Parse::Complete { consumed: end, facts }))
}

struct RequestLine {
    method: Method,
    method_text: Span,
    target: Span,
    version: Version,
    version_text: Span,
    /// A request of HTTP/0.9, which is this line alone.
    simple: bool,
    /// Start of the next line.
    next: usize,
}

/// Method, target and version, apart by one or more blanks.
fn request_line(input: &[u8], base: usize, relaxed: bool) -> Result<Option<RequestLine>, HeadError> {
    let Some(line) = find_line(input, base)? else { return Ok(None) };
    let text = input.get(base..line.end).unwrap_or_default();
    let fault = |kind, offset| Err(HeadError { kind, offset: base + offset });

    let method_len = token_len(text);
    if method_len == 0 || !text.get(method_len).is_some_and(|&byte| is_blank(byte)) {
        return fault(HeadErrorKind::Method, method_len);
    }
    let (method_text, rest) = text.split_at(method_len);
    let method = Method::from_bytes(method_text);

    let rest = trim_start(rest);
    let target_start = text.len() - rest.len();
    let target_len = memchr::memchr2(b' ', b'\t', rest).unwrap_or(rest.len());
    let (target, rest) = rest.split_at(target_len);
    if let Some(at) = bad_target_byte(target, relaxed) {
        return fault(HeadErrorKind::Target, target_start + at);
    }

    let version_text = trim_start(rest);
    let version_start = text.len() - version_text.len();
    let simple = version_text.is_empty() && relaxed && method == Method::Get;
    let version = match Version::parse(version_text) {
        Some(version) => version,
        None if simple => Version::HTTP_10,
        None if relaxed && is_other_protocol(version_text) => Version::HTTP_10,
        None => return fault(HeadErrorKind::Version, version_start),
    };
    Ok(Some(RequestLine {
        method,
        method_text: span(0, 0, method_len),
        target: span(0, target_start, target_start + target_len),
        version,
        version_text: span(0, version_start, text.len()),
        simple,
        next: line.next,
    }))
}

/// Position of a byte that a target must not hold; 0 for an empty target.
fn bad_target_byte(target: &[u8], relaxed: bool) -> Option<usize> {
    let allowed = |byte: u8| {
        if relaxed { byte > b' ' && byte != 0x7f } else { byte > b' ' && byte < 0x7f && byte != b'#' }
    };
    // Without an early exit the compiler looks at many bytes at once.
    let clean = target.iter().fold(true, |clean, &byte| clean & allowed(byte));
    if clean && !target.is_empty() {
        return None;
    }
    Some(target.iter().position(|&byte| !allowed(byte)).unwrap_or(0))
}

/// What relaxed rules take for a version: `RTSP/1.0`, `HTTP/1.10`. Such a request is treated as one of HTTP/1.0.
pub(super) fn is_other_protocol(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'/' | b'.'))
}

/// Draws the conclusions from a head that is complete, and leaves in it what may be passed on.
fn interpret(head: &mut RequestHead, line: &RequestLine, rules: &ParseRules) -> Result<RequestFacts, Fault> {
    if line.method == Method::Other && head.method_bytes() == b"PRI" {
        let is_preface = head.target() == b"*" && line.version == Version::HTTP_2 && head.headers.is_empty();
        return Err((if is_preface { HeadErrorKind::Preface } else { HeadErrorKind::Method }, 0));
    }
    let declared = declared_framing(&mut head.headers, CodingRules::Strict)?;
    let framing = body_framing(head, declared, rules)?;
    let connection = connection_options(&mut head.headers, Sender::Client);
    restrict_te(&mut head.headers);
    if !rules.relaxed && upgrades_to_websocket(&head.headers, connection) {
        check_websocket_key(&head.headers)?;
    }
    check_target_and_host(head, line.target.start as usize, rules.relaxed)?;

    let persistent = head.version().is_persistent();
    let two_lengths = declared.chunked && declared.length.is_some() && !rules.keep_on_insecure_transfer_encoding;
    let chunked_in_old_version = declared.chunked && !persistent;
    let framed_tunnel = framing == BodyFraming::UntilClose && (declared.chunked || declared.length.unwrap_or(0) > 0);
    let expects =
        head.headers.find(KnownHeader::Expect).is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"));
    Ok(RequestFacts {
        framing,
        expect_continue: expects && persistent,
        connection,
        keep_alive: !connection.close && (persistent || connection.keep_alive),
        close_after: two_lengths || chunked_in_old_version || framed_tunnel,
    })
}

fn body_framing(head: &mut RequestHead, declared: DeclaredFraming, rules: &ParseRules) -> Result<BodyFraming, Fault> {
    let framing = match declared {
        DeclaredFraming { chunked: true, .. } => BodyFraming::Chunked,
        DeclaredFraming { length: Some(length), .. } => BodyFraming::Length(length),
        DeclaredFraming { length: None, .. } => BodyFraming::None,
    };
    if head.method() == Method::Connect {
        // There is no body to describe (RFC 9110 section 9.3.6).
        remove_framing(&mut head.headers);
        return Ok(BodyFraming::UntilClose);
    }
    let has_body = !matches!(framing, BodyFraming::None | BodyFraming::Length(0));
    let takes_none = matches!(head.method(), Method::Get | Method::Head | Method::Delete);
    if has_body && takes_none && !head.version().is_persistent() && !rules.payload_with_any_method {
        return Err((HeadErrorKind::UnexpectedPayload, 0));
    }
    Ok(framing)
}

#[cfg(test)]
mod tests;
