use super::*;

fn parse_with(
    input: &[u8],
    limits: &HeadLimits,
    rules: &ParseRules,
) -> (Result<Parse<RequestFacts>, HeadError>, RequestHead) {
    let mut head = RequestHead::new();
    let result = RequestParser::new().parse(input, limits, rules, &mut head);
    (result, head)
}

fn facts_of(input: &str, rules: &ParseRules) -> Result<RequestFacts, HeadErrorKind> {
    match parse_with(input.as_bytes(), &HeadLimits::default(), rules).0 {
        Ok(Parse::Complete { facts, .. }) => Ok(facts),
        Ok(Parse::Partial) => panic!("{input:?} is incomplete"),
        Err(error) => Err(error.kind),
    }
}

/// As HAProxy 3.5 takes them where it does not speak HTTP/2.
#[test]
fn beginnings_of_http2() {
    for (input, status) in [
        ("PRI * HTTP/2.0\r\n\r\n", 405),
        ("PRI * HTTP/2.0\r\nHost: a\r\n\r\n", 400),
        ("PRI * HTTP/1.0\r\n\r\n", 400),
        ("PRI / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ] {
        let refused = facts_of(input, &ParseRules::default()).unwrap_err();
        assert_eq!(refused.status(), status, "{input:?}");
    }
    assert!(facts_of("PRIX / HTTP/1.1\r\nHost: a\r\n\r\n", &ParseRules::default()).is_ok());
}

#[test]
fn body_framing() {
    use BodyFraming::*;
    // input, framing, close afterwards
    for (input, framing, close_after) in [
        ("GET / HTTP/1.1\r\n\r\n", None, false),
        ("POST / HTTP/1.1\r\n\r\n", None, false),
        ("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", Length(0), false),
        ("POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n", Length(5), false),
        ("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", Length(5), false),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", Chunked, false),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", Chunked, true),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", Chunked, true),
        ("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", Length(5), false),
        ("CONNECT a:80 HTTP/1.1\r\n\r\n", UntilClose, false),
        ("CONNECT a:80 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", UntilClose, false),
        ("CONNECT a:80 HTTP/1.1\r\nContent-Length: 3\r\n\r\n", UntilClose, true),
        ("CONNECT a:80 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", UntilClose, true),
    ] {
        let facts = facts_of(input, &ParseRules::default()).unwrap();
        assert_eq!((facts.framing, facts.close_after), (framing, close_after), "{input:?}");
    }
}

#[test]
fn global_exceptions() {
    let payload = "GET / HTTP/1.0\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(facts_of(payload, &ParseRules::default()), Err(HeadErrorKind::UnexpectedPayload));
    let rules = ParseRules { payload_with_any_method: true, ..ParseRules::default() };
    assert_eq!(facts_of(payload, &rules).unwrap().framing, BodyFraming::Length(3));

    let both = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n";
    let rules = ParseRules { keep_on_insecure_transfer_encoding: true, ..ParseRules::default() };
    assert!(!facts_of(both, &rules).unwrap().close_after);
    let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert!(facts_of(old, &rules).unwrap().close_after);
}

#[test]
fn persistence_and_expectation() {
    // version, field, keep-alive, expects 100
    for (version, field, keep_alive, expects) in [
        ("1.1", "x: 1", true, false),
        ("1.1", "connection: close", false, false),
        ("1.1", "connection: keep-alive, close", false, false),
        ("2.0", "x: 1", true, false),
        ("1.0", "x: 1", false, false),
        ("1.0", "Connection: Keep-Alive", true, false),
        ("1.0", "proxy-connection: keep-alive", false, false),
        ("0.9", "x: 1", false, false),
        ("1.1", "Expect: 100-Continue", true, true),
        ("1.1", "Expect: 101-continue", true, false),
        ("1.0", "Expect: 100-continue", false, false),
    ] {
        let facts = facts_of(&format!("GET / HTTP/{version}\r\n{field}\r\n\r\n"), &ParseRules::default()).unwrap();
        assert_eq!((facts.keep_alive, facts.expect_continue), (keep_alive, expects), "{version} {field}");
    }
    let upgrade =
        facts_of("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n", &ParseRules::default()).unwrap();
    assert_eq!(upgrade.context(Method::Get), RequestContext { method: Method::Get, upgrade: true });
}

#[test]
fn the_head() {
    let input = b"\r\nPURGE /a?b HTTP/1.2\r\nHOST: h\r\nX-Multi: 1\r\nx-multi:  2 \r\n\r\nnext";
    let (result, head) = parse_with(input, &HeadLimits::default(), &ParseRules::default());
    let Ok(Parse::Complete { consumed, .. }) = result else { panic!("{result:?}") };
    assert_eq!(&input[consumed..], b"next");
    assert_eq!((head.method(), head.method_bytes()), (Method::Other, &b"PURGE"[..]));
    assert_eq!(head.target(), b"/a?b");
    assert_eq!((head.version(), head.version_bytes()), (Version { major: 1, minor: 2 }, &b"HTTP/1.2"[..]));
    let fields: Vec<_> = head.headers.iter().map(|h| (h.name, h.value, h.known)).collect();
    assert_eq!(
        fields,
        [
            (&b"host"[..], &b"h"[..], KnownHeader::Host),
            (b"x-multi", b"1", KnownHeader::Other),
            (b"x-multi", b"2", KnownHeader::Other),
        ]
    );
    assert_eq!(head.headers.byte_size(), "PURGE/a?bHTTP/1.2".len() + "hosth".len() + 2 * "x-multi1".len() + 3 * 4);
}

#[test]
fn a_second_message_reuses_parser_and_memory() {
    let input = b"GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nx: y\r\n\r\n";
    let (mut parser, mut head) = (RequestParser::new(), RequestHead::new());
    let (mut rest, mut targets) = (&input[..], Vec::new());
    while !rest.is_empty() {
        let result = parser.parse(rest, &HeadLimits::default(), &ParseRules::default(), &mut head);
        let Ok(Parse::Complete { consumed, .. }) = result else { panic!("{result:?}") };
        targets.push(head.target().to_vec());
        rest = &rest[consumed..];
    }
    assert_eq!(targets, [b"/1", b"/2"]);
    assert_eq!(head.headers.len(), 1);
}

#[test]
fn limits() {
    let limits = HeadLimits { max_bytes: 100, max_headers: 4, ..HeadLimits::default() };
    let sized = |len: usize| format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(len - 23));
    let fields = |count: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "X: 1\r\n".repeat(count));
    for (input, expected) in [
        (sized(100), None),
        (sized(101), Some(HeadErrorKind::HeadTooLarge)),
        (format!("GET /{}", "u".repeat(95)), Some(HeadErrorKind::StartLineTooLong)),
        ("A".repeat(100), Some(HeadErrorKind::StartLineTooLong)),
        ("\r\n".repeat(50), Some(HeadErrorKind::StartLineTooLong)),
        (format!("GET / HTTP/1.1\r\n{}", "x".repeat(84)), Some(HeadErrorKind::HeadTooLarge)),
        (fields(3), None),
        (fields(4), Some(HeadErrorKind::TooManyHeaders)),
    ] {
        let (result, head) = parse_with(input.as_bytes(), &limits, &ParseRules::default());
        assert_eq!(result.err().map(|error| error.kind), expected, "{input:?}");
        assert_eq!(head.target().is_empty(), expected.is_some(), "a refused head is left empty");
    }
    let (mut parser, mut head) = (RequestParser::new(), RequestHead::new());
    let incomplete = fields(4);
    let (first, second) = (&incomplete.as_bytes()[..30], &incomplete.as_bytes()[..incomplete.len() - 2]);
    assert_eq!(parser.parse(first, &limits, &ParseRules::default(), &mut head), Ok(Parse::Partial));
    let result = parser.parse(second, &limits, &ParseRules::default(), &mut head);
    assert_eq!(result.map_err(|error| error.kind), Err(HeadErrorKind::TooManyHeaders), "though the end is not there");
    assert_eq!(HeadErrorKind::TooManyHeaders.status(), 400);
    assert_eq!(HeadErrorKind::StartLineTooLong.status(), 414);
    assert_eq!(HeadErrorKind::HeadTooLarge.status(), 431);
}

/// What is there already says enough, though the head is not complete.
#[test]
fn early_refusal() {
    use HeadErrorKind::*;
    for (input, expected) in [
        (&b"\x16\x03\x01\x02\x00\x01"[..], Some((Method, 0))),
        (b"GE@", Some((Method, 2))),
        (b"\r\n\rG", Some((LineEnd, 2))),
        (b"GET /\x01", Some((Target, 5))),
        (b"GET /\r", Some((Target, 5))),
        (b"GET / \r\n", Some((Version, 6))),
        (b"GET / HTTX/1.1\r\n", Some((Version, 6))),
        (b"GET / HTTP/1.1\rX", Some((LineEnd, 14))),
        (b"GET / HTTP/1.1\r\nX@", Some((HeaderName, 17))),
        (b"GET / HTTP/1.1\r\nX ", Some((HeaderName, 17))),
        (b"GET / HTTP/1.1\r\n:", Some((HeaderName, 16))),
        (b"GET / HTTP/1.1\r\n X", Some((Continuation, 16))),
        (b"GET / HTTP/1.1\r\nX\r", Some((HeaderWithoutColon, 17))),
        (b"GET / HTTP/1.1\r\nX: a\0", Some((HeaderValue, 20))),
        (b"GET / HTTP/1.1\r\nX: a\rx", Some((LineEnd, 20))),
        (b"", None),
        (b"\r\n", None),
        (b"GET", None),
        (b"GET / HTTX", None),
        (b"GET / HTTP/1.1\r\nX: a\r\n b", None),
        (b"GET / HTTP/1.1\r\nX: a\r\n\r", None),
    ] {
        for split in 0..input.len() {
            let (mut parser, mut head) = (RequestParser::new(), RequestHead::new());
            let mut parse = |input| parser.parse(input, &HeadLimits::default(), &ParseRules::default(), &mut head);
            let result = parse(&input[..split]).and_then(|_| parse(input));
            let found = result.map(|parsed| assert_eq!(parsed, Parse::Partial)).err();
            assert_eq!(found, expected.map(|(kind, offset)| HeadError { kind, offset }), "{input:?} at {split}");
        }
    }
}

#[test]
fn byte_by_byte_costs_linear_time_and_gives_the_same() {
    let mut input = b"\r\nGET /a HTTP/1.1\r\n".to_vec();
    for index in 0..90 {
        input.extend_from_slice(format!("X-{index}: {}\r\n", "v".repeat(100)).as_bytes());
    }
    input.extend_from_slice(b"X-Folded: a\r\n b\r\n\r\n");
    let (limits, rules) = (HeadLimits::default(), ParseRules::default());
    let (at_once, whole) = parse_with(&input, &limits, &rules);
    let (mut parser, mut head) = (RequestParser::new(), RequestHead::new());
    for len in 0..input.len() {
        assert_eq!(parser.parse(&input[..len], &limits, &rules, &mut head), Ok(Parse::Partial));
        assert!(parser.has_started() || len == 0);
    }
    assert_eq!(parser.parse(&input, &limits, &rules, &mut head), at_once);
    assert!(head.headers.iter().eq(whole.headers.iter()));
    assert_eq!(head.headers.find_by_name(b"x-folded"), Some(&b"a   b"[..]));
}

#[test]
fn offsets_of_faults() {
    for (input, kind, offset) in [
        ("\r\nGET / HTTP/1.1\r\nA: b\r\nContent-Length: x\r\n\r\n", HeadErrorKind::ContentLength, 40),
        ("GET / HTTP/1.1\r\nA: b\r\nHost: a, b\r\n\r\n", HeadErrorKind::Host, 28),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", HeadErrorKind::Host, 31),
        ("\nGET admin HTTP/1.1\r\n\r\n", HeadErrorKind::Target, 5),
        ("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", HeadErrorKind::Authority, 4),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", HeadErrorKind::UnsupportedTransferCoding, 35),
        ("GET / HTTP/1.x\r\n\r\n", HeadErrorKind::Version, 6),
    ] {
        let (result, _) = parse_with(input.as_bytes(), &HeadLimits::default(), &ParseRules::default());
        assert_eq!(result, Err(HeadError { kind, offset }), "{input:?}");
    }
}
