//! Fetches from the request's header fields (configuration manual 7.3.6).

use std::ops::ControlFlow;

use burdock_http::bytes::list_elements;

use super::request::head;
use super::{Fetch, Run};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "req.hdr",
        aliases: &["hdr"],
        args: OCCURRENCE,
        check: Some(check_occurrence),
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "A header's value, cut at commas: the last one, or the occurrence asked for.",
        run: Run::Many {
            one: |input, args| pick(|| elements(input, args), args).map(Value::Str),
            each: |input, args, visit| visit_all(|| elements(input, args), args, &mut |text| visit(Value::Str(text))),
        },
    },
    Fetch {
        name: "req.fhdr",
        aliases: &[],
        args: OCCURRENCE,
        check: Some(check_occurrence),
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "A header's whole value: of its last line, or of the occurrence asked for.",
        run: Run::Many {
            one: |input, args| pick(|| lines(input, args), args).map(Value::Str),
            each: |input, args, visit| visit_all(|| lines(input, args), args, &mut |text| visit(Value::Str(text))),
        },
    },
    Fetch {
        name: "req.hdr_cnt",
        aliases: &["hdr_cnt"],
        args: NAME,
        check: None,
        output: Type::Int,
        validity: Validity::REQUEST,
        doc: "How many values a header has, cut at commas; without a name, all headers.",
        run: Run::One(|input, args| {
            let headers = &head(input)?.headers;
            let count = match args.header(0) {
                Some(_) => elements(input, args).count(),
                None => headers.iter().flat_map(|header| list_elements(header.value)).count(),
            };
            Some(Value::Int(count as i64))
        }),
    },
    Fetch {
        name: "req.fhdr_cnt",
        aliases: &[],
        args: NAME,
        check: None,
        output: Type::Int,
        validity: Validity::REQUEST,
        doc: "How many lines a header has; without a name, all headers.",
        run: Run::One(|input, args| {
            let headers = &head(input)?.headers;
            let count = match args.header(0) {
                Some(_) => lines(input, args).count(),
                None => headers.len(),
            };
            Some(Value::Int(count as i64))
        }),
    },
    Fetch {
        name: "req.hdr_val",
        aliases: &["hdr_val"],
        args: OCCURRENCE,
        check: Some(check_occurrence),
        output: Type::Int,
        validity: Validity::REQUEST,
        doc: "A header's value as a number, chosen as by req.hdr.",
        run: Run::Many {
            one: |input, args| number(pick(|| elements(input, args), args)?, input),
            each: |input, args, visit| {
                visit_all(|| elements(input, args), args, &mut |text| match number(text, input) {
                    Some(value) => visit(value),
                    None => ControlFlow::Continue(()),
                })
            },
        },
    },
];

const NAME: ArgSpec = ArgSpec { usage: "[<name>]", kinds: &[ArgKind::Header], required: 0 };

const OCCURRENCE: ArgSpec =
    ArgSpec { usage: "[<name>[,<occ>]]", kinds: &[ArgKind::Header, ArgKind::Integer], required: 0 };

/// How far back an occurrence can be asked for, counted from the last one.
const EARLIEST_OCCURRENCE: i64 = -10;

fn check_occurrence(args: &Args) -> Result<(), &'static str> {
    match args.integer(1) {
        Some(occurrence) if occurrence < EARLIEST_OCCURRENCE => Err("the occurrence of a header must be -10 or more"),
        _ => Ok(()),
    }
}

/// The values of each line of the header that `args` names; none where it names none.
fn lines<'a>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let named = head(input).zip(args.header(0));
    named.into_iter().flat_map(|(head, name)| head.headers.all_named(name)).map(|(_, value)| value)
}

/// The same, cut at commas.
fn elements<'a>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    lines(input, args).flat_map(list_elements)
}

/// The value that counts where only one can: the occurrence asked for, else the last.
fn pick<'a, I: Iterator<Item = &'a [u8]>>(values: impl Fn() -> I, args: &Args) -> Option<&'a [u8]> {
    let from_end = match args.integer(1).unwrap_or(0) {
        0 => 1,
        occurrence @ 1.. => return values().nth(usize::try_from(occurrence - 1).ok()?),
        occurrence => usize::try_from(occurrence.unsigned_abs()).ok()?,
    };
    let count = values().count();
    values().nth(count.checked_sub(from_end)?)
}

/// Visits the occurrence asked for, else all.
fn visit_all<'a, I: Iterator<Item = &'a [u8]>>(
    values: impl Fn() -> I,
    args: &Args,
    visit: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match args.integer(1) {
        None | Some(0) => values().try_for_each(visit),
        Some(_) => pick(values, args).map_or(ControlFlow::Continue(()), visit),
    }
}

fn number<'a>(text: &'a [u8], input: &Input<'a>) -> Option<Value<'a>> {
    Value::Str(text).cast(Type::Int, input.scratch)
}
