//! Kinds of arguments that several families of converters share.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::args::{Arg, ArgKind};

/// A number; a variable could stand there too.
pub(super) const OPERAND: ArgKind = ArgKind::Parse(|text| match number(text) {
    Some(number) => Ok(Arg::Integer(number)),
    None if is_variable(text) => Err(VARIABLE),
    None => Err("is neither an integer nor the name of a variable"),
});

/// Base64 with its padding; a variable could stand there too.
pub(super) const BASE64: ArgKind = ArgKind::Parse(|text| {
    if is_variable(text) {
        return Err(VARIABLE);
    }
    STANDARD.decode(text).map(|bytes| Arg::Text(bytes.into())).map_err(|_| "is not base64 with its padding")
});

/// What is wrong with a variable where an argument could be one.
pub(super) const VARIABLE: &str = "is a variable, and a variable as an argument is not supported yet";

/// Whether a text begins like the name of a variable does: with a scope (configuration manual 2.8).
pub(super) fn is_variable(text: &[u8]) -> bool {
    const SCOPES: [&[u8]; 10] =
        [b"proc.", b"sess.", b"txn.", b"req.", b"res.", b"check.", b"psess.", b"ptxn.", b"preq.", b"pres."];
    SCOPES.iter().any(|scope| text.starts_with(scope))
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
