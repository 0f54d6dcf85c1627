//! Certificates that were taken back: lists of them, and OCSP responses from files and from their responders.

use std::sync::Arc;

use burdock_testkit::certificates::{SerialNumber, ocsp_responder};
use burdock_testkit::http::response;
use burdock_testkit::tools::OpenSsl;
use burdock_testkit::{Backend, Certificates, Key, LogSink, Proxy, wait};

use crate::support::burdock;
use crate::tls::secure;

/// An authority whose certificates have the numbers that they are given.
struct Site {
    certificates: Certificates,
    openssl: OpenSsl,
}

impl Site {
    fn new(openssl: OpenSsl) -> Self {
        Self { certificates: Certificates::by("Authority"), openssl }
    }

    fn issue(&self, file: &str, name: &str, serial: u64, responder: Option<&str>) -> String {
        self.certificates.issue_with(file, Key::Ecdsa, &[name], |params| {
            params.serial_number = Some(SerialNumber::from(serial));
            params.custom_extensions.extend(responder.map(ocsp_responder));
        })
    }

    fn start(&self, words: &str) -> (Proxy, LogSink, Backend) {
        let (server, log) = (Backend::named("A"), LogSink::new());
        let text = secure(&log, words, &format!("server A 127.0.0.1:{}", server.port()));
        (burdock().start(&text), log, server)
    }

    /// Answers a question in DER with what `responder` says of all certificates.
    fn answer(&self, question: &str, answer: &str, responder: &Certificates, state: &str) {
        // The form of `openssl ca`: state, end, time of revocation, number.
        let serials = [1001, 1002].map(|serial: u64| {
            let revoked = if state == "R" { "210101000000Z" } else { "" };
            format!("{state}\t401231000000Z\t{revoked}\t{serial:04X}\tunknown\t/CN={serial}\n")
        });
        let index = responder.write("index.txt", serials.concat());
        let (authority, key) = (responder.authority(), responder.path("ca.key"));
        self.openssl.run(&[
            "ocsp",
            "-index",
            &index,
            "-CA",
            &self.certificates.authority(),
            "-rsigner",
            &authority,
            "-rkey",
            &key,
            "-reqin",
            question,
            "-respout",
            answer,
            "-ndays",
            "1",
            "-noverify",
        ]);
    }
}

/// What the proxy shows of the state of its certificate.
fn stapled(openssl: &OpenSsl, proxy: &Proxy) -> String {
    openssl.get(proxy.port("web"), "a.test", &["-status"]).text
}

#[test]
fn revoked_clients_are_refused() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Site::new(openssl);
    let own = site.issue("a.pem", "a.test", 1001, None);
    let (good, bad) = (site.issue("good.pem", "good.test", 1002, None), site.issue("bad.pem", "bad.test", 1003, None));
    let list = site.certificates.revoke("list.pem", &[1003]);
    let words = format!("crt {own} verify required ca-file {} crl-file {list}", site.certificates.authority());
    let (proxy, log, server) = site.start(&words);
    for version in ["-tls1_3", "-tls1_2"] {
        let ask = |file: &str| site.openssl.get(proxy.port("web"), "a.test", &["-cert", file, "-key", file, version]);
        let shown = ask(&good);
        assert!(shown.text.contains("HTTP/1.1 200 OK"), "{version}: {}", shown.text);
        let shown = ask(&bad);
        assert!(!shown.text.contains("HTTP/1.1"), "{version}: {}", shown.text);
        assert!(shown.text.contains("certificate revoked"), "{version}: {}", shown.text);
    }
    log.await_line("web/1: SSL client certificate not trusted");
    assert_eq!(server.requests().len(), 2);
    // X509_V_ERR_CERT_REVOKED is 23.
    let (proxy, _log, _server) = site.start(&format!("{words} crt-ignore-err 23"));
    let shown = site.openssl.get(proxy.port("web"), "a.test", &["-cert", &bad, "-key", &bad]);
    assert!(shown.text.contains("HTTP/1.1 200 OK"), "{}", shown.text);
    // The list changes while we run.
    assert!(proxy.cli(&format!("show ssl crl-file {list}")).contains("Serial Number: 03EB"));
}

#[test]
fn responses_from_files_go_with_the_certificate() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Site::new(openssl);
    let own = site.issue("a.pem", "a.test", 1001, None);
    let (authority, question) = (site.certificates.authority(), site.openssl.path("question"));
    std::fs::copy(&authority, format!("{own}.issuer")).unwrap();
    site.openssl.run(&["ocsp", "-issuer", &authority, "-cert", &own, "-no_nonce", "-reqout", &question]);
    for (state, expected) in [("V", "Cert Status: good"), ("R", "Cert Status: revoked")] {
        site.answer(&question, &format!("{own}.ocsp"), &site.certificates, state);
        let (proxy, _log, _server) = site.start(&format!("crt {own}"));
        let shown = stapled(&site.openssl, &proxy);
        assert!(shown.contains("OCSP Response Status: successful") && shown.contains(expected), "{shown}");
        assert!(shown.contains("HTTP/1.1 200 OK"), "{shown}");
    }
    std::fs::remove_file(format!("{own}.ocsp")).unwrap();
    let (proxy, _log, _server) = site.start(&format!("crt {own}"));
    assert!(stapled(&site.openssl, &proxy).contains("OCSP response: no response sent"));
}

/// Waits for what `show ssl ocsp-updates` says at the end of its line.
fn await_update(proxy: &Proxy, end: &str) {
    wait::until(&format!("an update: {end}"), || {
        proxy.cli("show ssl ocsp-updates").lines().any(|line| line.ends_with(end)).then_some(())
    });
}

/// One that answers as the beginning of the path says.
fn responder(site: &Arc<Site>) -> Backend {
    let stranger = Certificates::by("Authority");
    Backend::answering({
        let site = Arc::clone(site);
        move |request| {
            let (path, question) = request.target().rsplit_once('/').unwrap();
            let question = question.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
            let id = path.trim_start_matches('/');
            let [text, file, answer] =
                ["text", "question", "answer"].map(|what| site.openssl.path(&format!("{id}-{what}")));
            std::fs::write(&text, question + "\n").unwrap();
            site.openssl.run(&["base64", "-d", "-A", "-in", &text, "-out", &file]);
            match id {
                "good" => site.answer(&file, &answer, &site.certificates, "V"),
                "forged" => site.answer(&file, &answer, &stranger, "V"),
                _ => return response(500, &[], ""),
            }
            response(200, &["Content-Type: application/ocsp-response"], std::fs::read(&answer).unwrap())
        }
    })
}

#[test]
fn responders_that_speak_tls_are_known_by_their_certificates() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Arc::new(Site::new(openssl));
    let responder = responder(&site);
    let identity = site.certificates.issue("responder.pem", Key::Ecdsa, &["127.0.0.1"]);
    let front = burdock().start(&format!(
        "defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen responder
    bind 127.0.0.1:@tls@ ssl crt {identity}
    server s 127.0.0.1:{}
",
        responder.port()
    ));
    let url = format!("https://127.0.0.1:{}/good/", front.port("tls"));
    let own = site.issue("own.pem", "a.test", 1001, Some(&url));
    std::fs::copy(site.certificates.authority(), format!("{own}.issuer")).unwrap();
    let list = site.certificates.write("own.list", format!("{own} [ocsp-update on]\n"));
    let other = Certificates::by("Another");
    for (authority, end) in [
        (site.certificates.authority(), "| 1 | 0 | 1 | Update successful"),
        (other.authority(), "| 0 | 1 | 2 | HTTP error"),
    ] {
        let (server, log) = (Backend::named("A"), LogSink::new());
        let text = secure(&log, &format!("crt-list {list}"), &format!("server A 127.0.0.1:{}", server.port()));
        let text = text.replacen(
            "global\n",
            &format!("global\n    httpclient.ssl.ca-file {authority}\n    httpclient.retries 0\n"),
            1,
        );
        let proxy = burdock().start(&text);
        await_update(&proxy, end);
    }
}

#[test]
fn responses_are_fetched_from_their_responders() {
    let Some(openssl) = OpenSsl::new() else { return };
    let site = Arc::new(Site::new(openssl));
    let responder = responder(&site);
    for (id, end, logged) in [
        ("good", "| 1 | 0 | 1 | Update successful", " 1 \"Update successful\" 0 1"),
        ("forged", "| 0 | 1 | 4 | OCSP response check failure", " 4 \"OCSP response check failure ("),
        ("broken", "| 0 | 1 | 2 | HTTP error", " 2 \"HTTP error ("),
    ] {
        let url = format!("http://127.0.0.1:{}/{id}/", responder.port());
        let own = site.issue(&format!("{id}.pem"), "a.test", 1001, Some(&url));
        std::fs::copy(site.certificates.authority(), format!("{own}.issuer")).unwrap();
        let list = site.certificates.write(&format!("{id}.list"), format!("{own} [ocsp-update on]\n"));
        let (proxy, log, _server) = site.start(&format!("crt-list {list}"));
        await_update(&proxy, end);
        log.await_line(&format!("<OCSP-UPDATE> {own}{logged}"));
        assert!(proxy.cli(&format!("show ssl cert {own}")).contains("Option: ocsp-update on"));
        let shown = stapled(&site.openssl, &proxy);
        assert_eq!(shown.contains("Cert Status: good"), id == "good", "{shown}");
        if id == "good" {
            assert_eq!(proxy.cli(&format!("update ssl ocsp-response {own}")).trim(), "");
            await_update(&proxy, "| 2 | 0 | 1 | Update successful");
        } else {
            let refused = proxy.cli(&format!("update ssl ocsp-response {own}"));
            assert!(
                refused.contains("only works on certificates that already have a known OCSP response"),
                "{refused}"
            );
        }
    }
}
