//! Kinds of arguments that several families of converters share.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::args::{Arg, ArgKind, Args};
use crate::input::Input;
use crate::value::{Type, Value};
use crate::variable;

/// A number, or a variable that holds one: [`operand`] gives it.
pub(super) const OPERAND: ArgKind = ArgKind::OrVariable(|text| {
    number(text).map(Arg::Integer).ok_or("is neither an integer nor the name of a variable")
});

/// Base64 with its padding, or a variable that holds such a text: [`bytes`] gives what it stands for.
pub(super) const BASE64: ArgKind = ArgKind::OrVariable(|text| {
    STANDARD.decode(text).map(|bytes| Arg::Text(bytes.into())).map_err(|_| "is not base64 with its padding")
});

/// The number at `index`: what was given, or what the variable holds. An argument that was left out counts as `default`.
pub(super) fn operand(input: &Input<'_>, args: &Args, index: usize, default: i64) -> Option<i64> {
    match args.variable(index) {
        None => Some(args.integer(index).unwrap_or(default)),
        Some(variable) => match variable::get(input, variable)?.cast(Type::Int, input.scratch)? {
            Value::Int(number) => Some(number),
            _ => None,
        },
    }
}

/// The bytes at `index`: what was given, or what the text in the variable stands for. An argument that was left out is empty.
pub(super) fn bytes<'a>(input: &Input<'a>, args: &'a Args, index: usize) -> Option<&'a [u8]> {
    let Some(variable) = args.variable(index) else { return Some(args.text(index).unwrap_or_default()) };
    let Value::Str(text) = variable::get(input, variable)?.cast(Type::Str, input.scratch)? else { return None };
    let bytes = input.scratch.zeros(text.len());
    let length = STANDARD.decode_slice(text, bytes).ok()?;
    bytes.get(..length)
}

/// A decimal number with an optional sign. What is too large becomes the largest that there is.
fn number(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let limit = if text[0] == b'-' { i64::MIN } else { i64::MAX };
    Some(std::str::from_utf8(text).ok()?.parse().unwrap_or(limit))
}
