//! Ways of log lines beside plain targets: rings and their servers, log backends, log forwarders.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use burdock_testkit::net::Reserved;
use burdock_testkit::program::Signal;
use burdock_testkit::{Backend, LogSink, Proxy, wait};

use crate::support::burdock;

/// A site in front of one server, with `global` lines and further sections.
fn start(global: &str, sections: &str) -> (Backend, Proxy) {
    let server = Backend::named("A");
    let text = format!(
        "global
    stats socket @dir@/cli level admin
    {global}
defaults
    mode http
    option httplog
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:@web@
    log global
    server A 127.0.0.1:{}
{sections}
",
        server.port()
    );
    let proxy = burdock().start(&text);
    (server, proxy)
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(wait::PATIENCE)).unwrap();
    stream
}

#[test]
fn lines_go_through_forwarders_rings_and_backends() {
    let log = LogSink::new();
    let (_server, proxy) = start(
        "log @dir@/log.sock format rfc3164 local3",
        &format!(
            "log-forward datagrams
    dgram-bind @dir@/log.sock
    log ring@between local0
ring between
    format rfc5424
    maxlen 1200
    size 32764
    timeout connect 5s
    timeout server 10s
    server next 127.0.0.1:@next@ log-proto octet-count
log-forward streams
    bind 127.0.0.1:@next@
    log backend@end local0
backend end
    mode log
    balance roundrobin
    server sink udp@127.0.0.1:{}",
            log.port
        ),
    );
    let mut client = proxy.client("web");
    for n in 0..20 {
        assert_eq!(client.get(&format!("/chain/{n}"), &[]).status(), 200);
    }
    let line = log.await_line("/chain/19 ");
    assert!(line.starts_with("<158>1 "), "local3.info in RFC 5424, kept by the second forwarder: {line}");
    assert!(line.contains(&format!(" {} - - 127.0.0.1:", proxy.pid())) && line.contains(" localhost "), "{line}");
    // The last one sent need not be the last to arrive.
    wait::until("all lines to arrive", || (log.lines().len() >= 20).then_some(()));
    assert_eq!(log.lines().len(), 20);
    let received = proxy.cli("show info");
    assert!(received.contains("CumRecvLogs: 40\n") && received.contains("DroppedLogs: 0\n"), "{received}");
}

#[test]
fn an_absent_log_server_stalls_nobody() {
    let nobody = Reserved::new();
    let (_server, proxy) = start(
        &format!("log tcp@127.0.0.1:{} local0\n    log ring@small local0", nobody.port()),
        &format!("ring small\n    size 2000\n    server s 127.0.0.1:{}", nobody.port()),
    );
    let mut client = proxy.client("web");
    for n in 0..60 {
        assert_eq!(client.get(&format!("/{n}"), &[]).status(), 200);
    }
    let rings = wait::until("lines to be counted as lost", || {
        Some(proxy.cli("show events")).filter(|rings| !rings.contains("small      : type=buffer, 0 dropped"))
    });
    assert!(rings.contains("ring#1     : type=buffer, 0 dropped, created from log directive"), "{rings}");
    assert!(!proxy.cli("show info").contains("DroppedLogs: 0\n"));
}

#[test]
fn servers_of_a_log_backend_take_turns() {
    let logs = [LogSink::new(), LogSink::new()];
    let (_server, proxy) = start(
        "log backend@farm format raw local0",
        &format!(
            "backend farm\n    mode log\n    balance roundrobin\n    server a udp@127.0.0.1:{}\n    server b udp@127.0.0.1:{}",
            logs[0].port, logs[1].port
        ),
    );
    for n in 0..6 {
        proxy.client("web").get(&format!("/turn/{n}"), &[]);
    }
    for log in &logs {
        wait::until("three lines", || (log.lines().len() == 3).then_some(()));
    }
    assert_eq!(proxy.stat("farm", "BACKEND")["mode"], "syslog");
}

#[test]
fn a_ring_can_be_watched() {
    let (_server, proxy) =
        start("log ring@kept local0", "ring kept\n    description \"what was done\"\n    format raw");
    proxy.client("web").get("/before", &[]);
    let kept = wait::until("a line in the ring", || {
        Some(proxy.cli("show events kept")).filter(|lines| lines.contains("/before"))
    });
    assert!(kept.ends_with("\"GET /before HTTP/1.1\"\n\n"), "{kept}");
    assert!(proxy.cli("show events").contains("    kept       : type=buffer, 0 dropped, what was done\n"));
    assert_eq!(proxy.cli("show events other"), "No such event sink\n\n");

    let mut watching = UnixStream::connect(proxy.dir().join("cli")).unwrap();
    watching.set_read_timeout(Some(wait::PATIENCE)).unwrap();
    watching.write_all(b"show events kept -w\n").unwrap();
    let mut seen = Vec::new();
    let mut read_until = |text: &str| {
        while !String::from_utf8_lossy(&seen).contains(text) {
            let mut buffer = [0; 4096];
            let n = watching.read(&mut buffer).unwrap();
            assert!(n > 0, "ended before {text}");
            seen.extend_from_slice(&buffer[..n]);
        }
    };
    read_until("/before");
    proxy.client("web").get("/while-watched", &[]);
    read_until("/while-watched HTTP/1.1\"\n");
    watching.write_all(b"any key\n").unwrap();
    let mut rest = String::new();
    watching.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "\n");
}

#[test]
fn what_other_programs_log_is_passed_on() {
    let log = LogSink::new();
    let sections = format!(
        "log-forward relay\n    bind 127.0.0.1:@relay@\n    option host append\n    log 127.0.0.1:{} format rfc3164 local0 notice",
        log.port
    );
    let (_server, proxy) = start("", &sections);
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port("relay"))).unwrap();
    stream.write_all(b"<31>Oct 11 22:14:15 host app: a detail\n").unwrap();
    let counted = "<34>Oct 11 22:14:15 host app[7]: a failure";
    stream.write_all(format!("{} {counted}", counted.len()).as_bytes()).unwrap();
    let line = log.await_line("a failure");
    assert_eq!(line, "<34>Oct 11 22:14:15 host,127.0.0.1 app[7]: a failure\n");
    assert_eq!(log.lines().len(), 1, "the other is less than a notice");
}

#[test]
fn a_soft_stop_hands_over_what_waits_in_rings() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_server, mut proxy) = start(&format!("log tcp@{} local0", receiver.local_addr().unwrap()), "");
    let mut stream = accept(&receiver);
    proxy.client("web").get("/last", &[]);
    proxy.signal(Signal::USR1);
    assert!(proxy.await_exit().success());
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("<134>") && text.ends_with("\"GET /last HTTP/1.1\"\n"), "{text}");
}

#[test]
fn what_a_ring_keeps_outlives_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let (path, kept) = (dir.path().join("ring"), dir.path().join("ring.bak"));
    let ring = format!("ring kept\n    format raw\n    size 32k\n    backing-file {}", path.display());
    let (_server, mut proxy) = start("log ring@kept local0", &ring);
    assert_eq!(proxy.client("web").get("/first", &[]).status(), 200);
    wait::until("the line in the file", || {
        std::fs::read_to_string(&path).ok().filter(|text| text.contains("\"GET /first HTTP/1.1\"\n"))
    });
    proxy.signal(Signal::KILL);
    assert!(!proxy.await_exit().success());
    let (_server, _proxy) = start("log ring@kept local0", &ring);
    assert!(std::fs::read_to_string(&kept).unwrap().contains("/first"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
}
