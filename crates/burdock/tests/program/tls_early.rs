//! Early data to servers: what goes before the handshake is done, what becomes of it where a server does not take it, and of a 425.

use burdock_testkit::net::Reserved;
use burdock_testkit::tools::{OpenSsl, closing_request};
use burdock_testkit::{Backend, Certificates, Key, Proxy, Response, http};

use crate::support::burdock;

const TIMES: &str =
    "mode http\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n option http-server-close";

/// A proxy that clients reach by TLS on this port, in front of `server`.
fn back(port: u16, own: &str, words: &str, server: &Backend) -> Proxy {
    burdock().start(&format!(
        "listen back
 {TIMES}
 bind 127.0.0.1:@control@
 bind 127.0.0.1:{port} ssl crt {own} {words}
 http-response set-header X-Front \"%[ssl_fc_is_resumed] %[ssl_fc_early_rcvd]\"
 server A 127.0.0.1:{}
",
        server.port()
    ))
}

/// A proxy that speaks TLS to that port.
fn front(port: u16, lines: &str, words: &str) -> Proxy {
    burdock().start(&format!(
        "listen front
 {TIMES}
 bind 127.0.0.1:@web@
 {lines}
 http-response set-header X-Back \"%[ssl_bc_is_resumed]\"
 server T 127.0.0.1:{port} ssl verify none sni str(a.test) alpn http/1.1 {words}
"
    ))
}

/// Whether the session was resumed and early data was seen, by the server's word, and whether it was resumed by the proxy's.
fn sessions(answer: &Response) -> String {
    assert_eq!(answer.status(), 200, "{answer:?}");
    format!("{} {}", answer.header("x-front").unwrap_or("-"), answer.header("x-back").unwrap_or("-"))
}

#[test]
fn safe_requests_go_early_where_that_is_allowed() {
    let certificates = Certificates::by("Authority");
    let own = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    for (lines, words, theirs, early) in [
        ("retry-on 0rtt-rejected", "allow-0rtt", "allow-0rtt", true),
        ("retry-on all-retryable-errors", "allow-0rtt", "allow-0rtt", true),
        ("retry-on 0rtt-rejected", "allow-0rtt", "", false),
        ("retry-on 0rtt-rejected", "", "allow-0rtt", false),
        ("", "allow-0rtt", "allow-0rtt", false),
    ] {
        let (server, port) = (Backend::echoing(), Reserved::new().port());
        let _back = back(port, &own, theirs, &server);
        let front = front(port, lines, words);
        let case = format!("{lines}, {words}, {theirs}");
        assert_eq!(sessions(&front.client("web").get("/1", &[])), "0 0 0", "{case}");
        let expected = if early { "1 1 1" } else { "1 0 1" };
        for _ in 0..3 {
            assert_eq!(sessions(&front.client("web").get("/2", &[])), expected, "{case}");
        }
        let post = "POST /3 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbody";
        assert_eq!(sessions(&front.client("web").request(post)), "1 0 1", "{case}: a replay may do harm");
        let seen = server.requests();
        let said: Vec<_> = seen.iter().map(|request| request.header("early-data").is_some()).collect();
        assert_eq!(said, [false, early, early, early, false], "{case}");
    }
}

#[test]
fn what_a_server_does_not_take_is_sent_again() {
    let certificates = Certificates::by("Authority");
    let own = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let (server, port) = (Backend::echoing(), Reserved::new().port());
    let first = back(port, &own, "allow-0rtt", &server);
    let front = front(port, "retry-on 0rtt-rejected\n retries 0", "allow-0rtt");
    assert_eq!(sessions(&front.client("web").get("/1", &[])), "0 0 0");
    assert_eq!(sessions(&front.client("web").get("/2", &[])), "1 1 1");
    drop(first);
    // The one that comes after it knows nothing of its sessions.
    let _second = back(port, &own, "allow-0rtt", &server);
    assert_eq!(sessions(&front.client("web").get("/3", &[])), "0 0 0");
    assert_eq!(sessions(&front.client("web").get("/4", &[])), "1 1 1");
    let targets: Vec<String> = server.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(targets, ["/1", "/2", "/3", "/4"], "none came twice");
}

/// A server that wants no replays.
fn careful() -> Backend {
    Backend::answering(|request| match request.header("early-data") {
        Some(_) => http::response(425, &[], ""),
        None => http::ok("done"),
    })
}

#[test]
fn a_425_for_what_we_have_made_early_is_ours_to_answer() {
    let certificates = Certificates::by("Authority");
    let own = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let (server, port) = (careful(), Reserved::new().port());
    let _back = back(port, &own, "allow-0rtt", &server);
    let front = front(port, "retry-on 0rtt-rejected\n retries 0", "allow-0rtt");
    for path in ["/1", "/2"] {
        let answer = front.client("web").get(path, &[]);
        assert_eq!((answer.status(), answer.text().as_str()), (200, "done"), "{path}");
    }
    assert_eq!(server.requests().len(), 3, "the second was refused once");
}

#[test]
fn a_425_for_what_a_client_has_made_early_goes_to_the_client() {
    let Some(openssl) = OpenSsl::new() else { return };
    let certificates = Certificates::by("Authority");
    let own = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let (session, input) = (openssl.path("session"), openssl.path("early"));
    std::fs::write(&input, closing_request("/early")).unwrap();
    for (lines, expected) in [("", "HTTP/1.1 425"), ("retry-on 425", "HTTP/1.1 200")] {
        let server = careful();
        let proxy = burdock().start(&format!(
            "listen web\n {TIMES}\n bind 127.0.0.1:@web@ ssl crt {own} allow-0rtt\n {lines}\n server A 127.0.0.1:{}\n",
            server.port()
        ));
        openssl.get(proxy.port("web"), "a.test", &["-tls1_3", "-sess_out", &session]);
        let words = ["-tls1_3", "-servername", "a.test", "-sess_in", &session, "-early_data", &input];
        let shown = openssl.talk(proxy.port("web"), &words, "");
        assert!(shown.text.contains("Early data was accepted"), "{}", shown.text);
        assert!(shown.text.contains(expected), "{lines}: {}", shown.text);
    }
}
