//! `option persist`, `force-persist`, `option prefer-last-server`, backups: when a binding holds against the servers' states.

use burdock_testkit::net::Reserved;
use burdock_testkit::{Backend, LogSink};

use crate::support::{Site, burdock, listen, server_of};

const BOUND: &[&str] = &["Cookie: SRVNAME=SA"];

#[test]
fn option_persist_keeps_a_client_on_a_server_in_maintenance() {
    let site = Site::with_options(
        Backend::named("A"),
        Backend::named("B"),
        "cookie SRVNAME insert\noption persist",
        "disabled",
        "",
    );
    let (response, log) = site.get_logged("/bound", BOUND);
    assert_eq!((server_of(&response), log.flags.as_str(), response.all("set-cookie").len()), ("A", "--DN", 0));
    assert_eq!(server_of(&site.get("/fresh", &[])), "B");
}

#[test]
fn option_persist_and_a_server_that_refuses() {
    fn check(lines: &str, status: u16, flags: &str) {
        let (a, b, log) = (Reserved::new(), Backend::named("B"), LogSink::new());
        let text = format!(
            "cookie SRVNAME insert\noption persist\ntimeout connect 100\n{lines}\nserver A 127.0.0.1:{} cookie SA disabled\n\
             server B 127.0.0.1:{} cookie SB",
            a.port(),
            b.port()
        );
        let proxy = burdock().start(&listen(&log, &text));
        let response = proxy.client("web").get("/bound", BOUND);
        assert_eq!((response.status(), log.await_request("/bound").flags.as_str()), (status, flags), "{lines}");
    }
    check("", 503, "SCDN");
    check("option redispatch", 200, "--DI");
}

#[test]
fn force_persist_holds_by_condition() {
    let lines = "cookie SRVNAME insert\nforce-persist if { path_beg /force }";
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), lines, "disabled", "");
    assert_eq!(server_of(&site.get("/force", BOUND)), "A");
    let (response, log) = site.get_logged("/other", BOUND);
    assert_eq!((server_of(&response), log.flags.as_str()), ("B", "--DI"));
}

#[test]
fn force_persist_switches_redispatch_off() {
    let (a, b, log) = (Reserved::new(), Backend::named("B"), LogSink::new());
    let text = format!(
        "cookie SRVNAME insert\noption redispatch 1\ntimeout connect 100\nforce-persist if {{ path_beg /force }}\n\
         server A 127.0.0.1:{} cookie SA disabled\n\
             server B 127.0.0.1:{} cookie SB",
        a.port(),
        b.port()
    );
    let proxy = burdock().start(&listen(&log, &text));
    assert_eq!(proxy.client("web").get("/force", BOUND).status(), 503);
    assert_eq!(proxy.client("web").get("/other", BOUND).status(), 200);
}

#[test]
fn prefer_last_server_needs_a_connection_of_the_sessions_own() {
    fn check(lines: &str, expected: &str) {
        let site = Site::start(&format!("option prefer-last-server\n{lines}"));
        let mut client = site.proxy.client("web");
        let servers: String = (0..4).map(|_| server_of(&client.get("/", &[])).to_owned()).collect();
        assert_eq!(servers, expected, "{lines}");
    }
    check("http-reuse safe", "ABAB");
    check("http-reuse never", "AAAA");
}

#[test]
fn backups_serve_only_when_no_active_server_can() {
    fn check(lines: &str, words_of_a: &str, expected: &[&str]) {
        let backends = ["A", "B", "C"].map(Backend::named);
        let log = LogSink::new();
        let text = format!(
            "{lines}\nserver A 127.0.0.1:{} {words_of_a}\nserver B 127.0.0.1:{} backup\nserver C 127.0.0.1:{} backup",
            backends[0].port(),
            backends[1].port(),
            backends[2].port()
        );
        let proxy = burdock().start(&listen(&log, &text));
        let ask = || server_of(&proxy.client("web").get("/", &[])).to_owned();
        let mut servers = [ask(), ask(), ask(), ask()];
        servers.sort();
        assert_eq!(servers, expected, "{lines}, {words_of_a}");
    }
    for lines in ["", "option allbackups"] {
        check(lines, "", &["A"; 4]);
    }
    check("", "disabled", &["B"; 4]);
    check("option allbackups", "disabled", &["B", "B", "C", "C"]);
}
