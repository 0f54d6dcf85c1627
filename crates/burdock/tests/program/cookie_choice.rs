//! Which server a request goes to: the cookie's value, its spelling, the servers' states; and the flags that the log has of it.

use burdock_testkit::client::get;
use burdock_testkit::{Backend, LogSink};

use crate::support::{Site, burdock, listen, server_of};

const INSERT: &str = "cookie SRVNAME insert";

/// What is expected of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Goes {
    /// Where its cookie says; no cookie is set.
    To(&'static str),
    /// Where the balancing says; a cookie that names that server is set.
    Balanced,
}

#[test]
fn spellings_of_the_cookie() {
    use Goes::{Balanced, To};
    let site = Site::start(INSERT);
    let cases: &[(&[&str], Goes, &str)] = &[
        (&[], Balanced, "--NI"),
        (&["Cookie: SRVNAME=SA"], To("A"), "--VN"),
        (&["Cookie: SRVNAME=SB"], To("B"), "--VN"),
        (&["Cookie: SRVNAME=other"], Balanced, "--II"),
        (&["Cookie: SRVNAME="], Balanced, "--II"),
        (&["Cookie: SRVNAME=\"SA\""], Balanced, "--II"),
        (&["Cookie: SRVNAME=SA~x"], Balanced, "--II"),
        (&["Cookie: SRVNAME=sa"], Balanced, "--II"),
        (&["Cookie: SRVNAME==SA"], Balanced, "--II"),
        (&["Cookie: SRVNAME=SA=1"], Balanced, "--II"),
        (&["Cookie: SRVNAME"], Balanced, "--NI"),
        (&["Cookie: srvname=SA"], Balanced, "--NI"),
        (&["Cookie: SRVNAME2=SA"], Balanced, "--NI"),
        (&["Cookie: XSRVNAME=SA"], Balanced, "--NI"),
        (&["Cookie: other=SA"], Balanced, "--NI"),
        (&["Cookie: a=1; SRVNAME=SB; c=2"], To("B"), "--VN"),
        (&["Cookie: SRVNAME=other; SRVNAME=SB"], To("B"), "--VN"),
        (&["Cookie: SRVNAME=SA; SRVNAME=SB"], To("A"), "--VN"),
        (&["Cookie: SRVNAME = SA"], To("A"), "--VN"),
        (&["Cookie: a=1,SRVNAME=SA"], To("A"), "--VN"),
        (&["Cookie: a=1", "Cookie: SRVNAME=SB"], To("B"), "--VN"),
        (&["cookie: $Version=1; SRVNAME=SB"], To("B"), "--VN"),
        (&["Cookie: SRVNAME=SA|no date"], To("A"), "--VN"),
        (&["Cookie: x=\"q; SRVNAME=SA\"; SRVNAME=SB"], To("B"), "--VN"),
    ];
    for (number, (fields, goes, flags)) in cases.iter().enumerate() {
        let path = format!("/{number}.");
        let (response, log) = site.get_logged(&path, fields);
        let server = server_of(&response);
        let expected_cookies = match goes {
            To(name) => {
                assert_eq!(server, *name, "{fields:?}");
                vec![]
            }
            Balanced => vec![format!("SRVNAME=S{server}; path=/")],
        };
        assert_eq!(response.all("set-cookie"), expected_cookies, "{fields:?}");
        assert_eq!((log.flags.as_str(), log.server.as_str()), (*flags, server), "{fields:?}");
    }
}

#[test]
fn the_server_still_sees_the_cookie_with_its_blanks_normalised() {
    fn check(sent: &str, seen: &str) {
        let site = Site::start(INSERT);
        site.get("/", &[sent]);
        let requests = [site.a.requests(), site.b.requests()].concat();
        assert_eq!(requests[0].header("cookie"), Some(seen), "{sent:?}");
    }
    check("Cookie: SRVNAME=SA", "SRVNAME=SA");
    check("Cookie: a=1; SRVNAME=SA", "a=1; SRVNAME=SA");
    check("Cookie: SRVNAME=other", "SRVNAME=other");
    check("Cookie: SRVNAME = SA", "SRVNAME=SA");
}

#[test]
fn a_date_without_maxidle_is_accepted_and_taken_away() {
    let site = Site::start(INSERT);
    // Five digits of the date's 64-digit alphabet.
    let (response, log) = site.get_logged("/dated", &["Cookie: SRVNAME=SA|ZaAvv"]);
    assert_eq!(response.all("set-cookie"), ["SRVNAME=SA; path=/"]);
    assert_eq!((log.flags.as_str(), server_of(&response)), ("--VU", "A"));
}

#[test]
fn fresh_clients_alternate_and_weights_are_kept() {
    fn check(a_words: &str, expected: &str) {
        let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, a_words, "");
        let servers: String = (0..expected.len()).map(|_| server_of(&site.get("/", &[])).to_owned()).collect();
        assert_eq!(servers, expected, "{a_words}");
    }
    check("", "ABABAB");
    check("weight 3", "AAABAAAB");
}

#[test]
fn every_request_of_a_connection_is_balanced_again_and_pipelining_keeps_the_order() {
    let site = Site::start(INSERT);
    let mut client = site.proxy.client("web");
    let servers: String = (0..4).map(|_| server_of(&client.get("/", &[])).to_owned()).collect();
    assert_eq!(servers, "ABAB");

    let requests = ["SB", "SA", "SB", "SB", "SA"].map(|value| get("/", &[&format!("Cookie: SRVNAME={value}")]));
    client.send(requests.concat());
    let servers: String = requests.iter().map(|_| server_of(&client.response()).to_owned()).collect();
    assert_eq!(servers, "BABBA");
}

#[test]
fn servers_that_take_no_new_clients_still_serve_their_own() {
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "weight 0", "");
    let (response, log) = site.get_logged("/bound", &["Cookie: SRVNAME=SA"]);
    assert_eq!((server_of(&response), log.flags.as_str(), response.all("set-cookie").len()), ("A", "--VN", 0));
    for _ in 0..3 {
        assert_eq!(server_of(&site.get("/fresh", &[])), "B");
    }
}

#[test]
fn a_server_in_maintenance_loses_its_clients() {
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "disabled", "");
    let (response, log) = site.get_logged("/bound", &["Cookie: SRVNAME=SA"]);
    assert_eq!((server_of(&response), log.flags.as_str()), ("B", "--DI"));
    assert_eq!(response.all("set-cookie"), ["SRVNAME=SB; path=/"]);
    // The first value that names a usable server wins.
    let (response, log) = site.get_logged("/two", &["Cookie: SRVNAME=SA; SRVNAME=SB"]);
    assert_eq!((server_of(&response), log.flags.as_str(), response.all("set-cookie").len()), ("B", "--VN", 0));
}

#[test]
fn one_without_weight_and_the_other_in_maintenance() {
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "weight 0", "disabled");
    let (response, log) = site.get_logged("/bound", &["Cookie: SRVNAME=SA"]);
    assert_eq!((response.status(), server_of(&response), log.flags.as_str()), (200, "A", "--VN"));
    let (response, log) = site.get_logged("/fresh", &[]);
    assert_eq!((response.status(), log.server.as_str(), log.flags.as_str()), (503, "<NOSRV>", "SCNN"));
}

#[test]
fn nothing_usable_is_503_at_once() {
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "disabled", "disabled");
    for (path, fields, flags) in [("/fresh", &[][..], "SCNN"), ("/bound", &["Cookie: SRVNAME=SA"][..], "SCDN")] {
        let (response, log) = site.get_logged(path, fields);
        assert_eq!((response.status(), response.all("set-cookie").len()), (503, 0), "{path}");
        assert_eq!((log.server.as_str(), log.flags.as_str()), ("<NOSRV>", flags), "{path}");
    }
}

#[test]
fn of_servers_with_one_value_the_first_usable_serves() {
    for (words_of_a, expected) in [("", "A"), ("weight 0", "A"), ("backup", "A"), ("disabled", "B")] {
        let (a, b, log) = (Backend::named("A"), Backend::named("B"), LogSink::new());
        let servers = format!(
            "server A 127.0.0.1:{} cookie S1 {words_of_a}\nserver B 127.0.0.1:{} cookie S1",
            a.port(),
            b.port()
        );
        let proxy = burdock().start(&listen(&log, &format!("{INSERT}\n{servers}")));
        for _ in 0..3 {
            let response = proxy.client("web").get("/", &["Cookie: SRVNAME=S1"]);
            assert_eq!((server_of(&response), response.all("set-cookie").len()), (expected, 0), "{words_of_a}");
        }
    }
}

#[test]
fn a_backup_serves_its_own_clients_while_actives_are_up() {
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "", "backup");
    let (response, log) = site.get_logged("/bound", &["Cookie: SRVNAME=SB"]);
    assert_eq!((server_of(&response), log.flags.as_str()), ("B", "--VN"));
    assert_eq!(server_of(&site.get("/fresh", &[])), "A");
    assert_eq!(server_of(&site.get("/fresh", &[])), "A");
    let alone = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "disabled", "backup");
    assert_eq!(server_of(&alone.get("/fresh", &[])), "B");
}

#[test]
fn use_server_beats_the_cookie() {
    let site = Site::start(&format!("{INSERT}\nuse-server B if {{ path_beg /b }}"));
    let (response, log) = site.get_logged("/b", &["Cookie: SRVNAME=SA"]);
    assert_eq!((server_of(&response), log.flags.as_str(), response.all("set-cookie").len()), ("B", "--UN", 0));
}

#[test]
fn ignore_persist_hides_the_cookie() {
    let site = Site::start(&format!("{INSERT}\nignore-persist if {{ path_beg /ignored }}"));
    let mut servers = Vec::new();
    for number in 0..2 {
        let (response, log) = site.get_logged(&format!("/ignored{number}"), &["Cookie: SRVNAME=SA"]);
        assert_eq!((&log.flags[2..3], response.all("set-cookie").len()), ("U", 0));
        servers.push(server_of(&response).to_owned());
    }
    servers.sort();
    assert_eq!(servers, ["A", "B"], "ignored requests are balanced");
}

#[test]
fn a_name_alone_binds_by_the_cookies_that_clients_have_and_sets_none() {
    let site = Site::start("cookie SRVNAME");
    for number in 0..3 {
        let (response, log) = site.get_logged(&format!("/bound{number}"), &["Cookie: SRVNAME=SB"]);
        assert_eq!((server_of(&response), log.flags.as_str(), response.all("set-cookie").len()), ("B", "----", 0));
    }
    let (response, log) = site.get_logged("/fresh", &[]);
    assert_eq!((log.flags.as_str(), response.all("set-cookie").len()), ("----", 0));
}
