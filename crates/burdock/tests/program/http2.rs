//! Clients of HTTP/2 in front of servers of HTTP/1: what they get, what the servers get, and what the log says.

use std::time::Duration;

use burdock_testkit::h2_frames::{END_HEADERS, END_STREAM, Over, fields, frame, get, kind, post, request};
use burdock_testkit::http::ok;
use burdock_testkit::program::Signal;
use burdock_testkit::wait::PATIENCE;
use burdock_testkit::{Backend, H2Client, H2Frames};

use crate::support::{SHORT_TIMEOUT_MS, Site};

/// Error codes (RFC 9113 section 7).
const PROTOCOL_ERROR: u32 = 1;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

/// Nothing is expected, so nobody waits for long.
const MOMENT: Duration = Duration::from_millis(300);

/// A server whose answer is chosen by the path.
fn scripted() -> Backend {
    Backend::scripted(|connection| {
        while let Some(request) = connection.request() {
            let answer: Vec<u8> = match request.target().rsplit_once('/').unwrap().1 {
                "empty" => b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n".to_vec(),
                "same" => b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n".to_vec(),
                "chunks" => {
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: end\r\n\r\n".to_vec()
                }
                "hints" => {
                    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                        .to_vec()
                }
                "head" => b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n".to_vec(),
                "close" => {
                    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nKeep-Alive: 3\r\n\r\nto the end");
                    return;
                }
                "cut" => {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
                    return;
                }
                "late" => {
                    std::thread::sleep(MOMENT);
                    ok("late")
                }
                "never" => {
                    connection.await_end();
                    return;
                }
                "large" => ok("x".repeat(1_000_000)),
                _ => ok("plain"),
            };
            if !connection.send(answer) {
                return;
            }
        }
    })
}

fn site(lines: &str) -> Site {
    Site::with_options(scripted(), Backend::named("B"), lines, "", "disabled")
}

fn client(site: &Site) -> H2Client {
    H2Client::connect(site.proxy.port("web"))
}

fn frames(site: &Site) -> H2Frames {
    H2Frames::connect(site.proxy.port("web"), &[])
}

#[test]
fn responses_of_every_kind() {
    let site = site("");
    let mut client = client(&site);
    let mut check = |method: &str, path: &str, status: u16, fields: &[(&str, &str)], body: &str| {
        let exchange = client.begin(method, path, &[], true);
        let answer = client.finish(exchange);
        let expected: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!((answer.status, &answer.fields, answer.text()), (status, &expected, body.to_owned()), "{path}");
        assert_eq!(answer.reset, None);
        answer
    };
    check("GET", "/empty", 204, &[("x-a", "b")], "");
    check("GET", "/same", 304, &[("etag", "\"x\"")], "");
    check("GET", "/close", 200, &[], "to the end");
    check("HEAD", "/head", 200, &[("content-length", "77")], "");
    assert_eq!(check("GET", "/chunks", 200, &[], "hello").trailers, [("x-t".to_owned(), "end".to_owned())]);
    assert_eq!(check("GET", "/hints", 200, &[("content-length", "2")], "ok").interim, [103]);
    assert_eq!(client.get("/large", &[]).body.len(), 1_000_000);
    let log = site.log.await_request("/empty");
    assert_eq!((log.status, log.request.as_str()), (204, "GET http://example.test/empty HTTP/2.0"));
    assert_eq!(log.flags, "----");
}

#[test]
fn requests_reach_the_server_as_http_1() {
    let site = Site::with_options(Backend::echoing(), Backend::named("B"), "", "", "disabled");
    let mut client = client(&site);
    let crumbs = [("cookie", "a=1"), ("x-one", "1"), ("cookie", "b=2"), ("te", "trailers")];
    client.get("/crumbs", &crumbs);
    let mut upload = client.begin("POST", "/upload", &[("trailer", "x-sum")], false);
    client.send(&mut upload, b"hello", false);
    client.send_trailers(&mut upload, &[("x-sum", "5")]);
    assert_eq!(client.finish(upload).status, 200);
    let asks = [("expect", "100-continue"), ("content-length", "5")];
    let answer = client.post("/expects", &asks, b"hello");
    assert_eq!(answer.status, 200);
    let large = vec![b'x'; 1_000_000];
    assert_eq!(client.post("/large", &[], &large).status, 200);
    let seen = site.a.requests();
    let cookies: Vec<&str> = seen[0].head.all("cookie");
    assert_eq!(
        (cookies, seen[0].header("te"), seen[0].header("host")),
        (vec!["a=1; b=2"], Some("trailers"), Some("example.test"))
    );
    assert_eq!((seen[1].body.as_slice(), seen[1].header("transfer-encoding")), (&b"hello"[..], Some("chunked")));
    assert_eq!((seen[2].body.as_slice(), seen[2].header("content-length")), (&b"hello"[..], Some("5")));
    assert_eq!(seen[3].body.len(), large.len());
}

#[test]
fn small_windows_slow_a_body_down_and_lose_nothing() {
    let site = site("");
    let mut settings = h2::client::Builder::new();
    settings.initial_window_size(100).initial_connection_window_size(65_535);
    let mut client = H2Client::connect_with(site.proxy.port("web"), &settings);
    assert_eq!(client.get("/large", &[]).body.len(), 1_000_000);
}

#[test]
fn a_response_that_is_cut_off_resets_its_stream() {
    let site = site("");
    let answer = client(&site).get("/cut", &[]);
    assert_eq!((answer.status, answer.text(), answer.reset), (200, "part".to_owned(), Some(CANCEL)));
    assert_eq!(site.log.await_request("/cut").flags, "SD--");
}

#[test]
fn a_reset_by_the_client_ends_its_request_whatever_it_waits_for() {
    let site = site("no option abortonclose");
    let mut client = client(&site);
    let waiting = client.begin("GET", "/never", &[], true);
    site.a.await_requests(1);
    client.reset(waiting);
    let log = site.log.await_request("/never");
    assert_eq!((log.status, log.flags.as_str()), (400, "CD--"));
    assert_eq!(client.get("/plain", &[]).text(), "plain", "the connection goes on");
}

#[test]
fn a_reset_by_the_client_frees_its_place_in_a_queue() {
    let site = Site::with_options(scripted(), Backend::named("B"), "", "maxconn 1", "disabled");
    let mut client = client(&site);
    let first = client.begin("GET", "/late", &[], true);
    site.a.await_requests(1);
    let second = client.begin("GET", "/queued", &[], true);
    let third = client.begin("GET", "/plain", &[], true);
    client.reset(second);
    assert_eq!((client.finish(first).text(), client.finish(third).text()), ("late".to_owned(), "plain".to_owned()));
    assert_eq!(site.log.await_request("/queued").flags, "CQ--");
}

#[test]
fn streams_are_answered_in_the_order_that_servers_answer() {
    let site = site("");
    let mut client = client(&site);
    let late = client.begin("GET", "/late", &[], true);
    let early: Vec<_> = (0..20).map(|_| client.begin("GET", "/plain", &[], true)).collect();
    for exchange in early {
        assert_eq!(client.finish(exchange).text(), "plain");
    }
    assert_eq!(client.finish(late).text(), "late");
}

#[test]
fn malformed_heads_reset_their_stream_and_are_logged() {
    let site = site("");
    let bad: [&[(&str, &str)]; 5] = [
        &[(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/"), ("connection", "close")],
        &[(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/a b")],
        &[(":method", "GET"), (":scheme", "http"), (":authority", "a b"), (":path", "/")],
        &[(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/"), ("te", "gzip")],
        &[(":scheme", "http"), (":authority", "a.test"), (":path", "/")],
    ];
    let mut client = frames(&site);
    for (index, list) in bad.iter().enumerate() {
        let stream = 1 + 2 * index as u32;
        client.send(frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &fields(list)));
        let answer = client.frame();
        assert_eq!((answer.kind, answer.stream, answer.error()), (kind::RST_STREAM, stream, Some(PROTOCOL_ERROR)));
        let log = site.log.await_http(index + 1).remove(index);
        assert_eq!((log.request.as_str(), log.status, log.flags.as_str()), ("<BADREQ>", 0, "PR--"), "{list:?}");
        assert_eq!(log.times_ms[..4], [-1; 4]);
    }
    client.send(get(99, "/plain"));
    assert_eq!(client.frame().kind, kind::HEADERS, "the connection goes on");
}

#[test]
fn a_method_or_scheme_that_is_none_is_answered() {
    let site = site("");
    let mut client = frames(&site);
    let cases =
        [("GET?", "http"), ("", "http"), ("GET", "http://localhost/?"), ("GET", ""), ("GET", "1a"), ("G T", "h:")];
    for (index, (method, scheme)) in cases.into_iter().enumerate() {
        let stream = 1 + 2 * index as u32;
        // Names with a place in the dynamic table: what is none has to have its place there, too.
        let mut head = vec![0x42, method.len() as u8];
        head.extend_from_slice(method.as_bytes());
        head.extend([0x46, scheme.len() as u8]);
        head.extend_from_slice(scheme.as_bytes());
        head.extend(fields(&[(":authority", "a.test"), (":path", "/plain")]));
        client.send(frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &head));
        assert_eq!(client.answer_of(stream), Some("400".to_owned()), "{method} {scheme}");
        let log = site.log.await_http(index + 1).remove(index);
        assert_eq!((log.request.as_str(), log.status, log.flags.as_str()), ("<BADREQ>", 400, "PR--"));
    }
    // The youngest entries of the table: the last scheme, then the last method.
    let mut head = vec![0xbf, 0xbe];
    head.extend(fields(&[(":authority", "a.test"), (":path", "/plain")]));
    client.send(frame(kind::HEADERS, END_HEADERS | END_STREAM, 99, &head));
    assert_eq!(client.answer_of(99), Some("400".to_owned()), "from the table");
    client.send(get(101, "/plain"));
    assert_eq!(client.answer_of(101), Some("200".to_owned()), "the connection goes on");
    assert_eq!(site.a.requests().len(), 1);
}

#[test]
fn a_length_may_be_said_more_than_once() {
    let site = Site::with_options(Backend::echoing(), Backend::named("B"), "", "", "disabled");
    let mut client = frames(&site);
    let mut stream = 1;
    let mut check = |lengths: &[&str], body: &[u8], expected: Option<&str>| {
        let mut head = request("POST", "/length");
        head.extend(lengths.iter().map(|length| ("content-length", *length)));
        let flags = if body.is_empty() { END_HEADERS | END_STREAM } else { END_HEADERS };
        client.send(frame(kind::HEADERS, flags, stream, &fields(&head)));
        if !body.is_empty() && expected.is_some() {
            client.send(frame(kind::DATA, END_STREAM, stream, body));
        }
        assert_eq!(client.answer_of(stream).as_deref(), expected, "{lengths:?}");
        if expected.is_some() {
            let seen = site.a.requests().pop().unwrap();
            let length = body.len().to_string();
            assert_eq!((seen.head.all("content-length"), &*seen.body), (vec![&*length], body), "{lengths:?}");
        }
        stream += 2;
    };
    check(&["000, 00"], b"", Some("200"));
    check(&["5 ,\t05"], b"hello", Some("200"));
    check(&["5", "5,5"], b"hello", Some("200"));
    check(&["00000000000000000000000000005"], b"hello", Some("200"));
    for bad in ["0,", ",0", "", "5,6", "+5", "5 5", "0x5", "18446744073709551621", "-5"] {
        check(&[bad], b"hello", None);
    }
    check(&["5", "6"], b"hello", None);
    check(&["5,5"], b"", None);
}

#[test]
fn uploads_are_told_of_the_window_that_they_have() {
    let site = site("");
    let buffer = 16_384;
    let mut client = frames(&site);
    // Until the client has acknowledged our settings, streams begin with the window of the standard.
    client.send(get(1, "/plain"));
    assert_eq!(client.answer_of(1), Some("200".to_owned()));
    let mut told = |stream: u32, head: &[(&str, &str)], body: &[u8]| {
        client.send([frame(kind::HEADERS, END_HEADERS, stream, &fields(head)), body.to_vec()].concat());
        client.window_of(stream, MOMENT)
    };
    let half = Some(50 * buffer);
    assert_eq!(told(3, &request("POST", "/never"), b""), half.map(|size| size - buffer), "before anything came");
    let all_there = frame(kind::DATA, END_STREAM, 5, b"hello");
    assert_eq!(told(5, &request("POST", "/plain"), &all_there), Some(25 * buffer - buffer + 5), "whose body was short");
    let mut short = request("POST", "/plain");
    short.push(("content-length", "16384"));
    assert_eq!(told(7, &short, b""), None, "there is no more of it than the window it began with");
    let mut long = request("POST", "/plain");
    long.push(("content-length", "16385"));
    assert_eq!(told(9, &long, b""), Some(25 * buffer - buffer), "the share of the one that has ended");
    let mut bad = request("POST", "/plain");
    bad.push(("te", "gzip"));
    assert_eq!(told(11, &bad, b""), None, "no request");
}

#[test]
fn a_body_that_breaks_its_promise_never_arrives() {
    let site = site("");
    let mut client = frames(&site);
    let mut promise = request("POST", "/promise");
    promise.push(("content-length", "10"));
    client.send(frame(kind::HEADERS, END_HEADERS, 1, &fields(&promise)));
    client.send(frame(kind::DATA, END_STREAM, 1, b"abc"));
    let answer = client.frame();
    assert_eq!((answer.kind, answer.error()), (kind::RST_STREAM, Some(PROTOCOL_ERROR)));
    assert_eq!(site.log.await_request("/promise").status, 400);
    assert!(site.a.requests().is_empty());
}

#[test]
fn a_rule_that_rejects_ends_the_connection() {
    let site = site("http-request reject if { path /no }\nhttp-request silent-drop if { path /hush }");
    let mut client = frames(&site);
    client.send(get(1, "/no"));
    let (told, over) = client.rest(PATIENCE);
    assert_eq!(over, Over::Closed);
    assert_eq!(told.last().and_then(burdock_testkit::h2_frames::Frame::error), Some(ENHANCE_YOUR_CALM), "{told:?}");
    assert_eq!(site.log.await_request("/no").flags, "PR--");
    let mut client = frames(&site);
    client.send(get(1, "/hush"));
    assert_eq!(client.rest(MOMENT).0, [], "not a word");
    assert_eq!(site.log.await_request("/hush").flags, "PR--");
}

#[test]
fn answers_of_the_proxy_itself() {
    let site = site(
        "http-request redirect location /there if { path /moved }
        http-request return status 200 content-type text/plain string hello if { path /hello }
        http-request deny deny_status 429 if { path /much }
        http-request deny if { path /up }",
    );
    let mut client = client(&site);
    let moved = client.get("/moved", &[]);
    assert_eq!((moved.status, moved.field("location"), moved.body.len()), (302, Some("/there"), 0));
    assert_eq!(client.get("/hello", &[]).text(), "hello");
    assert_eq!(client.get("/much", &[]).status, 429);
    // The body was not waited for, and the client is told not to send it.
    let mut upload = client.begin("POST", "/up", &[("content-length", "5")], false);
    client.send(&mut upload, b"he", false);
    let refused = client.finish(upload);
    assert_eq!((refused.status, refused.reset), (403, None));
    assert_eq!(client.get("/plain", &[]).text(), "plain");
}

#[test]
fn variables_of_the_session_outlive_streams() {
    let site = site(
        "tcp-request session set-var(sess.count) int(7)
        http-request set-var(sess.count) var(sess.count),add(1)
        http-request return status 200 hdr x-count %[var(sess.count)]",
    );
    let mut client = client(&site);
    let counts: Vec<_> = (0..3).map(|_| client.get("/", &[]).field("x-count").unwrap().to_owned()).collect();
    assert_eq!(counts, ["8", "9", "10"]);
}

#[test]
fn samples_of_the_connection() {
    let site = site(
        "http-request capture fc_glitches len 5
        http-request return status 200 hdr x-all \"%[req.ver] %[fc_http_major] %[fc_nb_streams] %[fc_settings_streams_limit] %[fc_glitches]\"",
    );
    let mut client = client(&site);
    assert_eq!(client.get("/", &[]).field("x-all"), Some("2.0 2 1 100 0"));
    let mut frames = frames(&site);
    for stream in [1, 3, 5] {
        let bad = [(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/"), ("upgrade", "x")];
        frames.send(frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &fields(&bad)));
        assert_eq!(frames.frame().kind, kind::RST_STREAM);
    }
    frames.send(get(7, "/glitches"));
    assert_eq!(frames.frame().kind, kind::HEADERS);
    assert!(site.log.await_line("http://example.test/glitches").contains("{3}"));
}

#[test]
fn timeouts_of_clients() {
    let site = site(&format!("timeout http-keep-alive {SHORT_TIMEOUT_MS}\ntimeout client {}", 2 * SHORT_TIMEOUT_MS));
    // A connection that idles is taken leave of.
    let mut idle = frames(&site);
    idle.send(get(1, "/plain"));
    let (told, over) = idle.rest(PATIENCE);
    assert_eq!(over, Over::Closed);
    let farewell = told.iter().find(|frame| frame.kind == kind::GOAWAY).expect("a farewell");
    assert_eq!(farewell.error(), Some(0));
    // An upload that stalls is answered.
    let mut stalled = frames(&site);
    stalled.send(post(1, "/stalled"));
    stalled.send(frame(kind::DATA, 0, 1, b"abc"));
    assert_eq!(stalled.frame().kind, kind::HEADERS);
    let log = site.log.await_request("/stalled");
    assert_eq!((log.status, log.flags.as_str()), (400, "cH--"));
    // A download that is not taken is given up.
    let mut full = H2Frames::connect(site.proxy.port("web"), &[(4, 10)]);
    full.send(get(1, "/large"));
    let (told, _) = full.rest(PATIENCE);
    assert!(told.iter().any(|frame| frame.error() == Some(CANCEL) && frame.stream == 1), "{told:?}");
    assert_eq!(site.log.await_request("/large").flags, "cD--");
}

#[test]
fn a_soft_stop_lets_streams_finish() {
    let mut site = site("");
    let mut client = client(&site);
    let late = client.begin("GET", "/late", &[], true);
    site.a.await_requests(1);
    site.proxy.signal(Signal::USR1);
    assert_eq!(client.finish(late).text(), "late");
    assert_eq!(client.end(), None, "a farewell without an error");
    site.proxy.await_exit();
}

#[test]
fn so_many_streams_and_no_more() {
    let log = burdock_testkit::LogSink::new();
    let config = crate::support::listen(&log, "http-request return status 200").replacen(
        "global\n",
        "global\n    tune.h2.fe.max-total-streams 3\n    tune.h2.fe.max-concurrent-streams 2\n",
        1,
    );
    let proxy = crate::support::burdock().start(&config);
    let mut client = H2Frames::connect(proxy.port("web"), &[]);
    let mut told = Vec::new();
    for stream in [1, 3, 5] {
        client.send(get(stream, "/"));
        told.extend(client.rest(MOMENT).0);
    }
    let answered = told.iter().filter(|frame| frame.kind == kind::HEADERS).count();
    let farewell = told.iter().find(|frame| frame.kind == kind::GOAWAY).and_then(|frame| frame.error());
    assert_eq!((answered, farewell), (3, Some(0)), "{told:?}");
    // Two more may have been on their way.
    for stream in [7, 9, 11] {
        let _may_be_gone = client.try_send(get(stream, "/"));
    }
    let (told, over) = client.rest(PATIENCE);
    let answered = told.iter().filter(|frame| frame.kind == kind::HEADERS).count();
    assert!(answered <= 2 && over == Over::Closed, "{told:?}");
}

#[test]
fn glitches_end_a_connection() {
    let log = burdock_testkit::LogSink::new();
    let config = crate::support::listen(&log, "http-request return status 200").replacen(
        "global\n",
        "global\n    tune.h2.fe.glitches-threshold 8\n",
        1,
    );
    let proxy = crate::support::burdock().start(&config);
    let mut client = H2Frames::connect(proxy.port("web"), &[]);
    let bad = [(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/"), ("upgrade", "x")];
    for index in 0..8 {
        client.send(frame(kind::HEADERS, END_HEADERS | END_STREAM, 1 + 2 * index, &fields(&bad)));
    }
    let (told, over) = client.rest(PATIENCE);
    assert_eq!(over, Over::Closed);
    assert_eq!(told.last().and_then(burdock_testkit::h2_frames::Frame::error), Some(ENHANCE_YOUR_CALM), "{told:?}");
}
