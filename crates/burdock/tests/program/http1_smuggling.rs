//! Messages made to be read differently by two programs: each is refused, or reaches the server in one unambiguous form.

use std::time::Duration;

use burdock_testkit::{Backend, End, Request};

use crate::support::Site;

/// What became of the bytes of one connection.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// Status of every answer.
    statuses: Vec<u16>,
    /// Target and body of every request that reached the server.
    seen: Vec<(String, String)>,
    /// Whether the proxy closed the connection.
    closed: bool,
}

fn target() -> Site {
    Site::with_options(Backend::echoing(), Backend::named("B"), "option http-keep-alive", "", "disabled")
}

/// Sends bytes over a new connection, and reads until the answers stop.
fn sent(site: &Site, bytes: &[u8], answers: usize) -> (Outcome, Vec<Request>) {
    let before = site.a.requests().len();
    let mut client = site.proxy.client("web");
    client.send(bytes);
    let statuses = (0..answers).map(|_| client.response().status()).collect();
    let end = client.end_within(Duration::from_millis(if answers > 1 { 20 } else { 150 }));
    let requests = site.a.requests().split_off(before);
    let text = |request: &Request| (request.target().to_owned(), String::from_utf8_lossy(&request.body).into_owned());
    assert!(
        matches!(&end, End::Closed(rest) | End::Open(rest) if rest.is_empty()) || end == End::Reset,
        "more came: {end:?}"
    );
    (Outcome { statuses, seen: requests.iter().map(text).collect(), closed: !matches!(end, End::Open(_)) }, requests)
}

#[test]
fn refused() {
    let cases: &[(&str, u16)] = &[
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello1", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 6\r\n\r\nhello1", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x5\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5 5\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 422),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\n: no name\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 400),
        ("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /a\x7f HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ];
    let site = target();
    for (bytes, status) in cases {
        let (outcome, _) = sent(&site, bytes.as_bytes(), 1);
        assert_eq!(outcome, Outcome { statuses: vec![*status], seen: vec![], closed: true }, "{bytes:?}");
    }
}

#[test]
fn a_chunk_that_is_none_ends_the_request() {
    let site = target();
    // The head is forwarded before the chunk is seen; the server must not take the request for a whole one.
    for chunk in [
        "x\r\n",
        "-1\r\n",
        "0x5\r\nhello\r\n",
        "FFFFFFFFFFFFFFFFFF\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        ";\r\n",
    ] {
        let (outcome, _) = sent(
            &site,
            format!("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}").as_bytes(),
            1,
        );
        assert_eq!(outcome, Outcome { statuses: vec![400], seen: vec![], closed: true }, "{chunk:?}");
    }
}

#[test]
fn both_lengths_leave_one() {
    let site = target();
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    for lengths in
        ["Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 4"]
    {
        let bytes = format!("POST / HTTP/1.1\r\nHost: h\r\n{lengths}\r\n\r\n3\r\nabc\r\n0\r\n\r\n{smuggled}");
        let (outcome, requests) = sent(&site, bytes.as_bytes(), 1);
        let expected = Outcome { statuses: vec![200], seen: vec![("/".to_owned(), "abc".to_owned())], closed: true };
        assert_eq!(outcome, expected, "{lengths:?}");
        let head = &requests[0].head;
        assert_eq!(
            (head.all("content-length").len(), head.all("transfer-encoding")),
            (0, vec!["chunked"]),
            "{lengths:?}"
        );
    }
}

#[test]
fn accepted_in_one_form() {
    let site = target();
    let next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
    let cases: &[(&str, &str, &[&str], &[&str])] = &[
        // bytes, body seen, Content-Length seen, Transfer-Encoding seen
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc", "abc", &["3"], &[]),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "abc", &["3"], &[]),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 003\r\n\r\nabc", "abc", &["3"], &[]),
        ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "abc", &["3"], &[]),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "abc",
            &[],
            &["chunked"],
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\tchunked\r\n\r\n03;a=b\r\nabc\r\n000\r\n\r\n",
            "abc",
            &[],
            &["chunked"],
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "abc",
            &[],
            &["chunked"],
        ),
    ];
    for (bytes, body, lengths, encodings) in cases {
        let (outcome, requests) = sent(&site, format!("{bytes}{next}").as_bytes(), 2);
        let seen = vec![("/".to_owned(), (*body).to_owned()), ("/next".to_owned(), String::new())];
        assert_eq!(outcome, Outcome { statuses: vec![200, 200], seen, closed: false }, "{bytes:?}");
        let head = &requests[0].head;
        assert_eq!(
            (head.all("content-length"), head.all("transfer-encoding")),
            (lengths.to_vec(), encodings.to_vec()),
            "{bytes:?}"
        );
    }
}

#[test]
fn a_whole_request_inside_a_body_stays_a_body() {
    let site = target();
    let inner = "GET /inner HTTP/1.1\r\nHost: h\r\n\r\n";
    let by_length = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{inner}", inner.len());
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{inner}\r\n0\r\n\r\n",
        inner.len()
    );
    for bytes in [by_length, chunked] {
        let (outcome, _) = sent(&site, bytes.as_bytes(), 1);
        assert_eq!(outcome.seen, [("/".to_owned(), inner.to_owned())], "{bytes:?}");
    }
}

#[test]
fn a_server_that_answers_twice_does_not_answer_the_next_client() {
    let site = Site::with_options(
        Backend::scripted(|connection| {
            while connection.request().is_some() {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
            }
        }),
        Backend::named("B"),
        "http-reuse always",
        "",
        "disabled",
    );
    for _ in 0..5 {
        let mut client = site.proxy.client("web");
        assert_eq!(
            (client.get("/", &[]).text(), client.get("/", &[]).text()),
            ("first".to_owned(), "first".to_owned())
        );
    }
}

#[test]
fn limits_of_a_head() {
    let site = target();
    let check = |head: &str, status: u16| {
        let (outcome, _) = sent(&site, format!("{head}\r\n").as_bytes(), 1);
        assert_eq!(outcome.statuses, [status], "{} bytes: {}", head.len(), &head[..40]);
    };
    let many = |count: usize| (0..count).map(|number| format!("X-{number}: 1\r\n")).collect::<String>();
    check(&format!("GET / HTTP/1.1\r\nHost: h\r\n{}", many(90)), 200);
    check(&format!("GET / HTTP/1.1\r\nHost: h\r\n{}", many(120)), 400);
    check(&format!("GET /{} HTTP/1.1\r\nHost: h\r\n", "a".repeat(8000)), 200);
    check(&format!("GET /{} HTTP/1.1\r\nHost: h\r\n", "a".repeat(20_000)), 414);
    check(&format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n", "a".repeat(8000)), 200);
    check(&format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n", "a".repeat(20_000)), 431);
}
