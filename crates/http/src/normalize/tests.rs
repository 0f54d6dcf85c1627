use super::*;

fn check(words: &str, target: &[u8], expected: Option<&[u8]>) {
    let (name, option) = words.split_once(' ').map_or((words, None), |(name, option)| (name, Some(option.as_bytes())));
    let normalizer = Normalizer::parse(name.as_bytes(), option).unwrap();
    let mut out = b"old".to_vec();
    let outcome = normalizer.normalize(target, &mut out);
    let text = String::from_utf8_lossy(target);
    match expected {
        None => assert_eq!(outcome, Err(BadPercent), "{words} {text}"),
        Some(expected) => {
            let kind = if expected == target { Outcome::Unchanged } else { Outcome::Changed };
            assert_eq!(outcome, Ok(kind), "{words} {text}");
            assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(expected), "{words} {text}");
        }
    }
}

/// What HAProxy makes of targets, as measured; nothing where it answers 400.
#[test]
fn measured() {
    for (words, cases) in MEASURED {
        for (target, expected) in *cases {
            check(words, target.as_bytes(), expected.map(str::as_bytes));
        }
    }
    check("query-sort-by-name", b"/?\xe9=1&z=2", Some(b"/?z=2&\xe9=1"));
}

#[test]
fn targets_without_a_path() {
    for name in Normalizer::NAMES {
        for target in ["*", "h:80", "http://h", "http://h?a", ""] {
            check(name, target.as_bytes(), Some(target.as_bytes()));
        }
    }
}

/// Where a normalizer has nothing left to do, it does nothing.
#[test]
fn once_is_enough() {
    for (words, cases) in MEASURED {
        // Decoding is the exception, which is what its strict form is for.
        if *words == "percent-decode-unreserved" {
            continue;
        }
        for target in cases.iter().filter_map(|(_, normalized)| *normalized) {
            check(words, target.as_bytes(), Some(target.as_bytes()));
        }
    }
}

#[test]
fn names() {
    use ParseError::*;
    for name in Normalizer::NAMES {
        assert!(Normalizer::parse(name.as_bytes(), None).is_ok(), "{name}");
    }
    for (name, option, expected) in [
        ("path-strip-dotdot", Some("full"), Ok(Normalizer::PathStripDotDot { full: true })),
        ("path-strip-dotdot", None, Ok(Normalizer::PathStripDotDot { full: false })),
        ("path-strip-dotdot", Some("strict"), Err(UnknownOption("full"))),
        ("percent-to-uppercase", Some("full"), Err(UnknownOption("strict"))),
        ("percent-decode-unreserved", Some("strict"), Ok(Normalizer::PercentDecodeUnreserved { strict: true })),
        ("foo", None, Err(UnknownName)),
        ("Fragment-strip", None, Err(UnknownName)),
        ("", None, Err(UnknownName)),
    ] {
        assert_eq!(Normalizer::parse(name.as_bytes(), option.map(str::as_bytes)), expected, "{name} {option:?}");
    }
}

type Cases = &'static [(&'static str, Option<&'static str>)];

const MEASURED: &[(&str, Cases)] = &[
    (
        "fragment-encode",
        &[
            ("/#foo", Some("/%23foo")),
            ("/#a#b", Some("/%23a%23b")),
            ("/a?b#c", Some("/a?b%23c")),
            ("/a#", Some("/a%23")),
            ("http://h#x", Some("http://h%23x")),
            ("/#", Some("/%23")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/./d?z=1&a=2%23f")),
        ],
    ),
    (
        "fragment-strip",
        &[
            ("/#foo", Some("/")),
            ("/a?b#c#d", Some("/a?b")),
            ("/a#", Some("/a")),
            ("http://h#x", Some("http://h")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/./d?z=1&a=2")),
        ],
    ),
    (
        "path-merge-slashes",
        &[
            ("//", Some("/")),
            ("///a", Some("/a")),
            ("/a//b//?x=//y", Some("/a/b/?x=//y")),
            ("/a#//b", Some("/a#/b")),
            ("http://h//a", Some("http://h/a")),
            ("//h/a", Some("/h/a")),
            ("/a//", Some("/a/")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a/b/../c/./d?z=1&a=2#f")),
        ],
    ),
    (
        "path-strip-dot",
        &[
            ("/.", Some("/")),
            ("/./bar/", Some("/bar/")),
            ("/a/./a", Some("/a/a")),
            ("/.well-known/", Some("/.well-known/")),
            ("/a/.", Some("/a/")),
            ("/a/./", Some("/a/")),
            ("/./.", Some("/")),
            ("/././", Some("/")),
            ("/..", Some("/..")),
            ("/a./b", Some("/a./b")),
            ("//./a", Some("//a")),
            ("/a?./b/./", Some("/a?./b/./")),
            ("/.?x", Some("/?x")),
            ("/./#/./", Some("/#/")),
            ("/a/.#x", Some("/a/.#x")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/d?z=1&a=2#f")),
        ],
    ),
    (
        "path-strip-dotdot",
        &[
            ("/foo/../", Some("/")),
            ("/foo/../bar/", Some("/bar/")),
            ("/foo/bar/../", Some("/foo/")),
            ("/../bar/", Some("/../bar/")),
            ("/bar/../../", Some("/../")),
            ("/foo//../", Some("/foo/")),
            ("/foo/%2E%2E/", Some("/foo/%2E%2E/")),
            ("/..", Some("/../")),
            ("/foo/..", Some("/")),
            ("/foo/bar/..", Some("/foo/")),
            ("/foo/../..", Some("/../")),
            ("/../../a", Some("/../../a")),
            ("/a/../../b", Some("/../b")),
            ("/a/b/../../../../c/..", Some("/../../")),
            ("/foo/..a", Some("/foo/..a")),
            ("/foo/.../", Some("/foo/.../")),
            ("/a/b/..?x=/../y", Some("/a/?x=/../y")),
            ("//..", Some("/")),
            ("/a//..", Some("/a/")),
            ("/../a/..", Some("/../")),
            ("/../a/../..", Some("/../../")),
            ("/a/../b/../../c", Some("/../c")),
            ("/a/../..#/../x", Some("/x")),
            ("/./..", Some("/")),
            ("/..//..", Some("/../")),
            ("/foo/../../..", Some("/../../")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//c/./d?z=1&a=2#f")),
        ],
    ),
    (
        "path-strip-dotdot full",
        &[
            ("/foo/../", Some("/")),
            ("/foo/../bar/", Some("/bar/")),
            ("/foo/bar/../", Some("/foo/")),
            ("/../bar/", Some("/bar/")),
            ("/bar/../../", Some("/")),
            ("/foo//../", Some("/foo/")),
            ("/foo/%2E%2E/", Some("/foo/%2E%2E/")),
            ("/..", Some("/")),
            ("/foo/..", Some("/")),
            ("/foo/bar/..", Some("/foo/")),
            ("/foo/../..", Some("/")),
            ("/../../a", Some("/a")),
            ("/a/../../b", Some("/b")),
            ("/a/b/../../../../c/..", Some("/")),
            ("/foo/..a", Some("/foo/..a")),
            ("/foo/.../", Some("/foo/.../")),
            ("/a/b/..?x=/../y", Some("/a/?x=/../y")),
            ("//..", Some("/")),
            ("/a//..", Some("/a/")),
            ("/../a/..", Some("/")),
            ("/../a/../..", Some("/")),
            ("/a/../b/../../c", Some("/c")),
            ("/a/../..#/../x", Some("/x")),
            ("/./..", Some("/")),
            ("/..//..", Some("/")),
            ("/foo/../../..", Some("/")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//c/./d?z=1&a=2#f")),
        ],
    ),
    (
        "percent-decode-unreserved",
        &[
            ("/%61dmin", Some("/admin")),
            ("/foo%3Fbar=baz", Some("/foo%3Fbar=baz")),
            ("/%%36%36", Some("/%66")),
            ("/%ZZ", Some("/%ZZ")),
            ("/%7e%2D%2e%5F", Some("/~-._")),
            ("/%", Some("/%")),
            ("/%6", Some("/%6")),
            ("/a?%61=%7E", Some("/a?a=~")),
            ("/%00", Some("/%00")),
            ("/%2f%41", Some("/%2fA")),
            ("/a#%61", Some("/a#a")),
            ("/%6g%41", Some("/%6gA")),
            ("/%%41", Some("/%A")),
            ("/%25%34%31", Some("/%2541")),
            ("http://%61/%61", Some("http://%61/a")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/./d?z=1&a=2#f")),
        ],
    ),
    (
        "percent-decode-unreserved strict",
        &[
            ("/%61dmin", Some("/admin")),
            ("/foo%3Fbar=baz", Some("/foo%3Fbar=baz")),
            ("/%%36%36", None),
            ("/%ZZ", None),
            ("/%7e%2D%2e%5F", Some("/~-._")),
            ("/%", None),
            ("/%6", None),
            ("/a?%61=%7E", Some("/a?a=~")),
            ("/%00", Some("/%00")),
            ("/%2f%41", Some("/%2fA")),
            ("/a#%61", Some("/a#a")),
            ("/%6g%41", None),
            ("/%%41", None),
            ("/%25%34%31", Some("/%2541")),
            ("http://%61/%61", Some("http://%61/a")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/./d?z=1&a=2#f")),
        ],
    ),
    (
        "percent-to-uppercase",
        &[
            ("/%6f", Some("/%6F")),
            ("/%zz", Some("/%zz")),
            ("/%6f?%ab=%cd", Some("/%6F?%AB=%CD")),
            ("/%", Some("/%")),
            ("/%a", Some("/%a")),
            ("/%aZ", Some("/%aZ")),
            ("/%%ab", Some("/%%AB")),
            ("/x#%ab", Some("/x#%AB")),
            ("/%2a%2", Some("/%2A%2")),
            ("http://%ab/%ab", Some("http://%ab/%AB")),
            ("/%az%ab", Some("/%az%AB")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/./d?z=1&a=2#f")),
        ],
    ),
    (
        "percent-to-uppercase strict",
        &[
            ("/%6f", Some("/%6F")),
            ("/%zz", None),
            ("/%6f?%ab=%cd", Some("/%6F?%AB=%CD")),
            ("/%", None),
            ("/%a", None),
            ("/%aZ", None),
            ("/%%ab", None),
            ("/x#%ab", Some("/x#%AB")),
            ("/%2a%2", None),
            ("http://%ab/%ab", Some("http://%ab/%AB")),
            ("/%az%ab", None),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/./d?z=1&a=2#f")),
        ],
    ),
    (
        "query-sort-by-name",
        &[
            ("/?z=1&a=2&a=1&aa=3", Some("/?a=2&a=1&aa=3&z=1")),
            ("/?", Some("/?")),
            ("/?&", Some("/?")),
            ("/?b&a", Some("/?a&b")),
            ("/?b=1&&a=2", Some("/?&a=2&b=1")),
            ("/?a=1&&", Some("/?&a=1")),
            ("/?&a", Some("/?&a")),
            ("/?a-=1&a=2", Some("/?a=2&a-=1")),
            ("/?aa=1&a=2&ab=0", Some("/?a=2&aa=1&ab=0")),
            ("/?b=2;a=1", Some("/?b=2;a=1")),
            ("/?=1&a", Some("/?=1&a")),
            ("/?c=1&b=2#a=1&0=2", Some("/?0=2&b=2#a=1&c=1")),
            ("/a", Some("/a")),
            ("/?c=1&b=2&a=3&", Some("/?a=3&b=2&c=1")),
            ("/?B&a&A&b", Some("/?A&B&a&b")),
            ("/?a%3D=1&a=1&a%=2", Some("/?a=1&a%=2&a%3D=1")),
            ("/?c&b=1&b&c=0", Some("/?b=1&b&c&c=0")),
            ("/?a?=1&Z", Some("/?Z&a?=1")),
            ("/?x=2&x=1#", Some("/?x=2&x=1#")),
            ("http://h?a", Some("http://h?a")),
            ("http://h/a//b/../c/./d?z=1&a=2#f", Some("http://h/a//b/../c/./d?a=2#f&z=1")),
        ],
    ),
];
