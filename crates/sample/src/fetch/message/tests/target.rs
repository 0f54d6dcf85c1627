//! Fetches from the request's target.

use super::*;
use crate::testing::endpoint;

#[test]
fn parameters_of_the_url() {
    let txn = request("GET", "/a;j=1?x=1&y=2;n=5z&y=3&e=&nov&Y=7&sp=a%20b+c", &[]);
    check(
        &txn,
        REQUEST,
        &[
            ("urlp", Some("1")),
            ("url_param(x)", Some("1")),
            ("urlp(y)", Some("2")),
            ("urlp(Y)", Some("7")),
            ("urlp(Y,,i)", Some("2")),
            ("urlp(y,;)", Some("2")),
            ("urlp(j,;)", Some("1?x=1")),
            ("urlp(n,;x)", Some("5z")),
            ("urlp(e)", Some("")),
            ("urlp(nov)", None),
            ("urlp(sp)", Some("a%20b+c")),
            ("urlp(j)", None),
            ("urlp_val(n)", Some("5")),
            ("urlp_val(none)", None),
        ],
    );
    check_seen(&txn, REQUEST, &[("urlp(y)", "2|3"), ("urlp", "1|2|5z|3||7|a%20b+c"), ("urlp_val(y)", "2|3")]);
    for (target, expected) in [
        ("/a?x", None),
        ("/a?=v&x=1", Some("v")),
        ("/a?&&x=1", Some("1")),
        ("/a?nov&x=1", Some("1")),
        ("/a?", None),
        ("/x=1", None),
        ("*", None),
        ("http://h/?x=1", Some("1")),
    ] {
        check(&request("GET", target, &[]), REQUEST, &[("urlp", expected)]);
    }
}

#[test]
fn hosts_and_paths() {
    // Target and Host, then base, baseq, base32, url32.
    for (target, host, base, baseq, base32, url32) in [
        (
            "/a/b?x=1&y=2;n=5",
            "www.Example.com:80",
            "www.Example.com:80/a/b",
            "www.Example.com:80/a/b?x=1&y=2;n=5",
            "3133035630",
            "",
        ),
        (
            "http://1.2.3.4:8080/a/b?x=1&y=2&n=12z",
            "1.2.3.4:8080",
            "1.2.3.4:8080/a/b",
            "1.2.3.4:8080/a/b?x=1&y=2&n=12z",
            "4089872845",
            "2013572663",
        ),
        ("*", "h", "h", "h", "1228821030", "1228821030"),
        ("http://1.2.3.4?x", "1.2.3.4", "1.2.3.4", "1.2.3.4", "3264276115", "3264276115"),
        ("http://1.2.3.4", "1.2.3.4", "1.2.3.4/", "1.2.3.4/", "840663255", "840663255"),
        ("/a?x=", "h", "h/a", "h/a?x=", "", "577502587"),
        ("//1.2.3.4/", "h", "h//1.2.3.4/", "h//1.2.3.4/", "", ""),
    ] {
        let txn = request("GET", target, &[&format!("host: {host}")]);
        check(&txn, REQUEST, &[("base", Some(base)), ("baseq", Some(baseq))]);
        for (name, expected) in [("base32", base32), ("url32", url32)] {
            if !expected.is_empty() {
                check(&txn, REQUEST, &[(name, Some(expected))]);
            }
        }
    }
    let pathless = request("OPTIONS", "*", &[]);
    check(
        &pathless,
        REQUEST,
        &[("base", None), ("baseq", None), ("base32", Some("2874071335")), ("url32", Some("2874071335"))],
    );
    let hostless = request("GET", "/a?b", &[]);
    check(
        &hostless,
        REQUEST,
        &[("base", Some("/a")), ("baseq", Some("/a?b")), ("base32", Some("1743195586")), ("url32", Some("3300911741"))],
    );
    check(&empty_txn(), REQUEST, &[("base", None), ("base32", None), ("url32+src", None)]);
}

#[test]
fn hashes_with_the_source() {
    let mut txn = request("GET", "/a?b", &[]);
    txn.client = endpoint("127.0.0.1:9");
    check(&txn, REQUEST, &[("base32+src,hex", Some("67E70DC27F000001")), ("url32+src,hex", Some("C4BFEA7D7F000001"))]);
    txn.client = endpoint("[2001:db8::1]:9");
    check(&txn, REQUEST, &[("base32+src,hex", Some("67E70DC220010DB8000000000000000000000001"))]);
    txn.client = burdock_txn::Endpoint::Unix(1);
    check(&txn, REQUEST, &[("base32+src", None)]);
}

#[test]
fn addresses_in_targets() {
    for (target, address, port) in [
        ("http://1.2.3.4/", Some("1.2.3.4"), Some("80")),
        ("HTTPS://1.2.3.4", Some("1.2.3.4"), Some("443")),
        ("http://1.2.3.4:8080/x", Some("1.2.3.4"), Some("8080")),
        ("http://01.2.3.4:/", Some("1.2.3.4"), Some("80")),
        ("https://1.2.3.4:?x", Some("1.2.3.4"), Some("443")),
        ("http://1.2.3.4:0/", Some("1.2.3.4"), Some("0")),
        ("http://[::1]:8080/x", None, None),
        ("http://ho.st:81/", None, None),
        ("http://u:p@1.2.3.4:80/", None, None),
        ("http://1.2.3/", None, None),
        ("http://256.1.1.1/", None, None),
        ("ftp://1.2.3.4/", None, None),
        ("/1.2.3.4", None, None),
        ("//1.2.3.4/", None, None),
        ("1.2.3.4:443", None, None),
        ("*", None, None),
    ] {
        check(&request("GET", target, &[]), REQUEST, &[("url_ip", address), ("url_port", port)]);
    }
}
