//! Rules that see connections and what comes over them before anything is decided: `tcp-request connection`, `session`, `content`,
//! `tcp-response content`, and how long they may wait.

use std::time::Duration;

use burdock_testkit::client::{get, post};
use burdock_testkit::wait::timed;
use burdock_testkit::{Backend, Client, End, LogSink, Proxy};

use crate::support::{SHORT_TIMEOUT_MS, assert_took, burdock};

/// What a section in `mode tcp` is started with besides its rules.
fn tcp(log: &LogSink, server: u16, lines: &str) -> Proxy {
    section(log, server, "tcp", "option tcplog", lines)
}

fn section(log: &LogSink, server: u16, mode: &str, format: &str, lines: &str) -> Proxy {
    let lines: Vec<_> = lines.lines().map(str::trim).collect();
    burdock().start(&format!(
        "global
    log 127.0.0.1:{} local0
    stats socket @dir@/cli level admin
listen gate
    bind 127.0.0.1:@gate@
    mode {mode}
    log global
    {format}
    timeout connect 1s
    timeout client 20s
    timeout server 20s
    {}
    server A 127.0.0.1:{server}
",
        log.port,
        lines.join("\n    ")
    ))
}

/// Sends back what it reads.
fn echo() -> Backend {
    Backend::scripted(|connection| {
        while let Some(byte) = connection.exactly(1) {
            connection.send(byte);
        }
    })
}

fn counted(proxy: &Proxy, column: &str) -> String {
    proxy.stat("gate", "FRONTEND").remove(column).unwrap()
}

fn is_closed(end: &End) -> bool {
    matches!(end, End::Closed(bytes) if bytes.is_empty())
}

#[test]
fn connections_are_refused_before_anything_is_read() {
    let (server, log) = (echo(), LogSink::new());
    for mode in ["tcp", "http"] {
        let proxy = section(&log, server.port(), mode, "", "tcp-request connection reject if { src 127.0.0.1 }");
        let end = Client::connect(proxy.port("gate")).end();
        assert!(!matches!(end, End::Open(_)) && !is_closed(&end), "{mode}: a reset, not {end:?}");
        let counts = ["dcon", "dses", "conn_tot", "stot"].map(|column| counted(&proxy, column));
        assert_eq!(counts, ["1", "0", "1", "0"], "{mode}");
    }
    assert_eq!(server.connections_accepted(), 0);
}

#[test]
fn sessions_are_refused_in_an_orderly_way() {
    let (server, log) = (echo(), LogSink::new());
    for mode in ["tcp", "http"] {
        let rules = "tcp-request connection accept
            tcp-request session accept if { src 192.0.2.1 }
            tcp-request session reject";
        let proxy = section(&log, server.port(), mode, "", rules);
        let end = Client::connect(proxy.port("gate")).end();
        assert!(is_closed(&end), "{mode}: {end:?}");
        let counts = ["dcon", "dses", "conn_tot", "stot"].map(|column| counted(&proxy, column));
        assert_eq!(counts, ["0", "1", "1", "0"], "{mode}");
    }
    assert_eq!(server.connections_accepted(), 0);
}

/// Lets `Host: a` through, whatever else is refused once that is clear.
const BY_HOST: &str = "tcp-request inspect-delay 5s
    tcp-request content accept if { hdr(host) -m str a }
    tcp-request content reject";

#[test]
fn a_rule_waits_for_what_it_asks_for() {
    let (server, log) = (echo(), LogSink::new());
    let proxy = tcp(&log, server.port(), BY_HOST);
    let mut client = proxy.client("gate");
    client.send("GET / HTTP/1.1\r\nHo");
    // Nothing goes through as long as it is not clear what comes.
    assert!(matches!(client.end_within(Duration::from_millis(200)), End::Open(bytes) if bytes.is_empty()));
    assert_eq!(server.connections_accepted(), 0);
    client.send("st: a\r\n\r\n");
    assert_eq!(client.exactly(27), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "what was looked at is passed on");
}

#[test]
fn a_rule_that_is_decided_does_not_wait() {
    let (server, log) = (echo(), LogSink::new());
    let proxy = tcp(&log, server.port(), BY_HOST);
    for sent in ["GET / HTTP/1.1\r\nHost: b\r\n\r\n", "this is no HTTP at all\r\n\r\n"] {
        let mut client = proxy.client("gate");
        client.send(sent);
        let (end, took) = timed(|| client.end());
        assert!(is_closed(&end) && took < Duration::from_secs(2), "{sent:?}: {end:?} after {took:?}");
        let line = log.await_line("gate gate/<NOSRV> -1/-1/");
        assert!(line.contains(" PR "), "{line}");
    }
    assert_eq!(counted(&proxy, "dreq"), "2");
    assert_eq!(server.connections_accepted(), 0);
}

#[test]
fn the_delay_and_the_end_of_input_decide() {
    let (server, log) = (echo(), LogSink::new());
    let rules = format!(
        "tcp-request inspect-delay {SHORT_TIMEOUT_MS}ms
        tcp-request content reject if {{ hdr(host) -m str b }}"
    );
    let proxy = tcp(&log, server.port(), &rules);
    let mut client = proxy.client("gate");
    client.send("GET");
    let (bytes, took) = timed(|| client.exactly(3));
    assert_eq!(bytes, b"GET");
    assert_took(took, SHORT_TIMEOUT_MS, "the delay");

    let proxy = tcp(&log, server.port(), BY_HOST);
    let mut client = proxy.client("gate");
    client.send("GET");
    client.half_close();
    let (end, took) = timed(|| client.end());
    assert!(is_closed(&end) && took < Duration::from_secs(2), "{end:?} after {took:?}");
}

#[test]
fn without_a_delay_nothing_is_waited_for() {
    let server = Backend::scripted(|connection| {
        connection.send("welcome");
        connection.await_end();
    });
    let log = LogSink::new();
    let proxy = tcp(&log, server.port(), "tcp-request content reject if { hdr(host) -m str a }");
    assert_eq!(proxy.client("gate").exactly(7), b"welcome", "the server may speak first");
}

#[test]
fn a_client_that_stays_silent_too_long_is_closed() {
    // Rules have the last word: only where they let it through it is the client's silence that ends it.
    for (rules, flags) in [(BY_HOST, " PR "), (BY_HOST.trim_end_matches("tcp-request content reject"), " cR ")] {
        let (server, log) = (echo(), LogSink::new());
        let proxy = tcp(&log, server.port(), &format!("timeout client {SHORT_TIMEOUT_MS}ms\n{rules}"));
        let (end, took) = timed(|| proxy.client("gate").end());
        assert!(is_closed(&end), "{end:?}");
        assert_took(took, SHORT_TIMEOUT_MS, "timeout client");
        let line = log.await_line("gate gate/<NOSRV> -1/-1/");
        assert!(line.contains(flags), "{line}");
    }
}

#[test]
fn content_decides_between_backends_in_mode_tcp() {
    let (one, two) = (
        Backend::scripted(|connection| {
            connection.send("one");
        }),
        echo(),
    );
    let proxy = burdock().start(&format!(
        "defaults
    mode tcp
    timeout connect 1s
    timeout client 20s
    timeout server 20s
frontend gate
    bind 127.0.0.1:@gate@
    tcp-request inspect-delay 5s
    tcp-request content accept if {{ hdr(host) -m found }}
    use_backend one if {{ hdr(host) -m end .one }}
    default_backend two
backend one
    server A 127.0.0.1:{}
backend two
    tcp-request inspect-delay 5s
    tcp-request content reject if {{ hdr(host) -m str no }}
    server B 127.0.0.1:{}
",
        one.port(),
        two.port()
    ));
    let asked = |host: &str| {
        let mut client = proxy.client("gate");
        client.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        client
    };
    assert_eq!(asked("a.one").exactly(3), b"one");
    assert_eq!(asked("a.two").exactly(3), b"GET");
    assert!(is_closed(&asked("no").end()));
}

#[test]
fn requests_are_refused_for_their_content() {
    let (server, log) = (Backend::named("A"), LogSink::new());
    let proxy = section(
        &log,
        server.port(),
        "http",
        "option httplog",
        "tcp-request inspect-delay 5s\ntcp-request content reject if { path /no }",
    );
    let mut client = proxy.client("gate");
    assert_eq!(client.get("/yes", &[]).status(), 200);
    client.send(get("/no", &[]));
    assert!(is_closed(&client.end()), "there is no answer");
    let line = log.await_line("<BADREQ>");
    assert!(line.contains("gate gate/<NOSRV> -1/-1/-1/-1/") && line.contains(" -1 0 - - PR-- "), "{line}");
    let counts = ["dreq", "ereq", "req_tot"].map(|column| counted(&proxy, column));
    assert_eq!(counts, ["1", "0", "1"]);
}

#[test]
fn responses_are_refused_for_their_content() {
    let (server, log) = (echo(), LogSink::new());
    let proxy = tcp(&log, server.port(), "tcp-response content reject");
    let mut client = proxy.client("gate");
    assert!(is_closed(&client.end()));
    let line = log.await_line("gate gate/A ");
    assert!(line.contains(" PD "), "{line}");

    let (web, log) = (Backend::named("A"), LogSink::new());
    let proxy = section(&log, web.port(), "http", "option httplog", "tcp-response content reject");
    let mut client = proxy.client("gate");
    client.send(get("/", &[]));
    assert!(is_closed(&client.end()));
    let line = log.await_line("gate gate/A ");
    assert!(line.contains("/-1/") && line.contains(" -1 0 - - PD-- "), "{line}");
    for row in ["FRONTEND", "A", "BACKEND"] {
        assert_eq!(proxy.stat("gate", row)["dresp"], "1", "{row}");
    }
}

#[test]
fn the_body_is_received_before_the_server_is_asked() {
    let (server, log) = (Backend::echoing(), LogSink::new());
    let proxy = section(&log, server.port(), "http", "option httplog", "option http-buffer-request");
    let mut client = proxy.client("gate");
    let head = "POST /whole HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\n";
    client.send(format!("{head}hello"));
    assert!(matches!(client.end_within(Duration::from_millis(200)), End::Open(bytes) if bytes.is_empty()));
    assert_eq!(server.connections_accepted(), 0, "nobody is bothered before the request is whole");
    client.send("world");
    assert_eq!(client.response().status(), 200);
    assert_eq!(server.only_request().body, b"helloworld");

    // What does not fit a buffer goes through all the same, and the connection serves the next request.
    let large = "x".repeat(200_000);
    assert_eq!(client.request(post("/large", &[], &large)).status(), 200);
    assert_eq!(server.await_requests(2)[1].body, large.as_bytes());
    assert_eq!(client.get("/none", &[]).status(), 200);
}

#[test]
fn chunks_and_trailers_survive_the_wait() {
    let server = Backend::scripted(|connection| {
        let head = connection.head().unwrap();
        assert!(head.get("transfer-encoding").is_some());
        let body = connection.exactly("A\r\nhelloworld\r\n0\r\nx-t: 1\r\n\r\n".len()).unwrap();
        connection.send(burdock_testkit::http::ok(body));
    });
    let log = LogSink::new();
    let proxy = section(&log, server.port(), "http", "option httplog", "option http-buffer-request");
    let mut client = proxy.client("gate");
    client.send("POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    assert!(matches!(client.end_within(Duration::from_millis(100)), End::Open(bytes) if bytes.is_empty()));
    client.send("5\r\nworld\r\n0\r\nX-T: 1\r\n\r\n");
    assert_eq!(client.response().text(), "A\r\nhelloworld\r\n0\r\nx-t: 1\r\n\r\n");
}

#[test]
fn a_client_that_waits_for_a_word_gets_it_from_us() {
    let (server, log) = (Backend::echoing(), LogSink::new());
    let proxy = section(&log, server.port(), "http", "option httplog", "option http-buffer-request");
    let mut client = proxy.client("gate");
    client.send("POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.exactly(25), b"HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    assert_eq!(client.response().status(), 200);
    let request = server.only_request();
    assert_eq!((request.header("expect"), &request.body[..]), (None, &b"hello"[..]));
}

#[test]
fn a_body_that_does_not_come() {
    let (server, log) = (Backend::named("A"), LogSink::new());
    let lines = format!("option http-buffer-request\ntimeout http-request {SHORT_TIMEOUT_MS}ms");
    let proxy = section(&log, server.port(), "http", "option httplog", &lines);
    let head = "POST /slow HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\nhello";
    let mut client = proxy.client("gate");
    client.send(head);
    let (response, took) = timed(|| client.response());
    assert_eq!((response.status(), response.header("connection")), (408, Some("close")));
    assert_took(took, SHORT_TIMEOUT_MS, "timeout http-request");
    let line = log.await_line("POST /slow ");
    assert!(line.contains("gate gate/<NOSRV> -1/-1/-1/-1/") && line.contains(" 408 0 - - cR-- "), "{line}");

    let mut client = proxy.client("gate");
    client.send(head.replace("/slow", "/gone"));
    client.half_close();
    assert!(is_closed(&client.end()), "nobody is answered");
    let line = log.await_line("POST /gone ");
    assert!(line.contains("/-1/-1/-1/") && line.contains(" 400 0 - - CR-- "), "{line}");
    assert_eq!(server.connections_accepted(), 0);
}

#[test]
fn an_address_of_zeros_is_the_clients_destination() {
    let (server, log) = (Backend::named("A"), LogSink::new());
    let proxy = burdock().start(&format!(
        "listen gate
    bind 127.0.0.1:@gate@
    mode http
    timeout connect 1s
    timeout client 20s
    timeout server 20s
    server A 0.0.0.0:{}
",
        server.port()
    ));
    let mut client = proxy.client("gate");
    for path in ["/1", "/2"] {
        assert_eq!(client.get(path, &[]).status(), 200);
    }
    drop(log);
}
