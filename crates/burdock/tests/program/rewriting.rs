//! Rules that change messages, or what is remembered of them, beside the installed HAProxy: what the server receives and what the client gets
//! are compared. Log lines are compared with what HAProxy 3.5 was seen to write.

use burdock_testkit::client::{get, post};
use burdock_testkit::{Backend, LogSink, Twin};

use crate::support::{Site, burdock, listen, obedient};

/// The same rules before one server, run by both programs; both are sent `requests`.
fn same(server: &Backend, rules: &str, requests: &[String]) {
    let log = LogSink::new();
    let text = format!("{rules}\nserver A 127.0.0.1:{}", server.port());
    let Some(twin) = Twin::start(&burdock(), &listen(&log, &text)) else { return };
    for request in requests {
        twin.same_request("web", request);
    }
}

fn requests() -> Vec<String> {
    let fields = ["X-A: 1", "X-A: 2, x,, \"q,r\" ,y", "X-B: b", "User-Agent: curl/7"];
    vec![
        get("/a//b/./c?d=e&b=1", &fields),
        get("/", &[]),
        get("/%2e%7E%c3", &["X-A: 1"]),
        post("/a?x", &fields, "some body"),
        "OPTIONS * HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n".to_owned(),
    ]
}

#[test]
fn request_headers() {
    let server = Backend::echoing();
    for rules in [
        "http-request add-header X-A \"%[req.hdr(x-b)] %ci\"\nhttp-request set-header X-New \"a  %[path]  b\"",
        "http-request set-header X-A \"%[req.hdr(x-a)],3\" if { req.hdr(x-b) b }",
        "http-request set-header X-Control %[str(YQ0KYgk=),b64dec]%[str(c)]",
        "http-request del-header X-A\nhttp-request del-header none",
        "http-request del-header x- -m beg\nhttp-request del-header ENT -m end",
        "http-request del-header ^x-[ab]$ -m reg",
        "http-request replace-header X-A (.*)2(.*) <\\2-\\1>",
        "http-request replace-header User-Agent curl \"other %[method]\"",
        "http-request replace-value X-A ^([0-9x])$ [\\1]",
        "http-request set-var(txn.a) req.hdr(x-b)\nhttp-request set-header X-Kept before if { req.hdr(x-b) -m found }",
    ] {
        same(&server, rules, &requests());
    }
}

#[test]
fn request_lines() {
    let server = Backend::echoing();
    for rules in [
        "http-request set-method PUT",
        "http-request set-path /x%[path]",
        "http-request set-pathq /x?y=%[path,length]",
        "http-request set-query q=%[query]",
        "http-request set-query %[req.hdr(none)]",
        "http-request set-uri /z?%[query]",
        "http-request replace-path (.*)/b(.*) \\1/B\\2",
        "http-request replace-pathq ([^?]*)(\\?.*)? \\1/end\\2",
        "http-request replace-uri ^/a /z",
    ] {
        same(&server, rules, &requests());
    }
}

#[test]
fn responses() {
    let server = obedient("A");
    let answers: Vec<_> = [
        &["X-Add: X-R: one, two", "X-Add: X-R: three", "X-Add: Set-Cookie: a=1"][..],
        &["X-Status: 404"],
        &["X-Status: 304", "X-Add: ETag: \"1\""],
    ]
    .into_iter()
    .map(|fields| get("/", fields))
    .collect();
    for rules in [
        "http-response add-header X-R \"%[status]\"\nhttp-after-response set-header X-After \"%[res.hdr(x-r)]\"",
        "http-response set-header Set-Cookie b=2 if { status 200 }",
        "http-response del-header x- -m beg",
        "http-response replace-value X-R ^t(.*) T\\1\nhttp-after-response replace-header Set-Cookie a=(.*) \"a=\\1; secure\"",
        "http-response set-status 503",
        "http-response set-status 418 reason \"I am  a teapot\"",
        "http-after-response set-status 404",
    ] {
        same(&server, rules, &answers);
    }
}

#[test]
fn a_length_that_rules_invent_deceives_nobody() {
    let server = Backend::echoing();
    let port = server.port();
    let log = LogSink::new();
    let rules = "http-request set-header Content-Length 2\nhttp-response set-header Content-Length 1";
    let proxy = burdock().start(&listen(&log, &format!("{rules}\nserver A 127.0.0.1:{port}")));
    let mut client = proxy.client("web");
    for request in [post("/1", &[], "GET /smuggled HTTP/1.1\r\n\r\n"), get("/2", &[])] {
        let response = client.request(request);
        assert_eq!(response.status(), 200);
    }
    let seen: Vec<_> = server.requests().iter().map(|request| request.head.line.clone()).collect();
    assert_eq!(seen, ["POST /1 HTTP/1.1", "GET /2 HTTP/1.1"]);
}

#[test]
fn a_message_without_room_is_an_internal_error() {
    let big = format!("X-Big: {}", "v".repeat(9000));
    for (mode, status) in [("", 500), ("http-request strict-mode off", 200)] {
        let site = Site::start(&format!("{mode}\nhttp-request set-header X-Copy %[req.hdr(x-big)]"));
        let (response, log) = site.get_logged("/room", &[&big]);
        assert_eq!(response.status(), status, "{mode}");
        assert_eq!(log.flags, if status == 500 { "PR--" } else { "----" }, "{mode}");
    }
    let site = Site::with(
        Backend::answering(move |_| burdock_testkit::http::response(200, &[&big], "")),
        Backend::named("B"),
        "cookie S insert\nhttp-response set-header X-Copy %[res.hdr(x-big)]",
    );
    let (response, log) = site.get_logged("/room", &["Cookie: S=SA"]);
    assert_eq!((response.status(), &log.flags[..2]), (500, "PH"));
}

#[test]
fn early_hints_come_first() {
    let site = Site::start(
        "http-request early-hint Link </a>;rel=%[path]\nhttp-request early-hint X y\nhttp-request early-hint N n if FALSE
         http-request set-header a b\nhttp-request early-hint Z z",
    );
    let mut client = site.proxy.client("web");
    client.send(get("/p", &[]));
    let mut text = String::new();
    while !text.ends_with("\r\n\r\nA") && !text.ends_with("\r\n\r\nB") {
        text.push(client.exactly(1)[0] as char);
    }
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>;rel=/p\r\nx: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nz: z\r\n\r\nHTTP/1.1 200 OK\r\n";
    assert!(text.starts_with(hints), "{text}");
}

/// What stands in a line of the log between the queues and the request.
fn captured(lines: &str, path: &str, fields: &[&str]) -> String {
    let site = Site::with(obedient("A"), obedient("B"), lines);
    site.get(path, fields);
    let line = site.log.await_line(&format!(" {path} "));
    let (before, _) = line.split_once(" \"").unwrap();
    before.rsplit_once(" 0/0").map(|(_, captures)| captures.trim().to_owned()).unwrap()
}

#[test]
fn texts_captured_for_the_log() {
    let fields = ["X-A: first", "X-A: se|c{o}nd, \"x", "X-Add: X-R: one, two", "X-Add: x-r: three", "X-Empty: "];
    for (lines, expected) in [
        ("", ""),
        ("capture request header X-A len 30", "{se#7Cc#7Bo#7Dnd, #22x}"),
        (
            "capture request header X-A len 4\ncapture request header none len 9\ncapture request header Host len 3",
            "{se#7Cc||exa}",
        ),
        ("capture request header X-Empty len 9\ncapture response header X-R len 9", "{} {three}"),
        ("capture request header X-A len 4\nhttp-request set-header X-A new", "{se#7Cc}"),
        ("capture response header X-R len 9\nhttp-response set-header X-R new", "{three}"),
        (
            "http-request capture path len 4\nhttp-request capture src len 4\ncapture request header Host len 9",
            "{/cap|127.|example.t}",
        ),
        (
            "declare capture request len 9\ndeclare capture response len 9\nhttp-request capture method id 0\nhttp-response capture status id 0",
            "{GET} {200}",
        ),
        ("declare capture response len 9\nhttp-after-response capture int(5) id 0", "{5}"),
        (
            "capture request header none len 9\ncapture response header none len 9\ncapture response header none len 9\nhttp-request deny",
            "{} {|}",
        ),
    ] {
        assert_eq!(captured(lines, "/capture", &fields), expected, "{lines}");
    }
}

#[test]
fn cookies_captured_for_the_log() {
    for (line, request, response) in [
        ("capture cookie SRV len 20", "SRV=abcdef", "SRV=one"),
        ("capture cookie SRV= len 6", "SRV=ab", "SRV=on"),
        ("capture cookie S len 20", "SRV=abcdef", "SRV=one"),
        ("capture cookie q len 20", "q=1", "-"),
    ] {
        let site = Site::with(obedient("A"), obedient("B"), line);
        let fields = ["Cookie: q=1; SRV=abcdef", "X-Add: Set-Cookie: a=b", "X-Add: Set-Cookie: SRV=one; path=/"];
        site.get("/cookie", &fields);
        let line = site.log.await_line(" /cookie ");
        assert!(line.contains(&format!(" {request} {response} ----")), "{line}");
    }
}

#[test]
fn logs_show_the_request_as_it_came() {
    let site =
        Site::start("http-request set-method PUT\nhttp-request set-path /other\nhttp-request set-src str(10.1.2.3)");
    let (response, log) = site.get_logged("/came?x", &[]);
    assert_eq!(response.status(), 200);
    assert_eq!(log.request, "GET /came?x HTTP/1.1");
    assert!(log.client.starts_with("10.1.2.3:"), "{log:?}");
    let requests = [site.a.requests(), site.b.requests()].concat();
    assert_eq!(requests[0].head.line, "PUT /other?x HTTP/1.1");
    assert_eq!(requests[0].header("x-forwarded-for"), Some("10.1.2.3"));
}
