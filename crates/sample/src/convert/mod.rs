//! Converters: one row each, in the table of the family that implements it.

mod address;
mod argument;
mod arithmetic;
mod binary;
mod capture;
mod certificate;
mod cipher;
mod date;
mod debug;
mod digest;
mod escape;
mod fix;
mod forwarded;
mod gcm;
pub(crate) mod hash;
mod http_date;
mod json_query;
mod language;
mod map;
mod mqtt;
mod packet;
mod part;
mod protobuf;
mod regsub;
mod status;
mod strftime;
mod table;
#[cfg(test)]
mod testing;
mod text;
pub(crate) mod token;
mod variable;
mod when;

use burdock_syntax::{Parsed, Word};

use crate::args::{ArgSpec, Args};
use crate::input::Input;
use crate::known;
use crate::names::Scope;
use crate::value::{Type, Value};

/// A converter (configuration manual 7.3.1).
#[derive(Debug)]
pub struct Converter {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub args: ArgSpec,
    /// What further holds for the arguments, beyond their kinds, and what it makes of them once and for all.
    pub prepare: Option<PrepareArgs>,
    /// The type that it takes; values of other types are cast first.
    pub input: Type,
    /// The type that it gives.
    pub output: Type,
    /// What it gives, in one line.
    pub doc: &'static str,
    /// What implements it. Its value is of the type `input`.
    pub run: for<'a> fn(Value<'a>, &Input<'a>, &'a Args) -> Option<Value<'a>>,
}

/// Looks at all arguments together, and may put a parsed form in the place of one; the fault is a sentence without its subject.
pub type PrepareArgs = fn(&mut Args, &Scope<'_>) -> Result<(), String>;

const FAMILIES: [&[Converter]; 31] = [
    text::CONVERTERS,
    part::CONVERTERS,
    binary::CONVERTERS,
    escape::CONVERTERS,
    regsub::CONVERTERS,
    map::CONVERTERS,
    language::CONVERTERS,
    json_query::CONVERTERS,
    protobuf::CONVERTERS,
    fix::CONVERTERS,
    mqtt::CONVERTERS,
    packet::ETHERNET,
    packet::IP,
    packet::TCP,
    arithmetic::CONVERTERS,
    hash::CONVERTERS,
    digest::CONVERTERS,
    cipher::CONVERTERS,
    gcm::CONVERTERS,
    certificate::CONVERTERS,
    date::CONVERTERS,
    http_date::CONVERTERS,
    address::CONVERTERS,
    forwarded::CONVERTERS,
    token::CONVERTERS,
    variable::CONVERTERS,
    capture::CONVERTERS,
    debug::CONVERTERS,
    status::CONVERTERS,
    table::CONVERTERS,
    when::CONVERTERS,
];

/// All converters.
pub fn all() -> impl Iterator<Item = &'static Converter> {
    FAMILIES.into_iter().flatten()
}

/// The converter of that name.
pub fn find(name: &[u8]) -> Option<&'static Converter> {
    all().find(|converter| converter.name.as_bytes() == name)
}

/// The converter that a word names.
///
/// # Errors
/// Says whether HAProxy knows the name, or else which name is near.
pub fn resolve(name: &Word) -> Parsed<&'static Converter> {
    find(name.as_bytes()).ok_or_else(|| {
        if known::is_converter(name.as_bytes()) {
            return known::unsupported("converter", name);
        }
        known::unknown("converter", name, all().map(|converter| converter.name).chain(known::converters()))
    })
}

/// The two hexadecimal digits of a byte, in upper case.
pub(crate) fn hex_digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]
}
