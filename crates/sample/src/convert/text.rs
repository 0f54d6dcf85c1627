//! Converters of texts (configuration manual 7.3.1).

use super::Converter;
use crate::args::ArgSpec;
use crate::input::Input;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "lower",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text in lower case.",
        run: |value, input, _| changed(value, input, <[u8]>::make_ascii_lowercase),
    },
    Converter {
        name: "upper",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text in upper case.",
        run: |value, input, _| changed(value, input, <[u8]>::make_ascii_uppercase),
    },
];

/// A copy of a text, changed in place.
fn changed<'a>(value: Value<'a>, input: &Input<'a>, change: fn(&mut [u8])) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    let copy = input.scratch.copy(text);
    change(copy);
    Some(Value::Str(copy))
}
