use std::io::Write;

use burdock_pattern::Kind;
use burdock_state::Directory;

use super::*;
use crate::expression::Expression;
use crate::names::Names;
use crate::phase::Phase;
use crate::testing::{empty_txn, word};

const FILES: &[(&str, &str)] = &[
    ("text", "# hosts\n\na.com one\nb.com  two words \nb.com three\na.com/x/y path\n"),
    ("int", "a 5\nb -7\n"),
    ("ip", "a 10.0.0.1\nb ::1\n"),
    ("number", "5 five\n10:20 teens\n"),
    ("net", "10.0.0.0/8 wide\n10.1.0.0/16 narrow\n::1 six\n"),
    ("regm", "^/x(.)(.*)$ got-\\1-\\2-\\0\n"),
    ("bad", "x 1\n\ny notint\n"),
];

/// `@name` stands for the file of that name.
fn parse(text: &str, names: &Names) -> Parsed<Expression> {
    Expression::parse(&word(text), &Scope::outside(names))
}

fn names(directory: &tempfile::TempDir) -> Names {
    for (name, text) in FILES {
        let mut file = std::fs::File::create(directory.path().join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    Names::new(Vec::new(), Some(directory.path().to_owned()))
}

fn value(expression: &Expression) -> Option<String> {
    let (txn, world, scratch) = (empty_txn(), Directory::empty(), Scratch::new());
    let now = burdock_base::Instant::START;
    let input = Input { txn: &txn, world: &world, now, phase: Phase::FrontendHttpRequest, scratch: &scratch };
    match expression.evaluate(&input)?.cast(Type::Str, &scratch) {
        Some(Value::Str(text)) => Some(String::from_utf8(text.to_vec()).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values() {
    let directory = tempfile::tempdir().unwrap();
    let names = names(&directory);
    for (text, expected) in [
        ("str(a.com),map(text)", Some("one")),
        ("str(b.com),map_str(text)", Some("two words")),
        ("str(A.com),map(text)", None),
        ("str(c.com),map(text,none)", Some("none")),
        ("str(c.com),map(text)", None),
        ("str(a.com/x),map_beg(text)", Some("one")),
        ("str(a.com/x/y/z),map_beg(text)", Some("path")),
        ("str(a.com/x/y/z),map_beg_key(text)", Some("a.com/x/y")),
        ("str(nothing),map_beg_key(text)", None),
        ("str(www.a.com),map_end(text)", Some("one")),
        ("str(www.a.com.uk),map_sub(text)", Some("one")),
        ("str(www.b.com.uk),map_dom_key(text)", Some("b.com")),
        ("str(/b.com/z),map_dir(text)", Some("two words")),
        ("str(b.com),map_reg(text)", Some("two words")),
        ("str(b),map_str_int(int),add(1)", Some("-6")),
        ("str(c),map_str_int(int,9)", Some("9")),
        ("str(b),map_str_ip(ip)", Some("::1")),
        ("str(c),map_str_ip(ip,192.168.0.1)", Some("192.168.0.1")),
        ("int(5),map_int(number)", Some("five")),
        ("int(15),map_int(number)", Some("teens")),
        ("int(15),map_int_key(number)", Some("10:20")),
        ("int(25),map_int(number,x)", Some("x")),
        ("str(10.1.2.3),map_ip(net)", Some("narrow")),
        ("str(10.2.2.3),map_ip(net)", Some("wide")),
        ("ipv6(::1),map_ip_key(net)", Some("::1")),
        ("str(host),map_ip(net,x)", None),
        ("str(/xab),map_regm(regm)", Some("got-a-b-/xab")),
        ("str(/y),map_regm(regm,d)", Some("d")),
        ("str(x),map(virt@empty,d)", Some("d")),
        ("str(x),map(opt@missing,d)", Some("d")),
        ("str(x),map(text,)", Some("")),
        ("str(x),map_str_int(int,)", Some("0")),
        ("str(a.com),map(file@text)", Some("one")),
    ] {
        let expression = parse(text, &names).unwrap_or_else(|fault| panic!("{text}: {}", fault.message()));
        assert_eq!(value(&expression).as_deref(), expected, "{text}");
    }
}

#[test]
fn what_changes_at_run_time_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let names = names(&directory);
    let expressions = ["str(new),map(text,d)", "str(new),map_str_int(int,0)"].map(|text| parse(text, &names).unwrap());
    let (references, _) = names.finish_references();
    let add = |name: &str, value: &str| {
        let reference = references.find(Kind::Map, name).unwrap();
        reference.add(Kind::Map, None, b"new", Some(value.as_bytes()))
    };
    add("text", "here").unwrap();
    assert!(add("int", "no number").is_err());
    add("int", "3").unwrap();
    assert_eq!(expressions.each_ref().map(value), [Some("here".to_owned()), Some("3".to_owned())]);
}

#[test]
fn large_maps_are_as_quick_as_small_ones() {
    use std::fmt::Write as _;
    let directory = tempfile::tempdir().unwrap();
    let mut text = String::new();
    (0..10_000).for_each(|n| writeln!(text, "host{n}.example.com backend{n}").unwrap());
    std::fs::write(directory.path().join("large"), text).unwrap();
    let names = Names::new(Vec::new(), Some(directory.path().to_owned()));
    let expression = parse("str(host9999.example.com),map(large)", &names).unwrap();
    let begun = std::time::Instant::now();
    for _ in 0..10_000 {
        assert_eq!(value(&expression).as_deref(), Some("backend9999"));
    }
    // A look through all entries would take minutes.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn faults() {
    let directory = tempfile::tempdir().unwrap();
    let names = names(&directory);
    for (text, expected) in [
        ("str(a),map", "'map' lacks an argument"),
        ("str(a),map()", "'map' lacks an argument"),
        ("str(a),map(missing)", "failed to open pattern file <missing>"),
        ("str(a),map_str_int(bad)", "unable to parse 'notint' at line 3 of file 'bad'"),
        ("str(a),map_ip(text)", "'a.com' is not a valid IPv4 or IPv6 address at line 3 of file 'text'"),
        ("str(a),map_str_int(int,z)", "the default 'z' is not an integer"),
        ("str(a),map_str_ip(ip,1.2)", "the default '1.2' is not an address"),
        ("str(a),map_str_key(text,x)", "'map_str_key' takes one argument at most"),
    ] {
        assert_eq!(parse(text, &names).unwrap_err().message(), expected, "{text}");
    }
}
