//! gRPC through both sides: calls of every kind, their trailers, errors, deadlines and cancellations.

use burdock_testkit::certificates::{Certificates, Key};
use burdock_testkit::tools::Grpc;

use crate::support::burdock;

/// What the client says where nothing stands between it and the server.
const CALLS: [&str; 7] = [
    "once b'once hello' this after b'\\x00\\xff' OK",
    "count True 1000",
    "sum b'2000000'",
    "talk b'heard 0' b'heard 1' b'heard 2'",
    "fail INVALID_ARGUMENT not this: 100 % wrong asked for",
    "missing UNIMPLEMENTED",
    "wait DEADLINE_EXCEEDED b'yes'",
];

fn file(bind: &str, server: &str) -> String {
    format!(
        "listen web
    bind 127.0.0.1:@web@ {bind}
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    server A 127.0.0.1:{server}\n"
    )
}

#[test]
fn calls_in_clear() {
    let Some(grpc) = Grpc::start(None) else { return };
    assert_eq!(grpc.call_all(grpc.port, None), CALLS, "without a proxy");
    let proxy = burdock().start(&file("proto h2", &format!("{} proto h2", grpc.port)));
    assert_eq!(grpc.call_all(proxy.port("web"), None), CALLS);
}

#[test]
fn calls_over_tls_on_both_sides() {
    let certificates = Certificates::by("gRPC");
    let certificate = certificates.issue("site.pem", Key::Ecdsa, &["localhost"]);
    let Some(grpc) = Grpc::start(Some((&certificate, &certificate))) else { return };
    let authority = certificates.authority();
    let proxy = burdock().start(&file(
        &format!("ssl crt {certificate} alpn h2"),
        &format!("{} ssl verify required verifyhost localhost ca-file {authority} alpn h2", grpc.port),
    ));
    assert_eq!(grpc.call_all(proxy.port("web"), Some(&authority)), CALLS);
}
