//! What fetches from messages give, by tables of what HAProxy answers.

use burdock_base::Instant;
use burdock_http::{Headers, Version};
use burdock_state::Directory;
use burdock_txn::Txn;

use crate::fetch::{self, Fetch};
use crate::input::{Input, Scratch};
use crate::phase::Phase;
use crate::testing::{check_refused, empty_txn, parse};
use crate::value::{Type, Value};

mod blocks;
mod target;

fn fill(headers: &mut Headers, lines: &[&str]) {
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        headers.append(name.as_bytes(), value.trim().as_bytes()).unwrap();
    }
}

fn request(method: &str, target: &str, headers: &[&str]) -> Txn {
    let mut txn = empty_txn();
    txn.request.set_method(method.as_bytes()).unwrap();
    txn.request.set_target(target.as_bytes()).unwrap();
    fill(&mut txn.request.headers, headers);
    txn.request_valid = true;
    txn
}

fn get(headers: &[&str]) -> Txn {
    request("GET", "/", headers)
}

fn response(headers: &[&str]) -> Txn {
    let mut txn = get(&["host: h", "cookie: a=req; q=1", "x: req"]);
    txn.response.set_status(203);
    fill(&mut txn.response.headers, headers);
    txn
}

const REQUEST: Phase = Phase::FrontendHttpRequest;
const RESPONSE: Phase = Phase::BackendHttpResponse;

fn with_input<T>(txn: &Txn, phase: Phase, run: impl FnOnce(&Input<'_>) -> T) -> T {
    let (world, scratch) = (Directory::empty(), Scratch::new());
    run(&Input { txn, world: &world, now: Instant::START.after_ms(900), phase, scratch: &scratch })
}

/// The value as a log line shows it.
fn evaluate(text: &str, txn: &Txn, phase: Phase) -> Option<String> {
    let expression = parse(text).unwrap_or_else(|fault| panic!("{text}: {}", fault.message()));
    with_input(txn, phase, |input| {
        let value = expression.evaluate(input)?;
        assert_eq!(value.kind(), expression.output(), "{text} has the type that it declares");
        let Some(Value::Str(bytes)) = value.cast(Type::Str, input.scratch) else { panic!("everything has a text") };
        Some(bytes.iter().map(|&byte| char::from(byte)).collect())
    })
}

fn check(txn: &Txn, phase: Phase, cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        assert_eq!(evaluate(text, txn, phase).as_deref(), *expected, "{text} in {}", phase.name());
    }
}

/// The values that a condition sees, with bars between them.
fn check_seen(txn: &Txn, phase: Phase, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let expression = parse(text).unwrap();
        let seen = with_input(txn, phase, |input| {
            let mut seen = Vec::new();
            expression.any(input, |value| {
                let Some(Value::Str(bytes)) = value.cast(Type::Str, input.scratch) else { panic!("a text") };
                seen.push(String::from_utf8(bytes.to_vec()).unwrap());
                false
            });
            seen.join("|")
        });
        assert_eq!(seen, *expected, "{text}");
    }
}

/// Where fetches can be used and of what type they are, as `haproxy -dKsmp` prints it.
#[test]
fn validity_and_type() {
    for (validity, output, names) in [
        ("...........YYYYYYY.Y..", "addr", "res.hdr_ip shdr_ip"),
        ("...........YYYYYYY.Y..", "bin", "res.body res.hdrs res.hdrs_bin"),
        (
            "...........YYYYYYY.Y..",
            "sint",
            "res.body_len res.body_size res.cook_cnt res.cook_val res.fhdr_cnt res.hdr_cnt res.hdr_val scook_cnt scook_val shdr_cnt shdr_val",
        ),
        ("...........YYYYYYY.Y..", "str", "res.cook res.cook_names res.fhdr res.hdr res.hdr_names scook shdr"),
        ("...........YYYYYYYYY..", "sint", "server_status status"),
        ("...........YYYYYYYYY..", "str", "capture.res.hdr res.ver resp_ver"),
        ("..YYYYYYYYY...........", "addr", "hdr_ip req.hdr_ip url_ip"),
        ("..YYYYYYYYY...........", "bin", "base32+src req.body req.body_param req.hdrs req.hdrs_bin url32+src"),
        (
            "..YYYYYYYYY...........",
            "sint",
            "base32 cook_cnt cook_val hdr_cnt hdr_val req.body_len req.body_size req.cook_cnt req.cook_val req.fhdr_cnt req.hdr_cnt req.hdr_val url32 url_port urlp_val",
        ),
        (
            "..YYYYYYYYY...........",
            "str",
            "base baseq cook http_auth_bearer http_auth_pass http_auth_type http_auth_user path pathq query req.cook req.cook_names req.fhdr req.hdr req.hdr_names url url_param urlp",
        ),
        ("..YYYYYYYYYYYYYYYY.Y..", "str", "cookie hdr"),
        ("..YYYYYYYYYYYYYYYYY...", "bool", "http_first_req req.proto_http req_proto_http"),
        ("..YYYYYYYYYYYYYYYYY...", "meth", "method"),
        (
            "..YYYYYYYYYYYYYYYYY...",
            "str",
            "capture.req.hdr capture.req.method capture.req.uri capture.req.ver capture.res.ver req.ver req_ver",
        ),
        ("YYYYYYYYYYYYYYYYYYYY.Y", "bool", "internal.strm.is_htx"),
        ("YYYYYYYYYYYYYYYYYYYY.Y", "str", "term_events"),
        ("..YYYYYYYYYYYYYYYY.Y..", "bool", "internal.htx.has_eom"),
        ("..YYYYYYYYYYYYYYYY.Y..", "bin", "internal.htx_blk.data"),
        (
            "..YYYYYYYYYYYYYYYY.Y..",
            "sint",
            "internal.htx.data internal.htx.free internal.htx.free_data internal.htx.nbblks internal.htx.size internal.htx.used internal.htx_blk.size",
        ),
        (
            "..YYYYYYYYYYYYYYYY.Y..",
            "str",
            "internal.htx_blk.hdrname internal.htx_blk.hdrval internal.htx_blk.start_line internal.htx_blk.type",
        ),
    ] {
        for name in names.split(' ') {
            let fetch = fetch::find(name.as_bytes()).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((format!("{:?}", fetch.validity).as_str(), fetch.output.name()), (validity, output), "{name}");
        }
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = fetch::all().flat_map(Fetch::names).collect();
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn headers_of_requests() {
    let txn = get(&[
        "Host: www.Example.com:80",
        "X: a, b ,c",
        "X: d",
        "E:",
        "E2: ,",
        "N: 12abc",
        "I: 1.2.3.4, foo ,5.6.7.8:9",
        "J: 1.2.3.4, foo",
    ]);
    check(
        &txn,
        REQUEST,
        &[
            ("hdr(x)", Some("d")),
            ("hdr(x,-3)", Some("b")),
            ("req.fhdr(x,-2)", Some("a, b ,c")),
            ("req.fhdr(x,3)", None),
            ("req.fhdr", None),
            ("hdr", None),
            ("hdr()", Some("foo")),
            ("hdr(,0)", Some("foo")),
            ("hdr(,2)", Some("a")),
            ("hdr(,-4)", Some("foo")),
            ("req.fhdr(,2)", Some("a, b ,c")),
            ("hdr_cnt", Some("14")),
            ("hdr_cnt()", Some("14")),
            ("req.fhdr_cnt()", Some("8")),
            ("hdr_val(n)", Some("12")),
            ("hdr_val(x)", Some("0")),
            ("hdr_val", None),
            ("hdr_ip(i)", Some("5.6.7.8")),
            ("hdr_ip(i,1)", Some("1.2.3.4")),
            ("hdr_ip(i,2)", None),
            ("hdr_ip(j)", None),
            ("hdr_ip", None),
            ("req.hdr_names", Some("host,x,x,e,e2,n,i,j")),
            ("req.hdr_names(;)", Some("host;x;x;e;e2;n;i;j")),
            ("req.hdr_names(+-)", Some("host+x+x+e+e2+n+i+j")),
            (
                "req.hdrs",
                Some(
                    "host: www.Example.com:80\r\nx: a, b ,c\r\nx: d\r\ne: \r\ne2: ,\r\nn: 12abc\r\n\
                     i: 1.2.3.4, foo ,5.6.7.8:9\r\nj: 1.2.3.4, foo\r\n\r\n",
                ),
            ),
            ("res.hdr(x)", None),
        ],
    );
    check_seen(
        &txn,
        REQUEST,
        &[
            ("hdr_ip(i)", "1.2.3.4|5.6.7.8"),
            ("hdr_ip(j)", "1.2.3.4"),
            ("hdr_ip()", "1.2.3.4|5.6.7.8|1.2.3.4"),
            ("hdr_ip", ""),
            ("hdr_val(x)", "0|0|0|0"),
            ("hdr_val(x,1)", "0"),
        ],
    );
}

#[test]
fn headers_of_responses() {
    let mut txn = response(&["X: 5, 6", "X: 7", "I: 1.2.3.4,foo", "content-length: 5"]);
    check(
        &txn,
        RESPONSE,
        &[
            ("hdr(x)", Some("7")),
            ("hdr(host)", None),
            ("shdr(x)", Some("7")),
            ("res.hdr(x,1)", Some("5")),
            ("res.fhdr(x,1)", Some("5, 6")),
            ("shdr_cnt", Some("6")),
            ("shdr_cnt(x)", Some("3")),
            ("res.fhdr_cnt", Some("4")),
            ("res.fhdr_cnt(x)", Some("2")),
            ("shdr_ip(i,1)", Some("1.2.3.4")),
            ("shdr_ip(i)", None),
            ("shdr_val(x)", Some("7")),
            ("res.hdr_names", Some("x,x,i,content-length")),
            ("res.hdrs", Some("x: 5, 6\r\nx: 7\r\ni: 1.2.3.4,foo\r\ncontent-length: 5\r\n\r\n")),
            ("req.hdr(host)", None),
        ],
    );
    check_seen(&txn, RESPONSE, &[("shdr(x)", "5|6|7"), ("shdr_ip(i)", "1.2.3.4")]);
    txn.response.clear();
    check(&txn, RESPONSE, &[("shdr(x)", None), ("shdr_cnt", None), ("res.hdrs", None), ("hdr(x)", None)]);
}

#[test]
fn binary_headers() {
    let long = format!("l: {}", "v".repeat(3000));
    for (line, expected) in [
        ("x: 5, 6", "017804352C20360000"),
        ("e:", "0165000000"),
        (&*format!("l: {}", "v".repeat(239)), "016CEF76"),
        (&*format!("l: {}", "v".repeat(240)), "016CF00076"),
        (&*long, "016CF8AC0076"),
    ] {
        let found = evaluate("req.hdrs_bin,hex", &get(&[line]), REQUEST).unwrap();
        assert!(found.starts_with(expected) && found.ends_with("0000"), "{line}: {found}");
    }
    let huge = format!("l: {}", "v".repeat(17_000));
    let huge = get(&[&huge]);
    check(&huge, REQUEST, &[("req.hdrs_bin", None), ("req.hdrs,length", Some("16384"))]);
    assert!(evaluate("req.hdrs", &huge, REQUEST).unwrap().ends_with('v'), "what is cut has no empty line at its end");
}

#[test]
fn cookies_of_requests() {
    for (fields, one, a, count, count_a, names) in [
        (&["a=1; b=2"][..], Some("1"), Some("1"), "2", "1", "a,b"),
        (&["$x=3; a=1"], Some("1"), Some("1"), "1", "1", "a"),
        (&["nov; a=1"], Some("1"), Some("1"), "1", "1", "a"),
        (&["=5; a=1"], Some("5"), Some("1"), "2", "1", "a"),
        (&["a; a=1"], Some("1"), Some("1"), "1", "1", "a"),
        (&["a=; a= "], Some(""), Some(""), "2", "2", "a,a"),
        (&["a=1,b=2"], Some("1"), Some("1"), "2", "1", "a,b"),
        (&["a=\"1;b=2\"; q=\"5\""], Some("\"1;b=2\""), Some("\"1;b=2\""), "2", "1", "a,q"),
        (&[""], None, None, "0", "0", ""),
        (&[], None, None, "0", "0", ""),
        (&["b=1", "a=2"], Some("1"), Some("2"), "2", "1", "b,a"),
        (&["  a  =  1  ;b=2 x"], Some("1"), Some("1"), "2", "1", "a,b"),
        (&[";;a=1"], Some("1"), Some("1"), "1", "1", "a"),
        (&["a=b=c"], Some("b=c"), Some("b=c"), "1", "1", "a"),
    ] {
        let lines: Vec<_> = fields.iter().map(|field| format!("cookie: {field}")).collect();
        let txn = get(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        check(
            &txn,
            REQUEST,
            &[
                ("req.cook", one),
                ("cookie", one),
                ("cook(a)", a),
                ("cook($x)", None),
                ("cook_cnt", Some(count)),
                ("cook_cnt(a)", Some(count_a)),
                ("req.cook_names", Some(names)),
            ],
        );
    }
    let txn = get(&["cookie: a=1; n=12x; a=3; q=\"4\""]);
    check(
        &txn,
        REQUEST,
        &[
            ("cook_val(n)", Some("12")),
            ("cook_val(a)", Some("3")),
            ("cook_val(q)", Some("0")),
            ("cook_val", Some("1")),
            ("cook_val(none)", None),
            ("req.cook_names(;)", Some("a;n;a;q")),
            ("res.cook(a)", None),
        ],
    );
    check_seen(&txn, REQUEST, &[("cook(a)", "1|3"), ("cookie(a)", "1|3"), ("cook_val", "1|12|3|0")]);
}

#[test]
fn cookies_of_responses() {
    // The field, then the cookie without a name, `a`, how many there are without a name and of `a`, the names, and what conditions see.
    for (field, one, a, count, count_a, names, seen) in [
        ("a=1; path=/; b=9", Some("1"), Some("1"), "3", "1", "a", "1|/|9"),
        ("a=3,c=4", Some("3"), Some("3"), "2", "1", "a", "3|4"),
        ("nov; a=1", Some("1"), Some("1"), "1", "1", "a", "1"),
        ("$v=1; a=1", Some("1"), Some("1"), "1", "1", "a", "1"),
        ("=3; a=1", Some("3"), None, "2", "0", "", "3|1"),
        ("a=1; a=2", Some("1"), Some("2"), "2", "2", "a", "1|2"),
        ("a=1; b=2; a=3", Some("1"), Some("1"), "3", "1", "a", "1|2|3"),
        ("a=1; nov; a=3", Some("1"), Some("3"), "2", "2", "a", "1|3"),
        ("b=1; a=3", Some("1"), None, "2", "0", "b", "1|3"),
        ("; a=3", Some("3"), Some("3"), "1", "1", "a", "3"),
        ("a = 1 ; path", Some("1"), Some("1"), "1", "1", "a", "1"),
        ("a=\"1;2\"; b=9", Some("\"1;2\""), Some("\"1;2\""), "2", "1", "a", "\"1;2\"|9"),
    ] {
        let txn = response(&[&format!("set-cookie: {field}")]);
        check(
            &txn,
            RESPONSE,
            &[
                ("res.cook", one),
                ("scook", one),
                ("cookie", one),
                ("res.cook(a)", a),
                ("res.cook_cnt", Some(count)),
                ("scook_cnt(a)", Some(count_a)),
                ("res.cook_names", Some(names)),
            ],
        );
        check_seen(&txn, RESPONSE, &[("res.cook", seen)]);
    }
    let txn = response(&["set-cookie: x=1; y=0", "set-cookie: =3", "set-cookie: $y=3", "set-cookie: y=4z"]);
    check(
        &txn,
        RESPONSE,
        &[
            ("res.cook_names", Some("x,,y")),
            ("res.cook_names(;)", Some("x;;y")),
            ("scook_val(y)", Some("4")),
            ("res.cook_val", Some("1")),
            ("res.cook_cnt", Some("4")),
        ],
    );
}

#[test]
fn bodies() {
    let mut txn = request("POST", "/", &["content-length: 100"]);
    txn.request_payload.bytes = b"a=1&b=2;c=x+&a=9&e=&nov".to_vec();
    check(
        &txn,
        REQUEST,
        &[
            ("req.body", Some("a=1&b=2;c=x+&a=9&e=&nov")),
            ("req.body_len", Some("23")),
            ("req.body_size", Some("100")),
            ("req.body_param", Some("1")),
            ("req.body_param(b)", Some("2")),
            ("req.body_param(A)", None),
            ("req.body_param(A,i)", Some("1")),
            ("req.body_param(e)", Some("")),
            ("req.body_param(nov)", None),
            ("res.body", None),
        ],
    );
    check_seen(&txn, REQUEST, &[("req.body_param(a)", "1|9")]);
    txn.request_payload.announced = Some(50);
    check(&txn, REQUEST, &[("req.body_size", Some("50"))]);

    let none = [("req.body", Some("")), ("req.body_len", Some("0")), ("req.body_size", Some("0"))];
    check(&get(&["host: h"]), REQUEST, &none);
    check(&empty_txn(), REQUEST, &[("req.body", None), ("req.body_len", None), ("req.body_param", None)]);

    let mut txn = response(&["transfer-encoding: chunked"]);
    txn.response_payload.bytes = b"hello\0".to_vec();
    let whole = [("res.body,hex", Some("68656C6C6F00")), ("res.body_len", Some("6")), ("res.body_size", Some("6"))];
    check(&txn, RESPONSE, &whole);
    check(&txn, REQUEST, &[("res.body", None)]);
}

#[test]
fn credentials() {
    // The field, then scheme, user, password and token.
    for (field, scheme, user, password, token) in [
        ("Basic dXNlcjpwYTpzcw==", Some("Basic"), Some("user"), Some("pa:ss"), None),
        ("basic  dXNlcjpwYTpzcw==,x", Some("Basic"), Some("user"), Some("pa:ss"), None),
        ("BASIC OnA=", Some("Basic"), Some(""), Some("p"), None),
        ("Basic dTo=", Some("Basic"), Some("u"), Some(""), None),
        ("Basic ZOk6dQ==", Some("Basic"), Some("d\u{e9}"), Some("u"), None),
        ("Basic dXNlcjpwYTpzcw", None, None, None, None),
        ("Basic dXNlcg==", None, None, None, None),
        ("Basic", None, None, None, None),
        ("Digest a=b", None, None, None, None),
        ("Bearer tok", Some("Bearer"), None, None, Some("tok")),
        ("bearer   a b", Some("Bearer"), None, None, Some("a b")),
        ("Bearer a,b", Some("Bearer"), None, None, Some("a")),
        ("Bearer", None, None, None, None),
        ("Bearer\ttok", None, None, None, None),
    ] {
        check(
            &get(&[&format!("authorization: {field}")]),
            REQUEST,
            &[
                ("http_auth_type", scheme),
                ("http_auth_user", user),
                ("http_auth_pass", password),
                ("http_auth_bearer", token),
                ("http_auth_bearer()", token),
            ],
        );
    }
    for (lines, token) in [
        (&[][..], Some("")),
        (&["bear: tok"], None),
        (&["bear: Bearer tok"], Some("tok")),
        (&["bear: bearer  tok"], Some("tok")),
        (&["bear: Basic tok"], None),
        (&["bear: Bearer"], Some("")),
        (&["bear:"], None),
        (&["bear: Bearer tok en"], None),
        (&["bear: Foo bar, Bearer z"], None),
        (&["bear: Bearer t1", "bear: Bearer t2", "authorization: Bearer t3"], Some("t1")),
    ] {
        check(&get(lines), REQUEST, &[("http_auth_bearer(bear)", token)]);
    }
}

#[test]
fn captures() {
    let mut txn = request("GET", "http://h/c?q", &[]);
    txn.captures.request.put(1, b"hhhhhhhh", 5);
    txn.captures.response.put(0, b"abc", 2);
    txn.keep_request_line();
    txn.request.set_method(b"POST").unwrap();
    txn.request.set_target(b"/changed").unwrap();
    txn.request.set_version(Version::HTTP_10);
    let kept = [
        ("capture.req.method", Some("GET")),
        ("capture.req.uri", Some("/c?q")),
        ("capture.req.ver", Some("HTTP/1.1")),
        ("capture.req.hdr(0)", None),
        ("capture.req.hdr(1)", Some("hhhhh")),
        ("capture.req.hdr(2)", None),
    ];
    check(&txn, REQUEST, &kept);
    check(&txn, Phase::Log, &kept);
    check(&txn, Phase::Log, &[("capture.res.hdr(0)", Some("ab")), ("capture.res.ver", None), ("res.ver", None)]);
    txn.response.set_status(200);
    txn.response.set_version(Version::HTTP_2);
    check(&txn, Phase::Log, &[("capture.res.ver", Some("HTTP/2.0")), ("resp_ver", Some("2.0"))]);
    txn.request_valid = false;
    check(&txn, Phase::Log, &[("capture.req.method", None), ("capture.req.uri", None), ("capture.req.ver", None)]);

    for (method, target, length) in [
        ("GET", format!("/{}", "x".repeat(2000)), Some("1019")),
        ("GETTTT", format!("/{}", "x".repeat(2000)), Some("1016")),
        ("OPTIONS", "*".to_owned(), None),
        ("CONNECT", "h:443".to_owned(), None),
        ("GET", "http://h".to_owned(), Some("1")),
    ] {
        check(&request(method, &target, &[]), REQUEST, &[("capture.req.uri,length", length)]);
    }
}

#[test]
fn statuses() {
    let mut txn = response(&[]);
    txn.server_status = 203;
    txn.response.set_status(298);
    check(&txn, RESPONSE, &[("status", Some("298")), ("server_status", Some("203")), ("res.ver", Some("1.1"))]);
    check(&get(&[]), Phase::Log, &[("server_status", Some("0")), ("status", None)]);
    check(&empty_txn(), Phase::Log, &[("server_status", None)]);
}

#[test]
fn facts_of_requests() {
    let mut txn = get(&[]);
    check(&txn, Phase::Log, &[("http_first_req", Some("1")), ("internal.strm.is_htx", None)]);
    txn.earlier_requests = 1;
    check(&txn, REQUEST, &[("http_first_req", Some("0"))]);
    check(&empty_txn(), REQUEST, &[("http_first_req", None)]);
}

#[test]
fn faults() {
    check_refused(&[
        ("req.fhdr(a,-11)", "the occurrence of a header must be -10 or more"),
        ("shdr(,-11)", "the occurrence of a header must be -10 or more"),
        ("hdr_ip(a,x)", "'x' is not an integer"),
        ("urlp(a,b,x)", "'x' is not possible here"),
        ("urlp(a,b,i,j)", "'urlp' takes 3 arguments at most"),
        ("req.body_param(a,b,c)", "'req.body_param' takes 2 arguments at most"),
        ("req.cook_names(a,b)", "'req.cook_names' takes one argument at most"),
        ("capture.req.hdr", "'capture.req.hdr' lacks an argument"),
        ("capture.res.hdr(-1)", "the number of a capture must be 0 or more"),
        ("http_auth_bearer(a,b)", "'http_auth_bearer' takes one argument at most"),
        ("req.ver(a)", "'req.ver' takes no argument"),
        ("set-cookie(a)", "unknown sample fetch 'set-cookie'"),
        ("res.cache_hit", "is not supported yet"),
        ("http_auth(l)", "there is no userlist 'l'"),
    ]);
}
