//! Converters that set variables or put their values beside the sample (configuration manual 7.3.1 and 2.8).

use std::cmp::Ordering;

use super::Converter;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::{Buffer, Input};
use crate::names::Scope;
use crate::value::{Type, Value};
use crate::variable;

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "set-var",
        args: ArgSpec {
            usage: "<var>[,<cond>[,<cond>[,<cond>[,<cond>]]]]",
            kinds: &[ArgKind::Variable, CONDITION, CONDITION, CONDITION, CONDITION],
            required: 1,
        },
        prepare: None,
        input: Type::Any,
        output: Type::Any,
        doc: "The value as it is, which the variable gets too; nothing where a condition does not hold.",
        run: |value, input, args| {
            let allowed = (1..=MOST_CONDITIONS)
                .filter_map(|index| args.choice(index))
                .all(|condition| CONDITIONS.get(condition).is_none_or(|(_, holds)| holds(value, input, args)));
            (allowed && variable::set(input, args.variable(0)?, Some(value))).then_some(value)
        },
    },
    Converter {
        name: "unset-var",
        args: ONE_VARIABLE,
        prepare: None,
        input: Type::Any,
        output: Type::Any,
        doc: "The value as it is; the variable loses its own.",
        run: |value, input, args| variable::set(input, args.variable(0)?, None).then_some(value),
    },
    Converter {
        name: "concat",
        args: ArgSpec { usage: "[<start>[,<var>[,<end>]]]", kinds: AROUND_VARIABLE, required: 0 },
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The text with a text, a variable's value and another text behind it.",
        run: |value, input, args| {
            let Value::Str(text) = value else { return None };
            let parts =
                [args.text(0).unwrap_or_default(), text_of_variable(input, args, 1), args.text(2).unwrap_or_default()];
            joined(input, text, parts)
        },
    },
    Converter {
        name: "add_item",
        args: ArgSpec { usage: "<delim>,[<var>][,<suff>]", kinds: AROUND_VARIABLE, required: 1 },
        prepare: Some(check_item),
        input: Type::Str,
        output: Type::Str,
        doc: "The text with an item behind it: a variable's value and a suffix. A delimiter stands between two that are not empty.",
        run: |value, input, args| {
            let Value::Str(text) = value else { return None };
            let item = [text_of_variable(input, args, 1), args.text(2).unwrap_or_default()];
            let needs_delimiter = !text.is_empty() && item.iter().any(|part| !part.is_empty());
            let delimiter = if needs_delimiter { args.text(0).unwrap_or_default() } else { b"" };
            joined(input, text, [delimiter, item[0], item[1]])
        },
    },
    Converter {
        name: "strcmp",
        args: ONE_VARIABLE,
        prepare: None,
        input: Type::Str,
        output: Type::Int,
        doc: "How the text compares with a variable's value: below zero, zero, above zero.",
        run: |value, input, args| {
            let other = variable::get(input, args.variable(0)?)?.cast(Type::Str, input.scratch)?;
            match (value, other) {
                (Value::Str(one), Value::Str(other)) => Some(Value::Int(difference(one, other))),
                _ => None,
            }
        },
    },
    Converter {
        name: "secure_memcmp",
        args: ONE_VARIABLE,
        prepare: None,
        input: Type::Bin,
        output: Type::Bool,
        doc: "Whether the bytes are those of a variable, found out in a time that does not tell where they differ.",
        run: |value, input, args| {
            let other = variable::get(input, args.variable(0)?)?.cast(Type::Bin, input.scratch)?;
            match (value, other) {
                (Value::Bin(one), Value::Bin(other)) => Some(Value::Bool(same_in_constant_time(one, other))),
                _ => None,
            }
        },
    },
];

const ONE_VARIABLE: ArgSpec = ArgSpec { usage: "<var>", kinds: &[ArgKind::Variable], required: 1 };

const AROUND_VARIABLE: &[ArgKind] = &[ArgKind::Text, ArgKind::Variable, ArgKind::Text];

const MOST_CONDITIONS: usize = 4;

const CONDITION: ArgKind =
    ArgKind::Choice(&["ifexists", "ifnotexists", "ifempty", "ifnotempty", "ifset", "ifnotset", "ifgt", "iflt"]);

type Holds = for<'a> fn(Value<'a>, &Input<'a>, &Args) -> bool;

/// The conditions in the order of [`CONDITION`].
const CONDITIONS: [(&str, Holds); 8] = [
    ("ifexists", |_, input, args| exists(input, args)),
    ("ifnotexists", |_, input, args| !exists(input, args)),
    ("ifempty", |value, _, _| is_empty(value)),
    ("ifnotempty", |value, _, _| !is_empty(value)),
    ("ifset", |_, input, args| present(input, args).is_some()),
    ("ifnotset", |_, input, args| present(input, args).is_none()),
    ("ifgt", |value, input, args| compares(present(input, args), value, Ordering::Greater)),
    ("iflt", |value, input, args| compares(present(input, args), value, Ordering::Less)),
];

fn present<'a>(input: &Input<'a>, args: &Args) -> Option<Value<'a>> {
    variable::get(input, args.variable(0)?)
}

/// Variables of the process are there from the start, with or without a value.
fn exists(input: &Input<'_>, args: &Args) -> bool {
    let of_process = |id: burdock_state::VariableId| id.scope == burdock_state::VariableScope::Process;
    args.variable(0).is_some_and(of_process) || present(input, args).is_some()
}

/// Only texts and bytes can be.
const fn is_empty(value: Value<'_>) -> bool {
    matches!(value, Value::Str([]) | Value::Bin([]))
}

/// Whether the variable's number stands so to the sample's; what are not two numbers is not compared.
fn compares(present: Option<Value<'_>>, value: Value<'_>, expected: Ordering) -> bool {
    match (present, value) {
        (Some(Value::Int(present)), Value::Int(value)) => present.cmp(&value) == expected,
        _ => true,
    }
}

fn check_item(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    if args.is_omitted(1) && args.is_omitted(2) {
        return Err("a variable or a suffix must be given".to_owned());
    }
    Ok(())
}

/// The text of the variable at an index; empty where there is none.
fn text_of_variable<'a>(input: &Input<'a>, args: &Args, index: usize) -> &'a [u8] {
    let value = args.variable(index).and_then(|variable| variable::get(input, variable));
    match value.and_then(|value| value.cast(Type::Str, input.scratch)) {
        Some(Value::Str(text)) => text,
        _ => b"",
    }
}

/// What does not fit is cut.
fn joined<'a>(input: &Input<'a>, text: &[u8], parts: [&[u8]; 3]) -> Option<Value<'a>> {
    let mut all: Buffer<'a> = input.scratch.buffer();
    all.push_some(text);
    parts.into_iter().for_each(|part| all.push_some(part));
    Some(Value::Str(all.finish()))
}

/// The difference of the first bytes that differ; where one text begins with the other, -1 or 1 by their lengths.
fn difference(one: &[u8], other: &[u8]) -> i64 {
    match one.iter().zip(other).find(|(one, other)| one != other) {
        Some((one, other)) => i64::from(*one) - i64::from(*other),
        None => one.len().cmp(&other.len()) as i64,
    }
}

fn same_in_constant_time(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |bits, (one, other)| bits | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}
