//! Formats as texts. What is expected is what HAProxy 3.5 writes for the same format.

use std::sync::Arc;

use burdock_base::Instant;
use burdock_state::Directory;
use burdock_syntax::Diagnostics;
use burdock_tls::TlsFacts;
use burdock_tls::settings::TlsVersion;

use super::{Format, Style};
use crate::input::{Input, Scratch};
use crate::names::{Names, Scope};
use crate::phase::Phase;
use crate::testing::{empty_txn, word};

fn parse_noting(text: &str, findings: &mut Diagnostics) -> Result<Format, String> {
    let names = Names::default();
    let quoted = word(&format!("'{text}'"));
    let format = Format::parse(&quoted, &Scope::outside(&names), Phase::FrontendHttpRequest, findings);
    format.map_err(|fault| fault.message().to_owned())
}

fn parse(text: &str) -> Result<Format, String> {
    parse_noting(text, &mut Diagnostics::new())
}

fn bytes(text: &str, style: Style, world: &Directory) -> Vec<u8> {
    let (mut txn, scratch) = (empty_txn(), Scratch::new());
    txn.request_valid = true;
    txn.request.set_method(b"GET").unwrap();
    txn.request.set_target(b"/p\"q\\]?a=1").unwrap();
    let input = Input { txn: &txn, world, now: Instant::START, phase: Phase::FrontendHttpRequest, scratch: &scratch };
    let mut out = Vec::new();
    parse(text).unwrap().append(&input, style, &mut out);
    out
}

fn written(text: &str, style: Style) -> String {
    String::from_utf8(bytes(text, style, &Directory::empty())).unwrap()
}

fn check_lines(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(written(text, Style::Log), *expected, "{text}");
    }
}

#[test]
fn texts_items_and_expressions() {
    for (text, log, plain, head) in [
        ("a 100%% b", "a 100% b", "a 100% b", "a 100% b"),
        ("%ci:%cp", "10.0.0.9:4242", "10.0.0.9:4242", "10.0.0.9:4242"),
        ("x%[str(a b),upper]y", "xA By", "xA By", "xA By"),
        ("%[str(\"a]b\")]", "a]b", "a]b", "a]b"),
        ("%{+Q}[str(a)] %[str(b)]", "\"a\" b", "\"a\" b", "a b"),
        ("%{+Q}o %[str(a)]", "\"a\"", " \"a\"", " a"),
        ("%[str(a#b)]|%[str()]|%CC", "a#b|-|-", "a#b||", "a#b||"),
        ("%{+Q}[str()]%{+Q}CC", "\"\"\"\"", "\"\"\"\"", "\"\"\"\""),
        ("  %[str(a)]  %[str(b)]  ", "a b ", "  a  b  ", "  a  b  "),
        ("%HU", "/p#22q\\]?a=1", "/p#22q\\]?a=1", "/p#22q\\]?a=1"),
        ("%[str(a%09b%0ac),url_dec]", "a\tb\nc", "a\tb\nc", "a\tb%0Ac"),
        ("%[str(a%00b),url_dec]", "a", "a", "a%00b"),
        ("%{+json}o %(a)[str(x)]", "{\"a\": \"x\"}", "{\"a\": \"x\"}", " x"),
        ("%.b %-b", ".b -b", ".b -b", ".b -b"),
    ] {
        let found = [Style::Log, Style::Plain, Style::Head].map(|style| written(text, style));
        assert_eq!(found, [log, plain, head], "{text}");
    }
}

#[test]
fn flags_of_items() {
    check_lines(&[
        ("%{+Q}HM %{+Q}cp %{+Q}ci %{+Q}ts %{+Q}B", "\"GET\" 4242 \"10.0.0.9\" -- 0"),
        ("%{+X}ci %{+X}cp %{+X,+Q}ci %{+X}lc %{+X}rt", "0A000009 1092 0A000009 0000 0000"),
        ("%{+E}HU %{+Q,+E}HQ", "/p#22q\\\\\\]?a=1 \"?a=1\""),
        ("%{+E}[str(\"a]\")]", "a\\]"),
        ("%{+Q}[int(5)] %{+X}[int(255)]", "\"5\" 255"),
        ("%{Q}HM %{+Q,E}HM %{+Q +E}HM %{+Q,-Q}HM %{}HM", "GET \"GET\" GET GET GET"),
        ("%{+Q}o %HM %{-Q}HM %HM %{-Q}o %HM", "\"GET\" GET \"GET\" GET"),
        ("%{+bin}o %[str(YQBi),b64dec,hex] %{+Q}[str(a)]", "610062 \"a\""),
        ("%sslv %{+Q}sslc %ID %si %{+Q}sp", "- \"\" - - \"\""),
        ("%OG %rc %hr|%hrl", "unspec 0 |"),
    ]);
}

/// The fields that `option httpslog` adds, and the mark behind the frontend's name.
#[test]
fn lines_about_tls() {
    const FORMAT: &str =
        "%ft %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc";
    let (mut txn, scratch, world) = (empty_txn(), Scratch::new(), Directory::empty());
    let agreed = TlsFacts {
        complete: true,
        version: Some(TlsVersion::Tls12),
        cipher_suite: Some(0xc030),
        server_name: Some("localhost".into()),
        certificate_error: 20,
        ..TlsFacts::default()
    };
    let failed = TlsFacts::default();
    for (facts, expected) in [
        (None, "0/-/-/-/0 -/-/-"),
        (Some(agreed), "~ 0/0000000000000000/20/0/0 localhost/TLSv1.2/ECDHE-RSA-AES256-GCM-SHA384"),
        (Some(failed), "~ 0/0000000000000000/0/0/0 -/TLSv1.3/(NONE)"),
    ] {
        txn.client_tls = facts.map(Arc::new);
        let input = Input { txn: &txn, world: &world, now: Instant::START, phase: Phase::Log, scratch: &scratch };
        let mut out = Vec::new();
        parse(FORMAT).unwrap().append(&input, Style::Log, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn values_in_json() {
    check_lines(&[
        ("%{+json}o %(a)[int(1)] %(b)[str(x)] text %(c)[bool(true)] %ci %[int(5)]", r#"{"a": 1, "b": "x", "c": true}"#),
        ("%{+json}o text", "{}"),
        ("x %(b)ci y %{+json}o %(a)cp z", r#"{"b": "10.0.0.9", "a": 4242}"#),
        ("%{+json}o%(a)ci %{+cbor}o %(b)cp", r#"{"a": "10.0.0.9", "b": 4242}"#),
        ("%{+json}o %(a)ci %{-json}o %(b)cp %(c)HM", r#""10.0.0.9" 4242 GET"#),
        ("%{+json}o %(a){-json}ci %(a)cp", r#"{"a": "10.0.0.9", "a": 4242}"#),
        ("%{+json,+E}HU %{+json,+Q}HM", r#""/p#22q\\]?a=1" "GET""#),
        ("%{+json}CC %{+json}[str()] %{+json}hr %{+json}hrl", r#""" "" null null"#),
        ("%{+json,+X}cp %{+json,+X}ci %{+json}ts", r#""1092" "0A000009" "--""#),
        (
            "%(:str){+json}cp %(:bool){+json}cp %(:sint){+json}ci %(:sint){+json,+X}cp",
            r#""4242" true "10.0.0.9" "1092""#,
        ),
        ("%(:sint){+json}[str(12abc)] %(:bool){+json}[str(true)] %(:bool){+json}[str(4)]", "12 false true"),
        ("%(:str){+json}[int(5)] %(:str){+json}[bool(true)] %(:bool){+json}[int(0)]", r#""5" "1" false"#),
        ("%(:sint){+json}[src] %(:bool){+json}[src] %(:sint){+json}[method]", r#"167772169 "" """#),
        ("%(:sint)[str(5x)] %(a:bool)ci %(:raw){+json}[str(a)] %(:raw){+json}HM", r#"5x 10.0.0.9 a "GET""#),
        ("%{+json}B %{+json}[src]", r#"0 "10.0.0.9""#),
    ]);
}

#[test]
fn values_in_cbor() {
    check_lines(&[
        ("%{+cbor}o %(a)[int(1)] %(b)[str(x)] text %(c)[bool(true)] %ci", "BF616101616261786163F5FF"),
        ("%{+cbor}o text", "BFFF"),
        ("%{+cbor}HU", "7F622F706323323267715C5D3F613D31FF"),
        ("%{+cbor}HM %{+cbor}CC %{+cbor}ci %{+cbor}cp", "7F63474554FF F6 6831302E302E302E39 191092"),
        ("%{+cbor,+X}cp %{+cbor,+X}lc", "6431303932 6430303030"),
        ("%{+cbor,+Q}[str(a)] %{+cbor,+Q}HM %{+cbor,+Q}[int(1)] %{+cbor,+Q}CC", "\"6161\" 7F63474554FF 01 \"\""),
        (
            "%{+cbor}[int(-3)] %{+cbor}[bool(false)] %{+cbor}[str(YWL/),b64dec] %{+cbor}[str(),b64dec]",
            "22 F4 5F436162FFFF 5FFF",
        ),
        ("%(:str){+cbor}cp %(:bool){+cbor}cp %(:str){+cbor}[int(4)] %(:sint){+cbor}[str(4)]", "191092 F5 6134 04"),
        (
            "%{+cbor}o %(averylongnameofmorethantwentythreecharacters)[int(1)]",
            "BF782C61766572796C6F6E676E616D656F666D6F72657468616E7477656E747974687265656368617261637465727301FF",
        ),
    ]);
    let binary = bytes("%{+cbor,+bin}o %(a)[int(1)] %(b)HM", Style::Log, &Directory::empty());
    assert_eq!(binary, b"\xbfaa\x01ab\x7fcGET\xff\xff");
    let bytes_alone =
        bytes("%{+bin}o %[str(YQBi/w==),b64dec]|%{+Q}[str(YQBi),b64dec]", Style::Log, &Directory::empty());
    assert_eq!(bytes_alone, b"a\0b\xff|a\0b");
}

#[test]
fn request_lines_are_cut() {
    for (limit, expected) in [
        (1023, "GET /p#22q\\]?a=1 HTTP/1.1|GET|/p#22q\\]?a=1|?a=1|HTTP/1.1"),
        (20, "GET /p#22q\\]?a=1 HTTP/|GET|/p#22q\\]?a=1|?a=1|HTTP/"),
        (14, "GET /p#22q\\]?a=1|GET|/p#22q\\]?a=1|?a=1|HTTP/0.9"),
        (8, "GET /p#22q|GET|/p#22q||HTTP/0.9"),
        (1, "G|<BADREQ>|<BADREQ>||<BADREQ>"),
    ] {
        let world = Directory { request_line_limit: limit, ..Directory::empty() };
        let found = bytes("%r|%HM|%HU|%HQ|%HV", Style::Log, &world);
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{limit}");
    }
}

#[test]
fn faults() {
    for (text, expected) in [
        ("%nosuch", "no item of log formats is named '%nosuch'"),
        ("%bX", "no item of log formats is named '%bX'"),
        ("a %", "a '%' stands alone"),
        ("a % b", "a '%' stands alone"),
        ("%{+Q", "missing closing brace"),
        ("%{+Q}", "a name or flags stand before no item"),
        ("%{+Q}%", "a name or flags stand before no item"),
        ("%(n)", "a name or flags stand before no item"),
        ("%{+Q}(n)b", "a name or flags stand before no item"),
        ("%(n:foo)b", "'foo' is no type of an item"),
        ("%(n.x)b", "a character cannot stand in the name of an item"),
        ("%(n", "missing closing parenthesis"),
        ("%[path", "missing closing bracket of an expression"),
        ("%[nosuch]", "unknown sample fetch 'nosuch'"),
    ] {
        assert_eq!(parse(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn what_has_no_effect_is_said() {
    for (text, expected) in [("%{+Q,-Q,+E}ci", 0), ("%{+Z}ci", 1), ("%{Q}ci %{+Q +E}ci", 2), ("%.", 1)] {
        let mut findings = Diagnostics::new();
        parse_noting(text, &mut findings).unwrap();
        assert_eq!(findings.iter().count(), expected, "{text}");
    }
}
