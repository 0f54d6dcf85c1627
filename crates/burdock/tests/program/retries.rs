//! Servers that cannot be reached or hang up: how often, after how long and where a request is tried again, and what the cookie then says.
//! The wait between two tries is the connect timeout, at most a second; most tests make it short.

use std::sync::mpsc::channel;

use burdock_testkit::client::{get, post};
use burdock_testkit::http::response;
use burdock_testkit::net::{BlackHole, Reserved};
use burdock_testkit::wait::{PATIENCE, timed};
use burdock_testkit::{Backend, HttpLog, LogSink, Proxy, Response};

use crate::support::{Site, assert_took, burdock, listen, server_of};

const WAIT_MS: u64 = 200;
const BOUND: &[&str] = &["Cookie: SRVNAME=SA"];

/// Server A refuses every connection, B works.
struct HalfDown {
    _a: Reserved,
    b: Backend,
    log: LogSink,
    proxy: Proxy,
}

impl HalfDown {
    fn start(lines: &str) -> Self {
        let (a, b, log) = (Reserved::new(), Backend::named("B"), LogSink::new());
        let servers = format!("server A 127.0.0.1:{} cookie SA\nserver B 127.0.0.1:{} cookie SB", a.port(), b.port());
        let text = format!("cookie SRVNAME insert\ntimeout connect {WAIT_MS}\n{lines}\n{servers}");
        let proxy = burdock().start(&listen(&log, &text));
        Self { _a: a, b, log, proxy }
    }

    fn get(&self, path: &str, fields: &[&str]) -> (Response, HttpLog, u64) {
        let (response, took) = timed(|| self.proxy.client("web").get(path, fields));
        (response, self.log.await_request(path), u64::try_from(took.as_millis()).unwrap())
    }
}

/// What one row expects of a request whose server refuses.
struct Row {
    lines: &'static str,
    status: u16,
    flags: &'static str,
    retries: &'static str,
    waits: u64,
}

#[test]
fn a_bound_request_to_a_refusing_server() {
    let rows = [
        Row { lines: "", status: 503, flags: "SCVN", retries: "3", waits: 3 },
        Row { lines: "retries 1", status: 503, flags: "SCVN", retries: "1", waits: 1 },
        Row { lines: "retries 0", status: 503, flags: "SCVN", retries: "0", waits: 0 },
        Row { lines: "option redispatch 0", status: 503, flags: "SCVN", retries: "3", waits: 3 },
        // The last retry goes elsewhere.
        Row { lines: "option redispatch", status: 200, flags: "--DI", retries: "+3", waits: 2 },
        Row { lines: "option redispatch 1", status: 200, flags: "--DI", retries: "+1", waits: 0 },
        Row { lines: "option redispatch 2\nretries 4", status: 200, flags: "--DI", retries: "+2", waits: 1 },
        Row { lines: "option redispatch 3\nretries 4", status: 200, flags: "--DI", retries: "+3", waits: 2 },
        Row { lines: "option redispatch -2\nretries 4", status: 200, flags: "--DI", retries: "+3", waits: 2 },
        Row { lines: "option redispatch\nretries 1", status: 200, flags: "--DI", retries: "+1", waits: 0 },
    ];
    for row in rows {
        let site = HalfDown::start(row.lines);
        let (response, log, took_ms) = site.get("/bound", BOUND);
        let what = row.lines;
        assert_eq!(
            (response.status(), log.flags.as_str(), log.retries()),
            (row.status, row.flags, row.retries),
            "{what}"
        );
        let cookies: &[&str] = if row.status == 200 { &["SRVNAME=SB; path=/"] } else { &[] };
        assert_eq!(response.all("set-cookie"), cookies, "{what}");
        assert_eq!(log.server, if row.status == 200 { "B" } else { "A" }, "{what}");
        assert_took(std::time::Duration::from_millis(took_ms), row.waits * WAIT_MS, what);
        assert_eq!(site.b.requests().len(), usize::from(row.status == 200), "{what}");
    }
}

#[test]
fn the_wait_is_a_second_at_most() {
    let site = HalfDown::start("timeout connect 5s\nretries 1");
    let (response, _, took_ms) = site.get("/bound", BOUND);
    assert_eq!(response.status(), 503);
    assert_took(std::time::Duration::from_millis(took_ms), 1000, "one wait");
}

#[test]
fn a_fresh_request_stays_on_its_server_or_switches_at_once() {
    let site = HalfDown::start("");
    let (response, log, took_ms) = site.get("/fresh", &[]);
    assert_eq!((response.status(), log.flags.as_str(), log.server.as_str(), log.retries()), (503, "SCNN", "A", "3"));
    assert_took(std::time::Duration::from_millis(took_ms), 3 * WAIT_MS, "no redispatch");

    let site = HalfDown::start("option redispatch");
    let (response, log, took_ms) = site.get("/fresh", &[]);
    assert_eq!((response.status(), log.retries(), &log.flags[..2]), (200, "+1", "--"));
    assert_eq!(response.all("set-cookie"), ["SRVNAME=SB; path=/"]);
    assert_took(std::time::Duration::from_millis(took_ms), 0, "redispatch of a fresh request");
}

#[test]
fn both_refuse() {
    let (a, b, log) = (Reserved::new(), Reserved::new(), LogSink::new());
    let text = format!(
        "cookie SRVNAME insert\noption redispatch 1\ntimeout connect {WAIT_MS}\nserver A 127.0.0.1:{} cookie SA\n\
         server B 127.0.0.1:{} cookie SB",
        a.port(),
        b.port()
    );
    let proxy = burdock().start(&listen(&log, &text));
    let response = proxy.client("web").get("/both", BOUND);
    let line = log.await_request("/both");
    assert_eq!((response.status(), line.flags.as_str(), response.all("set-cookie").len()), (503, "SCDN", 0));
    assert!(["A", "B"].contains(&line.server.as_str()), "the server shown is the last one tried: {}", line.server);
}

#[test]
fn lost_syns_are_tried_again_without_a_further_wait() {
    let (hole, log) = (BlackHole::new(), LogSink::new());
    let text = format!("timeout connect 300\nretries 2\nserver A 127.0.0.1:{}", hole.port);
    let proxy = burdock().start(&listen(&log, &text));
    let (response, took) = timed(|| proxy.client("web").get("/lost", &[]));
    assert_eq!(response.status(), 503);
    assert_took(took, 3 * 300, "three attempts");
    let line = log.await_request("/lost");
    assert_eq!((&line.flags[..2], line.retries()), ("sC", "2"));
}

#[test]
fn a_server_that_comes_back_is_found_by_a_retry() {
    let (a, log) = (Reserved::new(), LogSink::new());
    let text = format!("timeout connect 1s\nretries 3\nserver A 127.0.0.1:{}", a.port());
    let proxy = burdock().start(&listen(&log, &text));
    let mut client = proxy.client("web");
    client.send(get("/back", &[]));
    // Not before the first attempt has failed.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let _back = Backend::named_at(a, "A");
    assert_eq!(client.response().text(), "A");
    let retries: u32 = log.await_request("/back").retries().parse().unwrap();
    assert!(retries >= 1, "{retries}");
}

#[test]
fn a_server_that_hangs_up_after_the_request_is_a_502_without_a_retry() {
    let a = Backend::scripted(|connection| {
        connection.request();
    });
    let site = Site::with(a, Backend::named("B"), "cookie SRVNAME insert\noption redispatch");
    let (response, log) = site.get_logged("/hangs", BOUND);
    assert_eq!((response.status(), log.flags.as_str(), log.retries()), (502, "SHVN", "0"));
    assert_eq!((site.a.requests().len(), site.b.requests().len()), (1, 0));
}

#[test]
fn retry_on_empty_response_sends_the_request_again_with_its_body() {
    let a = Backend::scripted(|connection| {
        connection.request();
    });
    let site = Site::with(a, Backend::echoing(), "cookie SRVNAME insert\noption redispatch 1\nretry-on empty-response");
    let mut client = site.proxy.client("web");
    let response = client.request(post("/again", BOUND, "the body"));
    assert_eq!((response.status(), response.all("set-cookie")), (200, vec!["SRVNAME=SB; path=/"]));
    assert_eq!(site.b.only_request().body, b"the body");
}

#[test]
fn retry_on_a_status_passes_the_last_answer_through() {
    let a = Backend::answering(|_| response(503, &["X-Server: A"], "busy"));
    let site = Site::with(a, Backend::named("B"), "cookie SRVNAME insert\nretry-on 503\nretries 2");
    let ((response, log), took) = timed(|| site.get_logged("/busy", BOUND));
    assert_eq!((response.status(), response.text().as_str(), log.retries()), (503, "busy", "2"));
    assert_eq!(site.a.requests().len(), 3);
    assert_took(took, 0, "no wait between");
}

#[test]
fn a_kept_connection_that_the_server_closed_is_replaced_unseen() {
    let (noticed, closed) = channel();
    let a = Backend::scripted(move |connection| {
        if connection.request().is_some() {
            // No `Connection: close`: the proxy keeps the connection, and then finds it closed.
            connection.send(response(200, &["X-Server: A"], ""));
            connection.half_close();
            let _end = connection.await_end();
            let _over = noticed.send(());
        }
    });
    let site = Site::with_options(a, Backend::named("B"), "http-reuse always", "", "disabled");
    for number in 0..10 {
        let response = site.get(&format!("/{number}"), &[]);
        assert_eq!((response.status(), server_of(&response)), (200, "A"), "request {number}");
        closed.recv_timeout(PATIENCE).unwrap();
    }
    assert_eq!(site.a.connections_used(), 10);
}
