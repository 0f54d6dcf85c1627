use burdock_base::Instant;
use burdock_state::Directory;
use burdock_txn::Txn;

use super::*;
use crate::input::Scratch;
use crate::phase::Phase;
use crate::testing::{empty_txn, parse};

/// A request with that method and target and with headers that show how values are cut.
fn txn(method: &str, target: &str) -> Txn {
    let mut txn = empty_txn();
    txn.request.set_method(method.as_bytes()).unwrap();
    txn.request.set_target(target.as_bytes()).unwrap();
    for (name, value) in [
        ("Host", "www.Example.com:80"),
        ("X", "a, b ,c"),
        ("X", "d"),
        ("Y", "\"q,r\", s"),
        ("E", ""),
        ("E2", ","),
        ("N", "12abc"),
        ("Cookie", "a=1; b = 2 ;a=3; e=; q=\"z\""),
        ("Cookie", "c=9, d=8"),
    ] {
        txn.request.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
    }
    txn.request_valid = true;
    txn
}

/// The value as text, as a log line would show it.
fn evaluate(expression: &str, txn: &Txn, phase: Phase) -> Option<String> {
    let expression = parse(expression).unwrap();
    let scratch = Scratch::new();
    let input = Input { txn, world: &Directory::empty(), now: Instant::START, phase, scratch: &scratch };
    let value = expression.evaluate(&input)?;
    assert!(castable(expression.output(), value.kind()), "{value:?} is of the declared type");
    let Some(Value::Str(text)) = value.cast(Type::Str, &scratch) else { panic!("everything has a text") };
    Some(String::from_utf8(text.to_vec()).unwrap())
}

#[test]
fn fetches_and_converters() {
    let txn = txn("GET", "/a/b?x=1&y=2");
    for (expression, expected) in [
        ("always_true", Some("1")),
        ("bool(false)", Some("0")),
        ("bool(1)", Some("1")),
        ("int(-5)", Some("-5")),
        ("str(abc)", Some("abc")),
        ("str()", Some("")),
        ("'str(\"a,b)\")'", Some("a,b)")),
        ("src", Some("10.0.0.9")),
        ("src_port", Some("4242")),
        ("dst", Some("127.0.0.1")),
        ("dst_port", Some("80")),
        ("method", Some("GET")),
        ("path", Some("/a/b")),
        ("pathq", Some("/a/b?x=1&y=2")),
        ("query", Some("x=1&y=2")),
        ("query(with_qm)", Some("?x=1&y=2")),
        ("url", Some("/a/b?x=1&y=2")),
        ("req.ver", Some("1.1")),
        ("req.hdr(host)", Some("www.Example.com:80")),
        ("hdr(HOST),lower", Some("www.example.com:80")),
        ("hdr(host),upper,lower", Some("www.example.com:80")),
        ("hdr(host),,lower,", Some("www.example.com:80")),
        ("int(5),lower()", Some("5")),
        ("hdr(x)", Some("d")),
        ("hdr(x,1)", Some("a")),
        ("hdr(x,2)", Some("b")),
        ("hdr(x,4)", Some("d")),
        ("hdr(x,5)", None),
        ("hdr(x,0)", Some("d")),
        ("hdr(x,-2)", Some("c")),
        ("hdr(x,-5)", None),
        ("hdr(y,1)", Some("\"q,r\"")),
        ("hdr(e)", Some("")),
        ("hdr(none)", None),
        ("hdr", None),
        ("req.fhdr(x)", Some("d")),
        ("req.fhdr(x,1)", Some("a, b ,c")),
        ("hdr_cnt(x)", Some("4")),
        ("hdr_cnt(e)", Some("1")),
        ("hdr_cnt(e2)", Some("2")),
        ("hdr_cnt(none)", Some("0")),
        ("hdr_cnt", Some("14")),
        ("req.fhdr_cnt", Some("9")),
        ("req.fhdr_cnt(x)", Some("2")),
        ("hdr_val(n)", Some("12")),
        ("cook(a)", Some("3")),
        ("cook(b)", Some("2")),
        ("cook(e)", Some("")),
        ("cook(q)", Some("\"z\"")),
        ("cook(d)", Some("8")),
        ("cook(A)", None),
        ("cook", Some("1")),
        ("req.cook_cnt(a)", Some("2")),
        ("req.cook_cnt(none)", Some("0")),
        ("req.cook_cnt", Some("7")),
        ("status", None),
    ] {
        assert_eq!(evaluate(expression, &txn, Phase::FrontendHttpRequest).as_deref(), expected, "{expression}");
    }
}

#[test]
fn targets_of_every_form() {
    for (target, path, pathq, query) in [
        ("/", Some("/"), Some("/"), None),
        ("/a?", Some("/a"), Some("/a?"), Some("")),
        ("*", None, None, None),
        ("h:80", None, None, None),
        ("http://h", Some("/"), Some("/"), None),
        ("http://h?x", Some(""), Some("?x"), Some("x")),
        ("http://h/a?x", Some("/a"), Some("/a?x"), Some("x")),
    ] {
        let txn = txn("GET", target);
        let found = ["path", "pathq", "query"].map(|name| evaluate(name, &txn, Phase::UseBackend));
        assert_eq!(found.each_ref().map(Option::as_deref), [path, pathq, query], "{target}");
    }
    assert_eq!(evaluate("query(with_qm)", &txn("GET", "/a?"), Phase::UseBackend).as_deref(), Some(""));
}

#[test]
fn values_end_with_their_phase() {
    let mut txn = txn("GET", "/a");
    txn.response.status = 404;
    for (expression, phase, expected) in [
        ("path", Phase::BackendHttpRequest, Some("/a")),
        ("path", Phase::BackendHttpResponse, None),
        ("method", Phase::Log, Some("GET")),
        ("method", Phase::TcpRequestConnection, None),
        ("src", Phase::TcpRequestConnection, Some("10.0.0.9")),
        ("status", Phase::BackendHttpRequest, None),
        ("status", Phase::Log, Some("404")),
    ] {
        assert_eq!(evaluate(expression, &txn, phase).as_deref(), expected, "{expression} in {}", phase.name());
    }
    txn.request_valid = false;
    assert_eq!(evaluate("method", &txn, Phase::Log), None, "what was not understood has no method");
}

#[test]
fn conditions_see_every_value() {
    let txn = txn("GET", "/");
    let scratch = Scratch::new();
    let input = Input {
        txn: &txn,
        world: &Directory::empty(),
        now: Instant::START,
        phase: Phase::UseBackend,
        scratch: &scratch,
    };
    for (expression, expected) in [
        ("hdr(x)", "a b c d "),
        ("hdr(x,0)", "a b c d "),
        ("hdr(x,-1)", "d "),
        ("hdr(x),upper", "A B C D "),
        ("req.fhdr(x)", "a, b ,c d "),
        ("hdr(none)", ""),
        ("cook(a)", "1 3 "),
        ("cook", "1 2 3  \"z\" 9 8 "),
        ("path", "/ "),
    ] {
        let expression = parse(expression).unwrap();
        let mut seen = String::new();
        let found = expression.any(&input, |value| {
            let Value::Str(text) = value else { panic!("a text") };
            seen.push_str(std::str::from_utf8(text).unwrap());
            seen.push(' ');
            false
        });
        assert_eq!((seen.as_str(), found), (expected, false));
    }
    let expression = parse("hdr(x)").unwrap();
    assert!(expression.any(&input, |value| value == Value::Str(b"b")), "and stop at the first that fits");
}

#[test]
fn faults_point_at_their_part() {
    for (text, message, underlined) in [
        ("pth", "unknown sample fetch 'pth'", "pth"),
        ("path,lowr", "unknown converter 'lowr'", "lowr"),
        ("res.cache_hit", "the sample fetch 'res.cache_hit' is not supported yet", "res.cache_hit"),
        ("path,in_table(f)", "there is no stick table 'f'", "f"),
        ("path,map(no/such)", "failed to open pattern file <no/such>", "no/such"),
        ("hdr(a,b)", "'b' is not an integer", "b"),
        ("hdr(a,1,2)", "'hdr' takes 2 arguments at most", "2"),
        ("hdr(a", "missing closing parenthesis", "("),
        ("hdr(a)b", "a comma is missing in 'hdr(a)b'", "b"),
        ("hdr(a,-11)", "in 'hdr', the occurrence of a header must be -10 or more", "hdr(a,-11)"),
        ("path(1)", "'path' takes no argument", "1"),
        ("path,lower(1)", "'lower' takes no argument", "1"),
        ("int", "'int' lacks an argument", "int"),
        ("int(1k)", "'1k' is not an integer", "1k"),
        ("bool(yes)", "'yes' is not possible here", "yes"),
        ("query(foo)", "'foo' is not possible here", "foo"),
        ("(a)", "a sample fetch is missing", "(a)"),
        ("path,(a)", "a converter is missing", "("),
    ] {
        let fault = parse(text).unwrap_err();
        assert_eq!(fault.message(), message, "{text}");
        let span = fault.span().unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], underlined, "{text}");
    }
    let fault = parse("req.hdrr(host)").unwrap_err();
    assert_eq!(fault.helps()[0].replacement.as_ref().unwrap().1, "req.hdr");
}
