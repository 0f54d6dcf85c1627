//! Connections that stop being HTTP: upgrades and CONNECT.

use burdock_testkit::client::get;
use burdock_testkit::{Backend, End};

use crate::support::{Site, server_of};

const UPGRADE: &[&str] = &[
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];

/// Accepts the upgrade, then repeats what it reads, four bytes at a time.
fn websocket_like() -> Backend {
    Backend::scripted(|connection| {
        let Some(request) = connection.request() else { return };
        assert_eq!(request.header("upgrade"), Some("websocket"));
        connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        );
        while let Some(bytes) = connection.exactly(4) {
            connection.send(bytes);
        }
    })
}

#[test]
fn an_upgraded_connection_carries_bytes_both_ways_to_the_bound_server() {
    let site = Site::with(Backend::named("A"), websocket_like(), "cookie SRVNAME insert");
    let mut client = site.proxy.client("web");
    client.send(get("/ws", &[UPGRADE, &["Cookie: SRVNAME=SB"]].concat()));
    let response = client.response();
    assert_eq!((response.status(), response.header("upgrade")), (101, Some("websocket")));
    for round in 0..100_u32 {
        client.send(round.to_be_bytes());
        assert_eq!(client.exactly(4), round.to_be_bytes());
    }
    client.half_close();
    assert_eq!(client.end(), End::Closed(Vec::new()));
    let log = site.log.await_request("/ws");
    assert_eq!((log.status, log.server.as_str(), &log.flags[2..]), (101, "B", "VN"));
}

#[test]
fn bytes_sent_right_after_the_handshake_are_not_lost() {
    let server = Backend::scripted(|connection| {
        connection.request();
        connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\nearly");
        let bytes = connection.exactly(4).unwrap();
        connection.send(bytes);
    });
    let site = Site::with_options(server, Backend::named("B"), "", "", "disabled");
    let mut client = site.proxy.client("web");
    client.send(get("/", &["Connection: Upgrade", "Upgrade: own"]));
    assert_eq!(client.response().status(), 101);
    client.send("late");
    assert_eq!(client.end(), End::Closed(b"earlylate".to_vec()));
}

#[test]
fn a_server_may_decline_and_the_connection_goes_on() {
    let site = Site::start("cookie SRVNAME insert");
    let mut client = site.proxy.client("web");
    client.send(get("/", &[UPGRADE, &["Cookie: SRVNAME=SB"]].concat()));
    assert_eq!(server_of(&client.response()), "B");
    assert_eq!(server_of(&client.get("/", &["Cookie: SRVNAME=SA"])), "A");
}

#[test]
fn a_server_may_not_accept_before_it_has_the_whole_body() {
    let server = Backend::scripted(|connection| {
        // The head alone.
        while connection.exactly(1).is_some_and(|byte| byte != b"!") {}
        connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n");
        connection.await_end();
    });
    let site = Site::with_options(server, Backend::named("B"), "", "", "disabled");
    let mut client = site.proxy.client("web");
    client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: own\r\nContent-Length: 5\r\n\r\n!");
    assert_eq!(client.response().status(), 502, "four bytes would be taken for the new protocol");
    client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.end(), End::Closed(Vec::new()));
    assert_eq!(site.log.await_request("/").flags, "PH--");
}

#[test]
fn connect_opens_a_tunnel() {
    let server = Backend::scripted(|connection| {
        let head = connection.head().unwrap();
        assert_eq!(head.line, "CONNECT h.test:443 HTTP/1.1");
        connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
        while let Some(bytes) = connection.exactly(4) {
            connection.send(bytes);
        }
    });
    let site = Site::with_options(server, Backend::named("B"), "", "", "disabled");
    let mut client = site.proxy.client("web");
    client.send("CONNECT h.test:443 HTTP/1.1\r\nHost: h.test:443\r\n\r\n");
    assert_eq!(client.response_to("CONNECT").status(), 200);
    client.send("ping");
    assert_eq!(client.exactly(4), b"ping");
    client.half_close();
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn a_tunnel_lives_on_past_the_server_timeout_of_tunnels_only() {
    let site = Site::with(
        websocket_like(),
        Backend::named("B"),
        "cookie SRVNAME insert\ntimeout client 300\ntimeout server 300\ntimeout tunnel 20s",
    );
    let mut client = site.proxy.client("web");
    client.send(get("/", &[UPGRADE, &["Cookie: SRVNAME=SA"]].concat()));
    assert_eq!(client.response().status(), 101);
    // Idle for longer than the two timeouts that no longer apply.
    assert_eq!(client.end_within(std::time::Duration::from_millis(900)), End::Open(Vec::new()));
    client.send("ping");
    assert_eq!(client.exactly(4), b"ping");
}

#[test]
fn the_tunnel_timeout_ends_an_idle_tunnel() {
    let site = Site::with(websocket_like(), Backend::named("B"), "cookie SRVNAME insert\ntimeout tunnel 300");
    let mut client = site.proxy.client("web");
    client.send(get("/", &[UPGRADE, &["Cookie: SRVNAME=SA"]].concat()));
    assert_eq!(client.response().status(), 101);
    assert_eq!(client.end(), End::Closed(Vec::new()));
}
