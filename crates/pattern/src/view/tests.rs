use super::*;
use crate::fault::PatternFault;
use crate::reference::{Columns, EntryFault, Reference};

/// The view of the patterns of one ACL; `-i` in front of them means what it means there.
fn view(method: &str, patterns: &str) -> Result<Arc<View>, EntryFault> {
    let (case, patterns) = match patterns.strip_prefix("-i ") {
        Some(patterns) => (Case::Ignored, patterns),
        None => (Case::Matters, patterns),
    };
    let reference = Reference::new(Columns::One);
    reference.load(patterns.split_ascii_whitespace().map(|pattern| (1, pattern.as_bytes().into(), None)));
    let spec = ViewSpec { method: MatchMethod::from_name(method).unwrap(), case, values: ValueKind::None };
    reference.view(spec).map_err(|bad| bad.fault)
}

#[test]
fn texts() {
    for (method, patterns, value, expected) in [
        ("str", "a b", "b", true),
        ("str", "a b", "B", false),
        ("str", "-i a b", "B", true),
        ("str", "", "", false),
        ("beg", "/static /img", "/images", false),
        ("beg", "/static /img", "/img/x", true),
        ("beg", "/img", "/im", false),
        ("beg", "-i WWW.", "www.a", true),
        ("end", ".gif .png", "a.png", true),
        ("end", ".gif .png", "a.PNG", false),
        ("end", "-i .gif .png", "a.PNG", true),
        ("sub", "mid", "amidst", true),
        ("sub", "-i MID", "amidst", true),
        ("sub", "mad", "amidst", false),
        ("sub", "-i sta", "amidst", false),
        ("dir", "b", "/a/b/c", true),
        ("dir", "/a", "/a/b/c", true),
        ("dir", "/b/c/", "/a/b/c", true),
        ("dir", "a", "xa/a", true),
        ("dir", "-i B", "/a/b", true),
        ("dir", "B", "/a/b", false),
        ("dir", "/", "/a/b", false),
        ("dir", "b", "/a/b?x=1/c", true),
        ("dir", "ab", "ab", true),
        ("dir", "a//b", "/a//b/", true),
        ("dom", "example", "www.example.com:80", true),
        ("dom", "xample", "www.example.com:80", false),
        ("dom", ".com:", "www.example.com:80", true),
        ("dom", "com:80", "www.example.com:80", true),
        ("dom", "dc", "http://www1.dc-eu.example.com:80/blah", false),
        ("dom", "blah", "http://www1.dc-eu.example.com:80/blah", true),
        ("dom", ".", "a.b", false),
        ("dom", "a", "a..b", true),
        ("bin", "48656c6C6f0a", "Hello\n", true),
        ("bin", "4865", "Hello\n", false),
        ("len", "6", "Hello\n", true),
        ("len", "7:", "Hello\n", false),
        ("reg", "^x ^/img/", "/img/a", true),
        ("reg", "^x ^/img/", "/IMG/a", false),
        ("reg", "-i ^x ^/img/", "/IMG/a", true),
        ("reg", "/(?!img)", "/img", false),
        ("found", "", "", true),
        ("found", "x", "y", true),
    ] {
        let found = view(method, patterns).unwrap().matches(Subject::Bytes(value.as_bytes()));
        assert_eq!(found, expected, "-m {method} {patterns:?} on {value:?}");
    }
}

#[test]
fn numbers() {
    for (patterns, value, expected) in [
        ("3:4 7 5", 5, true),
        ("3:4 7", 5, false),
        ("", 5, false),
        (":2 :20", 10, true),
        ("31: :2", 5, false),
        ("5: :2", 5, true),
        (":4", -5, true),
    ] {
        assert_eq!(view("int", patterns).unwrap().matches(Subject::Int(value)), expected, "{patterns:?} on {value}");
    }
}

#[test]
fn addresses_and_networks() {
    for (networks, address, expected) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.12", "10.0.0.12", true),
        ("10.12/8", "10.9.0.12", true),
        ("127.1", "127.0.0.1", true),
        ("192.168.1", "192.168.0.1", true),
        ("10", "0.0.0.10", true),
        ("10", "10.0.0.0", false),
        ("0/0", "1.2.3.4", true),
        ("10.0.0.0/255.0.0.0", "10.9.9.9", true),
        ("10.0.5.0/255.0.255.0", "10.9.5.12", true),
        ("10.0.5.0/255.0.255.0", "10.9.6.12", false),
        ("1.2.3.4", "::ffff:1.2.3.4", true),
        ("1.2.3.0/24", "::1.2.3.4", true),
        ("1.2.3.4", "2002:102:304::5", true),
        ("1.2.3.4", "2003:102:304::5", false),
        ("::ffff:0:0/96", "1.2.3.4", true),
        ("::/0", "1.2.3.4", true),
        ("::1", "::1", true),
        ("fe80::/10", "febf::1", true),
        ("fe80::/10", "fec0::1", false),
        ("10.0.0.0/9 10.128.0.0/9 192.168.0.0/16", "10.200.0.1", true),
        ("255.255.255.255 0.0.0.0", "255.255.255.255", true),
    ] {
        let found = view("ip", networks).unwrap().matches(Subject::Address(address.parse().unwrap()));
        assert_eq!(found, expected, "{networks:?} {address}");
    }
}

#[test]
fn the_kind_of_subject_must_fit() {
    assert!(!view("int", "5").unwrap().matches(Subject::Bytes(b"5")));
    assert!(!view("ip", "::/0").unwrap().matches(Subject::Int(5)));
    assert!(view("bool", "").unwrap().matches(Subject::Bool(true)));
    assert!(view("ip", "::/0").unwrap().matches(Subject::Address([1, 2, 3, 4].into())));
}

#[test]
fn faults() {
    let fault = |method: &str, word: &str| match view(method, word).unwrap_err() {
        EntryFault::Key(_, fault) => fault,
        EntryFault::Value(value) => panic!("{method} {word}: {value:?}"),
    };
    assert!(matches!(fault("reg", "(a"), PatternFault::Regex(_)));
    assert_eq!(fault("int", "x"), PatternFault::NotANumber);
    assert_eq!(fault("len", "5:1"), PatternFault::NotARange);
    assert_eq!(fault("ip", "localhost"), PatternFault::NotAnAddress);
    assert_eq!(fault("bin", "abc"), PatternFault::NotHexadecimal);
    assert_eq!(fault("bin", "zz"), PatternFault::NotHexadecimal);
}
