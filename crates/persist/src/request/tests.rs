use burdock_state::AdminFlag;

use super::*;
use crate::stamp::Stamp;
use crate::testing::{Farm, NOW_S, id, name};

/// Binds a request with these Cookie fields. Returns server and flag (`AV`), and the fields that the server sees.
fn bind(farm: &Farm, reach: Reach, fields: &[&str]) -> (String, Vec<String>) {
    let mut head = RequestHead::new();
    for field in fields {
        head.headers.append(b"Cookie", field.as_bytes()).unwrap();
    }
    let binding = farm.persistence.bind_request(&mut head, reach, NOW_S).unwrap();
    let result = format!("{}{}", name(binding.server), char::from(binding.flag.letter()));
    (result, head.headers.iter().map(|header| String::from_utf8(header.value.to_vec()).unwrap()).collect())
}

fn check(farm: &Farm, reach: Reach, cookies: &str, expected: &str) {
    assert_eq!(bind(farm, reach, &[cookies]).0, expected, "{cookies}");
}

/// A date `offset_s` from now, as in a cookie.
fn date(offset_s: i64) -> String {
    String::from_utf8(Stamp::at(NOW_S.saturating_add_signed(offset_s)).text().to_vec()).unwrap()
}

#[test]
fn a_cookie_binds_to_its_server() {
    let farm = Farm::new("insert", &["SA", "SB", ""]);
    for (cookies, expected) in [
        ("S=SA", "AV"),
        ("x=1; S=SB; y=2", "BV"),
        ("S=ZZ", "-I"),
        ("S=", "-I"),
        ("S=\"SA\"", "-I"),
        ("S=SA~x", "-I"),
        ("S=SA x=1", "-I"),
        ("S==SA", "-I"),
        ("S", "-N"),
        ("s=SA", "-N"),
        ("S2=SA", "-N"),
        ("x=1", "-N"),
        ("S = SA", "AV"),
        ("x=1, S=SA", "AV"),
        ("$Version=1; S=SA", "AV"),
        ("x=\"q; S=SA\"; S=SB", "BV"),
        ("S=SA|", "AV"),
        ("S=SA|abc", "AV"),
        ("S=SA|abcde", "AV"),
    ] {
        check(&farm, Reach::Usable, cookies, expected);
    }
    assert_eq!(bind(&farm, Reach::Usable, &[]).0, "-N");
    assert_eq!(bind(&farm, Reach::Usable, &["S=ZZ", "S=SB"]).0, "BV");
}

#[test]
fn the_first_cookie_of_a_usable_server_wins() {
    let farm = Farm::new("insert", &["SA", "SB", "SA", ""]);
    check(&farm, Reach::Usable, "S=SA; S=SB", "AV");
    farm.maintain('A');
    check(&farm, Reach::Usable, "S=SA", "CV");
    check(&farm, Reach::Usable, "S=SA; S=SB", "CV");
    farm.maintain('C');
    check(&farm, Reach::Usable, "S=SA", "-D");
    check(&farm, Reach::Usable, "S=SA; S=SB", "BV");
    check(&farm, Reach::Usable, "S=ZZ; S=SB", "BV");
    check(&farm, Reach::Usable, "S=ZZ; S=SA", "-D");
    check(&farm, Reach::Usable, "S=SA; S=ZZ", "-D");
}

#[test]
fn draining_servers_keep_their_visitors() {
    let farm = Farm::new("insert", &["SA"]);
    farm.flag('A', AdminFlag::ForcedDrain);
    check(&farm, Reach::Usable, "S=SA", "AV");
}

#[test]
fn rules_change_what_can_be_reached() {
    let farm = Farm::new("insert", &["SA", "SB", "SA"]);
    check(&farm, Reach::Any, "S=SA", "AV");
    check(&farm, Reach::Nothing, "S=SA", "-U");
    check(&farm, Reach::Nothing, "S=ZZ", "-U");
    check(&farm, Reach::Nothing, "x=1", "-N");
    check(&farm, Reach::Chosen(id('B')), "S=SA", "BU");
    check(&farm, Reach::Chosen(id('B')), "x=1", "BN");
    farm.maintain('A');
    check(&farm, Reach::Any, "S=SA", "AD");
    check(&farm, Reach::Any, "S=ZZ; S=SA", "AD");
    check(&farm, Reach::Any, "S=SA; S=SB", "AD");
    check(&farm, Reach::Nothing, "S=SA", "-U");
}

#[test]
fn dates_decide() {
    let idle = Farm::new("insert maxidle 60", &["SA", "SB"]);
    let life = Farm::new("insert maxlife 60", &["SA", "SB"]);
    let both = Farm::new("insert maxidle 60 maxlife 120", &["SA", "SB"]);
    let cookie = |last: i64, first: i64| format!("S=SA|{}|{}", date(last), date(first));
    let last = |last: i64| format!("S=SA|{}", date(last));
    for (farm, cookies, expected) in [
        (&idle, "S=SA".to_owned(), "AV"),
        (&idle, "S=SA|".to_owned(), "AV"),
        (&idle, "S=SA|abc".to_owned(), "AV"),
        (&idle, last(-60), "AV"),
        (&idle, last(-64), "-E"),
        (&idle, last(86_400), "AV"),
        (&idle, last(86_404), "-E"),
        (&idle, cookie(0, -1000), "AV"),
        (&idle, cookie(0, 100_000), "AV"),
        (&life, cookie(-100, -50), "AV"),
        (&life, cookie(0, -60), "AV"),
        (&life, cookie(0, -64), "-O"),
        (&life, cookie(90_000, -10), "AV"),
        (&life, cookie(0, 86_400), "AV"),
        (&life, cookie(0, 86_404), "-O"),
        (&life, last(-1000), "AV"),
        (&life, format!("S=SA||{}", date(-1000)), "-O"),
        (&both, cookie(-8, -56), "AV"),
        (&both, cookie(-100, -100), "-E"),
        (&both, cookie(-100, -200), "-O"),
        (&both, cookie(0, -200), "-O"),
        (&both, cookie(90_000, -10), "-E"),
        (&both, cookie(0, 90_000), "-O"),
        (&idle, format!("S=ZZ|{}", date(-1000)), "-E"),
        (&idle, format!("S=ZZ|{}; S=SA", date(-1000)), "AV"),
        (&idle, format!("S=SA|{}; S=SB|{}", date(-1000), date(0)), "BV"),
        (&idle, format!("S=SA|{}; S=ZZ", date(-1000)), "-E"),
        (&idle, format!("S=ZZ; S=SA|{}", date(-1000)), "-E"),
    ] {
        check(farm, Reach::Usable, &cookies, expected);
    }
    idle.maintain('A');
    check(&idle, Reach::Usable, &format!("S=SA; S=SB|{}", date(-1000)), "-E");
    check(&idle, Reach::Usable, &format!("S=SB|{}; S=SA", date(-1000)), "-D");
    check(&idle, Reach::Chosen(id('B')), &format!("S=SA|{}", date(-1000)), "BE");
}

#[test]
fn dates_count_in_every_mode_but_prefix() {
    for (words, expected) in [("rewrite maxidle 60", "-E"), ("indirect maxidle 60", "-E"), ("prefix maxidle 60", "-I")]
    {
        check(&Farm::new(words, &["SA"]), Reach::Usable, &format!("S=SA|{}", date(-1000)), expected);
    }
}

#[test]
fn a_name_alone_binds_and_shows_in_no_flag() {
    for words in ["", "nocache", "postonly"] {
        check(&Farm::new(words, &["SA"]), Reach::Usable, "S=SA", "A-");
        check(&Farm::new(words, &["SA"]), Reach::Usable, "S=ZZ", "--");
    }
    check(&Farm::new("indirect", &["SA"]), Reach::Usable, "S=SA", "AV");
}

#[test]
fn the_server_sees_what_the_mode_leaves() {
    fn check(words: &str, reach: Reach, cookies: &str, result: &str, seen: &[&str]) {
        let farm = Farm::new(words, &["SA", "SB"]);
        assert_eq!(bind(&farm, reach, &[cookies]), (result.to_owned(), seen.iter().map(|&s| s.into()).collect()));
    }
    check("insert", Reach::Usable, "x=1; S=SA", "AV", &["x=1; S=SA"]);
    check("insert indirect", Reach::Usable, "x=1; S=SA|abcde; S=SB; y=2", "AV", &["x=1; y=2"]);
    check("insert indirect", Reach::Usable, "S=ZZ", "-I", &[]);
    check("insert indirect", Reach::Nothing, "S=SA; a=1", "-U", &["a=1"]);
    check("insert indirect", Reach::Usable, "x=1", "-N", &["x=1"]);
    check("indirect", Reach::Usable, "S=SA", "AV", &["S=SA"]);
    check("rewrite", Reach::Usable, "S=SA", "AV", &["S=SA"]);
    check("prefix", Reach::Usable, "S=SA~own; x=1", "AV", &["S=own; x=1"]);
    check("prefix", Reach::Usable, "S=SA", "AV", &["S=SA"]);
    check("prefix", Reach::Usable, "S=ZZ~own", "-I", &["S=own"]);
    check("prefix", Reach::Usable, "S=SA~\"a b; c\"; y=2", "AV", &["S=\"a b; c\"; y=2"]);
    check("prefix", Reach::Nothing, "S=SA~own", "-U", &["S=own"]);
    check("prefix indirect", Reach::Usable, "S=SA~own", "AV", &["S=own"]);
}

#[test]
fn leaving_counts_as_down() {
    let leave = |flag| {
        let mut binding = Binding { server: Some(id('A')), flag, ..Binding::default() };
        binding.leave();
        (binding.server, binding.flag)
    };
    assert_eq!(leave(CookieInRequest::Valid), (None, CookieInRequest::Down));
    assert_eq!(leave(CookieInRequest::Invalid), (None, CookieInRequest::Invalid));
}
