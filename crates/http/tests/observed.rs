//! The codec against what was observed on HAProxy: tables of inputs and outcomes in `tests/observed/`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a table that cannot be read is a failed test")]

use burdock_http::h1::{
    BodyDecoder, BodyEncoder, BodyFraming, HeadLimits, Parse, ParseRules, RequestContext, RequestParser,
    ResponseParser, WriteOptions, write_request, write_response,
};
use burdock_http::{Headers, Method, RequestHead, ResponseHead};

/// Replaces `\r`, `\n`, `\t`, `\\` and `\xHH`.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        bytes.push(match (char, if char == '\\' { chars.next() } else { None }) {
            (_, Some('r')) => b'\r',
            (_, Some('n')) => b'\n',
            (_, Some('t')) => b'\t',
            (_, Some('\\')) => b'\\',
            (_, Some('x')) => {
                let digits: String = chars.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).unwrap()
            }
            (plain, None) => plain as u8,
            (_, Some(other)) => panic!("unknown escape {other:?} in {text:?}"),
        });
    }
    bytes
}

/// Runs `outcome(columns before the last two, rules)` for each row under both sets of rules and compares it with the last two columns.
fn check_table(table: &str, outcome: impl Fn(&[Vec<u8>], &ParseRules) -> Result<Vec<u8>, u16>) {
    let mut failures = Vec::new();
    let mut rows = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (inputs, expected) = columns.split_at(columns.len() - 2);
        let inputs: Vec<_> = inputs.iter().map(|input| unescape(input)).collect();
        for relaxed in [false, true] {
            let text = if relaxed && expected[1] != "=" { expected[1] } else { expected[0] };
            let expected = text.parse().map_or_else(|_| Ok(unescape(text)), Err);
            let found = outcome(&inputs, &ParseRules { relaxed, ..ParseRules::default() });
            if found != expected {
                let shown = |result: Result<Vec<u8>, u16>| result.map(|bytes| bytes.escape_ascii().to_string());
                failures.push(format!(
                    "{:?} relaxed={relaxed}\n   expected {:?}\n   found    {:?}",
                    inputs.iter().map(|input| input.escape_ascii().to_string()).collect::<Vec<_>>(),
                    shown(expected),
                    shown(found),
                ));
            }
        }
        rows += 1;
    }
    assert!(rows > 50, "the table has {rows} rows");
    assert!(failures.is_empty(), "{} of {rows} rows:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn request_heads() {
    check_table(include_str!("observed/requests.tsv"), |inputs, rules| {
        let mut head = RequestHead::new();
        let parsed = RequestParser::new().parse(&inputs[0], &HeadLimits::default(), rules, &mut head);
        match parsed.map_err(|error| error.kind.status())? {
            Parse::Partial => Err(0),
            Parse::Complete { consumed, .. } => {
                // Only a request of one line leaves something: the empty line that the next request may begin with.
                assert!(matches!(&inputs[0][consumed..], b"" | b"\r\n"));
                let mut out = Vec::new();
                write_request(&head, &WriteOptions::default(), &mut out);
                Ok(out)
            }
        }
    });
}

#[test]
fn response_heads() {
    check_table(include_str!("observed/responses.tsv"), |inputs, rules| {
        let (method, upgrade) = match inputs[0].as_slice() {
            b"HEAD" => (Method::Head, false),
            b"POST" => (Method::Post, false),
            b"CONNECT" => (Method::Connect, false),
            b"UPGRADE" | b"WEBSOCKET" => (Method::Get, true),
            _ => (Method::Get, false),
        };
        let mut head = ResponseHead::new();
        let request = RequestContext { method, upgrade };
        match ResponseParser::new().parse(&inputs[1], &HeadLimits::default(), rules, request, &mut head) {
            Err(_) => Err(502),
            Ok(Parse::Partial) => Err(0),
            Ok(Parse::Complete { consumed, .. }) => {
                assert_eq!(consumed, inputs[1].len());
                let mut out = Vec::new();
                write_response(&head, &WriteOptions::default(), &mut out);
                Ok(out)
            }
        }
    });
}

#[test]
fn chunked_bodies() {
    check_table(include_str!("observed/chunked.tsv"), |inputs, rules| {
        let mut rest = inputs[0].as_slice();
        let mut decoder = BodyDecoder::with_rules(BodyFraming::Chunked, rules);
        let (mut payload, mut trailers) = (Vec::new(), Headers::new());
        loop {
            let decoded = decoder.decode(rest, &HeadLimits::default(), &mut trailers).map_err(|_| 400u16)?;
            payload.extend_from_slice(&rest[decoded.payload]);
            rest = &rest[decoded.consumed..];
            if decoded.finished {
                break;
            }
            if decoded.consumed == 0 {
                return Err(0);
            }
        }
        let mut encoder = BodyEncoder::new(BodyFraming::Chunked);
        let frame = encoder.frame(payload.len(), false).unwrap();
        let mut out = [frame.prefix(), &payload, frame.suffix()].concat();
        encoder.finish_with_trailers(&trailers, &mut out).unwrap();
        Ok(out)
    });
}
