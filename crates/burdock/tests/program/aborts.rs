//! Clients and servers that leave in the middle: half-closed clients, cut uploads, cut downloads.

use std::sync::mpsc::channel;
use std::time::Duration;

use burdock_testkit::client::get;
use burdock_testkit::http::ok;
use burdock_testkit::wait::PATIENCE;
use burdock_testkit::{Backend, End, LogSink};

use crate::support::{Site, burdock};

/// A site of which only server A is used.
fn site_of(server: Backend, lines: &str) -> Site {
    Site::with_options(server, Backend::named("B"), lines, "", "disabled")
}

/// Answers only after the proxy has had time to see the client's half-close.
fn slow_server() -> Backend {
    Backend::scripted(|connection| {
        connection.request();
        std::thread::sleep(Duration::from_millis(300));
        connection.send(ok("late"));
    })
}

#[test]
fn a_half_closed_client_is_given_up_by_default() {
    let site = site_of(slow_server(), "");
    let mut client = site.proxy.client("web");
    client.send(get("/half", &[]));
    client.half_close();
    assert_eq!(client.response().status(), 400);
    let log = site.log.await_request("/half");
    assert_eq!((log.status, &log.flags[..2]), (400, "CH"));
}

#[test]
fn without_abortonclose_a_half_closed_client_is_served() {
    let site = site_of(slow_server(), "no option abortonclose");
    let mut client = site.proxy.client("web");
    client.send(get("/half", &[]));
    client.half_close();
    assert_eq!(client.response().text(), "late");
    assert_eq!(site.log.await_request("/half").flags, "----");
}

#[test]
fn a_client_that_leaves_while_the_server_works_frees_the_server() {
    let (sender, receiver) = channel();
    let server = Backend::scripted(move |connection| {
        connection.request();
        sender.send(connection.await_end()).unwrap();
    });
    let site = site_of(server, "");
    let mut client = site.proxy.client("web");
    client.send(get("/gone", &[]));
    site.a.await_requests(1);
    drop(client);
    let end = receiver.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(end, End::Closed(_) | End::Reset), "the proxy did not close: {end:?}");
    assert_eq!(&site.log.await_request("/gone").flags[..2], "CH");
}

#[test]
fn a_cut_upload_is_not_passed_off_as_whole() {
    for head in ["Content-Length: 100\r\n\r\nonly this", "Transfer-Encoding: chunked\r\n\r\n64\r\nonly this"] {
        let (sender, receiver) = channel();
        let server = Backend::scripted(move |connection| {
            connection.head();
            sender.send(connection.await_end()).unwrap();
        });
        let site = site_of(server, "");
        let mut client = site.proxy.client("web");
        client.send(format!("POST /cut HTTP/1.1\r\nHost: h\r\n{head}"));
        site.a.await_requests(1);
        client.reset();
        match receiver.recv_timeout(PATIENCE).unwrap() {
            End::Reset => {}
            End::Closed(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                assert!(text.len() < 100 && !text.ends_with("0\r\n\r\n"), "the server got a whole body: {text:?}");
            }
            open @ End::Open(_) => panic!("the server was not told: {open:?}"),
        }
        let log = site.log.await_request("/cut");
        assert!(["CD", "CH"].contains(&&log.flags[..2]), "{head:?}: {}", log.flags);
    }
}

#[test]
fn a_cut_download_stops_the_server() {
    let (sender, receiver) = channel();
    let server = Backend::scripted(move |connection| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        let block = [b'x'; 65536];
        let mut blocks = 0;
        while connection.send(block) {
            blocks += 1;
        }
        sender.send(blocks).unwrap();
    });
    let site = site_of(server, "");
    let mut client = site.proxy.client("web");
    client.send(get("/cut", &[]));
    assert!(client.some_bytes() > 0);
    client.reset();
    let blocks = receiver.recv_timeout(PATIENCE).expect("the server is told that nobody listens");
    assert!(blocks < 10_000, "{blocks} blocks were taken for a client that had left");
    let log = site.log.await_request("/cut");
    assert_eq!((log.status, &log.flags[..2]), (200, "CD"));
}

#[test]
fn a_server_that_resets_before_its_answer_is_a_502() {
    let server = Backend::scripted(|connection| {
        connection.request();
        connection.reset_at_end();
    });
    let site = site_of(server, "");
    let (response, log) = site.get_logged("/reset", &[]);
    assert_eq!((response.status(), &log.flags[..2], log.retries()), (502, "SH", "0"));
}

#[test]
fn an_early_answer_does_not_wait_for_the_upload() {
    let server = Backend::scripted(|connection| {
        connection.head();
        connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
        connection.await_end();
    });
    let site = site_of(server, "");
    let mut client = site.proxy.client("web");
    client.send("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nthe first bytes");
    let response = client.response();
    assert_eq!((response.status(), response.text().as_str()), (413, "big"));
}

/// A client that leaves while its body is waited for: the log names the backend that the request would have gone to.
#[test]
fn while_a_body_is_waited_for() {
    let log = LogSink::new();
    let proxy = burdock().start(&format!(
        "global
    log 127.0.0.1:{} local0
defaults
    mode http
    log global
    option httplog
    timeout client 30s
    timeout connect 5s
    timeout server 30s
frontend f
    bind 127.0.0.1:@web@
    http-request wait-for-body time 20s
    default_backend b
backend b
    server s 127.0.0.1:9
",
        log.port
    ));
    let mut client = proxy.client("web");
    client.send("POST /left HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    client.half_close();
    client.end();
    let line = log.await_request("/left");
    assert_eq!((line.backend.as_str(), line.server.as_str(), line.flags.as_str()), ("b", "<NOSRV>", "CR--"));
}
