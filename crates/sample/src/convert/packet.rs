//! Parsers of packet headers (configuration manual 7.3.1), one file a layer: each takes bytes as a network gave them and must not know of
//! the layers above it.

mod ethernet;
mod ip;
mod tcp;

use super::Converter;
use crate::args::ArgSpec;
use crate::value::{Type, Value};

pub(super) use ethernet::CONVERTERS as ETHERNET;
pub(super) use ip::CONVERTERS as IP;
pub(super) use tcp::CONVERTERS as TCP;

/// A converter of a header's bytes that has no arguments.
const fn of_header(
    name: &'static str,
    output: Type,
    doc: &'static str,
    run: for<'a> fn(Value<'a>, &crate::Input<'a>, &'a crate::args::Args) -> Option<Value<'a>>,
) -> Converter {
    Converter { name, args: ArgSpec::NONE, prepare: None, input: Type::Bin, output, doc, run }
}

fn bytes_of(value: Value<'_>) -> Option<&[u8]> {
    match value {
        Value::Bin(bytes) => Some(bytes),
        _ => None,
    }
}

/// As many bytes as are asked for, from an offset.
fn array_at<const SIZE: usize>(bytes: &[u8], at: usize) -> Option<[u8; SIZE]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests;
