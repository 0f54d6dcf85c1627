//! Heads to bytes (RFC 9112 sections 3 to 5). Must not decide anything: the caller says what the next hop is told about connection
//! and framing.

use super::BodyFraming;
use crate::bytes::{format_decimal, parse_decimal, trim};
use crate::case::CaseMap;
use crate::head::{RequestHead, ResponseHead};
use crate::headers::{Header, Headers};
use crate::name::KnownHeader;
use crate::status::reason;
use crate::version::Version;

/// What to tell the next hop about the connection, beside options of the head's own Connection field that the parser has left in it
/// (`upgrade`, names of fields).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectionPolicy {
    /// Nothing: the version's default holds.
    #[default]
    Default,
    /// `connection: close`
    Close,
    /// `connection: keep-alive`
    KeepAlive,
    /// `connection: upgrade`, unless the head's own Connection field already says so.
    Upgrade,
}

/// Which framing field to send. Where the head has one, it is sent in its place, else at the end; a second one is never sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FramingHeader {
    /// The head's own, unchanged: what the parser has left in it is unambiguous. Also for responses without a body that describe one
    /// (to HEAD, 304).
    #[default]
    AsReceived,
    /// None: no body, or until close.
    None,
    /// `content-length: N`
    Length(u64),
    /// `transfer-encoding: chunked`
    Chunked,
}

/// How to write a head.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions<'a> {
    /// What to tell the next hop about the connection.
    pub connection: ConnectionPolicy,
    /// Which framing field to send.
    pub framing: FramingHeader,
    /// Spellings for peers that need them.
    pub case: Option<&'a CaseMap>,
}

impl FramingHeader {
    /// How to announce a body of that framing under a head that rules may have changed: the head's own fields are sent as long as they say
    /// how the body is really delimited. A next hop that is told otherwise would take a part of it for another message. Not for responses without a body: they may describe one.
    pub fn guarding(headers: &Headers, framing: BodyFraming) -> FramingHeader {
        let mut lengths = headers.all(KnownHeader::ContentLength).map(|(_, value)| value);
        let chunked = headers.contains(KnownHeader::TransferEncoding);
        let first = lengths.next();
        let honest = match framing {
            BodyFraming::Length(length) => {
                !chunked && lengths.next().is_none() && first.and_then(parse_decimal) == Some(length)
            }
            BodyFraming::Chunked => chunked && first.is_none(),
            BodyFraming::UntilClose | BodyFraming::None => !chunked && first.is_none(),
        };
        if honest { FramingHeader::AsReceived } else { framing.into() }
    }
}

impl From<BodyFraming> for FramingHeader {
    /// The field that announces a body of that framing.
    fn from(framing: BodyFraming) -> FramingHeader {
        match framing {
            BodyFraming::Length(length) => FramingHeader::Length(length),
            BodyFraming::Chunked => FramingHeader::Chunked,
            BodyFraming::None | BodyFraming::UntilClose => FramingHeader::None,
        }
    }
}

/// Appends the bytes of a request head to `out`. A version from 1.1 on is sent as HTTP/1.1, since that is what we speak; an earlier one as
/// it was received.
pub fn write_request(head: &RequestHead, options: &WriteOptions<'_>, out: &mut Vec<u8>) {
    out.reserve(head.headers.byte_size() + ROOM_FOR_ADDITIONS);
    out.extend_from_slice(head.method_bytes());
    out.push(b' ');
    out.extend_from_slice(head.wire_target());
    out.push(b' ');
    out.extend_from_slice(version_to_send(head.version(), head.version_bytes()));
    out.extend_from_slice(b"\r\n");
    write_head_fields(&head.headers, options, out);
}

/// Appends the bytes of a response head to `out`. The version is chosen as in [`write_request`]; an empty reason gives the default one.
pub fn write_response(head: &ResponseHead, options: &WriteOptions<'_>, out: &mut Vec<u8>) {
    out.reserve(head.headers.byte_size() + ROOM_FOR_ADDITIONS);
    out.extend_from_slice(version_to_send(head.version(), head.version_bytes()));
    out.push(b' ');
    match head.received_status_digits() {
        Some(digits) => out.extend_from_slice(digits),
        None => out.extend_from_slice(format_decimal(u64::from(head.status), &mut [0; 20])),
    }
    out.push(b' ');
    match head.reason() {
        b"" => out.extend_from_slice(reason(head.status).as_bytes()),
        text => out.extend_from_slice(text),
    }
    out.extend_from_slice(b"\r\n");
    write_head_fields(&head.headers, options, out);
}

/// Appends field lines, without the empty line behind them.
pub(super) fn write_fields(headers: &Headers, out: &mut Vec<u8>) {
    write_lines(headers, out);
}

/// Bytes that a head may need beyond its own: start line punctuation, version, default reason, Connection and framing fields.
const ROOM_FOR_ADDITIONS: usize = 160;

fn version_to_send(version: Version, received: &[u8]) -> &[u8] {
    if version.is_persistent() { b"HTTP/1.1" } else { received }
}

fn write_head_fields(headers: &Headers, options: &WriteOptions<'_>, out: &mut Vec<u8>) {
    match (options.framing, options.case) {
        (FramingHeader::AsReceived, None) => write_lines(headers, out),
        (framing, case) => write_reframed(headers, framing, case, out),
    }
    let connection: Option<&[u8]> = match options.connection {
        ConnectionPolicy::Default => None,
        ConnectionPolicy::Close => Some(b"close"),
        ConnectionPolicy::KeepAlive => Some(b"keep-alive"),
        ConnectionPolicy::Upgrade => (!says_upgrade(headers)).then_some(b"upgrade"),
    };
    if let Some(connection) = connection {
        write_known(KnownHeader::Connection, connection, options.case, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// All fields as they are. Most have come as lines that can be passed on together.
fn write_lines(headers: &Headers, out: &mut Vec<u8>) {
    let mut index = 0;
    while let Some(header) = headers.get(index) {
        match headers.lines_from(index) {
            (0, _) => {
                write_field(header, None, out);
                index += 1;
            }
            (count, lines) => {
                out.extend_from_slice(lines);
                index += count;
            }
        }
    }
}

/// The fields, with that one in the place of those that say how the body is delimited.
fn write_reframed(headers: &Headers, mut framing: FramingHeader, case: Option<&CaseMap>, out: &mut Vec<u8>) {
    for header in headers.iter() {
        match header.known {
            KnownHeader::ContentLength | KnownHeader::TransferEncoding if framing != FramingHeader::AsReceived => {
                write_framing(framing, case, out);
                framing = FramingHeader::None;
            }
            _ => write_field(header, case, out),
        }
    }
    write_framing(framing, case, out);
}

fn says_upgrade(headers: &Headers) -> bool {
    headers
        .all(KnownHeader::Connection)
        .any(|(_, value)| value.split(|&byte| byte == b',').any(|option| trim(option).eq_ignore_ascii_case(b"upgrade")))
}

fn write_framing(framing: FramingHeader, case: Option<&CaseMap>, out: &mut Vec<u8>) {
    match framing {
        FramingHeader::AsReceived | FramingHeader::None => {}
        FramingHeader::Length(length) => {
            write_known(KnownHeader::ContentLength, format_decimal(length, &mut [0; 20]), case, out);
        }
        FramingHeader::Chunked => write_known(KnownHeader::TransferEncoding, b"chunked", case, out),
    }
}

fn write_known(known: KnownHeader, value: &[u8], case: Option<&CaseMap>, out: &mut Vec<u8>) {
    write_field(Header { name: known.name().as_bytes(), value, known }, case, out);
}

#[inline]
fn write_field(header: Header<'_>, case: Option<&CaseMap>, out: &mut Vec<u8>) {
    out.extend_from_slice(case.map_or(header.name, |case| case.spelling(header.name)));
    out.extend_from_slice(b": ");
    out.extend_from_slice(header.value);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::{HeadLimits, ParseRules, RequestParser};
    use super::*;

    fn request(fields: &[(&str, &str)]) -> RequestHead {
        let mut head = RequestHead::new();
        head.set_method(b"POST").unwrap();
        head.set_target(b"/a?b").unwrap();
        for (name, value) in fields {
            head.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        head
    }

    fn written(head: &RequestHead, connection: ConnectionPolicy, framing: FramingHeader) -> String {
        let mut out = Vec::new();
        write_request(head, &WriteOptions { connection, framing, case: None }, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_rules_say_of_the_length_does_not_deceive() {
        use BodyFraming::{Chunked, Length, None, UntilClose};
        for (fields, framing, expected) in [
            (&[("content-length", "3")][..], Length(3), FramingHeader::AsReceived),
            (&[("content-length", "2")], Length(3), FramingHeader::Length(3)),
            (&[("content-length", "3"), ("content-length", "3")], Length(3), FramingHeader::Length(3)),
            (&[("content-length", "3"), ("transfer-encoding", "chunked")], Length(3), FramingHeader::Length(3)),
            (&[], Length(3), FramingHeader::Length(3)),
            (&[("transfer-encoding", "chunked")], Chunked, FramingHeader::AsReceived),
            (&[("content-length", "3")], Chunked, FramingHeader::Chunked),
            (&[("content-length", "3")], None, FramingHeader::None),
            (&[("transfer-encoding", "chunked")], UntilClose, FramingHeader::None),
            (&[("x", "1")], None, FramingHeader::AsReceived),
        ] {
            let mut headers = Headers::new();
            for (name, value) in fields {
                headers.append(name.as_bytes(), value.as_bytes()).unwrap();
            }
            assert_eq!(FramingHeader::guarding(&headers, framing), expected, "{fields:?} {framing:?}");
        }
    }

    #[test]
    fn connection_and_framing_fields() {
        use ConnectionPolicy::*;
        use FramingHeader::{AsReceived, Chunked, Length, None};
        let own_length = [("host", "h"), ("content-length", "3"), ("x", "1")];
        let own_chunked = [("host", "h"), ("transfer-encoding", "chunked"), ("x", "1")];
        let twice = [("content-length", "3"), ("x", "1"), ("transfer-encoding", "chunked")];
        let bare = [("connection", "foo"), ("x", "1")];
        let upgrading = [("connection", "foo, Upgrade"), ("upgrade", "x")];
        for (fields, connection, framing, expected) in [
            (&own_length[..], Default, AsReceived, "host: h\r\ncontent-length: 3\r\nx: 1\r\n"),
            (&own_length, Close, Length(5), "host: h\r\ncontent-length: 5\r\nx: 1\r\nconnection: close\r\n"),
            (
                &own_length,
                KeepAlive,
                Chunked,
                "host: h\r\ntransfer-encoding: chunked\r\nx: 1\r\nconnection: keep-alive\r\n",
            ),
            (&own_length, Default, None, "host: h\r\nx: 1\r\n"),
            (&own_chunked, Default, Length(5), "host: h\r\ncontent-length: 5\r\nx: 1\r\n"),
            (&twice, Default, Length(5), "content-length: 5\r\nx: 1\r\n"),
            (&bare, Close, Length(0), "connection: foo\r\nx: 1\r\ncontent-length: 0\r\nconnection: close\r\n"),
            (&bare, Upgrade, None, "connection: foo\r\nx: 1\r\nconnection: upgrade\r\n"),
            (&upgrading, Upgrade, None, "connection: foo, Upgrade\r\nupgrade: x\r\n"),
            (&bare, Default, Chunked, "connection: foo\r\nx: 1\r\ntransfer-encoding: chunked\r\n"),
        ] {
            let expected = format!("POST /a?b HTTP/1.1\r\n{expected}\r\n");
            assert_eq!(written(&request(fields), connection, framing), expected, "{fields:?} {framing:?}");
        }
    }

    #[test]
    fn lines_passed_on_together_are_those_of_the_fields() {
        let mut head = RequestHead::new();
        let input = b"GET / HTTP/1.1\r\nHost: h\r\nA:1\r\nB: 2 \r\nC: 3\r\nD: 4\nE:\r\nF: long\r\nG: 7\r\nI: 8\r\n\r\n";
        let (limits, rules) = (HeadLimits::default(), ParseRules::default());
        RequestParser::new().parse(input, &limits, &rules, &mut head).unwrap();
        let all = "host: h\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: \r\nf: long\r\ng: 7\r\ni: 8\r\n";
        let sent = |head: &RequestHead| written(head, ConnectionPolicy::Default, FramingHeader::AsReceived);
        assert_eq!(sent(&head), format!("GET / HTTP/1.1\r\n{all}\r\n"));
        let position = |head: &RequestHead, name: &[u8]| head.headers.position_by_name(name).unwrap();
        head.headers.remove(position(&head, b"c"));
        head.headers.replace_value(position(&head, b"f"), b"f").unwrap();
        head.headers.replace_value(position(&head, b"g"), b"longer").unwrap();
        head.headers.insert(1, b"X-First", b"x").unwrap();
        head.headers.append(b"X-Last", b"y").unwrap();
        let all = "host: h\r\nx-first: x\r\na: 1\r\nb: 2\r\nd: 4\r\ne: \r\nf: f\r\ng: longer\r\ni: 8\r\nx-last: y\r\n";
        assert_eq!(sent(&head), format!("GET / HTTP/1.1\r\n{all}\r\n"));
    }

    #[test]
    fn old_versions_stay_and_new_ones_become_1_1() {
        for (version, expected) in [
            (Version::HTTP_09, "HTTP/0.9"),
            (Version::HTTP_10, "HTTP/1.0"),
            (Version::HTTP_11, "HTTP/1.1"),
            (Version::HTTP_2, "HTTP/1.1"),
        ] {
            let mut head = request(&[]);
            head.set_version(version);
            let text = written(&head, ConnectionPolicy::Default, FramingHeader::None);
            assert_eq!(text, format!("POST /a?b {expected}\r\n\r\n"));
        }
    }

    #[test]
    fn responses() {
        for (status, reason, expected) in [
            (200, "Fine", "HTTP/1.1 200 Fine\r\n\r\n"),
            (200, "", "HTTP/1.1 200 OK\r\n\r\n"),
            (299, "", "HTTP/1.1 299 Success\r\n\r\n"),
            (99, "", "HTTP/1.1 99 Other\r\n\r\n"),
        ] {
            let mut head = ResponseHead::new();
            head.set_status(status);
            head.set_reason(reason.as_bytes()).unwrap();
            let mut out = Vec::new();
            write_response(&head, &WriteOptions::default(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn case_adjustment_covers_added_fields_too() {
        let mut case = CaseMap::new();
        for name in ["Host", "Content-Length", "Connection"] {
            case.insert(name.to_lowercase().as_bytes(), name.as_bytes()).unwrap();
        }
        let options =
            WriteOptions { connection: ConnectionPolicy::Close, framing: FramingHeader::Length(1), case: Some(&case) };
        let mut out = b"kept ".to_vec();
        write_request(&request(&[("Host", "h"), ("X-A", "1")]), &options, &mut out);
        let expected = "kept POST /a?b HTTP/1.1\r\nHost: h\r\nx-a: 1\r\nContent-Length: 1\r\nConnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
