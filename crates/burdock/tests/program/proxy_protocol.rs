//! Headers in front of connections: the PROXY protocol from clients and to servers, and NetScaler's Client IP header.

use std::net::Ipv4Addr;

use burdock_testkit::{Backend, Certificates, End, Key, LogSink, Proxy, Response};

use crate::support::burdock;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LINE: &[u8] = b"PROXY TCP4 192.0.2.7 192.0.2.8 1111 2222\r\n";
const MAGIC: u32 = 1234;

const SHOW: &str = "http-request return status 200 content-type text/plain lf-string \
\"%[src]:%[src_port] %[dst]:%[dst_port] %[fc_src] %[fc_rcvd_proxy] %[fc_pp_authority] %[fc_pp_unique_id] %[fc_pp_tlv(0xe1)]\"";

fn receiver(log: &LogSink, lines: &str) -> Proxy {
    burdock().start(&format!(
        "global
    log 127.0.0.1:{} local0
defaults
    mode http
    log global
    timeout client 400ms
    timeout connect 5s
    timeout server 5s
frontend f
    log-format \"%ci:%cp %fi:%fp %ST\"
    {lines}
    {SHOW}
",
        log.port
    ))
}

/// A header of version 2 that speaks of 192.0.2.7 and 192.0.2.8.
fn block(command: u8, values: &[(u8, &[u8])]) -> Vec<u8> {
    let mut block = vec![192, 0, 2, 7, 192, 0, 2, 8, 0x04, 0x57, 0x08, 0xae];
    for (kind, value) in values {
        block.push(*kind);
        block.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        block.extend(*value);
    }
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, 0x11], &length, &block].concat()
}

/// NetScaler's header with the first bytes of a packet from 192.0.2.7 to 192.0.2.8.
fn netscaler(magic: u32) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 60, 0, 0, 0, 0, 64, 6, 0, 0];
    packet.extend(Ipv4Addr::new(192, 0, 2, 7).octets());
    packet.extend(Ipv4Addr::new(192, 0, 2, 8).octets());
    packet.extend([0x04, 0x57, 0x08, 0xae]);
    let length = u32::try_from(packet.len()).unwrap();
    [&magic.to_be_bytes()[..], &length.to_be_bytes(), &packet].concat()
}

fn ask(proxy: &Proxy, header: &[u8]) -> Response {
    let mut client = proxy.client("web");
    client.request([header, REQUEST].concat())
}

#[test]
fn headers_name_the_client() {
    let log = LogSink::new();
    let proxy = receiver(&log, "bind 127.0.0.1:@web@ accept-proxy");
    let real = "127.0.0.1";
    for (header, expected) in [
        (LINE.to_vec(), format!("192.0.2.7:1111 192.0.2.8:2222 {real} 1   ")),
        (block(0x21, &[]), format!("192.0.2.7:1111 192.0.2.8:2222 {real} 1   ")),
        (
            block(0x21, &[(2, b"a.test"), (5, b"id-1"), (0xe1, b"x"), (0xe1, b"y")]),
            format!("192.0.2.7:1111 192.0.2.8:2222 {real} 1 a.test id-1 x"),
        ),
    ] {
        assert_eq!(ask(&proxy, &header).text(), expected);
        log.await_line("192.0.2.7:1111 192.0.2.8:2222 200");
    }
    let mut local = proxy.client("web");
    let answer = local.request([&b"PROXY UNKNOWN\r\n"[..], REQUEST].concat());
    assert!(answer.text().starts_with(&format!("{} ", local.address())), "{}", answer.text());
    let mut slow = proxy.client("web");
    slow.send(&LINE[..10]);
    slow.send(&LINE[10..]);
    assert_eq!(slow.request(REQUEST).status(), 200, "a header may come in parts");
}

#[test]
fn what_is_no_header_is_refused_and_logged() {
    let log = LogSink::new();
    let proxy = receiver(&log, "bind 127.0.0.1:@web@ accept-proxy name b");
    for (bytes, message) in [
        (REQUEST.to_vec(), "Received something which does not look like a PROXY protocol header"),
        (b"PROXY TCP4 192.0.2.7 x 1 2\r\n".to_vec(), "Received an invalid PROXY protocol header"),
        (b"PROXY TCP9 192.0.2.7 x 1 2\r\n".to_vec(), "Received an unhandled protocol in the PROXY protocol header"),
        (block(0x21, &[(3, &[0; 4])]), "Received an invalid PROXY protocol header"),
        (Vec::new(), "Timeout while waiting for PROXY protocol header"),
    ] {
        let mut client = proxy.client("web");
        client.send(&bytes);
        assert!(!matches!(client.end(), End::Open(_)), "{message}");
        let from =
            if bytes.starts_with(SIGNATURE) { "192.0.2.7:1111".to_owned() } else { client.address().to_string() };
        let line = log.await_line(&from);
        assert!(line.contains(&format!("f/b: {message}")), "{line}");
    }
    let mut client = proxy.client("web");
    client.half_close();
    client.end();
    log.await_line("f/b: Connection closed while waiting for PROXY protocol header");
}

#[test]
fn rules_may_ask_for_headers() {
    let log = LogSink::new();
    let proxy = receiver(
        &log,
        "bind 127.0.0.1:@web@
    tcp-request connection set-var(sess.a) src
    tcp-request connection expect-proxy layer4 if { src 127.0.0.1 }
    tcp-request session reject if { src 192.0.2.7 } { var(sess.a) -m str 192.0.2.7 }
    tcp-request session set-src-port int(7)",
    );
    assert!(ask(&proxy, LINE).text().starts_with("192.0.2.7:7 192.0.2.8:2222 127.0.0.1 1"));
}

#[test]
fn netscalers_header() {
    let log = LogSink::new();
    let proxy = receiver(&log, &format!("bind 127.0.0.1:@web@ accept-netscaler-cip {MAGIC} name b"));
    assert_eq!(ask(&proxy, &netscaler(MAGIC)).text(), "192.0.2.7:1111 192.0.2.8:2222 127.0.0.1 0   ");
    let mut client = proxy.client("web");
    client.send(netscaler(MAGIC + 1));
    client.end();
    log.await_line("f/b: Received an invalid NetScaler Client IP magic number");
}

/// One Burdock before another, with TLS and HTTP/2 behind the header.
#[test]
fn a_server_is_told_of_the_client() {
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("a.pem", Key::Ecdsa, &["a.test"]);
    let log = LogSink::new();
    for (words, expected) in [
        ("send-proxy", "192.0.2.9 1   "),
        ("send-proxy-v2 proxy-v2-options crc32c,unique-id", "192.0.2.9 1  made-here "),
        ("send-proxy-v2 set-proxy-v2-tlv-fmt(0xe1) a%[src]b set-proxy-v2-tlv-fmt(0xe2)", "192.0.2.9 1   a192.0.2.9b"),
        ("send-proxy-v2-ssl ssl verify none alpn http/1.1", "192.0.2.9 1   "),
        ("send-proxy-v2-ssl ssl verify none alpn h2", "192.0.2.9 1   "),
    ] {
        let tls = if words.contains("alpn") { format!("ssl crt {file} alpn h2,http/1.1") } else { String::new() };
        let show = "http-request return status 200 content-type text/plain lf-string \
            \"%[src] %[fc_rcvd_proxy] %[fc_pp_authority] %[fc_pp_unique_id] %[fc_pp_tlv(0xe1)]\"";
        let proxy = burdock().start(&format!(
            "global
    log 127.0.0.1:{} local0
defaults
    mode http
    timeout client 5s
    timeout connect 5s
    timeout server 5s
frontend web
    bind 127.0.0.1:@web@
    unique-id-format made-here
    http-request set-src str(192.0.2.9)
    default_backend b
backend b
    server a 127.0.0.1:@inner@ {words}
frontend inner
    bind 127.0.0.1:@inner@ accept-proxy {tls}
    {show}
",
            log.port
        ));
        let mut client = proxy.client("web");
        for _ in 0..2 {
            assert_eq!(client.request(REQUEST).text(), expected, "{words}");
        }
    }
}

/// A connection that began with a header serves whom that spoke of, and nobody else.
#[test]
fn connections_are_kept_for_their_client() {
    let server = Backend::scripted(|connection| {
        let Some(_) = connection.exactly(28) else { return };
        while connection.request().is_some() {
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let log = LogSink::new();
    let proxy = burdock().start(&format!(
        "global
    nbthread 1
    log 127.0.0.1:{} local0
defaults
    mode http
    timeout client 5s
    timeout connect 5s
    timeout server 5s
listen web
    bind 127.0.0.1:@web@
    http-reuse always
    server a 127.0.0.1:{} send-proxy-v2
",
        log.port,
        server.port()
    ));
    let (mut first, mut second) = (proxy.client("web"), proxy.client("web"));
    for _ in 0..2 {
        assert_eq!(first.request(REQUEST).status(), 200);
    }
    assert_eq!(server.connections_accepted(), 1);
    for _ in 0..2 {
        assert_eq!(second.request(REQUEST).status(), 200);
    }
    assert_eq!(server.connections_accepted(), 2);
}
