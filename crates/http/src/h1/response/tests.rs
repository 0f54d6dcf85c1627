use super::*;

fn facts_of(input: &str, request: RequestContext) -> ResponseFacts {
    let mut head = ResponseHead::new();
    let result = ResponseParser::new().parse(
        input.as_bytes(),
        &HeadLimits::default(),
        &ParseRules::default(),
        request,
        &mut head,
    );
    match result {
        Ok(Parse::Complete { facts, .. }) => facts,
        other => panic!("{input:?}: {other:?}"),
    }
}

fn asked(method: Method) -> RequestContext {
    RequestContext { method, upgrade: false }
}

#[test]
fn body_framing_and_persistence() {
    use BodyFraming::*;
    let (get, head, connect) = (asked(Method::Get), asked(Method::Head), asked(Method::Connect));
    for (request, input, framing, keep_alive) in [
        (get, "200 OK\r\nContent-Length: 5\r\n", Length(5), true),
        (get, "200 OK\r\nContent-Length: 0\r\n", Length(0), true),
        (get, "200 OK\r\nContent-Length: 5\r\nConnection: close\r\n", Length(5), false),
        (get, "200 OK\r\nTransfer-Encoding: chunked\r\n", Chunked, true),
        (get, "200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", Chunked, false),
        (get, "200 OK\r\n", UntilClose, false),
        (get, "205 OK\r\nContent-Length: 5\r\n", Length(5), true),
        (get, "204 OK\r\nContent-Length: 5\r\n", None, true),
        (get, "304 OK\r\nContent-Length: 5\r\n", None, true),
        (get, "304 OK\r\nTransfer-Encoding: chunked\r\n", None, true),
        (head, "200 OK\r\nContent-Length: 5\r\n", None, true),
        (head, "200 OK\r\nTransfer-Encoding: chunked\r\n", None, true),
        (head, "200 OK\r\n", None, true),
        (connect, "403 OK\r\nContent-Length: 5\r\n", Length(5), true),
        (connect, "200 OK\r\nContent-Length: 5\r\n", UntilClose, false),
    ] {
        let facts = facts_of(&format!("HTTP/1.1 {input}\r\n"), request);
        assert_eq!((facts.framing, facts.keep_alive), (framing, keep_alive), "{request:?} {input:?}");
        assert_eq!(facts.tunnel, facts.framing == UntilClose && request == connect);
        assert!(!facts.interim);
    }
    for (input, keep_alive) in [
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", true),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n", false),
    ] {
        assert_eq!(facts_of(input, get).keep_alive, keep_alive, "{input:?}");
    }
}

#[test]
fn interim_responses_and_switched_protocols() {
    for status in [100, 102, 103, 199] {
        let facts = facts_of(&format!("HTTP/1.1 {status} X\r\nContent-Length: 3\r\n\r\n"), asked(Method::Get));
        assert!(facts.interim && !facts.tunnel && facts.framing == BodyFraming::None, "{status}");
    }
    let upgrade = RequestContext { method: Method::Get, upgrade: true };
    let facts = facts_of("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n", upgrade);
    assert!(facts.tunnel && !facts.interim && facts.connection.upgrade);
    assert_eq!(facts.framing, BodyFraming::UntilClose);
}

#[test]
fn the_head() {
    let mut head = ResponseHead::new();
    let input = b"HTTP/1.0 099 Not  Fine \nServer: x\n\nbody";
    let (limits, rules) = (HeadLimits::default(), ParseRules::default());
    let result = ResponseParser::new().parse(input, &limits, &rules, asked(Method::Get), &mut head);
    let Ok(Parse::Complete { consumed, .. }) = result else { panic!("{result:?}") };
    assert_eq!(&input[consumed..], b"body");
    assert_eq!((head.status, head.reason()), (99, &b"Not  Fine "[..]));
    assert_eq!((head.version(), head.version_bytes()), (Version::HTTP_10, &b"HTTP/1.0"[..]));
    assert_eq!(head.headers.find(KnownHeader::Server), Some(&b"x"[..]));
    assert_eq!(head.received_status_digits(), Some(&b"099"[..]));
    head.set_status(404);
    assert_eq!((head.received_status_digits(), head.reason()), (None, &b""[..]));
}

#[test]
fn split_input_and_limits() {
    let input = b"\r\nHTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 3\r\n\r\n";
    let (limits, rules) = (HeadLimits::default(), ParseRules::default());
    for split in 0..input.len() {
        let (mut parser, mut head) = (ResponseParser::new(), ResponseHead::new());
        let mut parse = |input| parser.parse(input, &limits, &rules, asked(Method::Get), &mut head);
        assert_eq!(parse(&input[..split]), Ok(Parse::Partial));
        assert!(matches!(parse(input), Ok(Parse::Complete { consumed, .. }) if consumed == input.len()));
        assert_eq!(head.headers.find_by_name(b"x"), Some(&b"1   2"[..]));
    }
    let small = HeadLimits { max_bytes: input.len() - 1, ..limits };
    let result = ResponseParser::new().parse(input, &small, &rules, asked(Method::Get), &mut ResponseHead::new());
    assert_eq!(result, Err(HeadError { kind: HeadErrorKind::HeadTooLarge, offset: input.len() - 1 }));
}

#[test]
fn another_protocol_is_refused_before_the_head_is_complete() {
    let (mut parser, mut head) = (ResponseParser::new(), ResponseHead::new());
    let mut parse =
        |input| parser.parse(input, &HeadLimits::default(), &ParseRules::default(), asked(Method::Get), &mut head);
    assert_eq!(parse(b"SSH-2.0-"), Ok(Parse::Partial));
    assert_eq!(parse(b"SSH-2.0-x\r\n"), Err(HeadError { kind: HeadErrorKind::Version, offset: 0 }));
}
