//! Answers of rules and of the sections themselves: `return`, `deny`, `redirect`, `auth`, `http-error`, `errorloc`, `monitor-uri`, and which backend
//! and server are chosen by names made while traffic runs.

use burdock_testkit::{Backend, End, LogSink};

use crate::support::{Site, burdock, listen, server_of};

/// A path and its answer: status, a header or none, body.
type Case<'c> = (&'c str, u16, Option<(&'c str, &'c str)>, &'c str);

fn check(lines: &str, cases: &[Case<'_>]) -> Site {
    let site = Site::start(lines);
    for (path, status, header, body) in cases {
        let response = site.get(path, &[]);
        assert_eq!((response.status(), response.text().as_str()), (*status, *body), "{path}");
        if let Some((name, value)) = header {
            assert_eq!(response.header(name), Some(*value), "{path}: {name}");
        }
    }
    site
}

#[test]
fn what_return_answers() {
    let lines = "http-request return if { path /empty }
        http-request return status 299 content-type text/plain string hello hdr X-Path \"a%[path]\" if { path /string }
        http-request return content-type text/plain string \"%[path]\" if { path /literal }
        http-request return content-type text/plain lf-string \"a  b %[path]\" if { path /format }
        http-request return content-type text/plain lf-string \"%[req.hdr(nope)]\" if { path /nothing }
        http-request return status 204 if { path /204 }";
    let site = check(
        lines,
        &[
            ("/empty", 200, Some(("content-length", "0")), ""),
            ("/string", 299, Some(("x-path", "a/string")), "hello"),
            ("/literal", 200, Some(("content-type", "text/plain")), "%[path]"),
            ("/format", 200, Some(("content-length", "12")), "a  b /format"),
            ("/nothing", 200, Some(("content-length", "0")), ""),
            ("/204", 204, None, ""),
        ],
    );
    assert_eq!(site.get("/nothing", &[]).header("content-type"), None, "an empty body has no type");
    let (_, log) = site.get_logged("/empty?logged", &[]);
    assert_eq!((log.status, log.server.as_str(), log.flags.as_str(), log.bytes), (200, "<NOSRV>", "LR--", 0));
}

#[test]
fn rules_may_end_the_connection() {
    let lines = "http-request set-var(txn.path) path
        http-request return status 200 hdr connection foo,Close hdr connection bar if { path /return }
        http-after-response set-header connection close if { var(txn.path) -m str /after }
        http-response set-header connection close if { var(txn.path) -m str /response }";
    let site = Site::start(lines);
    for (path, fields) in [("/return", "foo bar close"), ("/after", "close"), ("/response", "close")] {
        let mut client = site.proxy.client("web");
        let response = client.get(path, &[]);
        assert_eq!(response.all("connection").join(" "), fields, "{path}");
        assert!(matches!(client.end(), End::Closed(_)), "{path}");
    }
    let mut client = site.proxy.client("web");
    assert_eq!((client.get("/", &[]).status(), client.get("/", &[]).status()), (200, 200));
}

#[test]
fn what_deny_answers() {
    let lines = "http-request deny deny_status 429 if { path /page }
        http-request deny status 429 if { path /parts }
        http-request deny deny_status 410 content-type text/plain string gone if { path /string }
        http-request deny hdr X-A b if { path /header }";
    let site = check(
        lines,
        &[
            ("/parts", 429, Some(("content-length", "0")), ""),
            ("/string", 410, None, "gone"),
            ("/header", 403, Some(("x-a", "b")), ""),
        ],
    );
    let (page, log) = site.get_logged("/page", &[]);
    assert_eq!((page.status(), page.header("content-length")), (429, Some("117")));
    assert_eq!(log.flags, "PR--");
}

#[test]
fn where_redirections_go() {
    let lines = "redirect location /last if { path /last }
        http-request redirect location /to if { path /location }
        http-request redirect prefix http://h/p if { path /prefix }
        http-request redirect prefix / drop-query append-slash if { path /slash }
        http-request redirect scheme https code 307 if { path /scheme }
        http-request redirect location %[req.hdr(nope)] ignore-empty if { path /ignored }
        http-request redirect location /to keep-query code 301 if { path /query }
        http-request redirect location /to set-cookie A=b if { path /cookie }
        http-request return status 418 if { path /last } { hdr(x) first }";
    let site = Site::start(lines);
    for (target, status, location) in [
        ("/location?a=b", 302, "/to"),
        ("/prefix?a=b", 302, "http://h/p/prefix?a=b"),
        ("/slash?a=b", 302, "/slash/"),
        ("/scheme?a=b", 307, "https://example.test/scheme?a=b"),
        ("/query?a=b", 301, "/to?a=b"),
        ("/cookie", 302, "/to"),
        ("/last", 302, "/last"),
    ] {
        let response = site.get(target, &[]);
        assert_eq!((response.status(), response.header("location")), (status, Some(location)), "{target}");
        assert_eq!(response.header("cache-control").is_some(), status != 301, "{target}");
    }
    assert_eq!(site.get("/ignored", &[]).status(), 200);
    assert_eq!(site.get("/cookie", &[]).all("set-cookie"), ["A=b; path=/;"]);
    assert_eq!(site.get("/last", &["X: first"]).status(), 418, "'redirect' comes after all other rules");
}

#[test]
fn a_user_of_the_list_comes_in() {
    let users = "userlist people\n    group staff users ann\n    user ann insecure-password pw\n    user bob insecure-password pw\n";
    let server = Backend::named("A");
    let rules = "http-request auth realm \"my app\" unless { http_auth(people) }
        http-request deny unless { http_auth_group(people) staff }";
    let lines = format!("{rules}\nserver A 127.0.0.1:{}", server.port());
    let proxy = burdock().start(&(users.to_owned() + &listen(&LogSink::new(), &lines)));
    for (credentials, status) in
        [(None, 401), (Some("YW5uOnB3"), 200), (Some("Ym9iOnB3"), 403), (Some("YW5uOng="), 401)]
    {
        let field = credentials.map(|text| format!("Authorization: Basic {text}"));
        let fields: Vec<_> = field.iter().map(String::as_str).collect();
        let response = proxy.client("web").get("/", &fields);
        assert_eq!(response.status(), status, "{credentials:?}");
        let challenge = (status == 401).then_some("Basic realm=\"my app\"");
        assert_eq!(response.header("www-authenticate"), challenge, "{credentials:?}");
    }
}

#[test]
fn pages_of_ones_own() {
    let lines = "errorloc 403 http://e/403
        http-error status 429 content-type text/plain lf-string \"%[path]\" hdr X-A b
        http-error status 410
        http-request deny if { path /location }
        http-request deny deny_status 429 if { path /format }
        http-request deny deny_status 410 if { path /empty }";
    let site = check(
        lines,
        &[
            ("/location", 302, Some(("location", "http://e/403")), ""),
            ("/format", 429, Some(("x-a", "b")), "/format"),
            ("/empty", 410, Some(("content-length", "0")), ""),
        ],
    );
    let (_, log) = site.get_logged("/location?logged", &[]);
    assert_eq!(log.status, 403, "the log tells the error");
}

#[test]
fn the_monitor_answers_without_a_word_in_the_log() {
    let lines = "monitor-uri /well\nmonitor fail if { hdr(x) ill }\nhttp-request deny if { path /well }";
    let site = Site::start(lines);
    assert_eq!(site.get("/well", &[]).status(), 200);
    assert_eq!(site.get("/well", &["X: ill"]).status(), 503);
    assert_eq!(site.get("/well?query", &[]).status(), 403, "another URI");
    site.get("/after", &[]);
    site.log.await_request("/after");
    assert!(site.log.lines().iter().all(|line| !line.contains(" /well ")));
}

#[test]
fn servers_are_chosen_by_name() {
    let site = Site::start("use-server %[req.hdr(to)] if { req.hdr(to) -m found }\nuse-server B if { path /b }");
    for name in ["A", "B", "A"] {
        assert_eq!(server_of(&site.get("/", &[&format!("To: {name}")])), name);
    }
    assert_eq!(server_of(&site.get("/b", &[])), "B");
    assert_eq!(site.get("/b", &["To: nobody"]).status(), 200, "a name that there is not is balanced");
}

#[test]
fn backends_are_chosen_by_name() {
    let (server, other) = (Backend::named("A"), Backend::named("B"));
    let lines =
        format!("use_backend %[req.hdr(to)] if {{ req.hdr(to) -m found }}\nserver A 127.0.0.1:{}", server.port());
    let backend = format!(
        "backend other\n    mode http\n    timeout connect 5s\n    timeout server 5s\n    server B 127.0.0.1:{}\n",
        other.port()
    );
    let proxy = burdock().start(&(listen(&LogSink::new(), &lines) + &backend));
    for (name, expected) in [("other", "B"), ("nowhere", "A")] {
        assert_eq!(server_of(&proxy.client("web").get("/", &[&format!("To: {name}")])), expected, "{name}");
    }
}

#[test]
fn what_servers_are_told() {
    let lines = "unique-id-format %ci-%[req.hdr(in)]
        unique-id-header X-Id
        option forwarded
        option originalto
        option http-restrict-req-hdr-names delete
        http-send-name-header X-Name
        http-request return status 404 if { path /gone }";
    let site = Site::start(lines);
    site.get("/told", &["In: 7", "X_Odd: 1", "X-Name: mine"]);
    let request = [site.a.requests(), site.b.requests()].concat().pop().unwrap();
    for (name, value) in [
        ("x-id", Some("127.0.0.1-7")),
        ("forwarded", Some("proto=http;for=127.0.0.1")),
        ("x-forwarded-for", Some("127.0.0.1")),
        ("x-original-to", Some("127.0.0.1")),
        ("x_odd", None),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
    assert!(matches!(request.header("x-name"), Some("A" | "B")), "{:?}", request.header("x-name"));
}
