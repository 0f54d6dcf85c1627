//! Fetches of variables (configuration manual 7.3.2 and 2.8).

use burdock_state::VariableScope;

use super::Fetch;
use super::row::row;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::convert::hex_digits;
use crate::input::{Buffer, Input};
use crate::phase::Validity;
use crate::value::{Type, Value};
use crate::variable;

pub(super) const FETCHES: &[Fetch] = &[
    row("var", Type::Any, Validity::ALWAYS, "A variable's value; where it has none, the text given.", |input, args| {
        variable::get(input, args.variable(0)?).or_else(|| args.text(1).map(Value::Str))
    })
    .with(ArgSpec {
        usage: "<var-name>[,<default>]",
        kinds: &[ArgKind::Variable, ArgKind::TextOrEmpty],
        required: 1,
    }),
    row("dump_all_vars", Type::Str, Validity::ALWAYS, "All variables that are set, with their values.", dump).with(
        ArgSpec {
            usage: "[<scope>[,<prefix>[,<delimiter>]]]",
            kinds: &[ArgKind::Choice(&["sess", "txn", "req", "res", "proc"]), ArgKind::Text, ArgKind::Text],
            required: 0,
        },
    ),
];

/// The scopes that are shown, in the order of the choices above.
const SHOWN: [VariableScope; 5] = [
    VariableScope::Session,
    VariableScope::Transaction,
    VariableScope::Request,
    VariableScope::Response,
    VariableScope::Process,
];

/// Fails where not everything has room: half a dump would mislead.
fn dump<'a>(input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let scopes = args.choice(0).map_or(&SHOWN[..], |scope| SHOWN.get(scope..=scope).unwrap_or_default());
    let prefix = args.text(1).unwrap_or_default();
    let delimiter = args.text(2).unwrap_or(b", ");
    let mut text = input.scratch.buffer();
    for scope in scopes {
        let named = input.world.variable_names.iter().filter(|known| known.scope == *scope);
        for known in named.filter(|known| known.name.as_bytes().starts_with(prefix)) {
            let variable = burdock_state::VariableId { scope: *scope, slot: known.slot };
            let Some(value) = variable::get(input, variable) else { continue };
            if !text.is_empty() {
                text.push(delimiter)?;
            }
            text.format(format_args!("{}.{}=", scope.name(), known.name))?;
            show(&mut text, value)?;
        }
    }
    Some(Value::Str(text.finish()))
}

fn show(text: &mut Buffer<'_>, value: Value<'_>) -> Option<()> {
    match value {
        Value::Bool(value) => text.format(format_args!("{value}")),
        Value::Int(value) => text.format(format_args!("{value}")),
        Value::Addr(address) => text.format(format_args!("{address}")),
        Value::Bin(bytes) => bytes.iter().try_for_each(|&byte| text.push(&hex_digits(byte))),
        Value::Str(bytes) | Value::Method(bytes) => {
            text.push(b"\"")?;
            for &byte in bytes {
                match byte {
                    b'"' | b'\\' => text.push(&[b'\\', byte])?,
                    b'\r' => text.push(b"\\r")?,
                    b'\n' => text.push(b"\\n")?,
                    0x08 => text.push(b"\\b")?,
                    0 => text.push(b"\\0")?,
                    byte => text.push(&[byte])?,
                }
            }
            text.push(b"\"")
        }
    }
}
