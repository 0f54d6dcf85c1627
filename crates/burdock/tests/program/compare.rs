//! The same file run by the installed HAProxy beside ours: the same bytes sent to both, the answers compared header by header.
//! The servers put what they received into their answers, so that what is sent to a server is compared too.

use burdock_testkit::client::{get, post};
use burdock_testkit::{Backend, LogSink, Twin};

use crate::support::{burdock, listen, obedient};

#[test]
fn the_tutorial_file_with_every_spelling_of_the_cookie() {
    let Some(site) = Fixture::echoing("cookie SRVNAME insert") else { return };
    let values = [
        "SRVNAME=SA",
        "SRVNAME=SB",
        "SRVNAME=other",
        "SRVNAME=",
        "SRVNAME=\"SA\"",
        "SRVNAME=SA~x",
        "SRVNAME",
        "srvname=SA",
        "SRVNAME2=SA",
        "a=1; SRVNAME=SB; c=2",
        "a=1;SRVNAME=SB;c=2",
        "SRVNAME=other; SRVNAME=SB",
        "SRVNAME=SA; SRVNAME=SB",
        "SRVNAME = SA",
        "  SRVNAME=SA  ;  b=2 ",
        "a=1,SRVNAME=SA",
        "$Version=1; SRVNAME=SB",
        "SRVNAME=SA|junk",
        "SRVNAME=SA|ZaAvv",
        "SRVNAME==SB",
        "SRVNAME=SB=1",
        "x=\"q; SRVNAME=SA\"; SRVNAME=SB",
        "x=\"open; SRVNAME=SA",
        ";; ;SRVNAME=SA;;",
        "",
    ];
    site.twin.same_request("web", get("/", &[]));
    for value in values {
        site.twin.same_request("web", get("/", &[&format!("Cookie: {value}")]));
    }
    site.twin.same_request("web", get("/", &["Cookie: a=1", "Cookie: SRVNAME=SB"]));
    site.twin.same_request("web", get("/", &["Cookie: SRVNAME=other", "Cookie: SRVNAME=SA; b=2"]));
}

#[test]
fn every_word_of_the_cookie_line() {
    let lines = [
        "insert",
        "insert indirect",
        "insert indirect nocache",
        "insert nocache",
        "insert preserve",
        "insert indirect preserve",
        "insert postonly",
        "insert indirect postonly nocache httponly secure",
        "insert domain one.test domain two.test",
        "insert attr SameSite=Lax attr Partitioned",
        "insert secure httponly domain one.test attr SameSite=None",
        "rewrite",
        "rewrite nocache",
        "prefix",
        "prefix indirect nocache",
        "indirect",
        "",
    ];
    let cookies: [&[&str]; 6] = [
        &[],
        &["Cookie: SRVNAME=SA"],
        &["Cookie: a=1; SRVNAME=SB; b=2"],
        &["Cookie: SRVNAME=other; b=2"],
        &["Cookie: SRVNAME=SA~abc; b=2"],
        &["Cookie: b=2"],
    ];
    let answers: [&[&str]; 7] = [
        &[],
        &["X-Add: Set-Cookie: SRVNAME=own; path=/x; HttpOnly"],
        &["X-Add: Set-Cookie: first=1", "X-Add: Set-Cookie: SRVNAME=own", "X-Add: Set-Cookie: last=2"],
        &["X-Add: Cache-Control: max-age=60"],
        // Not `Cache-Control: public`, which Burdock replaces beside `nocache` on purpose.
        &["X-Add: ETag: \"1\""],
        &["X-Add: Cache-Control: no-store"],
        &["X-Status: 404", "X-Add: Expires: Sun, 06 Nov 2094 08:49:37 GMT"],
    ];
    for words in lines {
        let Some(site) = Fixture::obedient(&format!("cookie SRVNAME {words}")) else { return };
        for cookie in cookies {
            for answer in answers {
                site.twin.same_request("web", get("/", &[cookie, answer].concat()));
            }
            site.twin.same_request("web", post("/", cookie, "body"));
        }
    }
}

#[test]
fn forwarded_for() {
    for line in
        ["", "option forwardfor header X-Client", "option forwardfor except 127.0.0.0/8", "option forwardfor if-none"]
    {
        let Some(site) = Fixture::echoing(&format!("cookie SRVNAME insert\n{line}")) else { return };
        site.twin.same_request("web", get("/", &[]));
        site.twin.same_request("web", get("/", &["X-Forwarded-For: 192.0.2.1"]));
        site.twin.same_request(
            "web",
            get("/", &["X-Forwarded-For: 192.0.2.1", "x-forwarded-for: 192.0.2.2", "X-Client: 1"]),
        );
    }
}

#[test]
fn connection_modes_and_http_1_0() {
    for line in ["option http-keep-alive", "option http-server-close", "option httpclose"] {
        let Some(site) = Fixture::echoing(&format!("cookie SRVNAME insert\n{line}")) else { return };
        for fields in [&[][..], &["Connection: close"], &["Connection: keep-alive"], &["Connection: x-own", "X-Own: 1"]]
        {
            site.twin.same_request("web", get("/", fields));
            site.twin.same_request("web", get("/", fields).replace("HTTP/1.1", "HTTP/1.0"));
        }
        site.twin.same_request("web", "GET / HTTP/1.0\r\n\r\n");
        site.twin.same_request("web", "GET / HTTP/1.1\r\n\r\n");
        site.twin.same(
            "web",
            [get("/1", &[]), get("/2", &["Cookie: SRVNAME=SB"]), get("/3", &[])].concat(),
            &["GET"; 3],
        );
    }
}

#[test]
fn methods_targets_and_header_spellings() {
    let Some(site) = Fixture::echoing("cookie SRVNAME insert") else { return };
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "X-OWN"] {
        site.twin.same_request(
            "web",
            format!("{method} /path?query=1 HTTP/1.1\r\nHost: h.test\r\nContent-Length: 0\r\n\r\n"),
        );
    }
    site.twin.same_request("web", "HEAD / HTTP/1.1\r\nHost: h.test\r\n\r\n");
    site.twin.same_request("web", "OPTIONS * HTTP/1.1\r\nHost: h.test\r\n\r\n");
    site.twin.same_request("web", "GET http://h.test/absolute?x HTTP/1.1\r\nHost: h.test\r\n\r\n");
    site.twin.same_request("web", "GET /%20%zz/../a//b?c=d&e#f HTTP/1.1\r\nHost: h.test\r\n\r\n".replace("#f", ""));
    site.twin.same_request(
        "web",
        get("/", &["UPPER: 1", "MiXed-Case: 2", "empty:", "blanks:    x   ", "many: 1", "many: 2"]),
    );
    site.twin.same_request("web", get("/", &["TE: trailers", "Accept-Encoding: gzip", "Upgrade-Insecure-Requests: 1"]));
}

#[test]
fn bodies() {
    let Some(site) = Fixture::echoing("cookie SRVNAME insert") else { return };
    site.twin.same_request("web", post("/", &[], "twelve bytes"));
    site.twin.same_request("web", post("/", &[], &"x".repeat(100_000)));
    let chunked = "POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n";
    site.twin.same_request("web", chunked);
}

#[test]
fn refused_requests() {
    let Some(mut site) = Fixture::echoing("cookie SRVNAME insert") else { return };
    // Debian's 2.6 capitalises the header names of this answer, 3.5 does not.
    site.twin = site.twin.in_any_case().with_own_pages();
    for bytes in [
        "GET /\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
        "GET /bad path HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nbad name: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "GET / HTTP/x.y\r\nHost: h\r\n\r\n",
    ] {
        let response = site.twin.same_request("web", bytes);
        assert_eq!(response.status(), 400, "{bytes:?}");
    }
}

/// Two servers behind both programs.
struct Fixture {
    twin: Twin,
    _servers: [Backend; 2],
    _log: LogSink,
}

impl Fixture {
    fn echoing(lines: &str) -> Option<Self> {
        Self::with([Backend::echoing(), Backend::echoing()], lines)
    }

    fn obedient(lines: &str) -> Option<Self> {
        Self::with([obedient("A"), obedient("B")], lines)
    }

    fn with(servers: [Backend; 2], lines: &str) -> Option<Self> {
        let log = LogSink::new();
        let [a, b] = [servers[0].port(), servers[1].port()];
        let text = format!("{lines}\nserver A 127.0.0.1:{a} cookie SA check\nserver B 127.0.0.1:{b} cookie SB check");
        Some(Self { twin: Twin::start(&burdock(), &listen(&log, &text))?, _servers: servers, _log: log })
    }
}
