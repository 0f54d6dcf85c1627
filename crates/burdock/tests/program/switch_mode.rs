//! Connections of `mode tcp` that go on in `mode http`: by `switch-mode`, or since their backend is in that mode. What is expected is
//! HAProxy's as measured.

use burdock_testkit::client::get;
use burdock_testkit::http::ok;
use burdock_testkit::{Backend, End, H2Client, LogSink, Proxy, wait};

use crate::support::burdock;

/// A frontend in `mode tcp` with those lines in front of `web`, in `mode http`, and `raw`, in `mode tcp`.
fn proxy(log: &LogSink, lines: &str, web: &Backend, raw: &Backend) -> Proxy {
    burdock().start(&format!(
        "global
    log 127.0.0.1:{} local0
    stats socket @dir@/cli level admin
defaults
    timeout connect 1s
    timeout client 20s
    timeout server 20s
frontend mixed
    mode tcp
    bind 127.0.0.1:@mixed@
    log global
    option tcplog
    tcp-request inspect-delay 5s
    {}
    default_backend web
backend web
    mode http
    server W 127.0.0.1:{}
backend raw
    mode tcp
    server R 127.0.0.1:{}
",
        log.port,
        lines.lines().map(str::trim).collect::<Vec<_>>().join("\n    "),
        web.port(),
        raw.port()
    ))
}

/// Says what it was sent beside the request.
fn web() -> Backend {
    Backend::answering(|request| ok(format!("{} {}", request.target(), request.header("x-raw").unwrap_or("-"))))
}

fn raw() -> Backend {
    Backend::scripted(|connection| {
        if let Some(bytes) = connection.exactly(4) {
            connection.send(bytes);
            connection.send(" raw");
        }
    })
}

const SWITCH: &str = "tcp-request content set-var(txn.raw) str(seen)
    tcp-request content switch-mode http if HTTP
    tcp-request content set-var(txn.raw) str(behind)
    http-request set-header x-raw %[var(txn.raw)]
    http-request return status 200 content-type text/plain string here if { path /here }
    use_backend raw if { path /raw }
    use_backend raw if !HTTP";

#[test]
fn what_is_http_goes_on_as_that() {
    let (web, raw, log) = (web(), raw(), LogSink::new());
    let proxy = proxy(&log, SWITCH, &web, &raw);
    let mut client = proxy.client("mixed");
    // Cut in two, so that the second half comes to what was inspected.
    client.send("GE");
    client.send("T /one HTTP/1.1\r\nHost: h.test\r\n\r\n");
    assert_eq!(client.response().text(), "/one seen");
    assert_eq!(client.get("/two", &[]).text(), "/two seen", "rules behind the switch are for what is not switched");
    assert_eq!(client.get("/here", &[]).text(), "here");
    let line = log.await_line(" mixed web/W ");
    assert!(line.contains(" -- "), "lines are those of mode tcp: {line}");
    let line = log.await_line(" mixed mixed/<NOSRV> -1/-1/");
    assert!(line.contains(" LR "), "{line}");

    let mut other = proxy.client("mixed");
    other.send("SSH-");
    assert_eq!(other.end(), End::Closed(b"SSH- raw".to_vec()));
}

#[test]
fn http2_goes_on_as_that() {
    let (web, raw, log) = (web(), raw(), LogSink::new());
    let lines = SWITCH.replace("if HTTP\n", "\n");
    let proxy = proxy(&log, &lines, &web, &raw);
    let mut client = H2Client::connect(proxy.port("mixed"));
    assert_eq!(client.get("/one", &[]).text(), "/one seen");
    assert_eq!(client.get("/here", &[]).text(), "here");
    // The same address serves both.
    assert_eq!(proxy.client("mixed").get("/three", &[]).text(), "/three seen");
}

#[test]
fn requests_cannot_go_to_servers_of_tcp() {
    let (web, raw, log) = (web(), raw(), LogSink::new());
    let proxy = proxy(&log, SWITCH, &web, &raw);
    let mut client = proxy.client("mixed");
    client.send(get("/raw", &[]));
    assert_eq!(client.end(), End::Closed(Vec::new()));
    let line = log.await_line(" mixed raw/<NOSRV> -1/-1/");
    assert!(line.contains(" IR "), "{line}");
    assert_eq!(raw.connections_accepted(), 0);
}

#[test]
fn the_version_can_be_told() {
    let (web, raw, log) = (web(), raw(), LogSink::new());
    let first = proxy(&log, "tcp-request content switch-mode http proto h1", &web, &raw);
    assert_eq!(first.client("mixed").get("/one", &[]).text(), "/one -");
    let mut client = first.client("mixed");
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(!matches!(client.end(), End::Open(_)), "what begins as HTTP/2 is no request of HTTP/1");

    let second = proxy(&log, "tcp-request content switch-mode http proto h2", &web, &raw);
    assert_eq!(H2Client::connect(second.port("mixed")).get("/two", &[]).text(), "/two -");
    let mut client = second.client("mixed");
    client.send(get("/one", &[]));
    assert!(!matches!(client.end(), End::Open(_)), "no answer of HTTP/1");
    assert_eq!(web.requests().len(), 2);
}

#[test]
fn a_backend_in_mode_http_is_enough() {
    let (web, raw, log) = (web(), raw(), LogSink::new());
    let proxy = proxy(&log, "", &web, &raw);
    let mut client = proxy.client("mixed");
    assert_eq!(client.get("/one", &[]).text(), "/one -");
    assert_eq!(client.get("/two", &[]).text(), "/two -");
    assert_eq!(H2Client::connect(proxy.port("mixed")).get("/three", &[]).text(), "/three -");
    // A request is counted when it is over, which is after its client has the answer.
    wait::until("three requests to be counted", || {
        let stat = proxy.stat("web", "BACKEND");
        (stat["hrsp_2xx"] == "3" && stat["stot"] == "3").then_some(())
    });
}
