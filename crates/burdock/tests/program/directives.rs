//! What rules ask of later phases and of connections: bodies that are waited for, tarpits, limits, priorities, silent drops.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use burdock_testkit::client::get;
use burdock_testkit::http::response;
use burdock_testkit::wait::timed;
use burdock_testkit::{Backend, End};

use crate::support::{SHORT_TIMEOUT_MS, Site, assert_took};

const HELLO: &str = " HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\nhello";

#[test]
fn rules_wait_for_a_body() {
    let rules = format!(
        "http-request wait-for-body time {SHORT_TIMEOUT_MS}ms if {{ path /whole }}
        http-request wait-for-body time {SHORT_TIMEOUT_MS}ms at-least 5 if {{ path /some }}"
    );
    let site = Site::with(Backend::echoing(), Backend::echoing(), &rules);
    let mut client = site.proxy.client("web");
    client.send(format!("POST /whole{HELLO}"));
    let (response, took) = timed(|| client.response());
    assert_eq!(response.status(), 408);
    assert_took(took, SHORT_TIMEOUT_MS, "the wait for the whole body");
    let line = site.log.await_request("POST /whole ");
    assert_eq!((line.status, line.flags.as_str()), (408, "cR--"));
    assert_eq!(site.a.connections_accepted(), 0);

    let mut client = site.proxy.client("web");
    client.send(format!("POST /some{HELLO}"));
    // Five bytes are enough: the server sees the head and them while the rest is missing.
    let (_, took) = timed(|| {
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while site.a.connections_accepted() + site.b.connections_accepted() == 0 && std::time::Instant::now() < deadline
        {
            std::thread::yield_now();
        }
    });
    assert!(took < Duration::from_millis(SHORT_TIMEOUT_MS), "{took:?}");
    client.send("world");
    assert_eq!(client.response().status(), 200);
}

/// Answers `/stall` with half a body and silence, anything else with a body in two pieces.
fn hesitant() -> Backend {
    Backend::scripted(|connection| {
        let Some(head) = connection.head() else { return };
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        if !head.line.contains("/stall") {
            std::thread::sleep(Duration::from_millis(50));
            connection.send("world");
        }
        connection.await_end();
    })
}

#[test]
fn rules_wait_for_the_body_of_a_response() {
    let rules = format!("http-response wait-for-body time {SHORT_TIMEOUT_MS}ms");
    let site = Site::with(hesitant(), hesitant(), &rules);
    let mut client = site.proxy.client("web");
    assert_eq!(client.get("/whole", &[]).text(), "helloworld");
    let (response, took) = timed(|| site.get("/stall", &[]));
    assert_eq!(response.status(), 504);
    assert_took(took, SHORT_TIMEOUT_MS, "the wait for the body");
    assert_eq!(site.log.await_request(" /stall ").flags, "sH--");
}

#[test]
fn tarpits_hold_before_they_answer() {
    let rules = format!(
        "timeout tarpit 20s
        http-request set-timeout tarpit {SHORT_TIMEOUT_MS}
        http-request tarpit deny_status 429 if {{ path /slow }}"
    );
    let site = Site::start(&rules);
    let (response, took) = timed(|| site.get("/slow", &[]));
    assert_eq!(response.status(), 429);
    assert_took(took, SHORT_TIMEOUT_MS, "the tarpit");
    let line = site.log.await_line(" /slow ");
    assert!(line.contains(" web/<NOSRV> -1/") && line.contains("/-1/-1/") && line.contains(" PT-- "), "{line}");
    assert_eq!(site.proxy.stat("web", "FRONTEND")["dreq"], "1");
}

#[test]
fn a_dropped_client_is_told_nothing() {
    let site = Site::start("http-request silent-drop if { path /drop }\nhttp-request reject if { path /reject }");
    let mut client = site.proxy.client("web");
    client.send(get("/drop", &[]));
    let line = site.log.await_line(" /drop ");
    assert!(line.contains(" web/<NOSRV> -1/-1/-1/-1/") && line.contains(" -1 0 - - PR-- "), "{line}");
    // With the privilege for it the client learns nothing; without, of a reset.
    let end = client.end_within(Duration::from_millis(200));
    assert!(!matches!(end, End::Closed(_)), "{end:?}");

    let mut client = site.proxy.client("web");
    client.send(get("/reject", &[]));
    assert!(matches!(client.end(), End::Closed(bytes) if bytes.is_empty()));
    assert_eq!(site.proxy.stat("web", "FRONTEND")["dreq"], "2");
}

#[test]
fn limits_and_log_levels_are_replaced() {
    let rules = format!(
        "http-request set-timeout server {SHORT_TIMEOUT_MS} if {{ path /server }}
        http-request set-timeout client {SHORT_TIMEOUT_MS} if {{ path /client }}
        http-request set-log-level silent if {{ path /unseen }}"
    );
    let silent = || {
        Backend::scripted(|connection| {
            while let Some(head) = connection.head() {
                if head.line.contains("/unseen") {
                    connection.send(response(200, &[], ""));
                }
            }
        })
    };
    let site = Site::with(silent(), silent(), &rules);
    assert_eq!(site.get("/unseen", &[]).status(), 200);
    let (response, took) = timed(|| site.get("/server", &[]));
    assert_eq!(response.status(), 504);
    assert_took(took, SHORT_TIMEOUT_MS, "the server's limit");
    let mut client = site.proxy.client("web");
    client.send(format!("POST /client{HELLO}"));
    let (response, took) = timed(|| client.response());
    assert_eq!(response.status(), 400);
    assert_took(took, SHORT_TIMEOUT_MS, "the client's limit");
    assert_eq!(site.log.await_request(" /client ").flags, "cH--");
    assert!(site.log.lines().iter().all(|line| !line.contains("/unseen")), "{:?}", site.log.lines());
}

#[test]
fn waiting_requests_are_served_by_priority() {
    let (open, gate) = channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(gate));
    let server = Backend::answering(move |_| {
        let _opened_or_over = gate.lock().unwrap().recv_timeout(Duration::from_secs(20));
        response(200, &[], "")
    });
    let rules = "timeout queue 20s
        http-request set-priority-class int(5) if { path /low }
        http-request set-priority-class int(-5) if { path /high }";
    let site = Site::with_options(server, Backend::named("B"), rules, "maxconn 1", "disabled");
    let mut clients = Vec::new();
    for (index, path) in ["/first", "/low", "/normal", "/high"].into_iter().enumerate() {
        let mut client = site.proxy.client("web");
        client.send(get(path, &[]));
        clients.push(client);
        if index == 0 {
            site.a.await_requests(1);
        } else {
            site.proxy.await_stat("web", "BACKEND", "qcur", &index.to_string());
        }
    }
    for _ in 0..clients.len() {
        open.send(()).unwrap();
    }
    assert!(clients.iter_mut().all(|client| client.response().status() == 200));
    let served: Vec<_> = site.a.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(served, ["/first", "/high", "/normal", "/low"]);
}
