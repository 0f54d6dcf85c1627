use super::*;

fn set(method: &str, patterns: &str) -> PatternSet {
    let mut builder = PatternSetBuilder::new(MatchMethod::from_name(method).unwrap());
    let mut case = Case::Matters;
    for word in patterns.split_ascii_whitespace() {
        match word {
            "-i" => case = Case::Ignored,
            _ => builder.add(word.as_bytes(), case).unwrap(),
        }
    }
    builder.build()
}

#[test]
fn texts() {
    for (method, patterns, value, expected) in [
        ("str", "a b", "b", true),
        ("str", "a b", "B", false),
        ("str", "-i a b", "B", true),
        ("str", "A -i b", "a", false),
        ("str", "A -i b", "A", true),
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
        ("len", "gt 6", "Hello\n", false),
        ("reg", "^x ^/img/", "/img/a", true),
        ("reg", "^x ^/img/", "/IMG/a", false),
        ("reg", "^x -i ^/img/", "/IMG/a", true),
        ("reg", "/(?!img)", "/img", false),
        ("found", "", "", true),
        ("found", "x", "y", true),
    ] {
        let found = set(method, patterns).matches(Subject::Bytes(value.as_bytes()));
        assert_eq!(found, expected, "-m {method} {patterns:?} on {value:?}");
    }
}

#[test]
fn numbers_and_operators() {
    for (patterns, value, expected) in [
        ("3:4 7 5", 5, true),
        ("3:4 7", 5, false),
        ("ge 5", 5, true),
        ("lt 5", 5, false),
        ("eq", 5, false),
        ("lt 3 20", 10, true),
        ("gt 30 lt 3", 5, false),
        ("gt 4 lt 3", 5, true),
        (":4", -5, true),
    ] {
        assert_eq!(set("int", patterns).matches(Subject::Int(value)), expected, "{patterns:?} on {value}");
    }
}

#[test]
fn the_kind_of_subject_must_fit() {
    assert!(!set("int", "5").matches(Subject::Bytes(b"5")));
    assert!(!set("ip", "::/0").matches(Subject::Int(5)));
    assert!(set("bool", "").matches(Subject::Bool(true)));
    assert!(set("ip", "::/0").matches(Subject::Address([1, 2, 3, 4].into())));
}

#[test]
fn faults() {
    let fault = |method: &str, word: &str| {
        PatternSetBuilder::new(MatchMethod::from_name(method).unwrap()).add(word.as_bytes(), Case::Matters).unwrap_err()
    };
    assert!(matches!(fault("reg", "(a"), PatternFault::Regex(_)));
    assert_eq!(fault("int", "x"), PatternFault::NotANumber);
    assert_eq!(fault("len", "5:1"), PatternFault::NotARange);
    assert_eq!(fault("ip", "localhost"), PatternFault::NotAnAddress);
    assert_eq!(fault("bin", "abc"), PatternFault::NotHexadecimal);
    assert_eq!(fault("bin", "zz"), PatternFault::NotHexadecimal);
}
