//! HTTP/2 towards servers, in clear (`proto h2`): what a session carries, what becomes of streams that are refused, and heads, bodies and
//! tunnels through a second proxy that speaks HTTP/2 to its clients.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use burdock_testkit::client::get;
use burdock_testkit::{Backend, LogSink, Proxy, wait};

use crate::support::{Site, burdock, listen};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const GO_AWAY: u8 = 7;
/// END_STREAM and END_HEADERS.
const WHOLE: u8 = 5;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: u32 = 7;
const INTERNAL_ERROR: u32 = 2;
/// `:status: 200` by its index in the static table of HPACK (RFC 7541 appendix A).
const OK: &[u8] = &[0x88];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A server of HTTP/2 that answers the request on the given stream of its connection of the given number with the frames that `answer` makes.
fn http2(answer: impl Fn(usize, u32) -> Vec<u8> + Send + Sync + 'static) -> Backend {
    let connections = Arc::new(AtomicUsize::new(0));
    Backend::scripted(move |connection| {
        let number = connections.fetch_add(1, Ordering::SeqCst);
        let Some(preface) = connection.exactly(24) else { return };
        assert_eq!(preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        connection.send(frame(SETTINGS, 0, 0, &[]));
        while let Some(head) = connection.exactly(9) {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let Some(_) = connection.exactly(length as usize) else { return };
            match (head[3], head[4] & 1) {
                (HEADERS, _) => connection.send(answer(number, stream)),
                (SETTINGS, 0) => connection.send(frame(SETTINGS, 1, 0, &[])),
                _ => true,
            };
        }
    })
}

/// A server that answers with a head alone, or with a body where a second request comes, and tells of the frames that it gets: kind and stream.
fn watching(tell: mpsc::Sender<(u8, u32)>) -> Backend {
    Backend::scripted(move |connection| {
        let Some(_) = connection.exactly(24) else { return };
        connection.send(frame(SETTINGS, 0, 0, &[]));
        while let Some(head) = connection.exactly(9) {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let Some(_) = connection.exactly(length as usize) else { return };
            let _nobody_listens_any_more = tell.send((head[3], stream));
            match (head[3], head[4] & 1) {
                (HEADERS, _) if stream > 1 => connection
                    .send([frame(HEADERS, END_HEADERS, stream, OK), frame(DATA, 1, stream, b"hello")].concat()),
                (HEADERS, _) => connection.send(ok(stream)),
                (SETTINGS, 0) => connection.send(frame(SETTINGS, 1, 0, &[])),
                _ => true,
            };
        }
    })
}

/// A site of one worker, whose only server is asked in HTTP/2.
fn site_of(server: Backend, lines: &str) -> Site {
    Site::with_global("nbthread 1", server, Backend::named("B"), lines, "proto h2", "disabled")
}

fn ok(stream: u32) -> Vec<u8> {
    frame(HEADERS, WHOLE, stream, OK)
}

#[test]
fn a_session_carries_requests_of_several_clients() {
    for (lines, connections) in
        [("http-reuse always", 1), ("http-reuse safe", 3), ("http-reuse always\noption http-server-close", 3)]
    {
        let site = site_of(http2(|_, stream| ok(stream)), lines);
        for _ in 0..3 {
            assert_eq!(site.get("/", &[]).status(), 200, "{lines}");
        }
        assert_eq!(site.a.connections_accepted(), connections, "{lines}");
    }
}

#[test]
fn a_server_that_resets_too_much_is_connected_to_anew() {
    for (threshold, connections) in [("0", 1), ("4", 2)] {
        let site = Site::with_global(
            &format!("nbthread 1\n    tune.h2.be.glitches-threshold {threshold}\n    tune.h2.be.max-frames-at-once 1"),
            http2(|_, stream| frame(RESET, 0, stream, &INTERNAL_ERROR.to_be_bytes())),
            Backend::named("B"),
            "http-reuse always",
            "proto h2",
            "disabled",
        );
        for _ in 0..6 {
            assert_eq!(site.get("/", &[]).status(), 502, "{threshold}");
        }
        assert_eq!(site.a.connections_accepted(), connections, "{threshold}");
    }
}

#[test]
fn bodies_end_with_their_streams() {
    let site = site_of(
        http2(|_, stream| {
            let mut frames = frame(HEADERS, END_HEADERS, stream, OK);
            frames.extend(frame(DATA, 0, stream, b"some "));
            frames.extend(frame(DATA, 1, stream, b"bytes"));
            frames
        }),
        "",
    );
    let response = site.get("/", &[]);
    assert_eq!((response.header("transfer-encoding"), response.text().as_str()), (Some("chunked"), "some bytes"));
}

#[test]
fn what_was_refused_is_sent_again() {
    let reset = |stream, reason: u32| frame(RESET, 0, stream, &reason.to_be_bytes());
    fn go_away(_: u32, _: u32) -> Vec<u8> {
        // The last stream that is worked on is 1, and there is no error.
        frame(GO_AWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0])
    }
    for (second, reason, status, connections) in [
        (reset as fn(u32, u32) -> Vec<u8>, REFUSED_STREAM, 200, 2),
        (go_away, 0, 200, 2),
        (reset, INTERNAL_ERROR, 502, 1),
    ] {
        let server = http2(move |number, stream| match (number, stream) {
            (0, 3) => second(stream, reason),
            _ => ok(stream),
        });
        let site = site_of(server, "");
        let mut client = site.proxy.client("web");
        assert_eq!(client.get("/", &[]).status(), 200);
        assert_eq!(client.get("/second", &[]).status(), status, "{reason}");
        assert_eq!(site.a.connections_accepted(), connections, "{reason}");
        let log = site.log.await_request("/second");
        assert_eq!(&log.flags[..2], if status == 200 { "--" } else { "SH" });
    }
}

#[test]
fn a_full_session_gives_way_to_another() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = http2(move |number, stream| {
        count.fetch_add(1, Ordering::SeqCst);
        if number == 0 { Vec::new() } else { ok(stream) }
    });
    let log = LogSink::new();
    let text = listen(&log, &format!("http-reuse always\nserver A 127.0.0.1:{} proto h2", server.port()));
    let settings = "global\n    nbthread 1\n    tune.h2.be.max-concurrent-streams 1\n";
    let proxy = burdock().start(&text.replacen("global\n", settings, 1));
    let mut waiting = proxy.client("web");
    waiting.send(get("/waits", &[]));
    wait::until("the first request", || (asked.load(Ordering::SeqCst) == 1).then_some(()));
    assert_eq!(proxy.client("web").get("/", &[]).status(), 200);
    assert_eq!(server.connections_accepted(), 2);
}

/// A proxy that speaks HTTP/2 to a second one, which speaks HTTP/1 to the server.
fn chain(server: &Backend) -> Proxy {
    let log = LogSink::new();
    let text = listen(&log, "server inner 127.0.0.1:@inner@ proto h2");
    let inner = listen(&log, &format!("server A 127.0.0.1:{}", server.port()));
    let inner = inner.split_once("listen web\n").unwrap().1.replace("127.0.0.1:@web@", "127.0.0.1:@inner@ proto h2");
    burdock().start(&format!("{text}listen inner\n{inner}"))
}

#[test]
fn heads_and_bodies_go_through_http2_and_back() {
    let server = Backend::echoing();
    let proxy = chain(&server);
    for (request, expected) in [
        ("GET /p?q HTTP/1.1\r\nHost: x.e:80\r\nCookie: a=1; b=2\r\n\r\n", "GET /p?q HTTP/1.1"),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * HTTP/1.1"),
        ("GET /p HTTP/1.1\r\n\r\n", "GET /p HTTP/1.1"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "content-length: 5"),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
    ] {
        let response = proxy.client("web").request(request);
        assert_eq!(response.status(), 200, "{request:?}");
        assert!(response.text().contains(expected), "{request:?}: {}", response.text());
    }
    let cookies = server.requests()[0].header("cookie").map(str::to_owned);
    assert_eq!(cookies.as_deref(), Some("a=1; b=2"));
}

#[test]
fn websocket_goes_through_http2_as_extended_connect() {
    let server = Backend::scripted(|connection| {
        let Some(request) = connection.request() else { return };
        assert_eq!((request.method(), request.header("upgrade")), ("GET", Some("websocket")));
        connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        );
        while let Some(bytes) = connection.exactly(4) {
            connection.send(bytes);
        }
    });
    let proxy = chain(&server);
    let mut client = proxy.client("web");
    let fields = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
    client.send(get("/ws", &fields));
    let response = client.response();
    assert_eq!((response.status(), response.header("upgrade")), (101, Some("websocket")));
    assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    for round in 0..10_u32 {
        client.send(round.to_be_bytes());
        assert_eq!(client.exactly(4), round.to_be_bytes());
    }
}

#[test]
fn a_server_that_takes_no_extended_connect_is_not_asked() {
    let (tell, seen) = mpsc::channel();
    let site = site_of(watching(tell), "");
    let response = site.get("/", &["Connection: Upgrade", "Upgrade: custom"]);
    assert_eq!(response.status(), 502);
    // As HAProxy has it, the server hears of it nevertheless.
    let mut kinds =
        std::iter::from_fn(|| seen.recv_timeout(wait::PATIENCE).ok()).skip_while(|(_, stream)| *stream == 0);
    assert_eq!(kinds.next(), Some((RESET, 1)));
    let response = site.get("/", &[]);
    assert_eq!(response.status(), 200, "on a connection of its own");
}

#[test]
fn the_window_for_all_streams_opens_with_the_first_body() {
    let (tell, seen) = mpsc::channel();
    let site = site_of(watching(tell), "");
    let window = |(kind, stream)| (kind, stream) == (WINDOW_UPDATE, 0);
    let mut client = site.proxy.client("web");
    client.send(get("/", &[]));
    assert_eq!(client.response().status(), 200);
    assert!(!seen.try_iter().any(window), "nothing but a head has come");
    client.send(get("/body", &[]));
    assert_eq!(client.response().text(), "hello");
    let mut frames = std::iter::from_fn(|| seen.recv_timeout(wait::PATIENCE).ok());
    assert!(frames.any(window));
}
