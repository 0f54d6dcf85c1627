//! Maps: `map`, `map_<match>` and `map_<match>_<output>` (configuration manual 7.3.1). The value is looked for among the keys of a reference;
//! the result is the value that stands beside the key, or the key itself, or a default.

use std::net::IpAddr;
use std::sync::Arc;

use burdock_pattern::{
    Captures, Case, Columns, Element, Kind, MapValue, MatchMethod, Subject, ValueKind, View, ViewSpec,
};
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::Converter;
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::{Input, Scratch};
use crate::names::Scope;
use crate::value::{Type, Value};

/// A converter for each name: the match method, the type that it takes, and what it gives.
macro_rules! maps {
    ($($name:literal: $method:ident($input:ident) => $output:ident,)+) => {
        &[$(Converter {
            name: $name,
            args: maps!(@args $method $output),
            prepare: None,
            input: Type::$input,
            output: maps!(@type $output),
            doc: maps!(@doc $output),
            run: maps!(@run $output),
        },)+]
    };
    (@file $method:ident $values:ident) => {
        ArgKind::Compile(|word, scope| open(word, scope, MatchMethod::$method, ValueKind::$values))
    };
    (@args $method:ident Key) => {
        ArgSpec { usage: "<file>", kinds: &[maps!(@file $method Text)], required: 1 }
    };
    (@args $method:ident Int) => {
        ArgSpec { usage: "<file>[,<default>]", kinds: &[maps!(@file $method Int), ArgKind::Compile(number)], required: 1 }
    };
    (@args $method:ident Addr) => {
        ArgSpec { usage: "<file>[,<default>]", kinds: &[maps!(@file $method Addr), ArgKind::Compile(address)], required: 1 }
    };
    (@args $method:ident $values:ident) => {
        ArgSpec { usage: "<file>[,<default>]", kinds: &[maps!(@file $method $values), ArgKind::Compile(text)], required: 1 }
    };
    (@type Int) => { Type::Int };
    (@type Addr) => { Type::Addr };
    (@type $other:ident) => { Type::Str };
    (@doc Key) => { "The key in a file that matches." };
    (@doc Template) => { "The value in a file beside the regular expression that matches, its groups put in; or the default." };
    (@doc $other:ident) => { "The value in a file beside the key that matches, or the default." };
    (@run Key) => { key };
    (@run Template) => { template };
    (@run $other:ident) => { value };
}

pub(super) const CONVERTERS: &[Converter] = maps! {
    "map": Str(Str) => Text,
    "map_str": Str(Str) => Text,
    "map_str_int": Str(Str) => Int,
    "map_str_ip": Str(Str) => Addr,
    "map_str_key": Str(Str) => Key,
    "map_beg": Beg(Str) => Text,
    "map_beg_int": Beg(Str) => Int,
    "map_beg_ip": Beg(Str) => Addr,
    "map_beg_key": Beg(Str) => Key,
    "map_end": End(Str) => Text,
    "map_end_int": End(Str) => Int,
    "map_end_ip": End(Str) => Addr,
    "map_end_key": End(Str) => Key,
    "map_sub": Sub(Str) => Text,
    "map_sub_int": Sub(Str) => Int,
    "map_sub_ip": Sub(Str) => Addr,
    "map_sub_key": Sub(Str) => Key,
    "map_dir": Dir(Str) => Text,
    "map_dir_int": Dir(Str) => Int,
    "map_dir_ip": Dir(Str) => Addr,
    "map_dir_key": Dir(Str) => Key,
    "map_dom": Dom(Str) => Text,
    "map_dom_int": Dom(Str) => Int,
    "map_dom_ip": Dom(Str) => Addr,
    "map_dom_key": Dom(Str) => Key,
    "map_reg": Reg(Str) => Text,
    "map_reg_int": Reg(Str) => Int,
    "map_reg_ip": Reg(Str) => Addr,
    "map_reg_key": Reg(Str) => Key,
    "map_regm": Reg(Str) => Template,
    "map_int": Int(Int) => Text,
    "map_int_int": Int(Int) => Int,
    "map_int_ip": Int(Int) => Addr,
    "map_int_key": Int(Int) => Key,
    "map_ip": Ip(Addr) => Text,
    "map_ip_int": Ip(Addr) => Int,
    "map_ip_ip": Ip(Addr) => Addr,
    "map_ip_key": Ip(Addr) => Key,
};

fn open(word: &Word, scope: &Scope<'_>, method: MatchMethod, values: ValueKind) -> Parsed<Arg> {
    let spec = ViewSpec { method, case: Case::Matters, values };
    let view = scope.names.pattern_file(word, Columns::Two, Kind::Map, spec)?;
    Ok(Arg::Compiled(view))
}

/// A default may be empty: an empty text, or zero.
fn text(word: &Word, _: &Scope<'_>) -> Parsed<Arg> {
    Ok(Arg::Text(word.as_bytes().into()))
}

fn number(word: &Word, _: &Scope<'_>) -> Parsed<Arg> {
    let number = if word.is_empty() { Some(0) } else { word.to_str()?.parse().ok() };
    number.map(Arg::Integer).ok_or_else(|| bad_default(word, "an integer"))
}

fn address(word: &Word, _: &Scope<'_>) -> Parsed<Arg> {
    let address: Option<IpAddr> = word.to_str()?.parse().ok();
    address.map(|address| Arg::Compiled(Arc::new(address))).ok_or_else(|| bad_default(word, "an address"))
}

fn bad_default(word: &Word, expected: &str) -> Diagnostic {
    Diagnostic::error(format!("the default '{word}' is not {expected}")).code("bad-argument").at(word.span(), "")
}

fn value<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let found = args.compiled::<View>(0)?.lookup(subject(value)?, |element| of_element(element, input.scratch));
    found.unwrap_or_else(|| default(args))
}

fn key<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let key = |element: &Element| Value::Str(input.scratch.copy(&element.entry.key));
    args.compiled::<View>(0)?.lookup(subject(value)?, key)
}

fn template<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Str(text) = value else { return None };
    let mut groups = Captures::default();
    let found = args.compiled::<View>(0)?.lookup_captures(text, &mut groups, |element, groups| {
        let MapValue::Template(template) = &element.value else { return None };
        let mut result = input.scratch.buffer();
        template.expand(text, groups, |piece| result.push_some(piece));
        Some(Value::Str(result.finish()))
    });
    found.unwrap_or_else(|| default(args))
}

fn subject(value: Value<'_>) -> Option<Subject<'_>> {
    Some(match value {
        Value::Int(number) => Subject::Int(number),
        Value::Addr(address) => Subject::Address(address),
        Value::Str(text) => Subject::Bytes(text),
        Value::Bool(_) | Value::Bin(_) | Value::Method(_) => return None,
    })
}

/// The value is copied, because it may change as soon as the look-up is done.
fn of_element<'a>(element: &Element, scratch: &'a Scratch) -> Option<Value<'a>> {
    Some(match &element.value {
        MapValue::Text(text) => Value::Str(scratch.copy(text)),
        MapValue::Int(number) => Value::Int(*number),
        MapValue::Addr(address) => Value::Addr(*address),
        MapValue::None | MapValue::Template(_) => return None,
    })
}

fn default(args: &Args) -> Option<Value<'_>> {
    args.text(1)
        .map(Value::Str)
        .or_else(|| args.integer(1).map(Value::Int))
        .or_else(|| args.compiled::<IpAddr>(1).copied().map(Value::Addr))
}

#[cfg(test)]
mod tests;
