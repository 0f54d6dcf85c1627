use burdock_http::RequestHead;

use super::*;
use crate::request::Reach;
use crate::testing::{Farm, NOW_S, id};

/// A whole exchange: the request's cookie, the server that answers, its Set-Cookie values. Returns both flags (`VN`) and the Set-Cookie
/// values that the client gets.
fn exchange(
    farm: &Farm,
    reach: Reach,
    cookie: &str,
    server: char,
    own: &[&str],
    method: Method,
) -> (String, Vec<String>) {
    let mut request = RequestHead::new();
    if !cookie.is_empty() {
        request.headers.append(b"Cookie", cookie.as_bytes()).unwrap();
    }
    let mut binding = farm.persistence.bind_request(&mut request, reach, NOW_S).unwrap();
    if binding.server.is_some_and(|bound| bound != id(server)) {
        binding.leave();
    }
    let mut response = ResponseHead::new();
    for value in own {
        response.headers.append(b"Set-Cookie", value.as_bytes()).unwrap();
    }
    let flag = farm.persistence.finish_response(&mut response, &binding, id(server), method, NOW_S).unwrap();
    let flags = [binding.flag.letter(), flag.letter()].map(char::from).iter().collect();
    let values =
        response.headers.all(KnownHeader::SetCookie).map(|(_, value)| String::from_utf8(value.to_vec()).unwrap());
    (flags, values.collect())
}

fn check_exchange(farm: &Farm, reach: Reach, exchanged: (&str, char, &[&str]), flags: &str, expected: &[&str]) {
    let (cookie, server, own) = exchanged;
    let (got_flags, got) = exchange(farm, reach, cookie, server, own, Method::Get);
    assert_eq!(
        (got_flags.as_str(), got.as_slice()),
        (flags, &*own_strings(expected)),
        "{:?} {exchanged:?}",
        farm.persistence.policy()
    );
}

fn own_strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

const FORGET: &str = "S=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/";

/// Every mode with and without a cookie of the server's own, as seen from HAProxy 3.5. The farm has SA, SB and a server without a value.
#[test]
fn every_mode() {
    let own: &[&str] = &["S=own; path=/x; HttpOnly", "o=1"];
    let kept = own;
    for (words, rows) in [
        (
            "insert",
            &[
                ("", 'A', &[][..], "NI", &["S=SA; path=/"][..]),
                ("S=SA", 'A', &[], "VN", &[]),
                ("S=ZZ", 'B', &[], "II", &["S=SB; path=/"]),
                ("S=SA", 'B', &[], "DI", &["S=SB; path=/"]),
                ("", 'A', own, "NI", &["o=1", "S=SA; path=/"]),
                ("S=SA", 'A', own, "VD", &["o=1"]),
                ("S=SA|abcde", 'A', own, "VU", &["o=1", "S=SA; path=/"]),
                ("S=SA|abc", 'A', &[], "VN", &[]),
                ("", 'C', &[], "NI", &[FORGET]),
                ("S=ZZ", 'C', own, "II", &["o=1", FORGET]),
                ("", 'A', &["o=1; S=2"], "NI", &["o=1; S=2", "S=SA; path=/"]),
            ][..],
        ),
        (
            "insert preserve",
            &[
                ("", 'A', &[], "NI", &["S=SA; path=/"]),
                ("", 'A', own, "NP", kept),
                ("S=SA", 'A', own, "VP", kept),
                ("S=SA", 'A', &[], "VN", &[]),
                ("S=ZZ", 'A', own, "IP", kept),
                ("S=SA|abcde", 'A', &["S=own"], "VP", &["S=own"]),
            ],
        ),
        ("insert indirect", &[("", 'A', &[], "NI", &["S=SA; path=/"]), ("S=SA", 'A', own, "VD", &["o=1"])]),
        (
            "indirect",
            &[
                ("", 'A', &[], "NN", &[]),
                ("", 'A', own, "NP", kept),
                ("S=SA", 'A', own, "VD", &["o=1"]),
                ("S=ZZ", 'A', own, "IP", kept),
                ("S=SA", 'B', own, "DP", kept),
            ],
        ),
        ("indirect preserve", &[("S=SA", 'A', own, "VP", kept)]),
        (
            "rewrite",
            &[
                ("", 'A', &[], "NN", &[]),
                ("S=SA", 'A', &[], "VN", &[]),
                ("", 'A', own, "NR", &["S=SA; path=/x; HttpOnly", "o=1"]),
                ("S=SA", 'A', &["S=own", "S=two"], "VR", &["S=SA", "S=SA"]),
                ("S=SA", 'B', own, "DR", &["S=SB; path=/x; HttpOnly", "o=1"]),
                ("", 'A', &["S=\"q q\"; a"], "NR", &["S=SA; a"]),
                ("", 'A', &["S="], "NR", &["S=SA"]),
                ("", 'A', &["o=2, S=own"], "NN", &["o=2, S=own"]),
                ("", 'C', own, "NP", kept),
            ],
        ),
        (
            "prefix",
            &[
                ("", 'A', &[], "NN", &[]),
                ("", 'B', own, "NR", &["S=SB~own; path=/x; HttpOnly", "o=1"]),
                ("S=SA~x", 'A', own, "VR", &["S=SA~own; path=/x; HttpOnly", "o=1"]),
                ("", 'A', &["S=\"q q\"; a"], "NR", &["S=SA~\"q q\"; a"]),
                ("", 'A', &["S="], "NR", &["S=SA~"]),
                ("", 'C', own, "NP", kept),
            ],
        ),
        ("prefix indirect", &[("S=SA~x", 'A', own, "VD", &["o=1"]), ("", 'A', &["S=own"], "NR", &["S=SA~own"])]),
        ("", &[("S=SA", 'A', own, "--", kept), ("", 'A', &[], "--", &[])]),
    ] {
        let farm = Farm::new(words, &["SA", "SB", ""]);
        for &(cookie, server, own, flags, expected) in rows {
            check_exchange(&farm, Reach::Usable, (cookie, server, own), flags, expected);
        }
    }
}

#[test]
fn postonly_inserts_after_post_alone() {
    let farm = Farm::new("insert postonly", &["SA", "SB"]);
    let own: &[&str] = &["S=own"];
    for (cookie, own, method, flags, expected) in [
        ("", &[][..], Method::Get, "NN", &[][..]),
        ("S=ZZ", &[], Method::Get, "IN", &[]),
        ("", own, Method::Get, "ND", &[]),
        ("S=SA|abcde", &[], Method::Get, "VN", &[]),
        ("", &[], Method::Post, "NI", &["S=SA; path=/"]),
        ("S=ZZ", own, Method::Post, "II", &["S=SA; path=/"]),
        ("S=SA", own, Method::Post, "VD", &[]),
    ] {
        let got = exchange(&farm, Reach::Usable, cookie, 'A', own, method);
        assert_eq!(got, (flags.to_owned(), own_strings(expected)), "{cookie} {method:?}");
    }
}

#[test]
fn rules_change_the_response_too() {
    let farm = Farm::new("insert", &["SA", "SB"]);
    let own: &[&str] = &["S=own"];
    check_exchange(&farm, Reach::Nothing, ("S=SA", 'B', own), "UN", own);
    check_exchange(&farm, Reach::Nothing, ("", 'B', &[]), "NN", &[]);
    check_exchange(&farm, Reach::Chosen(id('B')), ("S=SA", 'B', own), "UD", &[]);
    check_exchange(&farm, Reach::Chosen(id('B')), ("", 'B', &[]), "NN", &[]);
    check_exchange(&farm, Reach::Chosen(id('B')), ("S=SA|abcde", 'B', &[]), "UU", &["S=SB; path=/"]);
    farm.maintain('A');
    check_exchange(&farm, Reach::Any, ("S=SA", 'A', &[]), "DN", &[]);
    check_exchange(&farm, Reach::Any, ("S=SA", 'A', own), "DD", &[]);
    for (words, expected) in [("prefix", "S=SB~own"), ("rewrite", "S=SB")] {
        let farm = Farm::new(words, &["SA", "SB"]);
        check_exchange(&farm, Reach::Nothing, ("S=SA", 'B', own), "UN", own);
        check_exchange(&farm, Reach::Chosen(id('B')), ("S=SA", 'B', own), "UR", &[expected]);
    }
}

#[test]
fn attributes_follow_in_order() {
    let words = "insert attr SameSite=Lax secure httponly domain .a.org attr Foo domain b.c";
    let farm = Farm::new(words, &["SA", ""]);
    let attributes = "; path=/; domain=.a.org; domain=b.c; HttpOnly; Secure; SameSite=Lax; Foo";
    check_exchange(&farm, Reach::Usable, ("", 'A', &[]), "NI", &[&format!("S=SA{attributes}")]);
    let forget = format!("S=; Expires=Thu, 01-Jan-1970 00:00:01 GMT{attributes}");
    check_exchange(&farm, Reach::Usable, ("", 'B', &[]), "NI", &[&forget]);
}

/// Dates relative to a second that is awKqP: awKqO is four seconds earlier.
#[test]
fn dates_are_sent_and_refreshed() {
    for (words, cookie, flags, expected) in [
        ("insert maxidle 60", "", "NI", "S=SA|awKqP; path=/"),
        ("insert maxidle 60", "S=SA", "VU", "S=SA|awKqP; path=/"),
        ("insert maxidle 60", "S=SA|abc", "VU", "S=SA|awKqP; path=/"),
        ("insert maxidle 60", "S=SA||awKqP", "VU", "S=SA|awKqP; path=/"),
        ("insert maxidle 60", "S=SA|awKqO", "VU", "S=SA|awKqP; path=/"),
        ("insert maxidle 60", "S=SA|awKqO|awKmm", "VU", "S=SA|awKqP; path=/"),
        ("insert maxidle 60", "S=SA|awKqP", "VN", ""),
        ("insert maxidle 60", "S=SA|awKqQ", "VN", ""),
        ("insert maxidle 60", "S=SA|awKqA", "VU", "S=SA|awKqP; path=/"),
        ("insert maxidle 60", "S=SA|awKpA", "EI", "S=SA|awKqP; path=/"),
        ("insert maxlife 60", "", "NI", "S=SA|awKqP|awKqP; path=/"),
        ("insert maxlife 60", "S=SA", "VU", "S=SA|awKqP|awKqP; path=/"),
        ("insert maxlife 60", "S=SA|awKqO|awKqC", "VU", "S=SA|awKqP|awKqC; path=/"),
        ("insert maxlife 60", "S=SA|awKqP|awKqC", "VN", ""),
        ("insert maxlife 60", "S=SA|ab|awKqC", "VN", ""),
        ("insert maxlife 60", "S=SA||awKqC", "VN", ""),
        ("insert maxlife 60", "S=SA|awKqP|abc", "VU", "S=SA|awKqP|awKqP; path=/"),
        ("insert maxlife 60", "S=SA|awKqO|awKmm", "OI", "S=SA|awKqP|awKqP; path=/"),
        ("insert maxidle 60 maxlife 120", "S=SA|xx|awKqC", "VU", "S=SA|awKqP|awKqC; path=/"),
        ("insert maxidle 60 maxlife 120", "S=SA|awKqQ|awKqC", "VN", ""),
        ("insert maxidle 60 maxlife 120", "S=SA|awKpA|awKqC", "EI", "S=SA|awKqP|awKqP; path=/"),
        // The client's first visit counts whichever server it was to.
        ("insert maxlife 60", "S=ZZ|awKqO|awKqC", "II", "S=SA|awKqP|awKqC; path=/"),
        ("insert maxlife 60", "S=SB|awKqO|awKqC", "DI", "S=SA|awKqP|awKqC; path=/"),
        // Dates that are not asked for are taken off.
        ("insert", "S=SA|awKqP|awKqP", "VU", "S=SA; path=/"),
        ("insert", "S=SA|AAAAA", "VN", ""),
        ("insert maxidle 0", "S=SA|awKqA", "VU", "S=SA; path=/"),
    ] {
        let farm = Farm::new(words, &["SA", "SB"]);
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        check_exchange(&farm, Reach::Usable, (cookie, 'A', &[]), flags, expected);
    }
    let farm = Farm::new("insert maxidle 60", &["SA", ""]);
    check_exchange(&farm, Reach::Usable, ("", 'B', &[]), "NI", &[FORGET]);
    check_exchange(&farm, Reach::Chosen(id('A')), ("", 'A', &[]), "NU", &["S=SA|awKqP; path=/"]);
}

#[test]
fn nocache_speaks_only_where_a_cookie_is_added() {
    let privates = |words: &str, cookie: &str, method: Method| {
        let farm = Farm::new(words, &["SA"]);
        let mut request = RequestHead::new();
        request.headers.append(b"Cookie", cookie.as_bytes()).unwrap();
        let binding = farm.persistence.bind_request(&mut request, Reach::Usable, NOW_S).unwrap();
        let mut response = ResponseHead::new();
        response.set_status(200);
        response.headers.append(b"ETag", b"\"x\"").unwrap();
        farm.persistence.finish_response(&mut response, &binding, id('A'), method, NOW_S).unwrap();
        response.headers.find(KnownHeader::CacheControl) == Some(b"private")
    };
    assert!(privates("insert nocache", "x=1", Method::Get));
    assert!(privates("insert nocache", "x=1", Method::Head));
    assert!(!privates("insert nocache", "S=SA", Method::Get));
    assert!(!privates("insert nocache", "x=1", Method::Post));
    assert!(!privates("insert", "x=1", Method::Get));
    assert!(!privates("rewrite nocache", "x=1", Method::Get));
    assert!(privates("insert nocache maxidle 60", "S=SA", Method::Get));
}
