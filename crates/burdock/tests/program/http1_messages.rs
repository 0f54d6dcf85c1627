//! HTTP/1 messages through the proxy: framing in both directions, interim answers, answers without bodies, old versions,
//! pipelining, odd but permitted spellings.

use burdock_testkit::client::{get, post};
use burdock_testkit::http::ok;
use burdock_testkit::{Backend, End, Response};

use crate::support::{Site, obedient};

/// A site of which only server A is used.
fn site_of(server: Backend) -> Site {
    Site::with_options(server, Backend::named("B"), "cookie SRVNAME insert indirect", "", "disabled")
}

/// What a client gets when the server sends these bytes and closes.
fn answered(method: &str, answer: &'static str) -> (Response, End) {
    let site = site_of(Backend::scripted(move |connection| {
        connection.request();
        connection.send(answer);
    }));
    let mut client = site.proxy.client("web");
    client.send(format!("{method} / HTTP/1.1\r\nHost: h\r\nCookie: SRVNAME=SA\r\nConnection: close\r\n\r\n"));
    (client.response_to(method), client.end())
}

#[test]
fn bodies_of_answers() {
    fn check(method: &str, answer: &'static str, status: u16, body: &str, framing: (&str, Option<&str>)) {
        let (response, end) = answered(method, answer);
        assert_eq!((response.status(), response.text().as_str()), (status, body), "{answer:?}");
        assert_eq!(response.header(framing.0), framing.1, "{answer:?}");
        assert_eq!(end, End::Closed(Vec::new()), "{answer:?}");
    }
    let length = |value| ("content-length", Some(value));
    let chunked = ("transfer-encoding", Some("chunked"));
    check("GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", length("3"));
    check("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", length("0"));
    check(
        "GET",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        200,
        "abcde",
        chunked,
    );
    check(
        "GET",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n1\r\na\r\n0\r\n\r\n",
        200,
        "a",
        chunked,
    );
    check("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 200, "", length("3"));
    check("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "", chunked);
    check("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", ("content-length", None));
    check(
        "GET",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\nETag: \"1\"\r\n\r\n",
        304,
        "",
        ("etag", Some("\"1\"")),
    );
    check("GET", "HTTP/1.0 200 OK\r\n\r\nto the end", 200, "to the end", ("content-length", None));
    check("GET", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", 200, "a", length("1"));
    check("GET", "HTTP/1.1 600 Own\r\nContent-Length: 1\r\n\r\na", 600, "a", length("1"));
}

#[test]
fn an_answer_that_ends_with_its_connection_ends_the_clients_too() {
    let site = site_of(Backend::scripted(|connection| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\n\r\nto the ");
        connection.send("end");
    }));
    let mut client = site.proxy.client("web");
    let response = client.get("/", &["Cookie: SRVNAME=SA"]);
    assert_eq!((response.header("connection"), response.text().as_str()), (Some("close"), "to the end"));
    assert_eq!((response.header("transfer-encoding"), response.header("content-length")), (None, None));
}

#[test]
fn a_reason_that_is_missing_is_added() {
    let (response, _) = answered("GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(response.head.line, "HTTP/1.1 200 OK");
    let (response, _) = answered("GET", "HTTP/1.1 200 All is well\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(response.head.line, "HTTP/1.1 200 All is well");
}

#[test]
fn a_cut_answer_is_cut_for_the_client_too() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ] {
        let site = site_of(Backend::scripted(move |connection| {
            connection.request();
            connection.send(cut);
        }));
        let mut client = site.proxy.client("web");
        client.send(get("/cut", &["Cookie: SRVNAME=SA"]));
        assert!(client.try_response("GET").is_err(), "an incomplete answer must not look whole: {cut:?}");
        let log = site.log.await_request("/cut");
        assert_eq!((log.status, &log.flags[..2]), (200, "SD"), "{cut:?}");
    }
}

#[test]
fn trailers_pass_both_ways() {
    let site = site_of(Backend::scripted(|connection| {
        connection.request();
        connection
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nX-Sign: 2\r\n\r\n");
    }));
    let mut client = site.proxy.client("web");
    client.send(
        "POST / HTTP/1.1\r\nHost: h\r\nCookie: SRVNAME=SA\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Up: 3\r\n\r\n",
    );
    let response = client.response();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!((response.text().as_str(), response.trailers), ("a", vec![pair("x-sum", "1"), pair("x-sign", "2")]));
    let request = site.a.only_request();
    assert_eq!((request.body.as_slice(), request.trailers), (&b"abc"[..], vec![pair("x-up", "3")]));
}

#[test]
fn interim_answers_come_before_the_final_one() {
    let site = site_of(Backend::scripted(|connection| {
        let head = connection.head().unwrap();
        assert_eq!(head.get("expect"), Some("100-continue"));
        connection.send("HTTP/1.1 100 Continue\r\n\r\n");
        let body = connection.exactly(5).unwrap();
        connection.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
        connection.send(ok(body));
    }));
    let mut client = site.proxy.client("web");
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nCookie: SRVNAME=SA\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.response().status(), 100);
    client.send("hello");
    let hints = client.response();
    assert_eq!((hints.status(), hints.header("link"), hints.all("set-cookie").len()), (103, Some("</x>"), 0));
    assert_eq!(client.response().text(), "hello");
}

#[test]
fn a_final_answer_instead_of_continue() {
    let site = site_of(Backend::scripted(|connection| {
        connection.head();
        connection.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }));
    let mut client = site.proxy.client("web");
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nCookie: SRVNAME=SA\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.response().status(), 417);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let site = site_of(Backend::answering(|request| ok(request.target())));
    let mut client = site.proxy.client("web");
    let mut bytes = String::new();
    for number in 0..40 {
        let body = "b".repeat(number * 13);
        bytes +=
            &if number % 3 == 0 { post(&format!("/{number}"), &[], &body) } else { get(&format!("/{number}"), &[]) };
    }
    client.send(bytes);
    for number in 0..40 {
        assert_eq!(client.response().text(), format!("/{number}"));
    }
    assert_eq!(site.a.requests().len(), 40);
}

#[test]
fn a_message_may_come_byte_by_byte() {
    let site = site_of(Backend::scripted(|connection| {
        connection.request();
        for byte in b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" {
            connection.send([*byte]);
        }
        connection.await_end();
    }));
    let mut client = site.proxy.client("web");
    for byte in "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\n\r\n".bytes() {
        client.send([byte]);
    }
    assert_eq!(client.response().text(), "abc");
    assert_eq!(site.a.only_request().body, b"wxyz");
}

#[test]
fn odd_spellings_that_are_taken() {
    let site = site_of(Backend::echoing());
    for bytes in [
        "get / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET  /  HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX-Folded: one\r\n two\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc",
        "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        let mut client = site.proxy.client("web");
        client.send(bytes);
        assert_eq!(client.response().status(), 200, "{bytes:?}");
    }
}

#[test]
fn old_clients_get_a_close_unless_they_ask_to_stay() {
    let site = site_of(obedient("A"));
    let mut client = site.proxy.client("web");
    client.send("GET / HTTP/1.0\r\n\r\n");
    let response = client.response();
    assert_eq!((response.head.line.as_str(), response.header("connection")), ("HTTP/1.1 200 OK", Some("close")));
    assert_eq!(client.end(), End::Closed(Vec::new()));

    let mut client = site.proxy.client("web");
    for _ in 0..2 {
        let response = client.request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assert_eq!(response.header("connection"), Some("keep-alive"));
    }
}

#[test]
fn large_bodies_both_ways() {
    const SIZE: usize = 3 << 20;
    let site = site_of(Backend::answering(|request| ok(&request.body)));
    let body: String = (0..SIZE).map(|index| char::from(b'a' + u8::try_from(index % 23).unwrap())).collect();
    let mut client = site.proxy.client("web");
    for _ in 0..2 {
        assert!(client.request(post("/", &[], &body)).text() == body, "the body differs");
    }
}

#[test]
fn what_follows_a_last_request_does_not_cost_its_response() {
    let site = site_of(Backend::named("A"));
    // Bytes that come as the connection is being closed: when exactly, is for chance to say.
    for _ in 0..100 {
        let mut client = site.proxy.client("web");
        client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        client.send("not asked for\r\n\r\n");
        assert_eq!(client.response().status(), 200);
    }
}
