//! Incremental parsing of response heads (RFC 9112 sections 4 to 7).

use super::connection::{Sender, connection_options, upgrades_to_websocket};
use super::early::{EarlyScan, Start};
use super::error::{HeadError, HeadErrorKind};
use super::fields::{FieldRules, find_line, parse_fields, span};
use super::framing::{CodingRules, Fault, declared_framing, remove_framing};
use super::request::is_other_protocol;
use super::{BodyFraming, ConnectionOptions, HeadLimits, Parse, ParseRules, RequestContext, skip_empty_lines};
use crate::bytes::{is_blank, parse_decimal, trim_start};
use crate::head::ResponseHead;
use crate::headers::Span;
use crate::method::Method;
use crate::name::KnownHeader;
use crate::version::Version;

/// What an HTTP/1 response says beside its head's own content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseFacts {
    /// How the body is delimited; `UntilClose` in a tunnel.
    pub framing: BodyFraming,
    /// A 1xx response other than 101: the final one follows (RFC 9110 section 15.2).
    pub interim: bool,
    /// 101, or 2xx to CONNECT: from here on both directions carry opaque bytes.
    pub tunnel: bool,
    /// What the Connection field said. `close` and `keep-alive` are no longer in the head; `upgrade` is.
    pub connection: ConnectionOptions,
    /// Whether the server's connection can be used again after the body.
    pub keep_alive: bool,
}

/// Parses one response head; remembers across calls how far it looked.
#[derive(Clone, Copy, Debug)]
pub struct ResponseParser {
    early: EarlyScan,
}

impl ResponseParser {
    /// A parser at the start of a message.
    pub fn new() -> ResponseParser {
        ResponseParser { early: EarlyScan::message(Start::Response) }
    }

    /// As [`super::RequestParser::parse`]. The request decides whether there is a body (RFC 9112 section 6.3) and whether protocols may
    /// be switched.
    pub fn parse(
        &mut self,
        input: &[u8],
        limits: &HeadLimits,
        rules: &ParseRules,
        request: RequestContext,
        out: &mut ResponseHead,
    ) -> Result<Parse<ResponseFacts>, HeadError> {
        match self.early.drive(input, limits, rules.relaxed, |head| parse_head(head, limits, rules, request, out)) {
            Ok(Some(complete)) => {
                *self = ResponseParser::new();
                Ok(complete)
            }
            unfinished => {
                out.clear();
                unfinished.map(|_| Parse::Partial)
            }
        }
    }
}

impl Default for ResponseParser {
    fn default() -> Self {
        ResponseParser::new()
    }
}

/// Parses a head from its first byte; nothing when it is not complete.
fn parse_head(
    input: &[u8],
    limits: &HeadLimits,
    rules: &ParseRules,
    request: RequestContext,
    out: &mut ResponseHead,
) -> Result<Option<Parse<ResponseFacts>>, HeadError> {
    out.clear();
    let Some(base) = skip_empty_lines(input) else { return Ok(None) };
    let Some(line) = status_line(input, base, rules.relaxed)? else { return Ok(None) };
    let field_rules = FieldRules { max_fields: limits.max_fields(), relaxed: rules.relaxed };
    let Some(section) = parse_fields(input, base, line.next, &field_rules, &mut out.headers)? else { return Ok(None) };
    out.headers.set_max_bytes(limits.max_bytes_rewritten);
    out.headers.adopt(input.get(base..section.end).unwrap_or_default(), [line.digits, line.reason, line.version_text]);
    if section.folded {
        out.headers.unfold();
    }
    out.adopt_line(line.status, line.version);
    let facts = interpret(out, request, rules).map_err(|(kind, offset)| HeadError { kind, offset: base + offset })?;
    Ok(Some(Parse::Complete { consumed: section.end, facts }))
}

struct StatusLine {
    version: Version,
    version_text: Span,
    status: u16,
    digits: Span,
    reason: Span,
    /// Start of the next line.
    next: usize,
}

/// Version, status and reason, apart by one or more blanks; the reason may be missing.
fn status_line(input: &[u8], base: usize, relaxed: bool) -> Result<Option<StatusLine>, HeadError> {
    const MAX_DIGITS: usize = 3;
    let Some(line) = find_line(input, base)? else { return Ok(None) };
    let text = input.get(base..line.end).unwrap_or_default();
    let fault = |kind, offset| Err(HeadError { kind, offset: base + offset });
    let word_len = |text: &[u8]| text.iter().position(|&byte| is_blank(byte)).unwrap_or(text.len());

    let (version_text, rest) = text.split_at(word_len(text));
    let version = match Version::parse(version_text) {
        Some(version) => version,
        None if relaxed && is_other_protocol(version_text) => Version::HTTP_10,
        None => return fault(HeadErrorKind::Version, 0),
    };
    let rest = trim_start(rest);
    let digits_start = text.len() - rest.len();
    let (digits, rest) = rest.split_at(word_len(rest));
    let number = parse_decimal(digits).and_then(|number| u16::try_from(number).ok());
    let Some(status) = number.filter(|_| relaxed || digits.len() <= MAX_DIGITS) else {
        return fault(HeadErrorKind::Status, digits_start);
    };
    let reason = trim_start(rest);
    Ok(Some(StatusLine {
        version,
        version_text: span(0, 0, version_text.len()),
        status,
        digits: span(0, digits_start, digits_start + digits.len()),
        reason: span(0, text.len() - reason.len(), text.len()),
        next: line.next,
    }))
}

/// Draws the conclusions from a head that is complete, and leaves in it what may be passed on.
fn interpret(head: &mut ResponseHead, request: RequestContext, rules: &ParseRules) -> Result<ResponseFacts, Fault> {
    let coding_rules = if rules.relaxed { CodingRules::RelaxedResponse } else { CodingRules::Strict };
    let declared = declared_framing(&mut head.headers, coding_rules)?;
    let connection = connection_options(&mut head.headers, Sender::Server);
    if !rules.relaxed
        && head.status == 101
        && upgrades_to_websocket(&head.headers, connection)
        && !head.headers.contains(KnownHeader::SecWebSocketAccept)
    {
        return Err((HeadErrorKind::WebSocketHandshake, 0));
    }
    let switched = head.status == 101;
    if switched && !(request.upgrade && connection.upgrade) {
        return Err((HeadErrorKind::UnexpectedUpgrade, 0));
    }
    let tunnel = switched || (request.method == Method::Connect && (200..300).contains(&head.status));
    let interim = (100..200).contains(&head.status) && !switched;

    let framing = if tunnel {
        BodyFraming::UntilClose
    } else if interim || request.method == Method::Head || matches!(head.status, 204 | 304) {
        BodyFraming::None
    } else if declared.chunked {
        BodyFraming::Chunked
    } else {
        declared.length.map_or(BodyFraming::UntilClose, BodyFraming::Length)
    };
    if tunnel || interim || head.status == 204 {
        remove_framing(&mut head.headers);
    }
    let persistent = head.version().is_persistent();
    let ambiguous = declared.chunked && (declared.length.is_some() || !persistent);
    let may_persist = !connection.close && (persistent || connection.keep_alive);
    Ok(ResponseFacts {
        framing,
        interim,
        tunnel,
        connection,
        keep_alive: may_persist && !ambiguous && framing != BodyFraming::UntilClose,
    })
}

#[cfg(test)]
mod tests;
