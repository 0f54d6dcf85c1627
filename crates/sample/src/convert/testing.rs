//! What the tests of all families of converters share: expressions of constants, and the values and faults that they give.

use burdock_base::Instant;
use burdock_state::Directory;

use crate::input::{Input, Scratch};
use crate::phase::Phase;
use crate::testing::{empty_txn, parse};
use crate::value::{Type, Value};

/// Evaluates an expression of constants: the text of its value as a log line would show it, bytes as `hex` would.
pub(super) fn check(expression: &str, expected: Option<&str>) {
    let parsed = parse(expression).unwrap_or_else(|fault| panic!("{expression}: {fault:?}"));
    with_input(|input| assert_eq!(shown(parsed.evaluate(input), input).as_deref(), expected, "{expression}"));
}

/// Puts a value that no expression can write through one converter.
pub(super) fn check_value(value: Value<'static>, converter: &str, expected: Option<&str>) {
    let parsed = parse(&format!("int(0),{converter}")).unwrap();
    with_input(|input| {
        assert_eq!(shown(parsed.convert(value, input), input).as_deref(), expected, "{value:?} {converter}");
    });
}

/// The fault of an expression that cannot be.
pub(super) fn check_fault(expression: &str, message: &str) {
    let fault = parse(expression).unwrap_err();
    assert_eq!(fault.message(), message, "{expression}");
}

fn with_input(test: impl FnOnce(&Input<'_>)) {
    let txn = empty_txn();
    let scratch = Scratch::new();
    test(&Input {
        txn: &txn,
        world: &Directory::empty(),
        now: Instant::START,
        phase: Phase::FrontendHttpRequest,
        scratch: &scratch,
    });
}

fn shown(value: Option<Value<'_>>, input: &Input<'_>) -> Option<String> {
    match value? {
        Value::Bin(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02X}")).collect()),
        value => match value.cast(Type::Str, input.scratch) {
            Some(Value::Str(text)) => Some(String::from_utf8(text.to_vec()).unwrap()),
            other => panic!("{value:?} has no text: {other:?}"),
        },
    }
}
