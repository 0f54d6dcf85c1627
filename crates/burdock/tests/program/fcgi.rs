//! FastCGI applications behind the program: what they are told, what becomes of what they say, and how their connections are used. Scripted
//! ones here, PHP's own in `fcgi_php`.

use std::sync::{Arc, Mutex};

use burdock_fcgi::{
    Decoder, Event, HEADER_LEN, Kind, Pairs, RequestId, push_begin, push_pair, push_stream_end, stream_header,
};
use burdock_testkit::backend::Connection;
use burdock_testkit::client::{get, post};
use burdock_testkit::{Backend, End, LogSink, Proxy, Response};

use crate::support::burdock;

/// What an application was sent on one connection, a line each.
type Transcript = Arc<Mutex<Vec<String>>>;

/// A request as an application sees it.
struct Asked {
    id: RequestId,
    keep: bool,
    parameters: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn record(kind: Kind, id: RequestId, content: &[u8]) -> Vec<u8> {
    [&stream_header(kind, id, content.len())[..], content].concat()
}

/// An answer with its end.
fn answer(id: RequestId, output: &[u8], status: u8) -> Vec<u8> {
    let mut out = Vec::new();
    if !output.is_empty() {
        out.extend(record(Kind::Stdout, id, output));
    }
    push_stream_end(&mut out, Kind::Stdout, id);
    out.extend(record(Kind::EndRequest, id, &[0, 0, 0, 0, status, 0, 0, 0]));
    out
}

/// Reads records until a request is complete; what else comes is told in `seen`.
fn asked(connection: &mut Connection, seen: &Transcript) -> Option<Asked> {
    let mut parameters = Vec::new();
    let (mut keep, mut body) = (false, Vec::new());
    loop {
        let header = connection.exactly(HEADER_LEN)?;
        let id = u16::from_be_bytes([header[2], header[3]]);
        let content = connection.exactly(u16::from_be_bytes([header[4], header[5]]).into())?;
        let kind = Kind::from(header[1]);
        if !matches!(kind, Kind::Params | Kind::Stdin) {
            seen.lock().unwrap().push(format!("{} {kind:?} {id}", connection.id));
        }
        match kind {
            Kind::BeginRequest => keep = content[2] == 1,
            Kind::Params => parameters.extend(content),
            Kind::Stdin if content.is_empty() => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let parameters = Pairs::new(&parameters).map(|(name, value)| (text(name), text(value))).collect();
                return Some(Asked { id, keep, parameters, body });
            }
            Kind::Stdin => body.extend(content),
            _ => {}
        }
    }
}

/// An application that answers every request so, and closes where it is not to keep the connection.
fn application(output: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> (Backend, Transcript) {
    let seen = Transcript::default();
    let told = Arc::clone(&seen);
    let backend = Backend::scripted(move |connection| {
        while let Some(asked) = asked(connection, &told) {
            if !connection.send(output(&asked)) || !asked.keep {
                return;
            }
        }
    });
    (backend, seen)
}

fn proxy(log: &LogSink, port: u16, app: &str, backend: &str) -> Proxy {
    let indented = |lines: &str| lines.lines().map(str::trim).collect::<Vec<_>>().join("\n    ");
    burdock().start(&format!(
        "global
    nbthread 1
    stats socket @dir@/cli level admin
    log 127.0.0.1:{} local0
fcgi-app app
    docroot /srv/www
    {}
listen web
    bind 127.0.0.1:@web@
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    use-fcgi-app app
    {}
    server A 127.0.0.1:{port} proto fcgi
",
        log.port,
        indented(app),
        indented(backend)
    ))
}

/// The parameters of a request, in the body of its answer.
fn told(app: &str, backend: &str, request: &str) -> Response {
    let (server, _) = application(|asked| {
        let lines = asked.parameters.iter().map(|(name, value)| format!("{name}={value}\n"));
        answer(asked.id, format!("\r\n{}", lines.collect::<String>()).as_bytes(), 0)
    });
    proxy(&LogSink::new(), server.port(), app, backend).client("web").request(request)
}

#[test]
fn parameters_as_haproxy_tells_them() {
    let check = |app: &str, request: &str, expected: &[&str], absent: &[&str]| {
        let text = told(app, "", request).text();
        let lines: Vec<&str> = text.lines().collect();
        expected.iter().for_each(|line| assert!(lines.contains(line), "{line} in {text}"));
        absent.iter().for_each(|name| assert!(!text.contains(&format!("{name}=")), "{name} in {text}"));
    };
    check(
        "",
        &get("/a/b.php?x=1", &["X-A: 1", "X_B: 2", "Proxy: evil", "Te: trailers", "Authorization: Basic YWRhOng="]),
        &[
            "SCRIPT_NAME=/a/b.php",
            "SCRIPT_FILENAME=/srv/www/a/b.php",
            "DOCUMENT_ROOT=/srv/www",
            "QUERY_STRING=x=1",
            "REQUEST_URI=/a/b.php?x=1",
            "REQUEST_METHOD=GET",
            "GATEWAY_INTERFACE=CGI/1.1",
            "SERVER_PROTOCOL=HTTP/1.1",
            "REMOTE_ADDR=127.0.0.1",
            "CONTENT_LENGTH=0",
            "HTTP_X_A=1",
            "AUTH_TYPE=Basic",
            "REMOTE_USER=ada",
        ],
        &["HTTP_X_B", "HTTP_PROXY", "HTTP_TE", "HTTP_AUTHORIZATION", "PATH_INFO", "HTTPS", "CONTENT_TYPE"],
    );
    let split = "index index.php\npath-info ^(/.+\\.php)(/.*)?$";
    check(
        split,
        &get("/a.php/b.php/c%2fd%20e", &[]),
        &[
            "SCRIPT_NAME=/a.php/b.php",
            "PATH_INFO=/c/d e",
            "PATH_TRANSLATED=/srv/www/c/d e",
            "SCRIPT_FILENAME=/srv/www/a.php/b.php",
        ],
        &["QUERY_STRING"],
    );
    check(split, &get("/dir/", &[]), &["SCRIPT_NAME=/dir/index.php", "REQUEST_URI=/dir/"], &["PATH_INFO"]);
    check(
        "acl yes path_beg /yes
         set-param REDIRECT_STATUS 200
         set-param x-y.z %[req.hdr(x-a)]
         set-param EMPTY %[req.hdr(none)]
         set-param ONLY 1 if yes
         set-param NEVER 1 unless yes
         set-param server_software own
         set-param ROOT %[fcgi.docroot]
         pass-header Authorization if yes",
        &get("/yes", &["X-A: v", "Authorization: Bearer t"]),
        &[
            "REDIRECT_STATUS=200",
            "X_Y_Z=v",
            "ONLY=1",
            "SERVER_SOFTWARE=own",
            "ROOT=/srv/www",
            "HTTP_AUTHORIZATION=Bearer t",
        ],
        &["EMPTY", "NEVER", "AUTH_TYPE"],
    );
}

#[test]
fn paths_that_no_script_has_are_refused() {
    for (target, status) in [("/%zz", 500), ("/a%0ab", 500), ("/a%00", 500), ("/a%0a.php", 500), ("/fine", 200)] {
        let app = "path-info ^(/.+\\.php)(/.*)?$";
        assert_eq!(told(app, "", &get(target, &[])).status(), status, "{target}");
    }
    assert_eq!(told("", "", &get("/a%0ab", &[])).status(), 200, "nothing is matched");
}

#[test]
fn answers_and_their_ends() {
    let (log, next) = (LogSink::new(), Arc::new(Mutex::new((Vec::new(), 0))));
    let said: Arc<Mutex<(Vec<u8>, u8)>> = Arc::clone(&next);
    let (server, _) = application(move |asked| {
        let (output, status) = said.lock().unwrap().clone();
        answer(asked.id, &output, status)
    });
    let proxy = proxy(&log, server.port(), "", "");
    let mut number = 0;
    let mut check = |output: &str, end: u8, status: u16, field: Option<(&str, &str)>, flags: &str| {
        *next.lock().unwrap() = (output.as_bytes().to_vec(), end);
        number += 1;
        let response = proxy.client("web").get(&format!("/{number}"), &[]);
        assert_eq!(response.status(), status, "{output:?}");
        if let Some((name, value)) = field {
            assert_eq!(response.header(name), Some(value), "{output:?}");
        }
        let line = log.await_line(&format!("GET /{number} "));
        assert!(line.contains(&format!(" - - {flags} ")), "{output:?}: {line}");
    };
    check("Content-Type: a/b\r\n\r\nhello", 0, 200, Some(("content-length", "5")), "----");
    check("X-A: b\n\nhello", 0, 200, Some(("x-a", "b")), "----");
    check("Status: 404 Gone Fishing\r\n\r\nno", 0, 404, Some(("content-length", "2")), "----");
    check("Location: /there\r\n\r\n", 0, 302, Some(("location", "/there")), "----");
    check("Status: 201\r\nLocation: /there\r\n\r\n", 0, 201, Some(("location", "/there")), "----");
    check("Date: then\r\n\r\nx", 0, 200, Some(("date", "then")), "----");
    check("Connection: close\r\n\r\nx", 2, 200, Some(("content-length", "1")), "----");
    check("Status: abc\r\n\r\n", 0, 502, None, "PH--");
    check("no head", 0, 502, None, "PH--");
    check("X: y\r\n", 0, 502, None, "PH--");
    check("Content-Length: 1\r\n\r\nmore", 0, 502, None, "PH--");
    for refusal in [0, 1, 2, 3] {
        check("", refusal, 502, None, "SH--");
    }
}

#[test]
fn connections_are_kept_and_shared_as_the_application_says() {
    let ok = |asked: &Asked| answer(asked.id, b"\r\nok", 0);
    let check = |app: &str, connections: usize| {
        let (server, seen) = application(ok);
        let proxy = proxy(&LogSink::new(), server.port(), app, "http-reuse always");
        for _ in 0..3 {
            assert_eq!(proxy.client("web").get("/", &[]).text(), "ok");
        }
        assert_eq!(server.connections_accepted(), connections, "{app}: {seen:?}");
    };
    check("", 1);
    check("no option keep-conn", 3);
    let bodyless = |asked: &Asked| answer(asked.id, b"Status: 304\r\n\r\n", 0);
    let (server, _) = application(bodyless);
    let proxy = proxy(&LogSink::new(), server.port(), "", "http-reuse always");
    let mut client = proxy.client("web");
    for _ in 0..3 {
        assert_eq!(client.get("/", &[]).status(), 304);
    }
    assert_eq!(server.connections_accepted(), 1, "what has no body leaves its connection usable");
}

#[test]
fn one_connection_carries_several_requests_where_the_application_can() {
    let seen = Transcript::default();
    let told = Arc::clone(&seen);
    // Answers two requests at once, the later one first, in turns.
    let server = Backend::scripted(move |connection| {
        let mut limits = Vec::new();
        push_pair(&mut limits, b"FCGI_MAX_REQS", b"2");
        push_pair(&mut limits, b"FCGI_MPXS_CONNS", b"1");
        let header = connection.exactly(HEADER_LEN).unwrap();
        assert_eq!(Kind::from(header[1]), Kind::GetValues);
        connection.exactly(u16::from_be_bytes([header[4], header[5]]).into()).unwrap();
        connection.send(record(Kind::GetValuesResult, 0, &limits));
        let Some(first) = asked(connection, &told) else { return };
        connection.send(record(Kind::Stdout, first.id, b"\r\nfirst"));
        let Some(second) = asked(connection, &told) else { return };
        assert_ne!(first.id, second.id);
        connection.send([answer(second.id, b"\r\nsecond", 0), answer(first.id, b", at last", 0)].concat());
        // One that is given up is told to the application, and the connection goes on.
        let Some(third) = asked(connection, &told) else { return };
        connection.send(record(Kind::Stdout, third.id, b"\r\nthird"));
        let Some(fourth) = asked(connection, &told) else { return };
        connection.send(answer(fourth.id, b"\r\nfourth", 0));
        connection.await_end();
    });
    let app = "option get-values";
    let proxy = proxy(&LogSink::new(), server.port(), app, "http-reuse always");
    let mut first = proxy.client("web");
    first.send(get("/1", &[]));
    assert!(first.some_bytes() > 0, "the response has begun");
    assert_eq!(proxy.client("web").get("/2", &[]).text(), "second");
    let rest = String::from_utf8(first.exactly(b", at last\r\n0\r\n\r\n".len())).unwrap();
    assert!(rest.contains("at last"), "{rest:?}");
    let mut third = proxy.client("web");
    third.send(get("/3", &[]));
    assert!(third.some_bytes() > 0);
    third.reset();
    assert_eq!(proxy.client("web").get("/4", &[]).text(), "fourth");
    let seen = seen.lock().unwrap();
    assert_eq!(server.connections_accepted(), 1, "{seen:?}");
    assert!(seen.iter().any(|line| line.contains("AbortRequest")), "{seen:?}");
}

#[test]
fn bodies_reach_the_application_with_their_length() {
    let (server, _) = application(|asked| {
        let length = asked.parameter("CONTENT_LENGTH").unwrap_or("none");
        answer(asked.id, format!("\r\n{length} {}", asked.body.len()).as_bytes(), 0)
    });
    let log = LogSink::new();
    let proxy = proxy(&log, server.port(), "", "");
    let mut client = proxy.client("web");
    assert_eq!(client.request(post("/", &[], &"x".repeat(300_000))).text(), "300000 300000");
    let chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(client.request(format!("{chunked}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).text(), "5 5");
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.response().status(), 100);
    assert_eq!(client.request("abc").text(), "3 3");
    // As in HAProxy, one whose length is not known in time is refused.
    let mut client = proxy.client("web");
    let flood = format!("{chunked}8000\r\n{}", "x".repeat(0x8000));
    assert_eq!(client.request(flood).status(), 400);
}

#[test]
fn messages_of_applications_are_logged() {
    let (server, _) = application(|asked| {
        let messages = [record(Kind::Stderr, asked.id, b"it broke\nbadly\n"), record(Kind::Stderr, asked.id, b"twice")];
        [messages.concat(), answer(asked.id, b"Status: 500\r\n\r\n", 0)].concat()
    });
    let (log, messages) = (LogSink::new(), LogSink::new());
    let app = format!("log-stderr 127.0.0.1:{} local1", messages.port);
    assert_eq!(proxy(&log, server.port(), &app, "").client("web").get("/", &[]).status(), 500);
    let line = messages.await_line("it broke");
    let line = line.trim_end();
    assert!(line.starts_with("<139>") && line.contains(" app[") && line.ends_with("it broke.badly"), "{line}");
    messages.await_line("twice");
}

#[test]
fn requests_that_are_given_up_end_their_connection() {
    let ended = Arc::new(Mutex::new(None));
    let (said, seen) = (Arc::clone(&ended), Transcript::default());
    let server = Backend::scripted(move |connection| {
        let Some(asked) = asked(connection, &seen) else { return };
        connection.send(record(Kind::Stdout, asked.id, b"\r\nbegun"));
        *said.lock().unwrap() = Some(connection.await_end());
    });
    let proxy = proxy(&LogSink::new(), server.port(), "", "");
    let mut client = proxy.client("web");
    client.send(get("/", &[]));
    assert!(client.some_bytes() > 0);
    client.reset();
    burdock_testkit::wait::until("the application's connection to end", || {
        ended.lock().unwrap().as_ref().map(|end| assert!(!matches!(end, End::Open(_)), "{end:?}"))
    });
}

/// What the program sends is what its own reader of records understands.
#[test]
fn the_tests_speak_as_the_program_reads() {
    let mut decoder = Decoder::default();
    let mut out = answer(7, b"hello", 0);
    push_begin(&mut out, 1, true);
    let mut said = Vec::new();
    while let Some(step) = decoder.step(&out).unwrap() {
        said.extend(step.event.clone());
        out.drain(..step.consumed);
    }
    assert!(matches!(said.last(), Some(Event::End { request: 7, .. })));
}
