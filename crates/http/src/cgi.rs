//! Heads of responses as CGI scripts write them (RFC 3875 section 6): fields without a status line, and what they say about it.

use crate::bytes::{parse_decimal, token_len, trim_start};
use crate::h1::fields::{FieldRules, parse_fields};
use crate::h1::framing::{CodingRules, declared_framing, remove_framing};
use crate::h1::{
    BodyFraming, ConnectionOptions, HeadError, HeadErrorKind, HeadLimits, Parse, RequestContext, ResponseFacts,
};
use crate::head::ResponseHead;
use crate::headers::{LINE_TEXTS, Span};
use crate::method::Method;
use crate::name::KnownHeader;
use crate::version::Version;

/// Says the status, and is no field of the response itself (RFC 3875 section 6.3.3).
const STATUS: &[u8] = b"status";

/// Reads a head from its first byte. It is complete with its empty line; the bytes behind it are the body. As measured in HAProxy, a
/// location without a status sends the client there, whatever it looks like.
///
/// # Errors
/// The script's fault: `out` is empty then.
pub fn response_head(
    input: &[u8],
    limits: &HeadLimits,
    request: RequestContext,
    out: &mut ResponseHead,
) -> Result<Parse<ResponseFacts>, HeadError> {
    out.clear();
    let outcome = fill(input, limits, request, out);
    if !matches!(outcome, Ok(Parse::Complete { .. })) {
        out.clear();
    }
    outcome
}

fn fill(
    input: &[u8],
    limits: &HeadLimits,
    request: RequestContext,
    out: &mut ResponseHead,
) -> Result<Parse<ResponseFacts>, HeadError> {
    let rules = FieldRules { max_fields: limits.max_fields(), relaxed: false };
    let looked_at = input.get(..limits.max_bytes).unwrap_or(input);
    let Some(section) = parse_fields(looked_at, 0, 0, &rules, &mut out.headers)? else {
        let too_large = looked_at.len() == limits.max_bytes;
        let error = HeadError { kind: HeadErrorKind::HeadTooLarge, offset: looked_at.len() };
        return if too_large { Err(error) } else { Ok(Parse::Partial) };
    };
    out.headers.set_max_bytes(limits.max_bytes_rewritten);
    out.headers.adopt(input.get(..section.end).unwrap_or_default(), [Span::default(); LINE_TEXTS]);
    if section.folded {
        out.headers.unfold();
    }
    out.set_version(Version::HTTP_11);
    set_status(out)?;
    let facts = interpret(out, request).map_err(|(kind, offset)| HeadError { kind, offset })?;
    Ok(Parse::Complete { consumed: section.end, facts })
}

/// Three digits, perhaps with a reason, become the status line.
fn set_status(out: &mut ResponseHead) -> Result<(), HeadError> {
    const DIGITS: usize = 3;
    let fault = HeadError { kind: HeadErrorKind::Status, offset: 0 };
    let Some(at) = out.headers.position_by_name(STATUS) else {
        out.set_status(if out.headers.contains(KnownHeader::Location) { 302 } else { 200 });
        return Ok(());
    };
    let value = out.headers.value(at).to_vec();
    let (digits, reason) = value.split_at(token_len(&value));
    let status = parse_decimal(digits).and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| digits.len() == DIGITS && *status >= 100).ok_or(fault)?;
    out.headers.remove(at);
    out.set_status(status);
    // One that is no text of a line is left out, and the status' own is sent.
    let _ = out.set_reason(trim_start(reason));
    Ok(())
}

/// What the head says of the body. A script is asked once: it has nothing to say before its response, and cannot switch protocols.
fn interpret(head: &mut ResponseHead, request: RequestContext) -> Result<ResponseFacts, (HeadErrorKind, usize)> {
    let declared = declared_framing(&mut head.headers, CodingRules::Strict)?;
    if (100..200).contains(&head.status) {
        return Err((HeadErrorKind::Status, 0));
    }
    // Connections are the server's own business (RFC 3875 section 6.3.4).
    head.headers.remove_all(KnownHeader::Connection);
    let framing = if request.method == Method::Head || matches!(head.status, 204 | 304) {
        BodyFraming::None
    } else if declared.chunked {
        BodyFraming::Chunked
    } else {
        declared.length.map_or(BodyFraming::UntilClose, BodyFraming::Length)
    };
    if head.status == 204 {
        remove_framing(&mut head.headers);
    }
    Ok(ResponseFacts {
        framing,
        interim: false,
        tunnel: false,
        connection: ConnectionOptions::default(),
        keep_alive: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str, method: Method) -> Result<(String, BodyFraming, usize), HeadErrorKind> {
        let mut head = ResponseHead::new();
        let request = RequestContext { method, upgrade: false };
        match response_head(input.as_bytes(), &HeadLimits::default(), request, &mut head) {
            Ok(Parse::Complete { consumed, facts }) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let mut told = format!("{} {}", head.status, text(head.reason()));
                head.headers.iter().for_each(|field| told += &format!("|{}: {}", text(field.name), text(field.value)));
                Ok((told, facts.framing, consumed))
            }
            Ok(Parse::Partial) => Ok(("partial".into(), BodyFraming::None, 0)),
            Err(error) => Err(error.kind),
        }
    }

    #[test]
    fn heads() {
        let check = |input: &str, told: &str, framing| {
            let (got, got_framing, consumed) = read(&format!("{input}body"), Method::Get).unwrap();
            assert_eq!((got.as_str(), got_framing, consumed), (told, framing, input.len()), "{input:?}");
        };
        use BodyFraming::*;
        check("Content-Type: a/b\r\n\r\n", "200 |content-type: a/b", UntilClose);
        check("\r\n", "200 ", UntilClose);
        check("Content-Type: a/b\nX: y\n\n", "200 |content-type: a/b|x: y", UntilClose);
        check("Status: 404 Not here\r\nX: y\r\n\r\n", "404 Not here|x: y", UntilClose);
        check("X: y\r\nstatus:404\r\n\r\n", "404 |x: y", UntilClose);
        check("Location: /a\r\n\r\n", "302 |location: /a", UntilClose);
        check("Status: 201\r\nLocation: /a\r\n\r\n", "201 |location: /a", UntilClose);
        check("Content-Length: 4\r\n\r\n", "200 |content-length: 4", Length(4));
        check("Transfer-Encoding: chunked\r\n\r\n", "200 |transfer-encoding: chunked", Chunked);
        check("Connection: close\r\nX: y\r\n\r\n", "200 |x: y", UntilClose);
        check("Status: 304\r\nETag: x\r\n\r\n", "304 |etag: x", None);
        check("Status: 204\r\nContent-Length: 0\r\n\r\n", "204 ", None);
        assert_eq!(read("Content-Length: 9\r\n\r\n", Method::Head).unwrap().1, None);
    }

    #[test]
    fn what_is_no_head() {
        let check = |input: &str, kind| assert_eq!(read(input, Method::Get).unwrap_err(), kind, "{input:?}");
        check("Status: abc\r\n\r\n", HeadErrorKind::Status);
        check("Status: 99\r\n\r\n", HeadErrorKind::Status);
        check("Status: 0200\r\n\r\n", HeadErrorKind::Status);
        check("Status: 100 Continue\r\n\r\n", HeadErrorKind::Status);
        check("Status: 101\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", HeadErrorKind::Status);
        check("HTTP/1.1 200 OK\r\n\r\n", HeadErrorKind::HeaderName);
        check("this is junk\r\n\r\n", HeadErrorKind::HeaderName);
        check("junk\r\n\r\n", HeadErrorKind::HeaderWithoutColon);
        check("Content-Length: 1\r\nContent-Length: 2\r\n\r\n", HeadErrorKind::ContentLength);
        check(&format!("X: {}", "y".repeat(20_000)), HeadErrorKind::HeadTooLarge);
    }

    #[test]
    fn nothing_is_said_before_the_empty_line() {
        let head = "Status: 500\r\nX: y\r\n\r\n";
        for end in 0..head.len() {
            assert_eq!(read(&head[..end], Method::Get).unwrap().0, "partial", "{end}");
        }
    }
}
