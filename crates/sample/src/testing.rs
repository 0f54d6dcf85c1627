//! What the tests of this crate share.

use std::net::SocketAddr;

use burdock_base::{BindId, Instant, ProxyId};
use burdock_state::Directory;
use burdock_syntax::{Diagnostics, Environment, Facts, Parsed, Reader, SourceMap, Word};
use burdock_txn::{Endpoint, Txn};

use crate::expression::Expression;
use crate::input::{Input, Scratch};
use crate::names::{Names, Scope};
use crate::phase::Phase;
use crate::value::{Type, Value};

/// The first word of a line, as it is read from a file.
pub(crate) fn word(text: &str) -> Word {
    let file = SourceMap::new().add("t", format!("{text}\n")).unwrap();
    let mut diagnostics = Diagnostics::new();
    let line = Reader::new(file, &Facts::default()).next_line(&Environment::empty(), &mut diagnostics);
    line.unwrap_or_else(|| panic!("{text}: {diagnostics:?}")).words.swap_remove(0)
}

/// The expression that a text is, where nothing can be named.
pub(crate) fn parse(text: &str) -> Parsed<Expression> {
    Expression::parse(&word(text), &Scope::outside(&Names::default()))
}

/// What expressions are tried on: they share names, so that one sees the variables of another.
pub(crate) struct Bench {
    pub(crate) names: Names,
    pub(crate) txn: Txn,
    pub(crate) world: Directory,
    pub(crate) now: Instant,
}

impl Bench {
    /// An empty request in a world of these proxies. Each setting up is an expression that is evaluated for what it does.
    pub(crate) fn new(names: Names, world: Directory, setting_up: &[&str]) -> Self {
        let bench = Self { names, txn: empty_txn(), world, now: Instant::START };
        for text in setting_up {
            assert!(bench.evaluate(text, Phase::FrontendHttpRequest).is_some(), "{text}");
        }
        bench
    }

    /// The text of an expression's value as a log line would show it, bytes in hexadecimal digits; none where it has no value.
    pub(crate) fn evaluate(&self, text: &str, phase: Phase) -> Option<String> {
        let scope = Scope::within(&self.names, ProxyId(0));
        let expression = Expression::parse(&word(text), &scope).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        let scratch = Scratch::new();
        let input = Input { txn: &self.txn, world: &self.world, now: self.now, phase, scratch: &scratch };
        expression.evaluate(&input).map(|value| match value {
            Value::Bin(bytes) => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
            value => match value.cast(Type::Str, &scratch) {
                Some(Value::Str(text)) => String::from_utf8_lossy(text).into_owned(),
                other => panic!("{text}: {other:?}"),
            },
        })
    }

    /// Checks the values of expressions in a phase.
    pub(crate) fn check(&self, phase: Phase, cases: &[(&str, Option<&str>)]) {
        for (text, expected) in cases {
            assert_eq!(self.evaluate(text, phase).as_deref(), *expected, "{text} in {phase:?}");
        }
    }
}

/// A request that is as empty as can be.
pub(crate) fn empty_txn() -> Txn {
    Txn::new(endpoint("10.0.0.9:4242"), endpoint("127.0.0.1:80"), ProxyId(0), BindId(0), Instant::START)
}

/// An endpoint of that address.
pub(crate) fn endpoint(text: &str) -> Endpoint {
    Endpoint::from_ip(text.parse::<SocketAddr>().unwrap())
}

/// Checks the bytes of the value of each expression: `None` where it has none.
pub(crate) fn check(cases: &[(&str, Option<&[u8]>)]) {
    for (text, expected) in cases {
        check_one(text, *expected);
    }
}

/// As [`check`] where every expression has a value that is text.
pub(crate) fn check_texts(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        check_one(text, Some(expected.as_bytes()));
    }
}

fn check_one(text: &str, expected: Option<&[u8]>) {
    let expression = parse(text).unwrap_or_else(|fault| panic!("{text}: {}", fault.message()));
    let (txn, world, scratch) = (empty_txn(), Directory::empty(), Scratch::new());
    let input =
        Input { txn: &txn, world: &world, now: Instant::START, phase: Phase::FrontendHttpRequest, scratch: &scratch };
    let found = expression.evaluate(&input).and_then(|value| match value.cast(Type::Str, &scratch) {
        Some(Value::Str(bytes)) => Some(bytes),
        _ => None,
    });
    assert_eq!(
        found.map(<[u8]>::escape_ascii).map(|text| text.to_string()),
        expected.map(|text| text.escape_ascii().to_string()),
        "{text}"
    );
}

/// Checks that every expression is refused with a message that ends in what stands beside it.
pub(crate) fn check_refused(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let fault = parse(text).err().unwrap_or_else(|| panic!("{text} was taken"));
        assert!(fault.message().ends_with(expected), "{text}: {}", fault.message());
    }
}

/// A ClientHello in its record, as browsers send them: numbers of GREASE (RFC 8701) among ciphers, extensions, groups, algorithms and versions.
pub(crate) fn client_hello() -> Vec<u8> {
    from_hex(CLIENT_HELLO)
}

/// The bytes of hexadecimal digits.
pub(crate) fn from_hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

const CLIENT_HELLO: &str = "\
    16030100ef010000eb0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000261a1a130113021303c02b\
    c02fc02cc030cca9cca8c013c014009c009d002f0035fefe00ff56000100009c3a3a00000000000e000c000009612e6578616d706c650017\
    0000ff01000100000a000c000a2a2a11ec001d00170018000b00020100002300000010000e000c02683208687474702f312e31000d000e00\
    0c4a4a04030804040105030805002b0007065a5a030403030033002b00296a6a000100001d00200909090909090909090909090909090909\
    090909090909090909090909090909fafa000100\
";
