//! Certificates from an authority: asked for, proven by a challenge over HTTP, served, kept, and renewed.

use burdock_testkit::acme::Behaviour;
use burdock_testkit::tools::OpenSsl;
use burdock_testkit::{Authority, Certificates, Key, Proxy, wait};

use crate::support::burdock;

/// A proxy whose certificate is kept in `dir` and comes from `authority` when that is asked for.
fn start(authority: &Authority, dir: &Certificates, directory: &str) -> Proxy {
    let root = dir.write("authority.pem", authority.root());
    let (certificate, account) = (dir.path("site.pem"), dir.path("account.key"));
    let proxy = burdock().start(&format!(
        "global
    stats socket @dir@/cli level admin
    acme.scheduler off
    httpclient.ssl.ca-file {root}
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
acme LE
    directory {directory}
    account-key {account}
    contact admin@a.test
    challenge http-01
    map virt@acme
crt-store
    load crt {certificate} acme LE domains a.test
frontend clear
    bind 127.0.0.1:@clear@
    http-request return status 200 content-type text/plain lf-string \"%[path,field(-1,/)].%[path,field(-1,/),map(virt@acme)]\" if {{ path_beg /.well-known/acme-challenge/ }}
frontend web
    bind 127.0.0.1:@web@ ssl crt {certificate}
    http-request return status 200
"
    ));
    authority.behave(|behaviour| behaviour.fetch_port = proxy.port("clear"));
    proxy
}

/// The number and the issuer of the certificate that clients get.
fn served(openssl: &OpenSsl, proxy: &Proxy) -> (String, String) {
    let shown = openssl.get(proxy.port("web"), "a.test", &[]);
    assert!(shown.text.contains("HTTP/1.1 200"), "{}", shown.text);
    let file = openssl.path("served.pem");
    std::fs::write(&file, &shown.text).unwrap();
    let text = openssl.output(&["x509", "-in", &file, "-noout", "-serial", "-issuer"]);
    let (serial, issuer) = text.split_once('\n').unwrap();
    (serial.to_owned(), issuer.trim().to_owned())
}

fn renew(proxy: &Proxy, dir: &Certificates) {
    let answer = proxy.cli(&format!("acme renew {}", dir.path("site.pem")));
    assert_eq!(answer.trim(), "", "{answer}");
}

#[test]
fn a_certificate_is_obtained_kept_and_renewed() {
    let Some(openssl) = OpenSsl::new() else { return };
    let (authority, dir) = (Authority::new(Behaviour::default()), Certificates::by("nobody"));
    let proxy = start(&authority, &dir, &authority.directory());
    let (_, temporary) = served(&openssl, &proxy);
    let site = dir.path("site.pem");
    assert!(!std::path::Path::new(&site).exists(), "a temporary one is not kept");

    renew(&proxy, &dir);
    wait::until("the first certificate", || (authority.issued() == 1).then_some(()));
    let (first, issuer) = wait::until("the first certificate to be served", || {
        Some(served(&openssl, &proxy)).filter(|(_, issuer)| *issuer != temporary)
    });
    let kept = wait::until("the certificate's file", || std::fs::read_to_string(&site).ok());
    assert!(kept.contains("BEGIN CERTIFICATE") && kept.contains("PRIVATE KEY"), "{kept}");
    assert_eq!(authority.contacts(), ["mailto:admin@a.test"]);
    drop(proxy);

    // The next run begins with what the last one has kept, and with the same account.
    let proxy = start(&authority, &dir, &authority.directory());
    assert_eq!(served(&openssl, &proxy), (first.clone(), issuer.clone()));
    renew(&proxy, &dir);
    let (second, issuer_again) = wait::until("the second certificate to be served", || {
        Some(served(&openssl, &proxy)).filter(|(serial, _)| *serial != first)
    });
    assert_eq!(issuer_again, issuer);
    assert_ne!(second, first);
    assert_eq!((authority.issued(), authority.thumbprints().len()), (2, 1));
    let status = proxy.cli("acme status");
    assert!(status.contains(&format!("{site}\tLE\t")), "{status}");
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    let dir = Certificates::by("nobody");
    let authority = Authority::new(Behaviour { challenges: vec!["dns-01"], ..Behaviour::default() });
    let proxy = start(&authority, &dir, &authority.directory());
    renew(&proxy, &dir);
    // The authority offers nothing that the section can do.
    proxy.await_stderr("http-01");
    drop(proxy);

    let nobody = Certificates::by("nobody");
    let proxy = start(&authority, &nobody, "https://127.0.0.1:1/directory");
    renew(&proxy, &nobody);
    proxy.await_stderr("https://127.0.0.1:1/directory");
    let answer = proxy.cli("acme renew other.pem");
    assert!(answer.contains("Can't find the certificate 'other.pem'."), "{answer}");
}

#[test]
fn a_challenge_is_answered_by_a_certificate() {
    let Some(openssl) = OpenSsl::new() else { return };
    let (authority, dir) = (Authority::new(Behaviour::default()), Certificates::by("nobody"));
    let (root, certificate, account) =
        (dir.write("authority.pem", authority.root()), dir.path("site.pem"), dir.path("account.key"));
    let other = dir.issue("other.pem", Key::Ecdsa, &["a.test"]);
    let proxy = burdock().start(&format!(
        "global
    stats socket @dir@/cli level admin
    acme.scheduler off
    httpclient.ssl.ca-file {root}
defaults
    mode http
    timeout client 30s
acme LE
    directory {}
    account-key {account}
    challenge tls-alpn-01
crt-store
    load crt {certificate} acme LE domains a.test,b.test
frontend web
    bind 127.0.0.1:@web@ ssl crt {certificate}
    http-request return status 200
frontend elsewhere
    bind 127.0.0.1:@elsewhere@ ssl crt {other}
    http-request return status 200
",
        authority.directory()
    ));
    let (_, temporary) = served(&openssl, &proxy);
    // A line that does not name the certificate answers nothing.
    authority.behave(|behaviour| behaviour.fetch_port = proxy.port("elsewhere"));
    renew(&proxy, &dir);
    proxy.await_stderr("tls-alpn-01 challenge for a.test unmet");
    authority.behave(|behaviour| behaviour.fetch_port = proxy.port("web"));
    wait::until("the order to end", || (!proxy.cli("acme status").contains("Running")).then_some(()));
    renew(&proxy, &dir);
    wait::until("the certificate to be served", || {
        Some(served(&openssl, &proxy)).filter(|(_, issuer)| *issuer != temporary)
    });
    assert_eq!(authority.issued(), 1);
}
