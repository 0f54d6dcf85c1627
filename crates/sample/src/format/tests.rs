//! Formats as texts.

use burdock_base::Instant;
use burdock_state::Directory;
use burdock_syntax::Diagnostics;

use super::{Format, Style};
use crate::input::{Input, Scratch};
use crate::names::{Names, Scope};
use crate::phase::Phase;
use crate::testing::{empty_txn, word};

fn parse(text: &str) -> Result<Format, String> {
    let names = Names::default();
    let mut findings = Diagnostics::new();
    let quoted = word(&format!("'{text}'"));
    let format = Format::parse(&quoted, &Scope::outside(&names), Phase::FrontendHttpRequest, &mut findings);
    format.map_err(|fault| fault.message().to_owned())
}

fn written(text: &str, style: Style) -> String {
    let (txn, world, scratch) = (empty_txn(), Directory::empty(), Scratch::new());
    let input =
        Input { txn: &txn, world: &world, now: Instant::START, phase: Phase::FrontendHttpRequest, scratch: &scratch };
    let mut out = Vec::new();
    parse(text).unwrap().append(&input, style, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn texts_items_and_expressions() {
    for (text, log, plain, head) in [
        ("a 100%% b", "a 100% b", "a 100% b", "a 100% b"),
        ("%ci:%cp", "10.0.0.9:4242", "10.0.0.9:4242", "10.0.0.9:4242"),
        ("x%[str(a b),upper]y", "xA By", "xA By", "xA By"),
        ("%[str(\"a]b\")]", "a]b", "a]b", "a]b"),
        ("%{+Q}[str(a)] %[str(b)]", "\"a\" b", "\"a\" b", "a b"),
        ("%{+Q}o %[str(a)] %ci", "\"a\" \"10.0.0.9\"", " \"a\" \"10.0.0.9\"", " a \"10.0.0.9\""),
        ("%[str(a#b)]|%[path]|%CC", "a#23b|-|-", "a#b||", "a#b||"),
        ("  a  %[str(b)]  ", "a b ", "  a  b  ", "  a  b  "),
        ("%[str(YQoAYg==),b64dec]", "a#0A", "a\n", "a%0A"),
    ] {
        assert_eq!(
            [Style::Log, Style::Plain, Style::Head].map(|style| written(text, style)),
            [log, plain, head],
            "{text}"
        );
    }
}

#[test]
fn faults() {
    for (text, expected) in [
        ("%nosuch", "no item of log formats is named '%nosuch'"),
        ("a %", "a '%' stands alone"),
        ("%{+Q", "missing closing brace of flags"),
        ("%{+Z}r", "'+Z' is no flag that is supported"),
        ("%[path", "missing closing bracket of an expression"),
        ("%[nosuch]", "unknown sample fetch 'nosuch'"),
    ] {
        assert_eq!(parse(text).unwrap_err(), expected, "{text}");
    }
}
