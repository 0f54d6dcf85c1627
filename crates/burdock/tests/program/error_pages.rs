//! The proxy's own answers: status, headers, body, whether the connection goes on, and what is logged of them.

use std::time::Duration;

use burdock_testkit::client::get;
use burdock_testkit::net::Reserved;
use burdock_testkit::{Backend, Client, End, LogSink, Twin};

use crate::support::{SHORT_TIMEOUT_MS, Site, burdock, listen};

/// Of the statuses that have a built-in page, those whose text is the same in 2.6 and 3.5 (405 and 501 differ by a full stop).
const COMPARED: [u16; 13] = [400, 401, 403, 404, 408, 410, 413, 425, 429, 500, 502, 503, 504];

#[test]
fn bodies_and_headers_are_haproxys() {
    let silent = Backend::scripted(|connection| {
        connection.request();
        connection.await_end();
    });
    let hanging_up = Backend::scripted(|connection| {
        connection.request();
    });
    let garbage = Backend::scripted(|connection| {
        connection.request();
        connection.send("SSH-2.0-not-http\r\n\r\n");
    });
    let refusing = Reserved::new();
    let log = LogSink::new();
    let mut text = listen(&log, &format!("timeout client {SHORT_TIMEOUT_MS}\ndefault_backend empty\nretries 0"));
    let servers = [
        ("silent", silent.port()),
        ("hanging_up", hanging_up.port()),
        ("garbage", garbage.port()),
        ("refusing", refusing.port()),
    ];
    for (name, _) in servers {
        text += &format!("    use_backend {name} if {{ path /{name} }}\n");
    }
    text += "backend empty\n    mode http\n    timeout connect 1s\n    timeout server 1s\n";
    for (name, port) in servers {
        text += &format!("backend {name}\n    mode http\n    retries 0\n    timeout connect 1s\n");
        text += &format!("    timeout server {SHORT_TIMEOUT_MS}\n    server s 127.0.0.1:{port}\n");
    }
    // Debian's 2.6 capitalises the header names of an answer to what it cannot parse.
    let Some(twin) = Twin::start(&burdock(), &text) else { return };
    let twin = twin.in_any_case().with_own_pages();
    for (path, status) in
        [("/silent", 504), ("/hanging_up", 502), ("/garbage", 502), ("/refusing", 503), ("/none", 503)]
    {
        assert_eq!(twin.same_request("web", get(path, &["Connection: close"])).status(), status, "{path}");
    }
    for bytes in ["", "GET / HTTP/1.1\r\nHost: h\r\n"] {
        assert_eq!(twin.same("web", bytes, &["GET"])[0].status(), 408, "{bytes:?}");
    }
}

#[test]
fn pages_of_other_statuses_are_haproxys() {
    let rules = COMPARED
        .map(|status| format!("http-request return status {status} default-errorfiles if {{ path /{status} }}"));
    let Some(twin) = Twin::start(&burdock(), &listen(&LogSink::new(), &rules.join("\n"))) else { return };
    let twin = twin.with_own_pages();
    for status in COMPARED {
        let response = twin.same_request("web", get(&format!("/{status}"), &["Connection: close"]));
        assert_eq!(response.status(), status);
    }
}

#[test]
fn an_own_answer_keeps_the_connection_but_a_400_closes_it() {
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), "", "disabled", "disabled");
    let mut client = site.proxy.client("web");
    for _ in 0..3 {
        assert_eq!(client.get("/", &[]).status(), 503);
    }
    assert_eq!(client.request("GET / HTTP/1.1 x\r\n\r\n").status(), 400);
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn a_bad_request_is_logged_as_such() {
    let site = Site::start("");
    let mut client = site.proxy.client("web");
    assert_eq!(client.request("GET /\x01 HTTP/1.1\r\n\r\n").status(), 400);
    let log = site.log.await_request("<BADREQ>");
    assert_eq!((log.status, log.flags.as_str(), log.server.as_str()), (400, "PR--", "<NOSRV>"));
    assert_eq!(log.client, client.address().to_string());
}

#[test]
fn errorfile_replaces_the_body_and_null_the_answer() {
    let site = Site::start("");
    let page = site.proxy.dir().join("503.http");
    std::fs::write(&page, "HTTP/1.0 503 Closed today\r\nX-Page: own\r\nContent-Type: text/plain\r\n\r\nown page")
        .unwrap();
    let lines = format!("errorfile 503 {}", page.display());
    let with_page = Site::with_options(Backend::named("A"), Backend::named("B"), &lines, "disabled", "disabled");
    let response = with_page.get("/", &[]);
    assert_eq!(
        (response.status(), response.text().as_str(), response.header("x-page")),
        (503, "own page", Some("own"))
    );
    // The file is sent as it is: nothing is added to its head, its end is the connection's.
    assert_eq!((response.head.line.as_str(), response.header("content-length")), ("HTTP/1.0 503 Closed today", None));

    let silent = Site::start("errorfile 400 /dev/null");
    let mut client: Client = silent.proxy.client("web");
    client.send("BAD\r\n\r\n");
    assert_eq!(client.end_within(Duration::from_secs(5)), End::Closed(Vec::new()));
}

#[test]
fn what_a_server_may_not_send_is_a_502() {
    for answer in [
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "junk\r\n\r\n",
        "",
    ] {
        let server = Backend::scripted(move |connection| {
            connection.request();
            connection.send(answer);
        });
        let site = Site::with(server, Backend::named("B"), "cookie SRVNAME insert\nretries 0");
        let (response, log) = site.get_logged("/bad", &["Cookie: SRVNAME=SA"]);
        assert_eq!((response.status(), response.all("set-cookie").len()), (502, 0), "{answer:?}");
        let expected = if answer.is_empty() { "SHVN" } else { "PHVN" };
        assert_eq!(log.flags, expected, "{answer:?}");
    }
}
