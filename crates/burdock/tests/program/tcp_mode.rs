//! `mode tcp`: bytes as they are, half-closes passed on, no HTTP anywhere; and the tcp log line.

use std::time::Duration;

use burdock_testkit::net::Reserved;
use burdock_testkit::program::Signal;
use burdock_testkit::{Backend, End, LogSink, Proxy};

use crate::support::{SHORT_TIMEOUT_MS, burdock};

fn proxy(log: &LogSink, lines: &str) -> Proxy {
    burdock().start(&format!(
        "global
    log 127.0.0.1:{} local0
    stats socket @dir@/cli level admin
listen tunnel
    bind 127.0.0.1:@tcp@
    mode tcp
    log global
    option tcplog
    balance roundrobin
    timeout connect 1s
    timeout client 20s
    timeout server 20s
    {}
",
        log.port,
        lines.lines().collect::<Vec<_>>().join("\n    ")
    ))
}

/// Sends its name, then whatever it reads until the client's half-close, then ends.
fn talker(name: &'static str) -> Backend {
    Backend::scripted(move |connection| {
        connection.send(name);
        if let End::Closed(bytes) = connection.await_end() {
            connection.send(bytes);
        }
    })
}

#[test]
fn bytes_and_half_closes_pass() {
    let (server, log) = (talker("hello "), LogSink::new());
    let proxy = proxy(&log, &format!("server A 127.0.0.1:{}", server.port()));
    let mut client = proxy.client("tcp");
    client.send("not HTTP \0\r\n\r\n at all");
    assert_eq!(client.exactly(6), b"hello ", "the server may speak first");
    client.half_close();
    assert_eq!(client.end(), End::Closed(b"not HTTP \0\r\n\r\n at all".to_vec()));
}

#[test]
fn a_client_whom_nobody_serves_sees_an_orderly_close() {
    let log = LogSink::new();
    let proxy = proxy(&log, "server A 127.0.0.1:1 disabled");
    // Stopped, so that the bytes are there when the connection is accepted.
    proxy.signal(Signal::STOP);
    let mut client = proxy.client("tcp");
    client.send("what was sent before the close is read");
    proxy.signal(Signal::CONT);
    assert_eq!(client.end(), End::Closed(Vec::new()), "no reset");
}

#[test]
fn much_data_both_ways() {
    const BYTES: usize = 8 << 20;
    let (server, log) = (talker(""), LogSink::new());
    let proxy = proxy(&log, &format!("server A 127.0.0.1:{}", server.port()));
    let sent: Vec<u8> = (0..BYTES).map(|index| u8::try_from(index % 251).unwrap()).collect();
    let mut client = proxy.client("tcp");
    client.send(&sent);
    client.half_close();
    assert!(client.end() == End::Closed(sent), "the bytes that came back differ");
}

#[test]
fn connections_are_balanced_and_refusing_servers_left() {
    let (a, b, log) = (talker("A"), talker("B"), LogSink::new());
    let both = proxy(&log, &format!("server A 127.0.0.1:{}\nserver B 127.0.0.1:{}", a.port(), b.port()));
    let names: Vec<Vec<u8>> = (0..4).map(|_| both.client("tcp").exactly(1)).collect();
    assert_eq!(names.concat(), b"ABAB");

    let refusing = Reserved::new();
    let lines = format!("option redispatch\nserver A 127.0.0.1:{}\nserver B 127.0.0.1:{}", refusing.port(), b.port());
    let half = proxy(&log, &lines);
    for _ in 0..2 {
        assert_eq!(half.client("tcp").exactly(1), b"B");
    }
}

#[test]
fn without_a_server_the_client_is_closed() {
    let (refusing, log) = (Reserved::new(), LogSink::new());
    let proxy = proxy(&log, &format!("retries 0\nserver A 127.0.0.1:{}", refusing.port()));
    let mut client = proxy.client("tcp");
    assert!(matches!(client.end(), End::Closed(bytes) if bytes.is_empty()));
    let line = log.await_line("tunnel tunnel/A");
    assert!(line.contains(" SC "), "{line}");
}

#[test]
fn idle_sides_are_closed() {
    let (server, log) = (talker(""), LogSink::new());
    let lines = format!("timeout client {SHORT_TIMEOUT_MS}\nserver A 127.0.0.1:{}", server.port());
    let proxy = proxy(&log, &lines);
    let mut client = proxy.client("tcp");
    assert_eq!(client.end(), End::Closed(Vec::new()));
    let line = log.await_line("tunnel tunnel/A");
    assert!(line.contains(" cD "), "{line}");
}

#[test]
fn the_log_line() {
    let (server, log) = (talker("abc"), LogSink::new());
    let proxy = proxy(&log, &format!("server A 127.0.0.1:{}", server.port()));
    let mut client = proxy.client("tcp");
    let address = client.address().to_string();
    client.send("12345");
    client.half_close();
    assert_eq!(client.end(), End::Closed(b"abc12345".to_vec()));
    let line = log.await_line("tunnel tunnel/A");
    // client [date] frontend backend/server Tw/Tc/Tt bytes flags connections queues
    let tail = line.split_once("] ").unwrap().1.trim_end();
    let fields: Vec<&str> = tail.split(' ').collect();
    assert!(line.contains(&format!(" {address} [")), "{line}");
    assert_eq!((fields[0], fields[1], fields[3], fields[4]), ("tunnel", "tunnel/A", "8", "--"), "{line}");
    assert_eq!((fields[2].split('/').count(), fields[5].split('/').count(), fields[6]), (3, 5, "0/0"), "{line}");
}

#[test]
fn a_reset_is_passed_on() {
    let server = Backend::scripted(|connection| {
        let _first = connection.exactly(1);
        connection.reset_at_end();
    });
    let log = LogSink::new();
    let proxy = proxy(&log, &format!("server A 127.0.0.1:{}", server.port()));
    let mut client = proxy.client("tcp");
    client.send("x");
    assert!(!matches!(client.end_within(Duration::from_secs(10)), End::Open(_)), "the client is told");
}
