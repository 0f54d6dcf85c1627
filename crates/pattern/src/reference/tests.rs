use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::element::ValueKind;
use crate::method::MatchMethod;
use crate::subject::{Case, Subject};

fn spec(method: &str, values: ValueKind) -> ViewSpec {
    let (name, case) = method.strip_suffix(" -i").map_or((method, Case::Matters), |name| (name, Case::Ignored));
    ViewSpec { method: MatchMethod::from_name(name).unwrap(), case, values }
}

/// A map with a view for each method.
fn map(text: &str, specs: &[(&str, ValueKind)]) -> (Reference, Vec<Arc<View>>) {
    let reference = Reference::new(Columns::Two);
    reference.load(crate::file::entries(text.as_bytes(), Columns::Two));
    let views = specs.iter().map(|&(method, values)| reference.view(spec(method, values)).unwrap()).collect();
    (reference, views)
}

fn list(text: &str, method: &str) -> (Reference, Arc<View>) {
    let reference = Reference::new(Columns::One);
    reference.load(crate::file::entries(text.as_bytes(), Columns::One));
    let view = reference.view(spec(method, ValueKind::None)).unwrap();
    (reference, view)
}

/// The entries of a generation, numbers replaced by their order.
fn show(reference: &Reference, version: Option<u32>) -> String {
    let mut text = String::new();
    for line in reference.entries(version, None, usize::MAX) {
        let value = line.value.map(|value| format!(" {}", String::from_utf8_lossy(&value))).unwrap_or_default();
        write!(text, "{}{value}|", String::from_utf8_lossy(&line.key)).unwrap();
    }
    text
}

fn get(reference: &Reference, kind: Kind, text: &str) -> String {
    let mut answer = Vec::new();
    reference.get(text.as_bytes()).iter().for_each(|line| line.push_to(kind, &mut answer));
    String::from_utf8(answer).unwrap()
}

/// The value that a map's view gives a text.
fn value(view: &View, subject: Subject<'_>) -> Option<String> {
    view.lookup(subject, |element| match &element.value {
        MapValue::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    })
}

fn key(text: &str) -> Target {
    Target::Key(text.as_bytes().into())
}

#[test]
fn which_entry_matches() {
    const TEXTS: &str = "/k1 first\n/k2\tv2\n/k1 again\n/k\n/k1/long L\n/K1 upper\n";
    for (method, text, subject, expected) in [
        ("str", TEXTS, "/k1", Some("/k1=first")),
        ("str", TEXTS, "/k", Some("/k=")),
        ("str", TEXTS, "/zz", None),
        ("str -i", TEXTS, "/K1", Some("/k1=first")),
        ("beg", TEXTS, "/k1/long/x", Some("/k1/long=L")),
        ("beg", TEXTS, "/k1x", Some("/k1=first")),
        ("beg", TEXTS, "/K2", None),
        ("beg -i", "/a A\n/ab AB\n", "/abc", Some("/a=A")),
        ("beg -i", "/ab AB\n/a A\n", "/ABC", Some("/ab=AB")),
        ("end", "b B\nab AB\n", "xab", Some("b=B")),
        ("end -i", "ab AB\nb B\n", "XAB", Some("ab=AB")),
        ("sub", TEXTS, "/k1/long/x", Some("/k1=first")),
        ("sub", "aa first\na second\n", "/aaa", Some("aa=first")),
        ("dir", "b B\na A\n", "/a/b", Some("b=B")),
        ("dom", "com C\nexample E\n", "www.example.com", Some("com=C")),
        ("reg", "^/x(.)(.*)$ one\n^/x two\n", "/xab", Some("^/x(.)(.*)$=one")),
        ("reg", "^/x(.)(.*)$ one\n^/x two\n", "/x", Some("^/x=two")),
        ("reg -i", "^/X two\n", "/x", Some("^/X=two")),
        ("int", "5 five\n3:7 range\n:2 low\n100: high\n", "5", Some("5=five")),
        ("int", "3:7 range\n5 five\n", "5", Some("3:7=range")),
        ("int", "3-7 range\n", "7", Some("3-7=range")),
        ("int", "5 five\n3:7 range\n:2 low\n100: high\n", "-5", Some(":2=low")),
        ("int", "5 five\n3:7 range\n", "8", None),
        ("len", "3 three\n5:6 more\n", "abcdef", Some("5:6=more")),
        ("bin", "2f41 A\n2f61 a\n", "/a", Some("2f61=a")),
        ("ip", "10.0.0.0/8 a\n10.1.0.0/16 b\n10.1.0.0/16 c\n", "10.1.2.3", Some("10.1.0.0/16=b")),
        ("ip", "10.1.2.3/8 a\n10.9.9.9/8 b\n", "10.1.2.3", Some("10.1.2.3/8=a")),
        ("ip", "10.0.5.0/255.0.255.0 odd\n10.0.0.0/8 ten\n", "10.9.5.1", Some("10.0.0.0/8=ten")),
        ("ip", "10.0.5.0/255.0.255.0 odd\n::/0 all\n", "10.9.5.1", Some("::/0=all")),
        ("ip", "10.0.5.0/255.0.255.0 odd\n", "10.9.5.1", Some("10.0.5.0/255.0.255.0=odd")),
        ("ip", "10.0.0.0/8 ten\n::/0 all\n", "::ffff:10.1.2.3", Some("::/0=all")),
        ("ip", "10.0.0.0/8 ten\n2001:db8::/32 doc\n", "::ffff:10.1.2.3", Some("10.0.0.0/8=ten")),
        ("ip", "::ffff:1.0.0.0/104 mapped\n", "1.2.3.4", Some("::ffff:1.0.0.0/104=mapped")),
        ("ip", "0/0 all\n1.2.3.4 one\n", "1.2.3.4", Some("1.2.3.4=one")),
        ("ip", "0/0 all\n1.2.3.4 one\n", "1.2.3.5", Some("0/0=all")),
        ("ip", "::1 six\n", "::1", Some("::1=six")),
        ("ip", "::1 six\n", "zz", None),
    ] {
        let (reference, _) = map(text, &[(method, ValueKind::Text)]);
        let answer = get(&reference, Kind::Map, subject);
        let found = answer.split_once("key=\"").map(|(_, rest)| {
            let (key, rest) = rest.split_once("\", value=\"").unwrap();
            format!("{key}={}", rest.split_once('"').unwrap().0)
        });
        assert_eq!(found.as_deref(), expected, "{method} {text:?} {subject}");
    }
}

#[test]
fn answers_to_get() {
    // As HAProxy 3.5 prints them.
    let (reference, _) = map(
        "/k1 first\n/k1/long L\n",
        &[("str", ValueKind::None), ("str", ValueKind::Text), ("beg", ValueKind::Text), ("sub -i", ValueKind::Text)],
    );
    assert_eq!(
        get(&reference, Kind::Map, "/k1"),
        "type=str, case=sensitive, found=yes, idx=tree, key=\"/k1\", value=none\n\
         type=str, case=sensitive, found=yes, idx=tree, key=\"/k1\", value=\"first\", type=\"str\"\n\
         type=beg, case=sensitive, found=yes, idx=tree, key=\"/k1\", value=\"first\", type=\"str\"\n\
         type=sub, case=insensitive, found=yes, idx=list, key=\"/k1\", value=\"first\", type=\"str\"\n"
    );
    assert_eq!(
        get(&reference, Kind::Acl, "/k1/x"),
        "type=str, case=sensitive, match=no\n\
         type=str, case=sensitive, match=no\n\
         type=beg, case=sensitive, match=yes, idx=tree, pattern=\"/k1\"\n\
         type=sub, case=insensitive, match=yes, idx=list, pattern=\"/k1\"\n"
    );
    for (text, method, values, subject, expected) in [
        (
            "/a 5",
            "str",
            ValueKind::Int,
            "/a",
            "type=str, case=sensitive, found=yes, idx=tree, key=\"/a\", value=\"5\", type=\"sint\"\n",
        ),
        (
            "/a +99999999999999999999",
            "str",
            ValueKind::Int,
            "/a",
            "type=str, case=sensitive, found=yes, idx=tree, key=\"/a\", value=\"+99999999999999999999\", type=\"sint\"\n",
        ),
        (
            "1.1.1.1 ::1",
            "ip",
            ValueKind::Addr,
            "1.1.1.1",
            "type=ip, case=sensitive, found=yes, idx=tree, key=\"1.1.1.1\", value=\"::1\", type=\"ipv6\"\n",
        ),
        (
            "^/x a\\1",
            "reg",
            ValueKind::Template,
            "/x",
            "type=regm, case=sensitive, found=yes, idx=list, key=\"^/x\", value=\"a\\1\", type=\"str\"\n",
        ),
        (
            "5 v",
            "int",
            ValueKind::Text,
            "5x",
            "type=int, case=sensitive, found=yes, idx=list, key=\"5\", value=\"v\", type=\"str\"\n",
        ),
        (
            "2f v",
            "bin",
            ValueKind::Text,
            "/",
            "type=bin, case=sensitive, found=yes, idx=list, key=\"2f\", value=\"v\", type=\"str\"\n",
        ),
    ] {
        let (reference, _) = map(text, &[(method, values)]);
        assert_eq!(get(&reference, Kind::Map, subject), expected);
    }
    let (reference, view) = list("1", "bool");
    assert_eq!(get(&reference, Kind::Acl, "1"), "type=bool, case=sensitive, match=yes, idx=tree, pattern=unknown\n");
    assert_eq!(get(&reference, Kind::Acl, "0"), "type=bool, case=sensitive, match=no\n");
    assert!(view.matches(Subject::Bool(true)) && !view.matches(Subject::Bool(false)));
    let (reference, view) = list("x", "found");
    assert_eq!(get(&reference, Kind::Acl, "x"), "type=found, case=sensitive, match=no\n");
    assert!(view.matches(Subject::Bytes(b"y")));
}

#[test]
fn changes() {
    let (reference, views) =
        map("/k1 first\n/k2 v2\n/k1 again\n", &[("str", ValueKind::Text), ("sub", ValueKind::Text)]);
    let of = |text: &str| views.iter().map(|view| value(view, Subject::Bytes(text.as_bytes()))).collect::<Vec<_>>();
    let both = |text: &str| vec![Some(text.to_owned()); 2];
    reference.add(Kind::Map, None, b"/n4", Some(b"v")).unwrap();
    reference.add(Kind::Map, None, b"/n4", Some(b"dup")).unwrap();
    assert_eq!(show(&reference, None), "/k1 first|/k2 v2|/k1 again|/n4 v|/n4 dup|");
    assert_eq!(of("/n4"), both("v"));
    reference.set(&key("/k1"), b"new").unwrap();
    assert_eq!(show(&reference, None), "/k1 new|/k2 v2|/k1 new|/n4 v|/n4 dup|");
    assert_eq!(of("/k1"), both("new"));
    let lines = reference.entries(None, None, usize::MAX);
    reference.set(&Target::Entry(lines[2].id), b"one").unwrap();
    assert_eq!(of("/k1"), both("new"), "the first entry counts");
    reference.delete(&Target::Entry(lines[0].id)).unwrap();
    assert_eq!(of("/k1"), both("one"));
    reference.delete(&key("/n4")).unwrap();
    assert_eq!(show(&reference, None), "/k2 v2|/k1 one|/n4 dup|", "only the first of the key");
    assert_eq!(of("/n4"), both("dup"));
    reference.delete(&key("/n4")).unwrap();
    assert_eq!(of("/n4"), [None, None]);
    drop(reference.clear(None));
    assert_eq!(show(&reference, None), "");
    assert_eq!(of("/k2"), [None, None]);
    reference.add_lines(Kind::Map, None, b"/p1 v one \n\n/p2\tx\r\n").unwrap();
    assert_eq!(show(&reference, None), "/p1 v one |/p2 x|");
    for (fault, expected) in [
        (reference.set(&key("/nokey"), b"x"), "entry not found."),
        (reference.set(&Target::parse(b"#zz"), b"x"), "entry not found."),
        (reference.set(&Target::parse(b"#0x1234"), b"x"), "key or pattern not found."),
        (reference.delete(&key("/nokey")), "Key not found."),
        (reference.delete(&Target::parse(b"#0x1")), "Key not found."),
        (
            reference.add(Kind::Acl, None, b"/n3", None),
            "This ACL is shared with a map containing samples. You must use the command 'add map' to add values.",
        ),
        (
            reference.add(Kind::Map, Some(3), b"/n3", Some(b"")),
            "Version number in the future, please use 'prepare map' before.",
        ),
        (reference.add_lines(Kind::Map, None, b"/p3 1\n/p4\n/p5 2\n"), "Missing value for key '/p4'."),
    ] {
        assert_eq!(fault.unwrap_err().to_string(), expected);
    }
    assert_eq!(show(&reference, None), "/p1 v one |/p2 x|/p3 1|");
}

#[test]
fn wrong_entries_change_nothing() {
    for (method, values, new_key, new_value, expected) in [
        ("ip", ValueKind::Text, "foo", "v", "'foo' is not a valid IPv4 or IPv6 address."),
        ("ip", ValueKind::Text, "1.2.3.4/33", "v", "'1.2.3.4/33' is not a valid IPv4 or IPv6 address."),
        ("reg", ValueKind::Text, "(x", "v", "regex '(x' is invalid (error=missing closing parenthesis, erroffset=2)."),
        ("int", ValueKind::Text, "a", "v", "'a' is not a number."),
        ("int", ValueKind::Text, "5:1", "v", "'5:1' is not a valid number range."),
        ("bin", ValueKind::Text, "abc", "v", "an even number of hex digit is expected."),
        ("str", ValueKind::Int, "/c", "5x", "unable to parse '5x'."),
        ("str", ValueKind::Addr, "/c", "foo", "unable to parse 'foo'."),
    ] {
        let (reference, views) = map("", &[("sub", ValueKind::Text), (method, values)]);
        let fault = reference.add(Kind::Map, None, new_key.as_bytes(), Some(new_value.as_bytes())).unwrap_err();
        assert_eq!(fault.to_string(), expected);
        assert_eq!(show(&reference, None), "");
        assert!(!views[0].matches(Subject::Bytes(new_key.as_bytes())), "{new_key}");
    }
    let (reference, _) = map("/a 5", &[("str", ValueKind::Int)]);
    assert_eq!(reference.set(&key("/a"), b"x").unwrap_err().to_string(), "unable to parse 'x'.");
    assert_eq!(show(&reference, None), "/a 5|");
}

#[test]
fn generations() {
    let (reference, views) = map("/k1 first\n", &[("str", ValueKind::Text), ("beg", ValueKind::Text)]);
    let of = |text: &str| value(&views[1], Subject::Bytes(text.as_bytes()));
    assert_eq!((reference.prepare(), reference.prepare()), (1, 2));
    reference.add(Kind::Map, Some(2), b"/g2", Some(b"v2")).unwrap();
    reference.add(Kind::Map, Some(1), b"/g1", Some(b"v1")).unwrap();
    reference.add(Kind::Map, Some(0), b"/g0", Some(b"v0")).unwrap();
    assert_eq!(show(&reference, None), "/k1 first|/g0 v0|");
    assert_eq!([1, 2, 3].map(|version| show(&reference, Some(version))), ["/g1 v1|", "/g2 v2|", ""]);
    assert_eq!((of("/g2"), of("/k1"), of("/g0")), (None, Some("first".into()), Some("v0".into())));
    assert_eq!(reference.set(&key("/g2"), b"x"), Err(ChangeFault::NoSuchEntry));
    assert_eq!(reference.delete(&key("/g2")), Err(ChangeFault::NoSuchKey));
    let prepared = reference.entries(Some(2), None, 1)[0].id;
    reference.set(&Target::Entry(prepared), b"changed").unwrap();
    assert!(reference.summary().ends_with(" curr_ver=0 next_ver=2 entry_cnt=8"), "{}", reference.summary());
    for version in [0, 3, u32::MAX] {
        assert_eq!(reference.commit(version).unwrap_err().to_string(), "Version number out of range.");
    }
    drop(reference.commit(2).unwrap());
    assert_eq!(show(&reference, None), "/g2 changed|");
    assert_eq!([0, 1, 2].map(|version| show(&reference, Some(version))), ["", "", "/g2 changed|"]);
    assert_eq!((of("/g2"), of("/k1")), (Some("changed".into()), None));
    assert!(reference.commit(2).is_err() && reference.commit(1).is_err());
    // Clearing one generation leaves the others.
    assert_eq!(reference.prepare(), 3);
    reference.add(Kind::Map, Some(3), b"/z", Some(b"z")).unwrap();
    drop(reference.clear(Some(3)));
    assert_eq!((show(&reference, Some(3)), show(&reference, None)), (String::new(), "/g2 changed|".into()));
    // Committing what was never filled empties the map.
    drop(reference.commit(3).unwrap());
    assert_eq!((show(&reference, None), of("/g2")), (String::new(), None));
    reference.add(Kind::Map, None, b"/after", Some(b"x")).unwrap();
    assert_eq!(of("/after"), Some("x".into()));
}

#[test]
fn generations_wrap() {
    let (reference, view) = list("a", "str");
    {
        let mut state = reference.state();
        let first = state.generations.remove(&0).unwrap();
        state.generations.insert(u32::MAX, first);
        (state.current, state.newest) = (u32::MAX, u32::MAX);
    }
    assert_eq!(reference.prepare(), 0);
    reference.add(Kind::Acl, Some(0), b"b", None).unwrap();
    assert!(reference.add(Kind::Acl, Some(1), b"b", None).is_err());
    drop(reference.commit(0).unwrap());
    assert_eq!(show(&reference, None), "b|");
    assert!(view.matches(Subject::Bytes(b"b")) && !view.matches(Subject::Bytes(b"a")));
}

#[test]
fn versions() {
    for (text, expected) in [("2", 2), ("", 0), ("x", 0), ("4294967297", 1), ("7a", 7)] {
        assert_eq!(parse_version(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn many_entries_of_every_kind_come_and_go() {
    for (method, make) in [
        ("str", (|n| format!("k{n}")) as fn(u32) -> String),
        ("str -i", |n| format!("K{n}")),
        ("beg", |n| format!("{n}/")),
        ("end", |n| format!("/{n}")),
        ("sub", |n| format!("<{n}>")),
        ("reg", |n| format!("^r{n}$")),
        ("ip", |n| format!("10.{}.{}.0/24", n / 256, n % 256)),
        ("int", |n| format!("{n}")),
        ("len", |n| format!("{n}")),
        ("bin", |n| format!("{n:08x}")),
    ] {
        let (reference, view) = list("", method);
        let count = 600;
        let size = |expected| assert_eq!(reference.entries(None, None, usize::MAX).len(), expected, "{method}");
        let subject_of = |n: u32, check: &dyn Fn(Subject<'_>)| match method {
            "str" => check(Subject::Bytes(format!("k{n}").as_bytes())),
            "str -i" => check(Subject::Bytes(format!("k{n}").as_bytes())),
            "beg" => check(Subject::Bytes(format!("{n}/x").as_bytes())),
            "end" => check(Subject::Bytes(format!("x/{n}").as_bytes())),
            "sub" => check(Subject::Bytes(format!("x<{n}>x").as_bytes())),
            "reg" => check(Subject::Bytes(format!("r{n}").as_bytes())),
            "ip" => check(Subject::Address(format!("10.{}.{}.9", n / 256, n % 256).parse().unwrap())),
            "int" => check(Subject::Int(n.into())),
            "len" => check(Subject::Bytes(&vec![0; n as usize])),
            _ => check(Subject::Bytes(&n.to_be_bytes())),
        };
        for n in 0..count {
            reference.add(Kind::Acl, None, make(n).as_bytes(), None).unwrap();
        }
        size(600);
        for n in 0..count {
            subject_of(n, &|subject| assert!(view.matches(subject), "{method} {n}"));
        }
        for n in (0..count).filter(|n| n % 3 != 0) {
            reference.delete(&key(&make(n))).unwrap();
        }
        size(200);
        for n in 0..count {
            subject_of(n, &|subject| assert_eq!(view.matches(subject), n % 3 == 0, "{method} {n}"));
        }
    }
}

#[test]
fn lookups_go_on_while_entries_change() {
    let (reference, view) = list("always", "str");
    for n in 0..500 {
        reference.add(Kind::Acl, None, format!("first{n}").as_bytes(), None).unwrap();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers = [0, 1].map(|_| {
            scope.spawn(|| {
                let mut looked = 0_u32;
                while !done.load(Ordering::Relaxed) || looked == 0 {
                    assert!(view.matches(Subject::Bytes(b"always")));
                    looked += 1;
                }
            })
        });
        for round in 0..50 {
            let version = reference.prepare();
            reference.add(Kind::Acl, Some(version), b"always", None).unwrap();
            for n in 0..100 {
                reference.add(Kind::Acl, Some(version), format!("{round}-{n}").as_bytes(), None).unwrap();
                reference.add(Kind::Acl, None, b"other", None).unwrap();
                reference.delete(&key("other")).unwrap();
            }
            drop(reference.commit(version).unwrap());
        }
        done.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    assert!(view.matches(Subject::Bytes(b"49-99")) && !view.matches(Subject::Bytes(b"48-99")));
}
