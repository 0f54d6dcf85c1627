use super::*;
use crate::h1::{BodyFraming, FramingHeader, HeadLimits, RequestFacts, ResponseFacts, WriteOptions, write_request};
use crate::head::{RequestHead, ResponseHead};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};

type Fields = [(&'static str, &'static str)];

fn map(fields: &Fields) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    map
}

/// As the `h2` crate makes it of `:method`, `:scheme`, `:authority` and `:path`.
fn received(method: &str, scheme: &str, authority: &str, path: &str, fields: &Fields) -> http::request::Parts {
    let mut uri = http::uri::Parts::default();
    if !authority.is_empty() {
        uri.authority = Some(Authority::try_from(authority).unwrap());
        uri.scheme = (!scheme.is_empty()).then(|| Scheme::try_from(scheme).unwrap());
    }
    uri.path_and_query = (!path.is_empty()).then(|| PathAndQuery::try_from(path).unwrap());
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    *request.uri_mut() = Uri::from_parts(uri).unwrap();
    *request.headers_mut() = map(fields);
    request.into_parts().0
}

fn read(
    parts: &http::request::Parts,
    protocol: Option<&str>,
    end_stream: bool,
) -> Result<(RequestHead, RequestFacts), Malformed> {
    let mut head = RequestHead::new();
    let outcome = request_head(parts, protocol, end_stream, &HeadLimits::default(), &mut head);
    if outcome.is_err() {
        assert!(head.headers.is_empty() && head.target().is_empty(), "a refused head leaves something");
    }
    outcome.map(|facts| (head, facts))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn listed(headers: &Headers) -> Vec<String> {
    headers.iter().map(|header| format!("{}: {}", text(header.name), text(header.value))).collect()
}

fn listed_map(map: &HeaderMap) -> Vec<String> {
    map.iter().map(|(name, value)| format!("{name}: {}", text(value.as_bytes()))).collect()
}

fn wire(head: &RequestHead) -> String {
    let mut out = Vec::new();
    write_request(head, &WriteOptions::default(), &mut out);
    text(&out)
}

#[test]
fn targets_and_hosts() {
    // method, scheme, authority, path, fields; target, first line and Host towards HTTP/1
    for (method, scheme, authority, path, fields, target, line, host) in [
        ("GET", "https", "h.example", "/p?q", &[][..], "https://h.example/p?q", "GET /p?q", Some("h.example")),
        ("GET", "", "", "/p?q", &[], "/p?q", "GET /p?q", None),
        ("GET", "", "", "/p", &[("host", "x:443")], "/p", "GET /p", Some("x:443")),
        ("GET", "", "", "/", &[("host", "a"), ("host", "b")], "/", "GET /", Some("a")),
        ("GET", "https", "h", "/", &[("host", "other")], "https://h/", "GET /", Some("h")),
        ("GET", "https", "h", "/", &[("host", "a b,c")], "https://h/", "GET /", Some("h")),
        ("GET", "https", "h:443", "/", &[], "https://h/", "GET /", Some("h")),
        ("GET", "http", "h:80", "/", &[("host", "h:80")], "http://h/", "GET /", Some("h")),
        ("GET", "https", "h:80", "/", &[], "https://h:80/", "GET /", Some("h:80")),
        ("GET", "http", "h:8080", "/", &[], "http://h:8080/", "GET /", Some("h:8080")),
        ("GET", "https", "[::1]:443", "/", &[], "https://[::1]/", "GET /", Some("[::1]")),
        ("GET", "https", "HosT", "/", &[], "https://HosT/", "GET /", Some("HosT")),
        ("GET", "ftp", "h", "/", &[], "ftp://h/", "GET ftp://h/", Some("h")),
        ("GET", "http", "h", "//z/a", &[], "http://h//z/a", "GET //z/a", Some("h")),
        ("GET", "http", "h", "*", &[], "http://h/", "GET /", Some("h")),
        ("OPTIONS", "http", "h", "*", &[], "http://h", "OPTIONS *", Some("h")),
        ("OPTIONS", "http", "h", "/", &[], "http://h/", "OPTIONS /", Some("h")),
        ("OPTIONS", "", "", "*", &[], "*", "OPTIONS *", None),
        ("get", "http", "h", "/", &[], "http://h/", "get /", Some("h")),
        ("CONNECT", "", "h:443", "", &[], "h:443", "CONNECT h:443", Some("h:443")),
        ("CONNECT", "", "h", "", &[], "h", "CONNECT h", Some("h")),
    ] {
        let parts = received(method, scheme, authority, path, fields);
        let (head, facts) = read(&parts, None, true).unwrap();
        assert_eq!(text(head.target()), target, "{method} {scheme} {authority} {path}");
        assert_eq!(wire(&head).split("\r\n").next(), Some(&*format!("{line} HTTP/1.1")), "{target}");
        assert_eq!(head.headers.find(KnownHeader::Host).map(text).as_deref(), host, "{target}");
        assert_eq!(head.headers.all(KnownHeader::Host).count(), usize::from(host.is_some()));
        assert_eq!(head.version_bytes(), b"HTTP/2.0");
        assert!(facts.keep_alive && !facts.close_after);
    }
}

#[test]
fn a_target_that_rules_set_goes_out_whole() {
    let parts = received("GET", "http", "h", "/a", &[]);
    for (change, expected) in [
        (RequestHead::set_uri as fn(&mut RequestHead, &[u8]) -> _, "http://z/k"),
        (RequestHead::set_path, "/http://z/k"),
        (RequestHead::set_host, "/a"),
    ] {
        let (mut head, _) = read(&parts, None, true).unwrap();
        let argument = if expected.starts_with('/') { &b"/http://z/k"[..] } else { b"http://z/k" };
        let argument = if expected == "/a" { &b"q"[..] } else { argument };
        change(&mut head, argument).unwrap();
        assert_eq!(text(head.wire_target()), expected);
        let mut copy = RequestHead::new();
        copy.copy_from(&head);
        assert_eq!(copy.wire_target(), head.wire_target());
    }
}

#[test]
fn refused_requests() {
    use HeadErrorKind::*;
    let (reset, bad) = (None, Some(400));
    // method, scheme, authority, path, fields, protocol; kind, status
    for (method, scheme, authority, path, fields, protocol, kind, status) in [
        ("GET", "http", "u:p@h", "/", &[][..], None, Authority, reset),
        ("GET", "http", "a,b", "/", &[], None, Authority, reset),
        ("GET", "", "h", "", &[], None, Target, reset),
        ("GET", "5", "h", "/", &[], None, Target, bad),
        ("GET", "a~", "h", "/", &[], None, Target, bad),
        ("GET", "", "", "?q", &[], None, Target, reset),
        ("GET", "", "", "*", &[], None, Target, bad),
        ("GET", "", "", "/", &[("host", "a/b")], None, Host, reset),
        ("PRI", "http", "h", "*", &[], None, Method, bad),
        ("PRI", "", "", "/", &[], None, Method, bad),
        ("CONNECT", "http", "h", "/", &[], None, PseudoHeader, reset),
        ("CONNECT", "", "", "/", &[], None, PseudoHeader, reset),
        ("CONNECT", "", "", "/", &[], Some("websocket"), PseudoHeader, reset),
        ("GET", "http", "h", "/", &[], Some("websocket"), PseudoHeader, reset),
        ("CONNECT", "http", "h", "/", &[], Some("h2c"), UnexpectedUpgrade, reset),
        ("CONNECT", "http", "h", "/", &[], Some("H2"), UnexpectedUpgrade, reset),
        ("CONNECT", "http", "h", "/", &[], Some("a b"), UnexpectedUpgrade, reset),
        ("CONNECT", "http", "h", "/", &[], Some("a, b"), UnexpectedUpgrade, reset),
        ("CONNECT", "http", "h", "/", &[], Some(""), UnexpectedUpgrade, reset),
        ("CONNECT", "http", "h", "/", &[], Some("a/"), UnexpectedUpgrade, reset),
        ("CONNECT", "http", "h", "/", &[("upgrade", "x")], Some("a"), ConnectionField, reset),
        ("GET", "http", "h", "/", &[("connection", "close")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("proxy-connection", "close")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("keep-alive", "x")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("transfer-encoding", "chunked")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("upgrade", "x")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("te", "gzip")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("te", "Trailers")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("te", "trailers"), ("te", "gzip")], None, ConnectionField, reset),
        ("GET", "http", "h", "/", &[("content-length", "5")], None, ContentLength, reset),
        ("GET", "http", "h", "/", &[("content-length", "x")], None, ContentLength, reset),
        ("GET", "http", "h", "/", &[("content-length", "+0")], None, ContentLength, reset),
        ("GET", "http", "h", "/", &[("content-length", "")], None, ContentLength, reset),
        ("GET", "http", "h", "/", &[("content-length", "0,")], None, ContentLength, reset),
        ("GET", "http", "h", "/", &[("content-length", "0"), ("content-length", "1")], None, ContentLength, reset),
    ] {
        let parts = received(method, scheme, authority, path, fields);
        let error = read(&parts, protocol, true).unwrap_err();
        assert_eq!((error.kind, error.status), (kind, status), "{method} {authority} {path} {fields:?} {protocol:?}");
    }
}

#[test]
fn fields_in_order_with_cookies_last() {
    for (fields, expected) in [
        (
            &[("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("cookie", "c=3")][..],
            &["host: h", "x: y", "cookie: a=1; b=2; c=3"][..],
        ),
        (&[("cookie", " a=1 "), ("cookie", "")], &["host: h", "cookie:  a=1 ; "]),
        (&[("z", "1"), ("a", "\t 2 \t"), ("z", "3")], &["host: h", "z: 1", "z: 3", "a: 2"]),
        (&[("te", "trailers"), ("content-length", "000, 0")], &["host: h", "te: trailers", "content-length: 0"]),
        (&[("x", "   "), ("host", "other")], &["host: h", "x: "]),
    ] {
        let (head, _) = read(&received("GET", "http", "h", "/", fields), None, true).unwrap();
        assert_eq!(listed(&head.headers), expected, "{fields:?}");
    }
}

#[test]
fn body_framing_of_requests() {
    use BodyFraming::*;
    for (method, path, fields, end_stream, framing, expects) in [
        ("GET", "/", &[][..], true, None, false),
        ("POST", "/", &[], false, Chunked, false),
        ("GET", "/", &[], false, Chunked, false),
        ("POST", "/", &[("content-length", "0")], true, Length(0), false),
        ("POST", "/", &[("content-length", "5"), ("expect", "100-Continue")], false, Length(5), true),
        ("CONNECT", "", &[("content-length", "5")], false, UntilClose, false),
    ] {
        let scheme = if path.is_empty() { "" } else { "http" };
        let (head, facts) = read(&received(method, scheme, "h", path, fields), Option::None, end_stream).unwrap();
        assert_eq!((facts.framing, facts.expect_continue), (framing, expects), "{method} {fields:?}");
        assert_eq!(head.headers.contains(KnownHeader::ContentLength), matches!(framing, Length(_)));
    }
}

#[test]
fn extended_connect_is_a_request_to_upgrade() {
    let fields = [("sec-websocket-version", "13"), ("content-length", "7")];
    let parts = received("CONNECT", "https", "h:443", "/c?x", &fields);
    let (head, facts) = read(&parts, Some("WebSocket/1"), false).unwrap();
    assert_eq!(wire(&head).split("\r\n").next(), Some("GET /c?x HTTP/1.1"));
    assert_eq!(
        listed(&head.headers),
        ["host: h", "upgrade: WebSocket/1", "connection: upgrade", "sec-websocket-version: 13"]
    );
    assert!(facts.connection.upgrade && facts.framing == BodyFraming::None);
    assert_eq!(upgrade_protocol(&head.headers), Some(&b"WebSocket/1"[..]));
}

#[test]
fn limits_of_heads() {
    let limits = HeadLimits { max_bytes: 64, max_headers: 4, max_bytes_rewritten: 128 };
    for (fields, expected) in [
        (&[("a", "1"), ("b", "1")][..], Ok(())),
        (&[("a", "1"), ("b", "1"), ("c", "1")], Err(HeadErrorKind::TooManyHeaders)),
        (&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")], Err(HeadErrorKind::TooManyHeaders)),
        (&[("a", "012345678901234567890123456789012345678")], Err(HeadErrorKind::HeadTooLarge)),
        (
            &[("cookie", "0123456789"), ("cookie", "0123456789"), ("cookie", "0123456789")],
            Err(HeadErrorKind::HeadTooLarge),
        ),
    ] {
        let mut head = RequestHead::new();
        let outcome = request_head(&received("GET", "http", "h", "/", fields), None, true, &limits, &mut head);
        assert_eq!(outcome.map(|_| ()).map_err(|error| error.kind), expected, "{fields:?}");
    }
}

#[test]
fn responses_to_clients() {
    let fields = &[
        ("connection", "x-a"),
        ("keep-alive", "t"),
        ("proxy-connection", "x"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "foo"),
        ("X-A", "1"),
        ("set-cookie", "a"),
        ("set-cookie", "b"),
        ("x-b", "a\u{1}b"),
    ];
    let kept = ["x-a: 1", "set-cookie: a", "set-cookie: b", "x-b: a b"];
    for (status, length, framing, expected, left) in [
        (200, "", FramingHeader::AsReceived, Ok(200), ""),
        (204, "", FramingHeader::None, Ok(204), ""),
        (304, "10", FramingHeader::AsReceived, Ok(304), "content-length: 10"),
        (200, "10", FramingHeader::Length(5), Ok(200), "content-length: 5"),
        (200, "10", FramingHeader::Chunked, Ok(200), ""),
        (101, "2", FramingHeader::AsReceived, Ok(200), ""),
        (103, "", FramingHeader::None, Ok(103), ""),
        (600, "", FramingHeader::None, Ok(600), ""),
        (99, "", FramingHeader::None, Err(Unsendable::Status), ""),
        (1000, "", FramingHeader::None, Err(Unsendable::Status), ""),
    ] {
        let mut head = ResponseHead::new();
        head.set_status(status);
        for (name, value) in fields {
            head.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        if !length.is_empty() {
            head.headers.append(b"content-length", length.as_bytes()).unwrap();
        }
        let sent = response(&head, framing);
        assert_eq!(sent.as_ref().map(|sent| sent.status().as_u16()).map_err(|error| *error), expected, "{status}");
        if let Ok(sent) = sent {
            let mut expected: Vec<_> = kept.iter().map(|field| field.to_string()).collect();
            expected.extend((!left.is_empty()).then(|| left.to_owned()));
            assert_eq!(listed_map(sent.headers()), expected, "{status} {framing:?}");
        }
    }
}

fn request_of(method: &str, target: &str, fields: &Fields) -> RequestHead {
    let mut head = RequestHead::new();
    head.set_method(method.as_bytes()).unwrap();
    head.set_target(target.as_bytes()).unwrap();
    for (name, value) in fields {
        head.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
    }
    head
}

#[test]
fn requests_to_servers() {
    let upgrade = [("host", "u"), ("connection", "upgrade"), ("upgrade", "a, b"), ("x", "1")];
    // method, target, fields; method, URI, whether of HTTP/2, protocol, fields left
    for (method, target, fields, sent_as, uri, known_host, protocol, left) in [
        ("GET", "/p?q", &[("host", "x.e:80"), ("x", "1")][..], "GET", "https://x.e:80/p?q", true, None, &["x: 1"][..]),
        ("GET", "/p", &[], "GET", "/p", false, None, &[]),
        ("GET", "/p", &[("host", "a[")], "GET", "/p", false, None, &["host: a["]),
        ("GET", "http://u/p", &[("host", "u")], "GET", "http://u/p", true, None, &[]),
        ("GET", "http://a:b@u/p", &[], "GET", "http://u/p", true, None, &[]),
        ("GET", "ftp://u/p", &[], "GET", "ftp://u/p", true, None, &[]),
        ("GET", "http://u?q", &[], "GET", "http://u/?q", true, None, &[]),
        ("GET", "/a\"<é#f", &[("host", "u")], "GET", "https://u/a%22%3C%C3%A9", true, None, &[]),
        ("OPTIONS", "*", &[("host", "u")], "OPTIONS", "https://u*", true, None, &[]),
        ("OPTIONS", "http://u", &[("host", "u")], "OPTIONS", "http://u*", true, None, &[]),
        ("CONNECT", "u:443", &[("host", "u:443")], "CONNECT", "u:443", true, None, &[]),
        ("GET", "/c", &upgrade, "CONNECT", "https://u/c", true, Some("a"), &["x: 1"]),
        (
            "GET",
            "/",
            &[
                ("host", "u"),
                ("te", "trailers"),
                ("keep-alive", "x"),
                ("transfer-encoding", "chunked"),
                ("cookie", "a; b"),
            ],
            "GET",
            "https://u/",
            true,
            None,
            &["te: trailers", "cookie: a; b"],
        ),
    ] {
        let head = request_of(method, target, fields);
        let outgoing = request(&head, FramingHeader::AsReceived).unwrap();
        let sent = outgoing.request;
        assert_eq!((sent.method().as_str(), &*sent.uri().to_string()), (sent_as, uri), "{method} {target} {fields:?}");
        assert_eq!(sent.version() == http::Version::HTTP_2, known_host);
        assert_eq!(outgoing.protocol.as_deref(), protocol);
        assert_eq!(listed_map(sent.headers()), left, "{method} {target}");
    }
}

#[test]
fn requests_that_no_server_can_get() {
    for (method, target, fields, expected) in [
        ("GET", "h:80", &[("host", "h")][..], Unsendable::Target),
        ("CONNECT", "h[", &[], Unsendable::Target),
        ("GET", "/", &[("connection", "upgrade"), ("upgrade", "a")], Unsendable::Target),
        (
            "POST",
            "/",
            &[("host", "u"), ("connection", "upgrade"), ("upgrade", "a"), ("content-length", "5")],
            Unsendable::UpgradeWithBody,
        ),
        (
            "POST",
            "/",
            &[("host", "u"), ("connection", "upgrade"), ("upgrade", "a"), ("transfer-encoding", "chunked")],
            Unsendable::UpgradeWithBody,
        ),
    ] {
        let outcome = request(&request_of(method, target, fields), FramingHeader::AsReceived);
        assert_eq!(outcome.map(|_| ()).unwrap_err(), expected, "{method} {target} {fields:?}");
    }
}

fn answer(
    status: u16,
    fields: &Fields,
    end_stream: bool,
    request: &RequestHead,
) -> Result<(ResponseHead, ResponseFacts), Malformed> {
    let mut response = Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    *response.headers_mut() = map(fields);
    let mut head = ResponseHead::new();
    let parts = response.into_parts().0;
    response_head(&parts, end_stream, request, &HeadLimits::default(), &mut head).map(|facts| (head, facts))
}

#[test]
fn responses_from_servers() {
    use BodyFraming::*;
    let length = &[("content-length", "10")];
    for (method, status, fields, end_stream, framing, interim, tunnel, left) in [
        ("GET", 200, &[][..], false, Chunked, false, false, &[][..]),
        ("GET", 200, &[], true, Chunked, false, false, &[]),
        ("GET", 200, length, false, Length(10), false, false, &["content-length: 10"]),
        ("GET", 200, &[("content-length", "1, 1")], false, Length(1), false, false, &["content-length: 1"]),
        ("HEAD", 200, length, true, None, false, false, &["content-length: 10"]),
        ("GET", 304, length, true, None, false, false, &["content-length: 10"]),
        ("GET", 204, &[("x", " y ")], true, None, false, false, &["x: y"]),
        ("GET", 103, &[("link", "x"), ("content-length", "1")], false, None, true, false, &["link: x"]),
        ("GET", 600, &[], true, Chunked, false, false, &[]),
        ("CONNECT", 200, length, false, UntilClose, false, true, &[]),
        ("CONNECT", 404, length, false, Length(10), false, false, &["content-length: 10"]),
    ] {
        let request = request_of(method, if method == "CONNECT" { "h:1" } else { "/" }, &[]);
        let (head, facts) = answer(status, fields, end_stream, &request).unwrap();
        assert_eq!((head.status, head.version_bytes()), (status, &b"HTTP/2.0"[..]));
        assert_eq!((facts.framing, facts.interim, facts.tunnel), (framing, interim, tunnel), "{method} {status}");
        assert_eq!(listed(&head.headers), left, "{method} {status}");
        assert!(facts.keep_alive);
    }
}

#[test]
fn refused_responses() {
    use HeadErrorKind::*;
    for (status, fields, end_stream, expected) in [
        (200, &[("connection", "close")][..], true, ConnectionField),
        (200, &[("upgrade", "x")], true, ConnectionField),
        (200, &[("transfer-encoding", "chunked")], true, ConnectionField),
        (200, &[("keep-alive", "chunked")], true, ConnectionField),
        (200, &[("content-length", "3")], true, ContentLength),
        (200, &[("content-length", "x")], false, ContentLength),
        (101, &[], false, UnexpectedUpgrade),
    ] {
        let outcome = answer(status, fields, end_stream, &request_of("GET", "/", &[]));
        assert_eq!(outcome.map(|_| ()).unwrap_err().kind, expected, "{status} {fields:?}");
    }
}

#[test]
fn a_success_of_extended_connect_switches_protocols() {
    let key = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let asks = |protocol| [("connection", "upgrade"), ("upgrade", protocol), key];
    let accepted = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    let switched = ["x: 1", "connection: upgrade", "upgrade: custom"];
    let websocket = ["x: 1", "connection: upgrade", "upgrade: WebSocket", accepted];
    for (protocol, status, expected, fields) in [
        ("custom", 200, 101, &switched[..]),
        ("WebSocket", 200, 101, &websocket),
        ("custom", 404, 404, &["x: 1", "content-length: 2"]),
    ] {
        let request = request_of("GET", "/", &asks(protocol));
        let (head, facts) = answer(status, &[("x", "1"), ("content-length", "2")], false, &request).unwrap();
        assert_eq!((head.status, facts.tunnel, facts.connection.upgrade), (expected, expected == 101, expected == 101));
        assert_eq!(listed(&head.headers), fields, "{protocol} {status}");
    }
}

#[test]
fn trailers_both_ways() {
    for (fields, expected) in [
        (&[("x", " 1 "), ("trailer", "q"), ("cookie", "a"), ("cookie", "b")][..], Some(4)),
        (&[("te", "trailers")], None),
        (&[("host", "h"), ("x", "1")], None),
        (&[("content-length", "1")], None),
        (&[("connection", "close")], None),
        (&[("transfer-encoding", "chunked")], None),
    ] {
        let mut out = Headers::new();
        let outcome = trailers(&map(fields), &HeadLimits::default(), &mut out);
        assert_eq!(outcome.is_ok().then_some(out.len()), expected, "{fields:?}");
        assert!(outcome.is_ok() || out.is_empty());
    }
    let many: Vec<_> = (0..101).map(|_| ("x", "1")).collect();
    let error = trailers(&map(&many), &HeadLimits::default(), &mut Headers::new()).unwrap_err();
    assert_eq!(error.kind, HeadErrorKind::TooManyHeaders);

    let mut own = Headers::new();
    for (name, value) in [("x-t", "1"), ("connection", "z"), ("host", "p"), ("te", "x"), ("content-length", "4")] {
        own.append(name.as_bytes(), value.as_bytes()).unwrap();
    }
    assert_eq!(listed_map(&trailer_map(&own).unwrap()), ["x-t: 1"]);
}
