//! Which certificate a client gets, what becomes of the certificates of clients, and certificates that change while connections come.

use burdock_testkit::certificates::date_time_ymd;
use burdock_testkit::tools::{OpenSsl, Shown, closing_request};
use burdock_testkit::{Backend, Certificates, Key, LogSink, Proxy};

use crate::support::burdock;
use crate::tls::secure;

/// A server that shows what it got, behind TLS.
struct Site {
    log: LogSink,
    _server: Backend,
    proxy: Proxy,
}

impl Site {
    fn start(words: &str, lines: &str) -> Self {
        let (server, log) = (Backend::echoing(), LogSink::new());
        let lines = format!("{lines}\nserver A 127.0.0.1:{}", server.port());
        let proxy = burdock().start(&secure(&log, words, &lines));
        Self { log, _server: server, proxy }
    }

    fn get(&self, openssl: &OpenSsl, name: &str, words: &[&str]) -> Shown {
        openssl.get(self.proxy.port("web"), name, words)
    }
}

#[test]
fn names_choose_certificates() {
    let Some(openssl) = OpenSsl::new() else { return };
    let certificates = Certificates::by("Authority");
    let default = certificates.issue("default.pem", Key::Ecdsa, &["default.test"]);
    let exact = certificates.issue("exact.pem", Key::Ecdsa, &["www.b.test", "b.test"]);
    let wildcard = certificates.issue("wildcard.pem", Key::Ecdsa, &["*.b.test"]);
    let words = format!("crt {default} crt {exact} crt {wildcard}");
    let site = Site::start(&words, "");
    let strict = Site::start(&format!("{words} strict-sni"), "");
    for (name, expected, known) in [
        ("www.b.test", "www.b.test", true),
        ("WWW.B.test", "www.b.test", true),
        ("b.test", "www.b.test", true),
        ("shop.b.test", "*.b.test", true),
        ("deep.shop.b.test", "default.test", false),
        ("default.test", "default.test", true),
        ("else.test", "default.test", false),
    ] {
        let shown = site.get(&openssl, name, &[]);
        assert_eq!(shown.common_name(), Some(expected), "{name}: {}", shown.text);
        assert!(shown.text.contains("HTTP/1.1 200 OK"), "{name}: {}", shown.text);
        let shown = strict.get(&openssl, name, &[]);
        assert_eq!(shown.common_name(), known.then_some(expected), "{name}: {}", shown.text);
        if !known {
            assert!(shown.text.contains("unrecognized name"), "{name}: {}", shown.text);
        }
    }
    assert_eq!(
        openssl.talk(site.proxy.port("web"), &["-noservername"], &closing_request("/")).common_name(),
        Some("default.test")
    );
    let refused = openssl.talk(strict.proxy.port("web"), &["-noservername"], &closing_request("/"));
    assert_eq!(refused.common_name(), None, "{}", refused.text);
    strict.log.await_line("web/1: SSL handshake failure");
}

#[test]
fn the_kind_of_key_is_the_clients_choice() {
    let Some(openssl) = OpenSsl::new() else { return };
    let certificates = Certificates::by("Authority");
    certificates.issue("both.pem.ecdsa", Key::Ecdsa, &["a.test"]);
    certificates.issue("both.pem.rsa", Key::Rsa, &["a.test"]);
    let site = Site::start(&format!("crt {}", certificates.path("both.pem")), "");
    for (words, expected) in [
        (&[][..], "ECDSA"),
        (&["-sigalgs", "ECDSA+SHA256"], "ECDSA"),
        (&["-sigalgs", "RSA-PSS+SHA256"], "RSA-PSS"),
        (&["-tls1_2"], "ECDSA"),
        (&["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "RSA"),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], "ECDSA"),
    ] {
        let shown = site.get(&openssl, "a.test", words);
        let kind = shown.after("Peer signature type:").unwrap_or_default();
        assert!(kind.starts_with(expected), "{words:?}: {}", shown.text);
    }
}

const SHOW: &str = "http-request set-header X-Client \"%[ssl_c_used] %[ssl_c_verify] %[ssl_c_s_dn(cn)] %[ssl_c_i_dn(cn)] \
%[ssl_c_r_dn(cn)] %[ssl_c_err] %[ssl_c_ca_err] %[ssl_fc_is_resumed]\"";

/// Of what the server got.
fn client_field(shown: &Shown) -> Option<&str> {
    let mut lines = shown.text.lines();
    lines.find_map(|line| {
        line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("x-client")).map(|(_, value)| value.trim())
    })
}

#[test]
fn clients_show_who_they_are() {
    let Some(openssl) = OpenSsl::new() else { return };
    let (own, other) = (Certificates::by("Authority"), Certificates::by("Other"));
    let server = own.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let good = own.issue("client.pem", Key::Ecdsa, &["client.test"]);
    let stranger = other.issue("stranger.pem", Key::Ecdsa, &["stranger.test"]);
    let late =
        own.issue_with("late.pem", Key::Ecdsa, &["late.test"], |params| params.not_after = date_time_ymd(2021, 1, 1));
    let words = |more: &str| format!("crt {server} ca-file {} {more}", own.authority());
    let show = |file: &str| ["-cert".to_owned(), file.to_owned(), "-key".to_owned(), file.to_owned()];
    const NOT_TRUSTED: &str = "SSL client certificate not trusted";
    const NONE_SHOWN: &str = "SSL handshake failure (error:0A0000C7:SSL routines::peer did not return a certificate)";
    for (more, client, expected) in [
        ("verify required", Some(&good), Ok("1 0 client.test Authority Authority 0 0 0")),
        ("verify required", None, Err(NONE_SHOWN)),
        ("verify required", Some(&stranger), Err(NOT_TRUSTED)),
        ("verify required", Some(&late), Err(NOT_TRUSTED)),
        ("verify optional", Some(&good), Ok("1 0 client.test Authority Authority 0 0 0")),
        ("verify optional", None, Ok("0 0    0 0 0")),
        ("verify optional", Some(&stranger), Err(NOT_TRUSTED)),
        ("verify optional crt-ignore-err 10", Some(&late), Ok("1 10 late.test Authority Authority 10 0 0")),
        ("verify optional crt-ignore-err 10", Some(&stranger), Err(NOT_TRUSTED)),
        (
            "verify required crt-ignore-err all ca-ignore-err all",
            Some(&stranger),
            Ok("1 21 stranger.test Other stranger.test 20 0 0"),
        ),
    ] {
        for version in ["-tls1_3", "-tls1_2"] {
            let site = Site::start(&words(more), SHOW);
            let files = client.map(|file| show(file)).into_iter().flatten().collect::<Vec<_>>();
            let arguments: Vec<&str> = files.iter().map(String::as_str).chain([version]).collect();
            let shown = site.get(&openssl, "a.test", &arguments);
            let case = format!("{more}, {client:?}, {version}");
            match expected {
                Ok(field) => {
                    let field = field.split(' ').collect::<Vec<_>>();
                    let got = client_field(&shown)
                        .unwrap_or_else(|| panic!("{case}: {}", shown.text))
                        .split(' ')
                        .collect::<Vec<_>>();
                    assert_eq!(got, field, "{case}");
                }
                Err(what) => {
                    assert!(!shown.text.contains("200 OK"), "{case}: {}", shown.text);
                    let line = site.log.await_line("web/1: SSL");
                    assert!(line.trim_end().ends_with(&format!("web/1: {what}")), "{case}: {line}");
                }
            }
        }
    }
}

#[test]
fn a_resumed_client_is_who_it_was() {
    let Some(openssl) = OpenSsl::new() else { return };
    let (own, other) = (Certificates::by("Authority"), Certificates::by("Other"));
    let server = own.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let good = own.issue("client.pem", Key::Ecdsa, &["client.test"]);
    let stranger = other.issue("stranger.pem", Key::Ecdsa, &["stranger.test"]);
    let words = format!("crt {server} ca-file {} verify required crt-ignore-err all", own.authority());
    let site = Site::start(&words, SHOW);
    let session = openssl.path("session");
    for (client, first, again) in [
        (&good, "1 0 client.test Authority Authority 0 0 0", "1 0 client.test Authority  0 0 1"),
        (&stranger, "1 21 stranger.test Other stranger.test 20 0 0", "1 21 stranger.test Other  0 0 1"),
    ] {
        for version in ["-tls1_3", "-tls1_2"] {
            let arguments = ["-cert", client, "-key", client, version];
            let shown = site.get(&openssl, "a.test", &[&arguments[..], &["-sess_out", &session]].concat());
            assert_eq!(client_field(&shown), Some(first), "{version}: {}", shown.text);
            let shown = site.get(&openssl, "a.test", &[&arguments[..], &["-sess_in", &session]].concat());
            assert_eq!(client_field(&shown), Some(again), "{version}: {}", shown.text);
        }
    }
}

#[test]
fn certificates_change_while_it_runs() {
    let Some(openssl) = OpenSsl::new() else { return };
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("a.pem", Key::Ecdsa, &["old.test"]);
    let site = Site::start(&format!("crt {file}"), "");
    let new = certificates.pem(Key::Ecdsa, &["new.test"], |_| {});
    let shown = || site.get(&openssl, "a.test", &[]).common_name().map(str::to_owned);
    assert_eq!(shown().as_deref(), Some("old.test"));
    let said = site.proxy.cli(&format!("set ssl cert {file} <<\n{new}\n"));
    assert!(said.contains("Transaction created for certificate"), "{said}");
    assert_eq!(shown().as_deref(), Some("old.test"), "before it is committed");
    let said = site.proxy.cli(&format!("commit ssl cert {file}"));
    assert!(said.contains("Success!"), "{said}");
    assert_eq!(shown().as_deref(), Some("new.test"));
    let said = site.proxy.cli(&format!("set ssl cert {file} <<\nnot a certificate\n\n"));
    assert!(!said.contains("Transaction created"), "{said}");
    assert_eq!(shown().as_deref(), Some("new.test"));
}
