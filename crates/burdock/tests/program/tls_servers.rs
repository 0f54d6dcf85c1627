//! TLS to servers: whose certificates are good enough, what servers are asked for, checks, and streams passed through unopened.

use burdock_testkit::net::Reserved;
use burdock_testkit::tools::{Nginx, OpenSsl};
use burdock_testkit::{Certificates, Key, LogSink, Program, Proxy, Response};

use crate::support::{burdock, listen};

/// The installed HAProxy as a server that says what it was asked for.
struct Server {
    proxy: Proxy,
}

const SHOW: &str = "http-request return status 200 content-type text/plain lf-string \
\"%[ssl_fc_sni] %[ssl_fc_alpn] %[ssl_c_used] %[ssl_c_s_dn(cn)] %[ssl_fc_is_resumed] %[req.ver]\"";

impl Server {
    fn start(words: &str) -> Option<Self> {
        Self::answering(words, SHOW)
    }

    fn answering(words: &str, line: &str) -> Option<Self> {
        let text = format!(
            "defaults
    mode http
    timeout client 30s
    timeout connect 5s
    timeout server 30s
frontend tls
    bind 127.0.0.1:@tls@ ssl {words}
    {line}
"
        );
        Some(Self { proxy: Program::haproxy()?.start(&text) })
    }

    fn port(&self) -> u16 {
        self.proxy.port("tls")
    }
}

/// A proxy with one server on this port, and a log.
fn before(port: u16, words: &str, lines: &str) -> (Proxy, LogSink) {
    let log = LogSink::new();
    let text = listen(&log, &format!("retries 0\n{lines}\nserver A 127.0.0.1:{port} {words}"));
    (burdock().start(&text), log)
}

fn ask(proxy: &Proxy) -> Response {
    ask_for(proxy, "www.a.test")
}

fn ask_for(proxy: &Proxy, host: &str) -> Response {
    proxy.client("web").request(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"))
}

#[test]
fn servers_have_to_be_who_they_should_be() {
    let (own, other) = (Certificates::by("Authority"), Certificates::by("Other"));
    let file = own.issue("a.pem", Key::Ecdsa, &["server.test", "*.wild.test"]);
    let Some(server) = Server::start(&format!("crt {file}")) else { return };
    let (trusted, foreign) = (format!("ca-file {}", own.authority()), format!("ca-file {}", other.authority()));
    for (words, expected) in [
        // The name of the Host header is asked for, and has to be answered for.
        (format!("ssl verify required {trusted}"), None),
        (format!("ssl verify required {trusted} no-sni-auto"), Some(" ")),
        (format!("ssl verify required {foreign} no-sni-auto"), None),
        ("ssl verify none".to_owned(), Some("www.a.test ")),
        (format!("ssl verify required {trusted} verifyhost server.test no-sni-auto"), Some(" ")),
        (format!("ssl verify required {trusted} verifyhost SERVER.test no-sni-auto"), Some(" ")),
        (format!("ssl verify required {trusted} verifyhost other.test no-sni-auto"), None),
        (format!("ssl verify required {trusted} verifyhost a.wild.test no-sni-auto"), Some(" ")),
        (format!("ssl verify required {trusted} verifyhost a.b.wild.test no-sni-auto"), None),
        // A name that is asked for counts first.
        (format!("ssl verify required {trusted} verifyhost server.test"), None),
        (format!("ssl verify required {trusted} sni str(server.test) verifyhost other.test"), Some("server.test ")),
        (format!("ssl verify required {trusted} sni str(server.test)"), Some("server.test ")),
        (format!("ssl verify required {trusted} sni str(b.wild.test)"), Some("b.wild.test ")),
        (format!("ssl verify required {trusted} sni str(other.test)"), None),
        (format!("ssl verify required {foreign} sni str(server.test)"), None),
        ("ssl verify none sni str(other.test)".to_owned(), Some("other.test ")),
    ] {
        let (proxy, log) = before(server.port(), &words, "");
        let answer = ask(&proxy);
        let line = log.await_request("GET / ");
        match expected {
            Some(start) => {
                assert_eq!(answer.status(), 200, "{words}");
                assert!(answer.text().starts_with(start), "{words}: {}", answer.text());
            }
            None => {
                assert_eq!((answer.status(), line.flags.as_str()), (503, "SC--"), "{words}");
            }
        }
    }
}

#[test]
fn a_name_of_each_request_and_a_certificate_of_our_own() {
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("a.pem", Key::Ecdsa, &["www.a.test", "b.test"]);
    let client = certificates.issue("client.pem", Key::Ecdsa, &["client.test"]);
    let authority = certificates.authority();
    let Some(server) = Server::start(&format!("crt {file} ca-file {authority} verify required alpn h2,http/1.1"))
    else {
        return;
    };
    let words = format!("ssl verify required ca-file {authority} crt {client} sni req.hdr(host)");
    let (proxy, _log) = before(server.port(), &words, "");
    assert_eq!(ask(&proxy).text(), "www.a.test  1 client.test 0 1.1");
    assert_eq!(ask_for(&proxy, "b.test").text().split(' ').next(), Some("b.test"));
    assert_eq!(ask_for(&proxy, "c.test").status(), 503);
    let (proxy, _log) = before(server.port(), &format!("{words} alpn h2"), "");
    assert_eq!(ask(&proxy).text(), "www.a.test h2 1 client.test 0 2.0");
    let (proxy, _log) = before(server.port(), &format!("{words} alpn http/1.1"), "");
    assert_eq!(ask(&proxy).text(), "www.a.test http/1.1 1 client.test 0 1.1");
}

#[test]
fn sessions_with_servers_are_resumed_unless_told_not_to_be() {
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    for versions in ["", "ssl-max-ver TLSv1.2"] {
        let Some(server) = Server::start(&format!("crt {file} {versions}")) else { return };
        for (words, resumed) in [("", "1"), ("no-ssl-reuse", "0")] {
            let words = format!("ssl verify required ca-file {} sni str(a.test) {words}", certificates.authority());
            // A new connection each.
            let log = LogSink::new();
            let lines =
                format!("http-reuse never\noption http-server-close\nserver A 127.0.0.1:{} {words}", server.port());
            // Threads keep sessions of their own.
            let proxy = burdock().start(&listen(&log, &lines).replacen("global\n", "global\n    nbthread 1\n", 1));
            let answers: Vec<_> = (0..3).map(|_| ask(&proxy).text().split(' ').nth(4).unwrap().to_owned()).collect();
            assert_eq!(answers, ["0", resumed, resumed], "{versions} {words}");
        }
    }
}

#[test]
fn nginx_over_either_protocol() {
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("a.pem", Key::Rsa, &["a.test"]);
    let reserved = Reserved::new();
    let directives = format!(
        "listen 127.0.0.1:{} ssl http2; ssl_certificate {file}; ssl_certificate_key {file};
        location / {{ return 200 \"$ssl_server_name $server_protocol\"; }}
        location /large {{ root .; }}",
        reserved.port()
    );
    let Some(_nginx) = Nginx::start(&directives, &[]) else { return };
    for (alpn, protocol) in [("", "HTTP/1.1"), ("alpn h2", "HTTP/2.0"), ("alpn h2,http/1.1", "HTTP/2.0")] {
        let words = format!("ssl verify required ca-file {} sni str(a.test) {alpn}", certificates.authority());
        let (proxy, _log) = before(reserved.port(), &words, "");
        for _ in 0..5 {
            assert_eq!(ask(&proxy).text(), format!("a.test {protocol}"), "{alpn}");
        }
    }
}

#[test]
fn checks_over_tls() {
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let (authority, other) = (certificates.authority(), Certificates::by("Other"));
    let Some(server) = Server::start(&format!("crt {file} alpn h2,http/1.1")) else { return };
    let check = "check inter 100 fall 1 rise 1";
    let verified = format!("verify required ca-file {authority}");
    for (words, status) in [
        (format!("ssl {verified} {check}"), "L6OK"),
        (format!("check-ssl {verified} {check}"), "L6OK"),
        (format!("check-ssl {verified} check-sni a.test {check}"), "L6OK"),
        (format!("check-ssl {verified} check-sni b.test {check}"), "L6RSP"),
        (format!("check-ssl {verified} verifyhost b.test {check}"), "L6RSP"),
        (format!("check-ssl verify none check-alpn h2 {check}"), "L6OK"),
        (format!("ssl verify required ca-file {} {check}", other.authority()), "L6RSP"),
        (format!("ssl verify none no-check-ssl {check}"), "L4OK"),
    ] {
        let (proxy, log) = before(server.port(), &words, "timeout check 5s");
        proxy.await_stat("web", "A", "check_status", status);
        let up = status.ends_with("OK");
        assert_eq!(proxy.stat("web", "A")["status"], if up { "UP" } else { "DOWN" }, "{words}");
        if !up {
            let line = log.await_line("Server web/A is DOWN, reason: Layer6 invalid response, info: \"");
            let why = match words {
                _ if words.contains("check-sni") => {
                    "Server presented an SSL certificate different from the expected one\""
                }
                _ if words.contains("verifyhost") => {
                    "Server presented an SSL certificate different from the configured one\""
                }
                _ => "SSL handshake failure",
            };
            assert!(line.contains(why), "{words}: {line}");
        }
    }
}

#[test]
fn a_server_that_goes_and_comes_back_is_noticed_over_tls() {
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let Some(server) = Server::start(&format!("crt {file}")) else { return };
    let words =
        format!("check-ssl ssl verify required ca-file {} check inter 100 fall 1 rise 1", certificates.authority());
    let (proxy, log) = before(server.port(), &words, "");
    proxy.await_stat("web", "A", "check_status", "L6OK");
    let port = server.port();
    drop(server);
    proxy.await_stat("web", "A", "check_status", "L4CON");
    log.await_line("Server web/A is DOWN, reason: Layer4 connection problem");
    let clear = burdock_testkit::Backend::at(Reserved::at(port).unwrap(), |connection| {
        connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    proxy.await_stat("web", "A", "check_status", "L6RSP");
    drop(clear);
}

#[test]
fn streams_are_passed_on_by_the_name_in_their_hello() {
    let Some(openssl) = OpenSsl::new() else { return };
    let certificates = Certificates::by("Authority");
    let one = certificates.issue("one.pem", Key::Ecdsa, &["one.test"]);
    let two = certificates.issue("two.pem", Key::Rsa, &["two.test"]);
    let (Some(first), Some(second)) = (Server::start(&format!("crt {one}")), Server::start(&format!("crt {two}")))
    else {
        return;
    };
    let log = LogSink::new();
    let text = format!(
        "global
    log 127.0.0.1:{} local0
defaults
    mode tcp
    log global
    option tcplog
    timeout client 30s
    timeout connect 5s
    timeout server 30s
frontend pass
    bind 127.0.0.1:@web@
    tcp-request inspect-delay 5s
    tcp-request content accept if {{ req.ssl_hello_type 1 }}
    tcp-request content reject
    use_backend one if {{ req.ssl_sni -i one.test }}
    use_backend two if {{ req.ssl_sni -m end .two.test }} || {{ req.ssl_sni two.test }}
    default_backend none
backend one
    server A 127.0.0.1:{}
backend two
    server B 127.0.0.1:{}
backend none
    tcp-request content reject
",
        log.port,
        first.port(),
        second.port()
    );
    let proxy = burdock().start(&text);
    for (name, expected) in [
        ("one.test", Some("one.test")),
        ("ONE.test", Some("one.test")),
        ("two.test", Some("two.test")),
        ("www.two.test", Some("two.test")),
        ("else.test", None),
    ] {
        for version in ["-tls1_2", "-tls1_3"] {
            let shown = openssl.get(proxy.port("web"), name, &[version]);
            assert_eq!(shown.common_name(), expected, "{name} {version}: {}", shown.text);
            if expected.is_some() {
                assert!(shown.text.contains(&format!("{name} ")), "{name}: {}", shown.text);
            }
        }
    }
    // A hello that comes in pieces is waited for; what is none is not passed on.
    let mut clear = proxy.client("web");
    clear.send("GET / HTTP/1.1\r\n\r\n");
    assert!(!matches!(clear.end(), burdock_testkit::End::Open(_)));
}
