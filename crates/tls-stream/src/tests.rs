//! Both ends of handshakes over streams in memory.

use std::path::PathBuf;

use burdock_testkit::{Certificates, Key};
use burdock_tls::Store;
use burdock_tls::settings::{BindSettings, CertificateSource, CertificateUse, Policy, ServerSettings, Tuning, Verify};
use tokio::io::{DuplexStream, duplex};

use super::*;

/// Bytes that a stream holds: less than a flight of a handshake has, and as much as the tickets that nobody has read yet when it is over.
const NARROW: usize = 1024;

/// A server for `a.test`, and a client who trusts its authority.
fn ends() -> (Certificates, BindTls, ServerTls) {
    let certificates = Certificates::by("Authority");
    let own = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let source = CertificateSource { name: own, ..CertificateSource::default() };
    let bind = BindSettings {
        certificates: vec![CertificateUse { certificate: source, ..CertificateUse::default() }],
        strict_sni: true,
        ..BindSettings::default()
    };
    let policy = Policy {
        verify: Some(Verify::Required),
        ca_file: Some(PathBuf::from(certificates.authority())),
        ..Policy::default()
    };
    let server = ServerSettings { policy, ..ServerSettings::default() };
    let (store, tuning) = (Store::default(), Tuning::default());
    let (bind, _) = BindTls::build(&bind, &store, &tuning).unwrap();
    let (server, _) = ServerTls::build(&server, &store, &tuning).unwrap();
    (certificates, bind, server)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn narrow() -> (DuplexStream, DuplexStream) {
    duplex(NARROW)
}

#[test]
fn what_was_read_to_choose_a_certificate_is_part_of_the_handshake() {
    let (_certificates, bind, server) = ends();
    run(async {
        let (ours, theirs) = narrow();
        let (accepted, connected) = tokio::join!(accept(ours, &bind), connect(theirs, &server, Some("a.test")));
        let (mut accepted, mut connected) = (accepted.unwrap(), connected.unwrap());
        let text = "line\n".repeat(1000);
        let send = async {
            connected.write_all(text.as_bytes()).await.unwrap();
            connected.shutdown().await.unwrap();
        };
        let mut heard = String::new();
        let (read, ()) = tokio::join!(accepted.read_to_string(&mut heard), send);
        read.unwrap();
        assert_eq!(heard, text);
    });
}

#[test]
fn who_asks_for_another_name_is_told_why() {
    let (_certificates, bind, server) = ends();
    run(async {
        let (ours, theirs) = narrow();
        let (accepted, connected) = tokio::join!(accept(ours, &bind), connect(theirs, &server, Some("b.test")));
        assert!(accepted.unwrap_err().to_string().contains("no certificate"));
        let told = connected.unwrap_err().to_string();
        assert!(told.contains("UnrecognisedName"), "{told}");
    });
}

#[test]
fn who_says_nothing_or_something_else_gets_nowhere() {
    let (_certificates, bind, _) = ends();
    run(async {
        let (ours, theirs) = narrow();
        drop(theirs);
        assert_eq!(accept(ours, &bind).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let (ours, mut theirs) = narrow();
        theirs.write_all(b"<34>Oct 11 22:14:15 host app: a line\n").await.unwrap();
        assert_eq!(accept(ours, &bind).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    });
}
