//! HTTPS as users meet it: curl over both protocols, sticky sessions with cookies for TLS alone, and those who connect without speaking TLS.

use std::time::Duration;

use burdock_testkit::tools::{Curl, CurlAnswer, OpenSsl};
use burdock_testkit::{Backend, Certificates, Client, Key, LogSink, Proxy, Twin};

use crate::support::{SHORT_TIMEOUT_MS, burdock, listen};

/// The section of [`listen`] with these words for TLS on its `bind` line.
pub fn secure(log: &LogSink, words: &str, lines: &str) -> String {
    listen(log, lines).replacen("@web@\n", &format!("@web@ ssl {words}\n"), 1)
}

/// Two servers behind a proxy that clients reach by TLS and in the clear.
struct Site {
    a: Backend,
    _b: Backend,
    log: LogSink,
    certificates: Certificates,
    proxy: Proxy,
}

impl Site {
    fn start(words: &str, lines: &str) -> Self {
        let (a, b, log) = (Backend::named("A"), Backend::named("B"), LogSink::new());
        let certificates = Certificates::by("Authority");
        let proxy = burdock().start(&text(&certificates, &log, [&a, &b], words, lines));
        Self { a, _b: b, log, certificates, proxy }
    }

    fn ask(&self, curl: &Curl, times: usize, words: &[&str]) -> Vec<CurlAnswer> {
        let port = self.proxy.port("web");
        let resolve = format!("a.test:{port}:127.0.0.1");
        let authority = self.certificates.authority();
        let words = [&["--cacert", &authority, "--resolve", &resolve], words].concat();
        curl.ask(&vec![format!("https://a.test:{port}/"); times], &words)
    }
}

fn text(certificates: &Certificates, log: &LogSink, [a, b]: [&Backend; 2], words: &str, lines: &str) -> String {
    let own = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let lines = format!(
        "bind 127.0.0.1:@clear@\n{lines}\nserver A 127.0.0.1:{} cookie SA\nserver B 127.0.0.1:{} cookie SB",
        a.port(),
        b.port()
    );
    secure(log, &format!("crt {own} {words}"), &lines)
}

#[test]
fn a_session_sticks_over_either_protocol() {
    for (word, version) in [("--http1.1", "HTTP/1.1 200"), ("--http2", "HTTP/2 200")] {
        let Some(curl) = Curl::new() else { return };
        let site = Site::start("alpn h2,http/1.1", "cookie SRVNAME insert indirect nocache secure httponly");
        // Over one connection, then over one each.
        let first = site.ask(&curl, 10, &[word]);
        let rest: Vec<_> = (0..10).map(|_| site.ask(&curl, 1, &[word]).remove(0)).collect();
        assert_eq!(curl.cookies(), [("SRVNAME".to_owned(), "SA".to_owned())]);
        let set = first[0]
            .head
            .lines()
            .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")));
        assert_eq!(set.map(|(_, value)| value), Some("SRVNAME=SA; path=/; HttpOnly; Secure"), "{word}");
        for answer in first.iter().chain(&rest) {
            assert_eq!((answer.status, answer.body.as_str()), (200, "A"), "{word}");
            assert!(answer.head.starts_with(version), "{}", answer.head);
        }
        assert_eq!(site.a.requests().len(), 20);
        assert_eq!(site.log.await_http(1)[0].frontend, "web~");
    }
}

#[test]
fn a_cookie_for_tls_does_not_come_back_in_the_clear() {
    let Some(curl) = Curl::new() else { return };
    let site = Site::start("", "cookie SRVNAME insert secure");
    assert_eq!(site.ask(&curl, 1, &[])[0].body, "A");
    assert_eq!(site.ask(&curl, 1, &[])[0].body, "A");
    let clear = format!("http://a.test:{}/", site.proxy.port("clear"));
    let resolve = format!("a.test:{}:127.0.0.1", site.proxy.port("clear"));
    let bodies: Vec<_> =
        (0..4).map(|_| curl.ask(std::slice::from_ref(&clear), &["--resolve", &resolve]).remove(0).body).collect();
    assert_eq!(bodies, ["B", "A", "B", "A"], "nobody is stuck");
    assert_eq!(site.log.await_http(3)[2].frontend, "web");
}

#[test]
fn a_cookie_for_tls_is_set_in_the_clear_as_haproxy_does() {
    let (a, b, log) = (Backend::echoing(), Backend::echoing(), LogSink::new());
    let certificates = Certificates::by("Authority");
    let config = text(&certificates, &log, [&a, &b], "", "cookie SRVNAME insert secure");
    let Some(twin) = Twin::start(&burdock(), &config) else { return };
    for cookie in [&[][..], &["Cookie: SRVNAME=SB"], &["Cookie: SRVNAME=other"]] {
        twin.same_request("clear", burdock_testkit::client::get("/", cookie));
    }
}

#[test]
fn who_does_not_speak_tls_is_closed_and_logged() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Site::start("", "timeout client 2s");
    let hello = captured_hello();
    let mut oversized = hello.clone();
    (oversized[3], oversized[4]) = (0x7f, 0xff);
    let record_too_long = [&[22, 3, 1, 0x48, 0x01], vec![1; 0x4801].as_slice()].concat();
    let cases: [(&str, &[u8], &str); 5] = [
        ("plain HTTP", b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "http request"),
        ("a proxy's request", b"CONNECT a.test:443 HTTP/1.1\r\n\r\n", "https proxy request"),
        ("garbage", &[0xde, 0xad, 0xbe, 0xef].repeat(20), "wrong version number"),
        ("an oversized record", &record_too_long, "packet length too long"),
        ("a length that is too large", &oversized, "packet length too long"),
    ];
    for (index, (what, bytes, said)) in cases.into_iter().enumerate() {
        let mut client = site.proxy.client("web");
        let address = client.address();
        // It may be closed before all of it is read.
        let _ = client.try_send(bytes);
        let end = client.end();
        assert!(!matches!(end, burdock_testkit::End::Open(_)), "{what}: {end:?}");
        let line = site.log.await_line(&format!("{address} "));
        assert!(line.contains("web/1: SSL handshake failure"), "{what}: {line}");
        assert!(line.trim_end().ends_with(&format!("::{said})")), "{what}: {line}");
        let served = openssl.get(site.proxy.port("web"), "a.test", &[]);
        assert!(served.text.contains("200 OK"), "after {index}: {}", served.text);
    }
}

#[test]
fn half_a_hello_is_logged_when_its_client_goes_and_when_it_waits() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Site::start("", &format!("timeout client {SHORT_TIMEOUT_MS}"));
    let hello = captured_hello();
    let logged = |client: Client, said: &str| {
        let line = site.log.await_line(&format!("{} ", client.address()));
        assert!(line.trim_end().ends_with(said), "{line}");
    };
    let mut gone = site.proxy.client("web");
    gone.send(&hello[..60]);
    gone.half_close();
    logged(gone, "web/1: Connection closed during SSL handshake");
    let mut broken = site.proxy.client("web");
    let address = broken.address();
    broken.send(&hello[..60]);
    broken.reset();
    let line = site.log.await_line(&format!("{address} "));
    assert!(line.trim_end().ends_with("web/1: SSL handshake failure"), "{line}");
    let mut silent = site.proxy.client("web");
    silent.send(&hello[..60]);
    logged(silent, "web/1: Timeout during SSL handshake");
    let mut mute = site.proxy.client("web");
    mute.half_close();
    logged(mute, "web/1: Connection closed during SSL handshake");
    assert!(openssl.get(site.proxy.port("web"), "a.test", &[]).success);
}

#[test]
fn many_silent_clients_keep_nobody_waiting() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Site::start("", "");
    let hello = captured_hello();
    let silent: Vec<Client> = (0..200)
        .map(|index| {
            let mut client = site.proxy.client("web");
            client.send(&hello[..index % hello.len()]);
            client
        })
        .collect();
    let (served, took) = burdock_testkit::wait::timed(|| openssl.get(site.proxy.port("web"), "a.test", &[]));
    assert!(served.text.contains("200 OK") && took < Duration::from_secs(5), "{took:?}: {}", served.text);
    drop(silent);
}

/// A ClientHello of TLS 1.2 and 1.3 in one record.
fn captured_hello() -> Vec<u8> {
    fn sized<const N: usize>(content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[4 - N..], content].concat()
    }
    let extension = |kind: u16, content: &[u8]| [&kind.to_be_bytes()[..], &sized::<2>(content)].concat();
    let name = sized::<2>(&[&[0][..], &sized::<2>(b"a.test")].concat());
    let extensions = [
        extension(0, &name),
        extension(10, &sized::<2>(&[0, 29, 0, 23])),
        extension(13, &sized::<2>(&[4, 3, 8, 4, 4, 1])),
        extension(43, &sized::<1>(&[3, 4, 3, 3])),
        extension(51, &sized::<2>(&[&[0, 29][..], &sized::<2>(&[9; 32])].concat())),
    ]
    .concat();
    let body = [
        &[3, 3][..],
        &[7; 32],
        &sized::<1>(&[]),
        &sized::<2>(&[0x13, 1, 0x13, 2, 0xc0, 0x2b]),
        &sized::<1>(&[0]),
        &sized::<2>(&extensions),
    ]
    .concat();
    let message = [&[1][..], &sized::<3>(&body)].concat();
    [&[22, 3, 1][..], &sized::<2>(&message)].concat()
}
