//! The cookie in the answer: its bytes, when it is there, what each word of the `cookie` line changes, what becomes of a
//! cookie that the server sends under the same name.

use burdock_testkit::client::post;
use burdock_testkit::{Backend, Response};

use crate::support::{Site, obedient, server_of};

/// A site whose servers answer as told.
fn site(lines: &str) -> Site {
    Site::with(obedient("A"), obedient("B"), lines)
}

/// One request to a fresh site: the answer's Set-Cookie values and the last two log flags.
fn asked(lines: &str, fields: &[&str]) -> (Response, String) {
    let (response, log) = site(lines).get_logged("/once", fields);
    (response, log.flags[2..].to_owned())
}

#[test]
fn bytes_and_place_of_the_header() {
    let site = site("cookie SRVNAME insert");
    for status in [200, 301, 304, 404, 500] {
        let response = site.get("/", &[&format!("X-Status: {status}"), "X-Add: Last: one"]);
        let wanted = format!("SRVNAME=S{}; path=/", server_of(&response));
        assert_eq!(response.status(), status);
        assert_eq!(
            response.head.fields.last(),
            Some(&("set-cookie".to_owned(), wanted)),
            "after the server's own headers"
        );
    }
    let response = site.proxy.client("web").request("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(response.all("set-cookie").len(), 1);
}

#[test]
fn own_error_answers_never_carry_it() {
    let site =
        Site::with_options(Backend::named("A"), Backend::named("B"), "cookie SRVNAME insert", "disabled", "disabled");
    assert_eq!((site.get("/", &[]).status(), site.get("/", &[]).all("set-cookie").len()), (503, 0));
    let refused = site.proxy.client("web").request("GET /bad request HTTP/1.1\r\n\r\n");
    assert_eq!((refused.status(), refused.all("set-cookie").len()), (400, 0));
}

#[test]
fn words_of_the_cookie_line() {
    // Fresh client, one request; the server adds what the third column says.
    let cases: &[(&str, &[&str], &[&str], &str)] = &[
        ("insert", &[], &["SRVNAME=SA; path=/"], "NI"),
        ("insert indirect", &[], &["SRVNAME=SA; path=/"], "NI"),
        ("insert httponly secure", &[], &["SRVNAME=SA; path=/; HttpOnly; Secure"], "NI"),
        (
            "insert domain one.test domain two.test",
            &[],
            &["SRVNAME=SA; path=/; domain=one.test; domain=two.test"],
            "NI",
        ),
        ("insert attr SameSite=Lax attr Partitioned", &[], &["SRVNAME=SA; path=/; SameSite=Lax; Partitioned"], "NI"),
        (
            "insert secure httponly domain one.test attr SameSite=None",
            &[],
            &["SRVNAME=SA; path=/; domain=one.test; HttpOnly; Secure; SameSite=None"],
            "NI",
        ),
        // The server's cookie of that name is taken away, others stay.
        ("insert", &["Set-Cookie: SRVNAME=own", "Set-Cookie: b=2"], &["b=2", "SRVNAME=SA; path=/"], "NI"),
        ("insert preserve", &["Set-Cookie: SRVNAME=own; path=/x"], &["SRVNAME=own; path=/x"], "NP"),
        ("insert preserve", &[], &["SRVNAME=SA; path=/"], "NI"),
        // Rewrite never adds.
        ("rewrite", &[], &[], "NN"),
        ("rewrite", &["Set-Cookie: SRVNAME=own; path=/x"], &["SRVNAME=SA; path=/x"], "NR"),
        ("rewrite", &["Set-Cookie: other=own"], &["other=own"], "NN"),
        ("prefix", &["Set-Cookie: SRVNAME=own; path=/x"], &["SRVNAME=SA~own; path=/x"], "NR"),
        ("prefix", &[], &[], "NN"),
        ("indirect", &[], &[], "NN"),
        // A name alone is no persistence.
        ("", &["Set-Cookie: SRVNAME=own"], &["SRVNAME=own"], "--"),
    ];
    for (words, added, expected, flags) in cases {
        let fields: Vec<String> = added.iter().map(|line| format!("X-Add: {line}")).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let (response, got) = asked(&format!("cookie SRVNAME {words}"), &fields);
        assert_eq!((response.all("set-cookie"), got.as_str()), (expected.to_vec(), *flags), "{words}, {added:?}");
    }
}

#[test]
fn with_a_valid_cookie() {
    let cases: &[(&str, &[&str], &[&str], &str)] = &[
        ("insert", &[], &[], "VN"),
        ("insert", &["Set-Cookie: SRVNAME=own", "Set-Cookie: b=2"], &["b=2"], "VD"),
        ("insert indirect", &["Set-Cookie: SRVNAME=own"], &[], "VD"),
        ("insert preserve", &["Set-Cookie: SRVNAME=own"], &["SRVNAME=own"], "VP"),
        ("rewrite", &["Set-Cookie: SRVNAME=own; x"], &["SRVNAME=SB; x"], "VR"),
    ];
    for (words, added, expected, flags) in cases {
        let fields: Vec<String> = added.iter().map(|line| format!("X-Add: {line}")).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).chain(["Cookie: SRVNAME=SB"]).collect();
        let (response, got) = asked(&format!("cookie SRVNAME {words}"), &fields);
        assert_eq!((response.all("set-cookie"), got.as_str()), (expected.to_vec(), *flags), "{words}, {added:?}");
        assert_eq!(server_of(&response), "B", "{words}");
    }
}

#[test]
fn what_the_server_sees() {
    fn check(words: &str, sent: &str, seen: Option<&str>) {
        let site = Site::start(&format!("cookie SRVNAME {words}"));
        site.get("/", &[sent]);
        let requests = [site.a.requests(), site.b.requests()].concat();
        assert_eq!(requests[0].header("cookie"), seen, "{words}: {sent}");
    }
    check("insert", "Cookie: a=1; SRVNAME=SA; b=2", Some("a=1; SRVNAME=SA; b=2"));
    check("insert indirect", "Cookie: a=1; SRVNAME=SA; b=2", Some("a=1; b=2"));
    check("insert indirect", "Cookie: SRVNAME=SA; b=2", Some("b=2"));
    check("insert indirect", "Cookie: b=2; SRVNAME=SA", Some("b=2"));
    check("insert indirect", "Cookie: SRVNAME=SA", None);
    check("insert indirect", "Cookie: SRVNAME=unknown; b=2", Some("b=2"));
    check("prefix", "Cookie: SRVNAME=SA~abc; b=2", Some("SRVNAME=abc; b=2"));
    check("prefix", "Cookie: SRVNAME=unknown~abc", Some("SRVNAME=abc"));
    check("prefix", "Cookie: SRVNAME=abc", Some("SRVNAME=abc"));
}

#[test]
fn prefix_binds() {
    let site = site("cookie SRVNAME prefix");
    let (response, log) = site.get_logged("/valid", &["Cookie: SRVNAME=SB~abc"]);
    assert_eq!((server_of(&response), log.flags.as_str()), ("B", "--VN"));
    let (_, log) = site.get_logged("/unknown", &["Cookie: SRVNAME=other~abc"]);
    assert_eq!(log.flags, "--IN");
}

#[test]
fn nocache_marks_answers_that_could_be_stored() {
    fn check(added: &[&str], private: bool) {
        let fields: Vec<String> = added.iter().map(|line| format!("X-Add: {line}")).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let (response, _) = asked("cookie SRVNAME insert nocache", &fields);
        assert_eq!(response.all("cache-control").contains(&"private"), private, "{added:?}");
        let own = added.iter().filter(|line| line.starts_with("Cache-Control")).count();
        assert_eq!(response.all("cache-control").len(), own + usize::from(private), "{added:?}");
    }
    check(&[], false);
    check(&["Cache-Control: no-store"], false);
    check(&["Cache-Control: max-age=10"], true);
    check(&["ETag: \"1\""], true);
    check(&["Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"], true);
    check(&["Expires: Sun, 06 Nov 2094 08:49:37 GMT"], true);
    // Burdock takes `public` away, which would let a shared cache store the cookie; HAProxy leaves it.
    let (response, _) = asked("cookie SRVNAME insert nocache", &["X-Add: Cache-Control: public"]);
    let expected = if crate::support::burdock().is_stand_in() { ["public"] } else { ["private"] };
    assert_eq!(response.all("cache-control"), expected);
    // Without the word, and where no cookie is inserted, nothing is touched.
    let (response, _) = asked("cookie SRVNAME insert", &["X-Add: Cache-Control: max-age=10"]);
    assert_eq!(response.all("cache-control"), ["max-age=10"]);
    let (response, _) =
        asked("cookie SRVNAME insert nocache", &["X-Add: Cache-Control: max-age=10", "Cookie: SRVNAME=SA"]);
    assert_eq!(response.all("cache-control"), ["max-age=10"]);
}

#[test]
fn postonly_spares_get() {
    let site = site("cookie SRVNAME insert postonly");
    let (response, log) = site.get_logged("/get", &[]);
    assert_eq!((response.all("set-cookie").len(), log.flags.as_str()), (0, "--NN"));
    let (response, log) = site.get_logged("/own", &["X-Add: Set-Cookie: SRVNAME=own"]);
    assert_eq!((response.all("set-cookie").len(), log.flags.as_str()), (0, "--ND"));
    let response = site.proxy.client("web").request(post("/post", &[], "x"));
    assert_eq!(response.all("set-cookie").len(), 1);
    assert_eq!(site.log.await_request("/post").flags, "--NI");
}

#[test]
fn a_server_without_a_value_gets_an_expired_cookie() {
    let a = obedient("A");
    let log = burdock_testkit::LogSink::new();
    let config = crate::support::listen(&log, &format!("cookie SRVNAME insert\nserver A 127.0.0.1:{}", a.port()));
    let proxy = crate::support::burdock().start(&config);
    let response = proxy.client("web").get("/none", &[]);
    let cookie = response.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("SRVNAME=; Expires=") && cookie.contains("1970") && cookie.ends_with("; path=/"),
        "{cookie}"
    );
    assert_eq!(log.await_request("/none").flags, "--NI");
}

#[test]
fn idle_and_life_dates() {
    let site = site("cookie SRVNAME insert maxidle 1h");
    let response = site.get("/fresh", &[]);
    let cookie = response.header("set-cookie").unwrap().strip_suffix("; path=/").unwrap().to_owned();
    let (server, date) = cookie.strip_prefix("SRVNAME=").unwrap().split_once('|').unwrap();
    assert_eq!((server, date.len()), ("SA", 5), "{cookie}");
    // Of now: accepted as it is, unless its four-second step has just ended.
    let (response, log) = site.get_logged("/again", &[&format!("Cookie: {cookie}")]);
    assert_eq!(server_of(&response), "A");
    assert!(["--VN", "--VU"].contains(&log.flags.as_str()), "{}", log.flags);
    // No date, or one that is none: accepted and dated.
    for (path, value) in [("/undated", "SA"), ("/nodate", "SA|x")] {
        let (response, log) = site.get_logged(path, &[&format!("Cookie: SRVNAME={value}")]);
        assert_eq!((server_of(&response), log.flags.as_str()), ("A", "--VU"), "{value}");
        assert!(response.header("set-cookie").unwrap().starts_with("SRVNAME=SA|"), "{value}");
    }
    // The alphabet's lowest digits are a date of 1970.
    let (response, log) = site.get_logged("/old", &["Cookie: SRVNAME=SA|AAAAB"]);
    assert_eq!((log.flags.as_str(), response.all("set-cookie").len()), ("--EI", 1));
}

#[test]
fn maxlife_keeps_the_first_date() {
    let site = site("cookie SRVNAME insert maxlife 1h");
    let response = site.get("/fresh", &[]);
    let cookie = response.header("set-cookie").unwrap().strip_suffix("; path=/").unwrap().to_owned();
    let fields: Vec<&str> = cookie.split('|').collect();
    assert_eq!((fields[0], fields.len()), ("SRVNAME=SA", 3), "value, last and first date: {cookie}");
    let (_, log) = site.get_logged("/old", &["Cookie: SRVNAME=SA|AAAAB|AAAAB"]);
    assert_eq!(log.flags, "--OI");
}

#[test]
fn dynamic_values_hide_the_server() {
    let (a, b) = (obedient("A"), obedient("B"));
    let log = burdock_testkit::LogSink::new();
    let lines = format!(
        "cookie SRVNAME insert dynamic\ndynamic-cookie-key secret\nserver A 127.0.0.1:{}\nserver B 127.0.0.1:{} cookie SB",
        a.port(),
        b.port()
    );
    let proxy = crate::support::burdock().start(&crate::support::listen(&log, &lines));
    let first = proxy.client("web").get("/", &[]);
    let cookie = first.header("set-cookie").unwrap().strip_suffix("; path=/").unwrap();
    let value = cookie.strip_prefix("SRVNAME=").unwrap();
    assert!(value.len() == 16 && value.bytes().all(|byte| byte.is_ascii_hexdigit()), "{cookie}");
    let again = proxy.client("web").get("/", &[&format!("Cookie: {cookie}")]);
    assert_eq!((server_of(&again), again.all("set-cookie").len()), ("A", 0));
    // A value that is written in the file wins.
    assert_eq!(proxy.client("web").get("/", &[]).header("set-cookie"), Some("SRVNAME=SB; path=/"));
}

#[test]
fn two_ways_at_once_are_refused() {
    for words in ["insert rewrite", "insert prefix", "rewrite prefix", "rewrite indirect"] {
        let text = format!(
            "listen web\n bind 127.0.0.1:@web@\n mode http\n cookie SRVNAME {words}\n server A 127.0.0.1:1 cookie SA\n"
        );
        let output = crate::support::burdock().run(&text, &["-c"]);
        assert_eq!(output.status.code(), Some(1), "{words}");
    }
}
