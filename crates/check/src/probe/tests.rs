use std::net::{Ipv4Addr, SocketAddr};

use burdock_testkit::net::{BlackHole, Reserved};

use super::*;

fn tcp(port: u16) -> Address {
    Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

fn from(address: &str) -> SourceAddress {
    SourceAddress { address: address.parse().unwrap(), interface: None, last_port: None }
}

#[tokio::test]
async fn results_are_told_in_haproxys_words() {
    async fn check(address: Address, source: Option<SourceAddress>, status: CheckStatus, info: &str) {
        let report = probe(&address, source.as_ref(), None, 200, None).await;
        assert_eq!((report.status, report.info.as_str()), (status, info), "{address}");
        assert!(report.duration_ms.is_some_and(|ms| (status == CheckStatus::Layer4Timeout) == (ms >= 200)));
    }
    let refused = "ECONNREFUSED returned by OS (Connection refused)";
    let alive = Reserved::new().listen();
    let port = alive.local_addr().unwrap().port();
    let (dead, hole) = (Reserved::new(), BlackHole::new());
    check(tcp(port), None, CheckStatus::Layer4Passed, "").await;
    check(tcp(port), Some(from("127.0.0.9:0")), CheckStatus::Layer4Passed, "").await;
    check(tcp(dead.port()), None, CheckStatus::Layer4Problem, refused).await;
    check(tcp(hole.port), None, CheckStatus::Layer4Timeout, "").await;
    // No host has an address of this block (RFC 5737).
    let no_source = "Can't bind to source address (Cannot assign requested address)";
    check(tcp(port), Some(from("192.0.2.1:0")), CheckStatus::Layer4Problem, no_source).await;
}

#[tokio::test]
async fn unix_sockets_are_checked_too() {
    let directory = std::env::temp_dir().join(format!("burdock-check-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("server");
    let no_file = probe(&Address::Unix(path.clone()), None, None, 200, None).await;
    assert_eq!(
        (no_file.status, no_file.info.as_str()),
        (CheckStatus::SocketError, "General socket error (No such file or directory)")
    );
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert_eq!(probe(&Address::Unix(path.clone()), None, None, 200, None).await.status, CheckStatus::Layer4Passed);
    drop(listener);
    assert_eq!(probe(&Address::Unix(path), None, None, 200, None).await.status, CheckStatus::Layer4Problem);
    std::fs::remove_dir_all(directory).unwrap();
}

/// A check ends before the server's program could take the connection.
#[tokio::test]
async fn the_server_is_not_woken() {
    let alive = Reserved::new().listen();
    alive.set_nonblocking(true).unwrap();
    let report = probe(&tcp(alive.local_addr().unwrap().port()), None, None, 200, None).await;
    assert_eq!(report.status, CheckStatus::Layer4Passed);
    assert_eq!(alive.accept().map(drop).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

/// Limits measured on HAProxy 3.5.
#[test]
fn time_limits() {
    let settings = |timeout_ms, connect_timeout_ms| CheckSettings {
        kind: burdock_model::CheckKind::Connect,
        address: None,
        inter_ms: 700,
        fast_inter_ms: 100,
        down_inter_ms: 5000,
        timeout_ms,
        connect_timeout_ms,
        tls: None,
        protocol: burdock_model::Protocol::Auto,
        rise: 2,
        fall: 3,
    };
    assert_eq!(limit_ms(&settings(None, Some(1000))), 700);
    assert_eq!(limit_ms(&settings(None, Some(100))), 700);
    assert_eq!(limit_ms(&settings(Some(200), Some(1000))), 700);
    assert_eq!(limit_ms(&settings(Some(200), Some(100))), 100);
    assert_eq!(limit_ms(&settings(Some(900), None)), 700);
}
