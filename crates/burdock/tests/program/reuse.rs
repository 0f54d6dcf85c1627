//! Connections to servers: which requests share them, what each side is told about keeping them.

use std::sync::{Arc, Barrier};

use burdock_testkit::client::get;
use burdock_testkit::http::response;
use burdock_testkit::{Backend, End};

use crate::support::{Site, server_of};

/// A site of which only server A is used, with one worker: Burdock keeps idle server connections by worker.
fn site_of(server: Backend, lines: &str) -> Site {
    Site::with_global("nbthread 1", server, Backend::named("B"), lines, "", "disabled")
}

#[test]
fn connections_of_one_request_clients() {
    fn check(lines: &str, connections: usize) {
        let site = site_of(Backend::named("A"), lines);
        for _ in 0..3 {
            assert_eq!(site.get("/", &[]).status(), 200);
        }
        assert_eq!(site.a.connections_used(), connections, "{lines}");
    }
    // A client's first request never goes over a used connection unless the file says so.
    check("", 3);
    check("http-reuse safe", 3);
    check("http-reuse never", 3);
    check("http-reuse always", 1);
    check("http-reuse always\noption http-server-close", 3);
    check("http-reuse always\noption httpclose", 3);
}

#[test]
fn aggressive_reuses_what_has_proved_itself() {
    let site = site_of(Backend::named("A"), "http-reuse aggressive");
    let mut client = site.proxy.client("web");
    client.get("/", &[]);
    client.get("/", &[]);
    assert_eq!(site.get("/", &[]).status(), 200);
    assert_eq!(site.a.connections_used(), 1);
}

#[test]
fn a_server_is_told_of_connections_that_nobody_will_need() {
    const CROWD: usize = 20;
    let together = Arc::new(Barrier::new(CROWD));
    let server = Backend::answering(move |request| {
        if request.target() == "/together" {
            together.wait();
        }
        response(200, &[&format!("X-Told: {}", request.header("connection").unwrap_or("nothing"))], "")
    });
    let site = site_of(server, "");
    let told = |fields: &[&str]| site.get("/", fields).header("x-told").map(str::to_owned);
    assert_eq!(told(&[]).as_deref(), Some("nothing"), "one alone is kept");
    assert_eq!(told(&[]).as_deref(), Some("nothing"), "few are no crowd");
    let mut clients: Vec<_> = (0..CROWD).map(|_| site.proxy.client("web")).collect();
    clients.iter_mut().for_each(|client| client.send(get("/together", &[])));
    clients.iter_mut().for_each(|client| assert_eq!(client.response().header("x-told"), Some("nothing")));
    assert_eq!(told(&[]).as_deref(), Some("close"), "as many are idle as were ever needed");
    assert_eq!(
        told(&["Authorization: Negotiate abc"]).as_deref(),
        Some("nothing"),
        "it may be the connection that is meant"
    );
    assert_eq!(clients[0].get("/", &[]).header("x-told"), Some("nothing"), "one of the crowd serves it");
    assert!(site.a.connections_used() >= CROWD + 3);
}

#[test]
fn requests_of_one_client_share_a_connection() {
    for lines in ["", "http-reuse safe", "http-reuse never", "http-reuse always"] {
        let site = site_of(Backend::named("A"), lines);
        let mut client = site.proxy.client("web");
        for _ in 0..3 {
            client.get("/", &[]);
        }
        assert_eq!(site.a.connections_used(), 1, "{lines}");
    }
}

#[test]
fn reuse_never_mixes_bindings() {
    let site = Site::start("cookie SRVNAME insert\nhttp-reuse always");
    for round in 0..10 {
        let mut clients = [site.proxy.client("web"), site.proxy.client("web")];
        for (client, name) in clients.iter_mut().zip(["A", "B"]) {
            let answer = client.get("/", &[&format!("Cookie: SRVNAME=S{name}")]);
            assert_eq!((server_of(&answer), answer.all("set-cookie").len()), (name, 0), "round {round}");
        }
        let fresh = site.get("/", &[]);
        assert_eq!(fresh.all("set-cookie"), [format!("SRVNAME=S{}; path=/", server_of(&fresh))], "round {round}");
    }
}

#[test]
fn what_each_side_is_told() {
    fn check(lines: &str, sent: &[&str], server_told: Option<&str>, client_told: Option<&str>) {
        let site = site_of(Backend::named("A"), lines);
        let answer = site.get("/", sent);
        assert_eq!(site.a.only_request().header("connection"), server_told, "{lines}, {sent:?}: to the server");
        assert_eq!(answer.header("connection"), client_told, "{lines}, {sent:?}: to the client");
    }
    let close = Some("close");
    check("", &[], None, None);
    check("", &["Connection: close"], None, close);
    check("option http-server-close", &[], close, None);
    check("option httpclose", &[], close, close);
    // The last of them counts.
    check("option httpclose\noption http-keep-alive", &[], None, None);
    check("option http-server-close\noption http-keep-alive", &[], None, None);
    check("option http-keep-alive\noption http-server-close", &[], close, None);
}

#[test]
fn a_server_that_closes_does_not_close_its_client() {
    let server = Backend::scripted(|connection| {
        connection.request();
        connection.send(response(200, &["Connection: close"], "A"));
    });
    let site = site_of(server, "");
    let mut client = site.proxy.client("web");
    for _ in 0..3 {
        let answer = client.get("/", &[]);
        assert_eq!((answer.text().as_str(), answer.header("connection")), ("A", None));
    }
    assert_eq!(site.a.connections_used(), 3);
}

#[test]
fn a_client_that_closes_leaves_the_servers_connection_to_others() {
    let site = site_of(Backend::named("A"), "http-reuse always");
    let mut client = site.proxy.client("web");
    client.send(get("/", &["Connection: close"]));
    client.response();
    assert_eq!(client.end(), End::Closed(Vec::new()));
    site.get("/", &[]);
    assert_eq!(site.a.connections_used(), 1);
}

#[test]
fn hop_by_hop_headers_stay_on_their_hop() {
    let server =
        Backend::answering(|_| response(200, &["Connection: X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5"], "A"));
    let site = site_of(server, "");
    let answer = site.get(
        "/",
        &["Connection: keep-alive, X-Private", "X-Private: 1", "Keep-Alive: 300", "Proxy-Connection: keep-alive"],
    );
    // HAProxy takes away what speaks of keeping the connection, and leaves other words and the headers that they name.
    let request = site.a.only_request();
    assert_eq!((request.header("connection"), request.header("x-private")), (Some("X-Private"), Some("1")));
    assert_eq!((answer.header("connection"), answer.header("x-hop")), (Some("X-Hop"), Some("1")));
}

#[test]
fn an_unread_upload_does_not_poison_the_connection() {
    let server = Backend::scripted(|connection| {
        while let Some(head) = connection.head() {
            if head.line.starts_with("POST") {
                // Answers without reading the body; the proxy must not send another request behind it.
                connection.send(response(403, &[], "no"));
                connection.await_end();
                return;
            }
            connection.send(response(200, &[], head.line.as_bytes()));
        }
    });
    let site = site_of(server, "http-reuse always");
    let mut client = site.proxy.client("web");
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\nbegun");
    assert_eq!(client.response().status(), 403);
    drop(client);
    assert_eq!(site.get("/after", &[]).text(), "GET /after HTTP/1.1");
}
