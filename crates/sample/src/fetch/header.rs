//! Fetches from the header fields of requests and responses (configuration manual 7.3.6).

use std::ops::ControlFlow;

use burdock_http::bytes::{list_elements, trim};

use super::message::{Current, Message, Request, Response};
use super::{Fetch, Run, address};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::{Buffer, Input};
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    value::<Request>("req.hdr", &[], Validity::REQUEST),
    value::<Response>("res.hdr", &["shdr"], Validity::RESPONSE),
    value::<Current>("hdr", &[], Validity::EITHER_MESSAGE),
    line::<Request>("req.fhdr", Validity::REQUEST),
    line::<Response>("res.fhdr", Validity::RESPONSE),
    value_count::<Request>("req.hdr_cnt", &["hdr_cnt"], Validity::REQUEST),
    value_count::<Response>("res.hdr_cnt", &["shdr_cnt"], Validity::RESPONSE),
    line_count::<Request>("req.fhdr_cnt", Validity::REQUEST),
    line_count::<Response>("res.fhdr_cnt", Validity::RESPONSE),
    address::<Request>("req.hdr_ip", &["hdr_ip"], Validity::REQUEST),
    address::<Response>("res.hdr_ip", &["shdr_ip"], Validity::RESPONSE),
    number::<Request>("req.hdr_val", &["hdr_val"], Validity::REQUEST),
    number::<Response>("res.hdr_val", &["shdr_val"], Validity::RESPONSE),
    names::<Request>("req.hdr_names", Validity::REQUEST),
    names::<Response>("res.hdr_names", Validity::RESPONSE),
    block::<Request>("req.hdrs", Validity::REQUEST),
    block::<Response>("res.hdrs", Validity::RESPONSE),
    binary_block::<Request>("req.hdrs_bin", Validity::REQUEST),
    binary_block::<Response>("res.hdrs_bin", Validity::RESPONSE),
];

const fn value<M: Message>(name: &'static str, aliases: &'static [&'static str], validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases,
        args: OCCURRENCE,
        check: Some(check_occurrence),
        output: Type::Str,
        validity,
        doc: "A header's value, cut at commas: the last one, or the occurrence asked for.",
        run: Run::Many {
            one: |input, args| pick(|| elements::<M>(input, args), args).map(Value::Str),
            each: |input, args, visit| visit_elements::<M>(input, args, &mut |text| visit(Value::Str(text))),
        },
    }
}

const fn line<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases: &[],
        args: OCCURRENCE,
        check: Some(check_occurrence),
        output: Type::Str,
        validity,
        doc: "A header's whole value: of its last line, or of the occurrence asked for.",
        run: Run::Many {
            one: |input, args| pick(|| whole::<M>(input, args), args).map(Value::Str),
            each: |input, args, visit| visit_whole::<M>(input, args, &mut |text| visit(Value::Str(text))),
        },
    }
}

const fn value_count<M: Message>(name: &'static str, aliases: &'static [&'static str], validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases,
        args: NAME,
        check: None,
        output: Type::Int,
        validity,
        doc: "How many values a header has, cut at commas; without a name, all headers.",
        run: Run::One(|input, args| {
            let headers = M::headers(input)?;
            let count = match args.header(0) {
                Some(_) => elements::<M>(input, args).count(),
                None => headers.iter().flat_map(|header| list_elements(header.value)).count(),
            };
            Some(Value::Int(count as i64))
        }),
    }
}

const fn line_count<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases: &[],
        args: NAME,
        check: None,
        output: Type::Int,
        validity,
        doc: "How many lines a header has; without a name, all headers.",
        run: Run::One(|input, args| {
            let headers = M::headers(input)?;
            let count = match args.header(0) {
                Some(_) => lines::<M>(input, args).count(),
                None => headers.len(),
            };
            Some(Value::Int(count as i64))
        }),
    }
}

const fn address<M: Message>(name: &'static str, aliases: &'static [&'static str], validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases,
        args: OCCURRENCE,
        check: Some(check_occurrence),
        output: Type::Addr,
        validity,
        doc: "A header's value as an address, with an optional port behind IPv4, chosen as by req.hdr.",
        run: Run::Many {
            one: |input, args| pick(|| elements::<M>(input, args), args).and_then(address::forwarded).map(Value::Addr),
            each: |input, args, visit| {
                visit_elements::<M>(input, args, &mut |text| match address::forwarded(text) {
                    Some(address) => visit(Value::Addr(address)),
                    None => ControlFlow::Continue(()),
                })
            },
        },
    }
}

const fn number<M: Message>(name: &'static str, aliases: &'static [&'static str], validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases,
        args: OCCURRENCE,
        check: Some(check_occurrence),
        output: Type::Int,
        validity,
        doc: "A header's value as a number, chosen as by req.hdr.",
        run: Run::Many {
            one: |input, args| Value::Str(pick(|| elements::<M>(input, args), args)?).cast(Type::Int, input.scratch),
            each: |input, args, visit| {
                visit_elements::<M>(input, args, &mut |text| {
                    let number = Value::Str(text).cast(Type::Int, input.scratch);
                    number.map_or(ControlFlow::Continue(()), &mut *visit)
                })
            },
        },
    }
}

const fn names<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases: &[],
        args: DELIMITER,
        check: None,
        output: Type::Str,
        validity,
        doc: "The names of all headers in order, with commas or another character between them.",
        run: Run::One(|input, args| {
            let names = M::headers(input)?.iter().map(|header| header.name);
            Some(Value::Str(joined(names, input, args)))
        }),
    }
}

const fn block<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bin,
        validity,
        doc: "All headers as lines with the empty line behind them, which lacks where they are cut.",
        run: Run::One(|input, _| {
            let mut text = input.scratch.buffer();
            for header in M::headers(input)?.iter() {
                [header.name, b": ", header.value, b"\r\n"].into_iter().for_each(|part| text.push_some(part));
            }
            text.push_some(b"\r\n");
            Some(Value::Bin(text.finish()))
        }),
    }
}

const fn binary_block<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bin,
        validity,
        doc: "All headers as names and values with their lengths, and an empty pair behind them.",
        run: Run::One(|input, _| {
            let mut block = input.scratch.buffer();
            for header in M::headers(input)?.iter() {
                push_counted(header.name, &mut block)?;
                push_counted(header.value, &mut block)?;
            }
            push_counted(b"", &mut block)?;
            push_counted(b"", &mut block)?;
            Some(Value::Bin(block.finish()))
        }),
    }
}

const NAME: ArgSpec = ArgSpec { usage: "[<name>]", kinds: &[ArgKind::Header], required: 0 };

const OCCURRENCE: ArgSpec =
    ArgSpec { usage: "[<name>[,<occ>]]", kinds: &[ArgKind::Header, ArgKind::Integer], required: 0 };

/// What stands between names; only its first character counts.
pub(super) const DELIMITER: ArgSpec = ArgSpec { usage: "[<delim>]", kinds: &[ArgKind::Text], required: 0 };

/// How far back an occurrence can be asked for, counted from the last one.
const EARLIEST_OCCURRENCE: i64 = -10;

fn check_occurrence(args: &Args) -> Result<(), &'static str> {
    match args.integer(1) {
        Some(occurrence) if occurrence < EARLIEST_OCCURRENCE => Err("the occurrence of a header must be -10 or more"),
        _ => Ok(()),
    }
}

/// The values of each line of the header that `args` names, of all headers where the name is empty; none where there is no name.
fn lines<'a, M: Message>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a, M> {
    let named = M::headers(input).zip(args.header(0));
    named.into_iter().flat_map(|(headers, name)| {
        let all = name.as_bytes().is_empty().then(|| headers.iter().map(|header| header.value));
        headers.all_named(name).map(|(_, value)| value).chain(all.into_iter().flatten())
    })
}

/// The same without blanks around them: rules may have written some.
fn whole<'a, M: Message>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a, M> {
    lines::<M>(input, args).map(trim)
}

/// The same, cut at commas.
fn elements<'a, M: Message>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a, M> {
    lines::<M>(input, args).flat_map(list_elements)
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

/// Visits the whole values: the occurrence asked for, else all.
fn visit_whole<'a, M: Message>(
    input: &Input<'a>,
    args: &'a Args,
    visit: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if wants_one(args) {
        return pick(|| whole::<M>(input, args), args).map_or(ControlFlow::Continue(()), visit);
    }
    visit_lines::<M>(input, args, |line| visit(trim(line)))
}

/// The same, cut at commas.
fn visit_elements<'a, M: Message>(
    input: &Input<'a>,
    args: &'a Args,
    visit: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if wants_one(args) {
        return pick(|| elements::<M>(input, args), args).map_or(ControlFlow::Continue(()), visit);
    }
    visit_lines::<M>(input, args, |line| list_elements(line).try_for_each(&mut *visit))
}

/// Whether an occurrence is asked for.
fn wants_one(args: &Args) -> bool {
    args.integer(1).is_some_and(|occurrence| occurrence != 0)
}

/// Visits what [`lines`] yields: conditions ask for that often, and a chain of iterators costs them several times as much.
fn visit_lines<'a, M: Message>(
    input: &Input<'a>,
    args: &'a Args,
    mut visit: impl FnMut(&'a [u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let Some((headers, name)) = M::headers(input).zip(args.header(0)) else { return ControlFlow::Continue(()) };
    if name.as_bytes().is_empty() {
        return headers.iter().try_for_each(|header| visit(header.value));
    }
    for (_, value) in headers.all_named(name) {
        visit(value)?;
    }
    ControlFlow::Continue(())
}

/// Names with a delimiter between them, as [`DELIMITER`] gives it. There is none in front of the first name that is not empty.
pub(super) fn joined<'a>(names: impl Iterator<Item = &'a [u8]>, input: &Input<'a>, args: &Args) -> &'a [u8] {
    let delimiter = args.text(0).and_then(|text| text.first()).copied().unwrap_or(b',');
    let mut text = input.scratch.buffer();
    for name in names {
        if !text.is_empty() {
            text.push_some(&[delimiter]);
        }
        text.push_some(name);
    }
    text.finish()
}

/// Appends a text behind its length, in the encoding of the stream processing offload protocol: a byte up to 239, else one with its upper
/// four bits set and then seven bits a byte, the least significant first.
fn push_counted(text: &[u8], block: &mut Buffer<'_>) -> Option<()> {
    let mut left = text.len();
    if left < 240 {
        block.push(&[left as u8])?;
    } else {
        block.push(&[left as u8 | 0xf0])?;
        left = (left - 240) >> 4;
        while left >= 128 {
            block.push(&[left as u8 | 0x80])?;
            left = (left - 128) >> 7;
        }
        block.push(&[left as u8])?;
    }
    block.push(text)
}
