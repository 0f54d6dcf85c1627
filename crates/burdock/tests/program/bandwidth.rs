//! Bandwidth limits: payload moves at the pace of `filter bwlim-in` and `filter bwlim-out`, and nobody is blamed for the silence that makes.

use std::time::Duration;

use burdock_testkit::http::{ok, response};
use burdock_testkit::wait::timed;
use burdock_testkit::{Backend, End, H2Client, LogSink};

use crate::support::{Site, burdock};

/// A limit of 20 kB a period; the first period's bytes move at once.
const PERIOD_MS: u64 = 500;
const LIMIT: usize = 20_000;
/// Shorter than the pause that a limit makes, so that a pause that counted as silence would end the request.
const SILENCE_MS: u64 = 300;
/// As much as takes a pause and half a period more.
const BODY: usize = 30_000;
/// A limit that were not kept would take a few milliseconds.
const LEAST: Duration = Duration::from_millis(PERIOD_MS * 5 / 4);

fn limits() -> String {
    format!(
        "timeout client {SILENCE_MS}
        timeout server {SILENCE_MS}
        filter bwlim-in in default-limit {LIMIT} default-period {PERIOD_MS}
        filter bwlim-out out default-limit {LIMIT} default-period {PERIOD_MS} min-size 1000
        http-request set-bandwidth-limit in if {{ path /in /wait }}
        http-request wait-for-body time 2s if {{ path /wait }}
        http-request set-bandwidth-limit out if {{ path /out /chunks /kept }}
        http-request set-bandwidth-limit out limit 100m if {{ path /kept }}
        http-response set-bandwidth-limit out period {PERIOD_MS} limit res.hdr(x-pace),mul(1000) if {{ res.hdr(x-pace) -m found }}"
    )
}

/// Sends a body, and says in `X-Got` how much it got.
fn server() -> Backend {
    Backend::answering(|request| {
        let got = format!("X-Got: {}", request.body.len());
        match request.target() {
            "/chunks" => {
                let chunk = format!("{:x}\r\n{}\r\n", BODY / 3, "c".repeat(BODY / 3));
                let end = "0\r\nX-Trailer: t\r\n\r\n";
                format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}{chunk}{end}").into_bytes()
            }
            "/in" | "/wait" => response(200, &[&got], ""),
            "/told" => response(200, &["X-Pace: 20"], "b".repeat(BODY)),
            _ => ok("b".repeat(BODY)),
        }
    })
}

#[test]
fn payload_moves_at_the_pace_of_its_limit() {
    let site = Site::with(server(), server(), &limits());
    for (path, body, is_limited) in [
        ("/out", 0, true),
        ("/chunks", 0, true),
        ("/told", 0, true),
        ("/in", BODY, true),
        // What was received ahead counts once it leaves.
        ("/wait", LIMIT / 2, false),
        ("/free", 0, false),
        ("/kept", 0, false),
    ] {
        let mut client = site.proxy.client("web");
        let method = if body > 0 { "POST" } else { "GET" };
        let (response, took) = timed(|| {
            client.send(format!("{method} {path} HTTP/1.1\r\nHost: h.test\r\nContent-Length: {body}\r\n\r\n"));
            client.send(vec![b'x'; body]);
            client.response()
        });
        assert_eq!(response.status(), 200, "{path}");
        if body > 0 {
            assert_eq!(response.header("x-got"), Some(body.to_string().as_str()), "{path}");
        } else {
            assert_eq!(response.body.len(), BODY, "{path}");
        }
        assert_eq!(took >= LEAST, is_limited, "{path}: {took:?}");
        assert_eq!(site.log.await_request(&format!(" {path} ")).flags, "----", "{path}");
    }
}

#[test]
fn streams_have_limits_of_their_own() {
    let site = Site::with(server(), server(), &limits());
    let mut client = H2Client::connect(site.proxy.port("web"));
    let ((limited, free, first), took) = timed(|| {
        let limited = client.begin("GET", "/out", &[], true);
        let free = client.begin("GET", "/free", &[], true);
        let (free, first) = timed(|| client.finish(free));
        (client.finish(limited), free, first)
    });
    assert_eq!((limited.body.len(), free.body.len()), (BODY, BODY));
    assert!(took >= LEAST && first < LEAST, "{took:?} {first:?}");
    let (answer, took) = timed(|| client.post("/in", &[], &vec![b'x'; BODY]));
    assert_eq!(answer.field("x-got"), Some(BODY.to_string().as_str()));
    assert!(took >= LEAST, "{took:?}");
}

#[test]
fn tunnels_are_limited_both_ways() {
    let echo = Backend::scripted(|connection| {
        if let Some(bytes) = connection.exactly(BODY) {
            connection.send(bytes);
        }
    });
    let log = LogSink::new();
    for (rules, least) in [
        ("tcp-request content set-bandwidth-limit in", LEAST),
        ("tcp-response content set-bandwidth-limit out", LEAST),
        ("tcp-request content set-bandwidth-limit in\ntcp-response content set-bandwidth-limit out", 2 * LEAST),
    ] {
        let proxy = burdock().start(&format!(
            "global
    log 127.0.0.1:{} local0
listen tunnel
    bind 127.0.0.1:@tcp@
    mode tcp
    log global
    option tcplog
    timeout connect 1s
    timeout client {SILENCE_MS}
    timeout server {SILENCE_MS}
    filter bwlim-in in default-limit {LIMIT} default-period {PERIOD_MS}
    filter bwlim-out out default-limit {LIMIT} default-period {PERIOD_MS}
    {}
    server A 127.0.0.1:{}
",
            log.port,
            rules.replace('\n', "\n    "),
            echo.port()
        ));
        let mut client = proxy.client("tcp");
        let (end, took) = timed(|| {
            client.send(vec![b'x'; BODY]);
            client.end()
        });
        assert!(matches!(&end, End::Closed(bytes) if bytes.len() == BODY), "{rules}");
        assert!(took >= least, "{rules}: {took:?}");
    }
    for line in log.lines() {
        assert!(line.contains(" -- "), "{line}");
    }
}

#[test]
fn a_client_that_leaves_in_a_pause_is_noticed() {
    let site = Site::with(server(), server(), &limits());
    let mut client = site.proxy.client("web");
    client.send("GET /out HTTP/1.1\r\nHost: h.test\r\n\r\n");
    client.some_bytes();
    client.reset();
    let line = site.log.await_request(" /out ");
    assert_eq!(line.flags, "CD--");
}

#[test]
fn what_cannot_be_is_said() {
    for (lines, fault) in [
        ("filter bwlim-out x limit 1m key src", "limits that streams share"),
        ("filter compression", "'filter compression' is known to HAProxy but not supported"),
        ("filter bwlim-out x default-limit 1m", "needs 'default-period'"),
        ("http-request set-bandwidth-limit x", "has no bandwidth limit 'x'"),
    ] {
        let text = format!("listen web\n    bind 127.0.0.1:@web@\n    mode http\n    {lines}\n");
        let output = burdock().run(&text, &["-c"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(fault), "{lines}: {said}");
    }
}
