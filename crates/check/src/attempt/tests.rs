use std::sync::Arc;

use burdock_testkit::net::{BlackHole, Reserved};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::*;
use crate::testing::{model, model_with};

/// What a server does with a connection, one after the other.
#[derive(Clone, Copy)]
enum Play {
    /// Sends.
    Say(&'static [u8]),
    /// Waits until something has come.
    Hear,
    /// Waits until the other side is gone.
    Hold,
}
use Play::{Hear, Hold, Say};

async fn serve(listener: TcpListener, plays: &'static [Play], heard: mpsc::UnboundedSender<String>) {
    while let Ok((stream, _)) = listener.accept().await {
        let heard = heard.clone();
        tokio::task::spawn_local(async move {
            let text = play(stream, plays).await;
            heard.send(String::from_utf8_lossy(&text).into_owned())
        });
    }
}

async fn play(mut stream: TcpStream, plays: &[Play]) -> Vec<u8> {
    let mut text = Vec::with_capacity(4096);
    for play in plays {
        match play {
            Say(bytes) => _ = stream.write_all(bytes).await,
            Hear => _ = stream.read_buf(&mut text).await,
            Hold => while stream.read_buf(&mut text).await.is_ok_and(|count| count > 0) {},
        }
    }
    text
}

/// Runs the check of the only server of a model.
async fn report(model: &Model) -> CheckReport {
    let proxy = &model.proxies[0];
    let server = proxy.backend.as_ref().unwrap().servers.iter().next().unwrap();
    let settings = server.check.as_ref().unwrap();
    let burdock_model::CheckKind::Script(script) = &settings.kind else { panic!("{:?}", settings.kind) };
    attempt(Occasion { model, proxy, server, settings }, script).await.0
}

/// As statistics show it: status, code, what is said.
fn shown(report: &CheckReport) -> String {
    let code = if report.status.has_code() { format!(" {}", report.code) } else { String::new() };
    let info = if report.info.is_empty() { String::new() } else { format!(" {}", report.info) };
    format!("{}{code}{info}", report.status.code())
}

/// Checks a server that plays these things against lines of its backend: what the check comes to, and what the server heard on its
/// connections in their order. `$` stands for the server's port.
async fn check(lines: &str, plays: &'static [Play], expected: &str, heard: &[&str]) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let lines =
        format!(" timeout check 250ms\n {lines}\n server s 127.0.0.1:$ check verify none\n").replace('$', &port);
    let model = model(&lines);
    let local = tokio::task::LocalSet::new();
    let (sender, mut said) = mpsc::unbounded_channel();
    local.spawn_local(serve(listener, plays, sender));
    let course = async {
        let report = report(&model).await;
        assert_eq!(shown(&report), expected, "{lines}");
        for expected in heard {
            assert_eq!(said.recv().await.unwrap(), expected.replace('$', &port), "{lines}");
        }
    };
    tokio::time::timeout(Duration::from_secs(20), local.run_until(course)).await.unwrap();
}

const OK: &[Play] = &[Hear, Say(b"HTTP/1.1 200 OK\r\nx-a: a, b\r\nContent-Length: 7\r\n\r\na foo b"), Hold];
const ERROR: &[Play] = &[Hear, Say(b"HTTP/1.1 500 Bad\r\nContent-Length: 0\r\n\r\n"), Hold];
const NO_REASON: &[Play] = &[Hear, Say(b"HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n"), Hold];

/// Requests seen from HAProxy 3.5.
#[tokio::test]
async fn requests_are_those_of_haproxy() {
    for (lines, expected) in [
        ("option httpchk", "OPTIONS / HTTP/1.0\r\n\r\n"),
        ("option httpchk /x", "OPTIONS /x HTTP/1.0\r\n\r\n"),
        ("option httpchk HEAD /x", "HEAD /x HTTP/1.0\r\n\r\n"),
        ("option httpchk GET /x HTTP/1.1", "GET /x HTTP/1.1\r\nconnection: close\r\n\r\n"),
        ("option httpchk GET /x HTTP/1.2", "GET /x HTTP/1.1\r\nconnection: close\r\n\r\n"),
        ("option httpchk GET /x foo", "GET /x foo\r\n\r\n"),
        ("option httpchk GET /x HTTP/1.1 a.b", "GET /x HTTP/1.1\r\nhost: a.b\r\nconnection: close\r\n\r\n"),
        (
            "option httpchk GET /x HTTP/1.1\\r\\nHost:\\ a.b\\r\\nX-Y:\\ 1%",
            "GET /x HTTP/1.1\r\nhost: a.b\r\nx-y: 1%\r\nconnection: close\r\n\r\n",
        ),
        (
            "option httpchk GET /x HTTP/1.1 foo.bar\n http-check send hdr a b",
            "GET /x HTTP/1.1\r\na: b\r\nconnection: close\r\n\r\n",
        ),
        (
            "option httpchk\n http-check send meth POST uri /a?b ver HTTP/1.1 hdr Host xx hdr A \"%[srv_name] b\" hdr Content-Length 5 hdr \
             Transfer-Encoding chunked hdr Connection keep-alive body xyz",
            "POST /a?b HTTP/1.1\r\nhost: xx\r\na: s b\r\ncontent-length: 3\r\n\r\nxyz",
        ),
        (
            "option httpchk\n http-check send uri-lf /%[be_name] body-lf x%[int(3)]",
            "OPTIONS /be HTTP/1.0\r\ncontent-length: 2\r\n\r\nx3",
        ),
        (
            "option httpchk GET http://foo.com/x HTTP/1.1\n http-check send hdr host c",
            "GET http://c/x HTTP/1.1\r\nhost: c\r\nconnection: close\r\n\r\n",
        ),
        (
            "option httpchk\n http-check send meth GET ver HTTP/1.1 hdr connection upgrade hdr upgrade raw",
            "GET / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n",
        ),
        (
            "option httpchk\n http-check set-var(check.a) str(x)\n http-check set-var-fmt(check.b) \"%[be_name]-%[var(check.a)]\"\n \
             http-check send hdr v \"%[var(check.b)]\"",
            "OPTIONS / HTTP/1.0\r\nv: be-x\r\n\r\n",
        ),
        (
            "option httpchk\n http-check send-state",
            "OPTIONS / HTTP/1.0\r\nx-haproxy-server-state: UP -1/3; address=127.0.0.1; port=$; name=be/s; node=localhost; weight=1/1; \
             scur=0/0; qcur=0\r\n\r\n",
        ),
    ] {
        check(lines, OK, "L7OK 200", &[expected]).await;
    }
}

#[tokio::test]
async fn responses_are_judged_as_by_haproxy() {
    let body = "TCPCHK did not match content";
    for (expect, plays, expected) in [
        ("", OK, "L7OK 200"),
        ("", ERROR, "L7STS 500 Bad"),
        ("", NO_REASON, &*format!("L7STS 500 {body}(status codes) at step 2")),
        ("", &[Hear, Say(b"HTTP/1.1 100 Continue\r\n\r\n"), Hold], "L7STS 100 Continue"),
        ("", &[Hear], "SOCKERR"),
        ("", &[Hear, Say(b"hello world\r\n\r\n"), Hold], "SOCKERR"),
        ("", &[Hear, Say(b"HTTP/1.1 200 OK\r\nFoo: b")], "SOCKERR"),
        ("", &[Hear, Say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")], "L7OK 200"),
        ("", &[Hear, Hold], "L7TOUT"),
        ("status 200-299,500", ERROR, "L7OK 500"),
        ("! status 200", OK, "L7STS 200 OK"),
        ("! ! status 200", OK, "L7OK 200"),
        ("!rstatus ^2", ERROR, "L7OK 500"),
        ("rstatus ^2", NO_REASON, &*format!("L7STS 500 {body} (regex) at step 1")),
        ("string foo", OK, "L7OK 200"),
        ("string fox", OK, "L7RSP HTTP content check did not match"),
        ("! string foo", OK, "L7RSP HTTP check matched unwanted content"),
        (
            "string foo comment \"my page\"",
            ERROR,
            "L7RSP HTTP content check could not find a response body comment: my page",
        ),
        ("! string foo", ERROR, "L7RSP HTTP content check could not find a response body"),
        ("string a", &[Hear, Say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na"), Hold], "L7OK 200"),
        ("string b", &[Hear, Say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na"), Hold], "L7TOUT"),
        ("rstring f.o", OK, "L7OK 200"),
        ("string-lf %[str(foo)]", OK, "L7OK 200"),
        (
            "string foo",
            &[Hear, Say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfo\r\n1\r\no\r\n0\r\n\r\n"), Hold],
            "L7OK 200",
        ),
        ("hdr name X-A", OK, "L7OK 200"),
        ("hdr name x-a value b", OK, "L7OK 200"),
        ("hdr name x-a value c", OK, "L7STS 200 OK"),
        ("fhdr name x-a value b", OK, "L7STS 200 OK"),
        ("fhdr name -m beg x- value -m end b", OK, "L7OK 200"),
        ("hdr name -m reg ^X- value-lf -m sub %[str(b)]", OK, "L7OK 200"),
        ("on-success \"%[res.hdr(x-a)]/%[status]\" status 200", OK, "L7OK 200 b/200"),
        ("on-error \"%[status] %[res.body]\" comment cc string x", OK, "L7RSP 200 a foo b comment: cc"),
        ("status-code int(42) status 200", ERROR, "L7STS 42 Bad"),
        ("ok-status L7OKC status 200", OK, "L7OKC 200"),
        ("ok-status L6OK status 200", OK, "L6OK"),
        ("error-status L7OKC status 200", ERROR, "L7OKC 500 Bad"),
        ("error-status L4CON status 200", ERROR, "L4CON Bad"),
        ("tout-status L6TOUT status 200", &[Hear, Hold], "L6TOUT"),
    ] {
        let line = if expect.is_empty() { String::new() } else { format!("\n http-check expect {expect}") };
        check(&format!("option httpchk{line}"), plays, expected, &[]).await;
    }
    const GONE: &[Play] = &[Hear, Say(b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n"), Hold];
    check("option httpchk\n http-check disable-on-404\n http-check expect string x", GONE, "L7OKC 404", &[]).await;
}

#[tokio::test]
async fn a_check_can_ask_several_times() {
    let first = "option httpchk\n http-check connect\n http-check send uri /1\n http-check expect status 200 comment \"first one\"\n ";
    let second = "http-check connect port int($)\n http-check send uri /2\n";
    let heard = ["OPTIONS /1 HTTP/1.0\r\n\r\n", "OPTIONS /2 HTTP/1.0\r\n\r\n"];
    check(&format!("{first}{second}"), OK, "L7OK 200", &heard).await;
    check(&format!("{first}{second} http-check expect status 201"), OK, "L7STS 200 OK", &heard).await;
    let refused = "L4CON ECONNREFUSED returned by OS (Connection refused)";
    check(&format!("{first}http-check connect port 1"), OK, refused, &heard[..1]).await;
    check("option httpchk GET /\n http-check connect", OK, "L7OK 200", &["GET / HTTP/1.0\r\n\r\n"]).await;
}

const READY: &[Play] = &[Say(b"+OK ready\r\n"), Hold];
const READY_AND_GONE: &[Play] = &[Say(b"+OK ready\r\n")];

#[tokio::test]
async fn bytes_are_judged_as_by_haproxy() {
    let refused = "L4CON ECONNREFUSED returned by OS (Connection refused)";
    for (lines, plays, expected) in [
        ("", READY, "L4OK"),
        ("connect", READY, "L4OK (tcp-check)"),
        ("connect port 1", READY, &*format!("{refused} at step 1 of tcp-check (connect port 1)")),
        (
            "connect addr 127.0.0.1:1 comment c",
            READY,
            &*format!("{refused} at step 1 of tcp-check (connect) comment: 'c'"),
        ),
        ("expect string +OK", READY, "L7OK 0 (tcp-check)"),
        ("expect string +FO", READY, "L7TOUT  at step 1 of tcp-check (expect string '+FO')"),
        ("expect string +FO comment foo", READY, "L7TOUT  at step 1 of tcp-check (expect string '+FO') comment: 'foo'"),
        ("expect string +FO", READY_AND_GONE, "L7RSP TCPCHK did not match content '+FO' at step 1"),
        (
            "expect comment foo string +FO",
            READY_AND_GONE,
            "L7RSP TCPCHK did not match content '+FO' at step 1 comment: foo",
        ),
        ("expect string +FO", &[], "L7RSP TCPCHK got an empty response at step 1"),
        ("expect min-recv 0 string +FO", READY, "L7RSP TCPCHK did not match content '+FO' at step 1"),
        ("expect min-recv 20 rstring OK", READY, "L7TOUT  at step 1 of tcp-check (expect regex)"),
        ("expect rstring ^.FOO", READY_AND_GONE, "L7RSP TCPCHK did not match content (regex) at step 1"),
        ("expect binary 2b4f4b", READY, "L7OK 0 (tcp-check)"),
        ("expect binary 2b4f4f", READY_AND_GONE, "L7RSP TCPCHK did not match content (binary) at step 1"),
        ("expect rbinary ^2B4F", READY, "L7OK 0 (tcp-check)"),
        ("expect rbinary ^2b4f", READY_AND_GONE, "L7RSP TCPCHK did not match content (binary regex) at step 1"),
        (
            "expect string-lf %[be_name]",
            READY_AND_GONE,
            "L7RSP TCPCHK did not match content (log-format string) at step 1",
        ),
        ("expect binary-lf 2b%[str(O),hex]", READY, "L7OK 0 (tcp-check)"),
        ("expect binary-lf 2bz", READY, "L7RSP Failed to parse hexastring resulting of eval of a log-format string"),
        ("expect ! string +OK", READY, "L7RSP TCPCHK matched unwanted content '+OK' at step 1"),
        ("expect ! string +FO", READY, "L7TOUT  at step 1 of tcp-check (expect string '+FO')"),
        ("expect ! string +FO", READY_AND_GONE, "L7OK 0 (tcp-check)"),
        ("expect string +OK\n tcp-check expect string +OK", READY, "L7OK 0 (tcp-check)"),
        ("send-binary-lf 5%[str(Q),hex]", READY, "L7RSP tcp-check send : failed to build log-format string at step 1"),
        (
            "expect string +OK on-success \"%[res.payload(0,5)]/%[res.len]\" status-code int(7)",
            READY,
            "L7OK 7 +OK r/11",
        ),
        (
            "comment first\n tcp-check expect string +FO",
            READY_AND_GONE,
            "L7RSP TCPCHK did not match content '+FO' at step 2 comment: first",
        ),
        (
            "connect ssl comment foo",
            READY_AND_GONE,
            "L6RSP SSL handshake failure at step 1 of tcp-check (connect) comment: 'foo'",
        ),
        ("connect ssl", &[Hear, Hold], "L6TOUT  at step 1 of tcp-check (connect)"),
    ] {
        let lines = if lines.is_empty() { String::new() } else { format!("\n tcp-check {lines}") };
        check(&format!("option tcp-check{lines}"), plays, expected, &[]).await;
    }
}

#[tokio::test]
async fn bytes_are_sent() {
    const ECHO: &[Play] = &[Hear, Say(b"+PONG"), Hear, Say(b"oo"), Hold];
    for (lines, expected, heard) in [
        ("send PING\\r\\n\n tcp-check expect string +PONG", "L7OK 0 (tcp-check)", "PING\r\n"),
        ("send-lf %[be_name]/%[srv_name]\\n\n tcp-check expect string +PONG", "L7OK 0 (tcp-check)", "be/s\n"),
        ("send-binary 50494e\n tcp-check expect string +PONG", "L7OK 0 (tcp-check)", "PIN"),
        ("send-binary-lf 50%[str(Q),hex]\n tcp-check expect string +PONG", "L7OK 0 (tcp-check)", "PQ"),
        (
            "send A\n tcp-check expect string +PONG\n tcp-check send B\n tcp-check expect string +PONG",
            "L7TOUT  at step 4 of tcp-check (expect string '+PONG')",
            "AB",
        ),
    ] {
        check(&format!("option tcp-check\n tcp-check {lines}"), ECHO, expected, &[heard]).await;
    }
}

const MYSQL: &[u8] = b"\x0b\0\0\0\x0a8.0.19\0\x0a\0\0";

/// Answers to those that HAProxy 3.5 was given.
#[tokio::test]
async fn named_checks_speak_their_protocols() {
    const SMTP: &[Play] =
        &[Say(b"220 hi\r\n"), Hear, Say(b"250-some\r\n250-more\r\n250 ok\r\n"), Hear, Say(b"221 bye bye\r\n"), Hold];
    for (option, plays, expected) in [
        ("smtpchk", SMTP, "L7OK 221 bye bye"),
        ("smtpchk", &[Say(b"I'm not a SMTP server\r\n"), Hold][..], "L7RSP I'm not a SMTP server"),
        ("smtpchk", &[Say(b"421 Try again later\r\n"), Hold], "L7STS 421 Try again later"),
        ("smtpchk EHLO a.b", &[Say(b"220 hi\r\n"), Hear, Say(b"512 DNS error\r\n"), Hold], "L7STS 512 DNS error"),
        ("smtpchk", &[Say(b"220\r\n"), Hear, Say(b"250\r\n"), Hear, Say(b"221\r\n"), Hold], "L7OK 221"),
        ("smtpchk", &[Say(b"220 a\r\n"), Hear, Say(b"250 b\r\n"), Hear], "L7STS 0"),
        ("smtpchk", &[Hold], "L7TOUT"),
        ("mysql-check", &[Say(MYSQL), Hold], "L7OK 0 8.0.19"),
        ("mysql-check", &[], "L7RSP TCPCHK got an empty response at step 2"),
        ("mysql-check user foo", &[Say(MYSQL), Hear, Say(b"\x07\0\0\x02\0\0\0\x02\0\0\0"), Hold], "L7OK 0 8.0.19"),
        ("mysql-check user foo", &[Say(MYSQL), Hear, Say(b"\x07\0\0\x02\xff\xe3\x04No!!"), Hold], "L7STS 1251 No!!"),
        ("mysql-check user foo pre-41", &[Say(MYSQL), Hear], "L7RSP"),
        ("pgsql-check user foo", &[Hear, Say(b"R\0\0\0\x08\0\0\0\x03"), Hold], "L7OK 0 PostgreSQL server is ok"),
        ("pgsql-check user foo", &[Hear, Say(b"E\0\0\0\x14SFATAL\0C28000\0Mno\0\0"), Hold], "L7RSP FATAL"),
        ("pgsql-check user foo", &[Hear, Say(b"N\0\0\0\x08\0\0\0\x03"), Hold], "L7STS 0 PostgreSQL unknown error"),
        ("pgsql-check user foo", &[Hear], "L7STS 0 PostgreSQL unknown error"),
        ("redis-check", &[Hear, Say(b"+PONG\r\n"), Hold], "L7OK 0 Redis server is ok"),
        ("redis-check", &[Hear, Say(b"-Error message\r\n")], "L7STS 0 -Error message"),
        ("ldap-check", &[Hear, Say(b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0"), Hold], "L7OK 0 Success"),
        ("ldap-check", &[Hear, Say(b"hello there, this is no LDAP"), Hold], "L7RSP Not LDAPv3 protocol"),
        ("spop-check", &[Hear], "L7RSP TCPCHK got an empty response at step 3"),
        ("spop-check", &[Hear, Say(b"\0\0\0\0"), Hold], "L7RSP invalid frame received"),
        ("ssl-hello-chk", &[Hear, Say(b"\x16\x03\x01\0\x04\x0e\0\0\0"), Hold], "L6OK"),
        ("ssl-hello-chk", &[Hear, Say(b"HTTP/1.0 400 Bad"), Hold], "L6RSP"),
        ("ssl-hello-chk", &[Hear, Hold], "L6TOUT"),
        ("ssl-hello-chk", &[Hear], "L6RSP TCPCHK got an empty response at step 2"),
    ] {
        check(&format!("option {option}"), plays, expected, &[]).await;
    }
    check("option smtpchk EHLO a.b", SMTP, "L7OK 221 bye bye", &["EHLO a.b\r\nQUIT\r\n"]).await;
}

#[tokio::test]
async fn a_section_says_what_a_server_is_checked_by() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sections = "healthcheck alive\n http-check send uri /alive\n type httpchk";
    let lines = format!(" option redis-check\n server s 127.0.0.1:{port} check healthcheck alive check-send-proxy\n");
    let model = model_with(sections, &lines);
    let local = tokio::task::LocalSet::new();
    let (sender, mut said) = mpsc::unbounded_channel();
    local.spawn_local(serve(listener, OK, sender));
    let course = async {
        assert_eq!(shown(&report(&model).await), "L7OK 200");
        let heard = said.recv().await.unwrap();
        assert!(heard.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "), "{heard}");
        assert!(heard.ends_with(&format!(" {port}\r\nOPTIONS /alive HTTP/1.0\r\n\r\n")), "{heard}");
    };
    tokio::time::timeout(Duration::from_secs(20), local.run_until(course)).await.unwrap();
}

#[tokio::test]
async fn connections_are_told_in_haproxys_words() {
    async fn check(server: &str, expected: &str) {
        let model = model(&format!(" timeout check 200ms\n timeout connect 200ms\n server s {server} check\n"));
        let report = report(&model).await;
        assert_eq!(shown(&report), expected, "{server}");
        assert!(report.duration_ms.is_some_and(|ms| expected.ends_with("TOUT") == (ms >= 200)));
    }
    let alive = Reserved::new().listen();
    let port = alive.local_addr().unwrap().port();
    let (dead, hole) = (Reserved::new(), BlackHole::new());
    check(&format!("127.0.0.1:{port}"), "L4OK").await;
    check(&format!("127.0.0.1:{port} source 127.0.0.9"), "L4OK").await;
    let refused = "L4CON ECONNREFUSED returned by OS (Connection refused)";
    check(&format!("127.0.0.1:{}", dead.port()), refused).await;
    check(&format!("127.0.0.1:{}", hole.port), "L4TOUT").await;
    // No host has an address of this block (RFC 5737).
    let no_source = "L4CON Can't bind to source address (Cannot assign requested address)";
    check(&format!("127.0.0.1:{port} source 192.0.2.1"), no_source).await;
}

#[tokio::test]
async fn unix_sockets_are_checked_too() {
    let directory = std::env::temp_dir().join(format!("burdock-check-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("server");
    let model = model(&format!(" server s unix@{} check\n", path.display()));
    let no_file = "SOCKERR General socket error (No such file or directory)";
    assert_eq!(shown(&report(&model).await), no_file);
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert_eq!(shown(&report(&model).await), "L4OK");
    drop(listener);
    assert!(shown(&report(&model).await).starts_with("L4CON"));
    std::fs::remove_dir_all(directory).unwrap();
}

/// A check that only connects ends before the server's program could take the connection.
#[tokio::test]
async fn the_server_is_not_woken() {
    let alive = Reserved::new().listen();
    alive.set_nonblocking(true).unwrap();
    let model = model(&format!(" server s 127.0.0.1:{} check\n", alive.local_addr().unwrap().port()));
    assert_eq!(shown(&report(&model).await), "L4OK");
    assert_eq!(alive.accept().map(drop).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// Limits measured on HAProxy 3.5.
#[test]
fn time_limits() {
    let limit = |lines: &str| {
        let model: Arc<Model> = model(&format!(" {lines}\n server s 127.0.0.1:80 check inter 700\n"));
        limit_ms(model.proxies[0].backend.as_ref().unwrap().servers.iter().next().unwrap().check.as_ref().unwrap())
    };
    assert_eq!(limit("timeout connect 1000"), 700);
    assert_eq!(limit("timeout connect 100"), 700);
    assert_eq!(limit("timeout connect 1000\n timeout check 200"), 700);
    assert_eq!(limit("timeout connect 100\n timeout check 200"), 100);
}
