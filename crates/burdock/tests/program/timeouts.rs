//! Every timeout of the file: what ends, after how long, with which status and flags.

use std::time::Duration;

use burdock_testkit::client::get;
use burdock_testkit::http::ok;
use burdock_testkit::wait::timed;
use burdock_testkit::{Backend, End};

use crate::support::{SHORT_TIMEOUT_MS, Site, assert_took};

/// A site of which only server A is used.
fn site_of(server: Backend, lines: &str) -> Site {
    Site::with_options(server, Backend::named("B"), lines, "", "disabled")
}

fn silent() -> Backend {
    Backend::scripted(|connection| {
        connection.request();
        connection.await_end();
    })
}

#[test]
fn a_silent_server_is_a_504() {
    let site = site_of(silent(), &format!("timeout server {SHORT_TIMEOUT_MS}"));
    let (response, took) = timed(|| site.get("/silent", &[]));
    assert_eq!(response.status(), 504);
    assert_took(took, SHORT_TIMEOUT_MS, "timeout server");
    let log = site.log.await_request("/silent");
    assert_eq!((&log.flags[..2], log.times_ms[3]), ("sH", -1));
}

#[test]
fn a_server_that_stops_in_its_answer_cuts_it() {
    let server = Backend::scripted(|connection| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        connection.await_end();
    });
    let site = site_of(server, &format!("timeout server {SHORT_TIMEOUT_MS}"));
    let mut client = site.proxy.client("web");
    client.send(get("/stops", &[]));
    assert!(client.try_response("GET").is_err());
    let log = site.log.await_request("/stops");
    assert_eq!((log.status, &log.flags[..2]), (200, "sD"));
}

#[test]
fn a_server_may_take_its_time_as_long_as_it_sends() {
    let server = Backend::scripted(|connection| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n");
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(SHORT_TIMEOUT_MS / 4));
            connection.send("x");
        }
    });
    let site = site_of(server, &format!("timeout server {SHORT_TIMEOUT_MS}\ntimeout client {SHORT_TIMEOUT_MS}"));
    assert_eq!(site.get("/", &[]).text(), "xxxxxxxx");
}

#[test]
fn a_client_that_says_nothing_or_half_a_head_gets_a_408() {
    for lines in [format!("timeout client {SHORT_TIMEOUT_MS}"), format!("timeout http-request {SHORT_TIMEOUT_MS}")] {
        let site = site_of(Backend::named("A"), &lines);
        for sent in ["", "GET / HTTP/1.1\r\nHost: h\r\n"] {
            let ((response, end), took) = timed(|| {
                let mut client = site.proxy.client("web");
                client.send(sent);
                (client.response(), client.end())
            });
            assert_eq!((response.status(), end), (408, End::Closed(Vec::new())), "{lines}: {sent:?}");
            assert_took(took, SHORT_TIMEOUT_MS, &lines);
        }
        let logs = site.log.await_http(2);
        assert!(
            logs.iter().all(|log| log.status == 408 && log.flags == "cR--" && log.request == "<BADREQ>"),
            "{logs:#?}"
        );
    }
}

#[test]
fn http_request_limits_the_whole_head_however_slowly_it_comes() {
    let site = site_of(Backend::named("A"), &format!("timeout http-request {SHORT_TIMEOUT_MS}"));
    let mut client = site.proxy.client("web");
    let (_, took) = timed(|| {
        client.send("GET / HTTP/1.1\r\n");
        while client.try_send("X-Drip: 1\r\n").is_ok()
            && client.end_within(Duration::from_millis(50)) == End::Open(Vec::new())
        {}
    });
    assert_took(took, SHORT_TIMEOUT_MS, "timeout http-request");
}

#[test]
fn an_idle_kept_connection_is_closed_in_silence() {
    for lines in [
        format!("timeout client {SHORT_TIMEOUT_MS}"),
        format!("timeout http-keep-alive {SHORT_TIMEOUT_MS}"),
        format!("timeout http-request {SHORT_TIMEOUT_MS}"),
    ] {
        let site = site_of(Backend::named("A"), &lines);
        let mut client = site.proxy.client("web");
        client.get("/first", &[]);
        let (end, took) = timed(|| client.end());
        assert_eq!(end, End::Closed(Vec::new()), "{lines}");
        assert_took(took, SHORT_TIMEOUT_MS, &lines);
        site.get("/last", &[]);
        site.log.await_request("/last");
        assert_eq!(site.log.await_http(2).len(), 2, "{lines}: nothing is logged of the idle end");
    }
}

#[test]
fn an_upload_that_stops_is_a_client_timeout() {
    // 3.5 answers 400 to a body that stops while the head was already forwarded, and 408 when it waits for the body itself.
    let server = Backend::scripted(|connection| {
        connection.head();
        connection.await_end();
    });
    let site = site_of(server, &format!("timeout client {SHORT_TIMEOUT_MS}"));
    let mut client = site.proxy.client("web");
    let (response, took) = timed(|| client.request("POST /stops HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"));
    assert_took(took, SHORT_TIMEOUT_MS, "timeout client");
    let log = site.log.await_request("/stops");
    assert_eq!((response.status(), i32::from(response.status())), (400, log.status));
    assert_eq!(&log.flags[..2], "cH");
}

#[test]
fn a_reader_that_stops_is_cut_off() {
    let server = Backend::scripted(|connection| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        while connection.send([b'x'; 65536]) {}
    });
    let site = site_of(server, &format!("timeout client {SHORT_TIMEOUT_MS}"));
    let mut client = site.proxy.client("web");
    client.send(get("/stalled", &[]));
    let log = site.log.await_request("/stalled");
    assert_eq!((log.status, &log.flags[..2]), (200, "cD"));
}

#[test]
fn tarpit_holds_for_its_timeout() {
    let site = site_of(
        Backend::named("A"),
        &format!("timeout tarpit {SHORT_TIMEOUT_MS}\nhttp-request tarpit if {{ path /pit }}"),
    );
    let (response, took) = timed(|| site.get("/pit", &[]));
    assert_eq!(response.status(), 500);
    assert_took(took, SHORT_TIMEOUT_MS, "timeout tarpit");
    assert_eq!(&site.log.await_request("/pit").flags[..2], "PT");
}

#[test]
fn a_slow_server_within_its_timeout_is_waited_for() {
    let server = Backend::answering(|_| {
        std::thread::sleep(Duration::from_millis(SHORT_TIMEOUT_MS));
        ok("late")
    });
    let site = site_of(server, "");
    let (response, log) = site.get_logged("/late", &[]);
    let waited = u64::try_from(log.times_ms[3]).unwrap();
    assert_eq!(response.text(), "late");
    assert!(waited >= SHORT_TIMEOUT_MS - 5, "Tr has the server's time: {waited}");
}
