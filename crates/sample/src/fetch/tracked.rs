//! Fetches of tracked entries of stick tables: `sc_*`, and `sc0_*` to `sc2_*` for the first three (configuration manual 7.3.3).

use std::sync::Arc;

use burdock_state::Table;
use burdock_state::table::{Counter, DataType};

use super::Fetch;
use super::row::row;
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::table::{self, Reading, readings};
use crate::value::{Type, Value};

/// A row for the number that comes as an argument, and one for each of the first three.
macro_rules! tracked {
    ($name:literal, $output:expr, $validity:expr, $doc:literal, $run:expr) => {
        tracked!(@rows $name, $output, $validity, $doc, $run, "[,<table>]", "[<table>]", [ArgKind::Tracker, ArgKind::OtherTable], [ArgKind::OtherTable])
    };
    (@rows $name:literal, $output:expr, $validity:expr, $doc:literal, $run:expr, $more:literal, $alone:literal, [$($kinds:expr),*], [$($rest:expr),*]) => {
        [
            row(concat!("sc_", $name), $output, $validity, concat!("Of a tracked entry: ", $doc, "."), |input, args| {
                $run(input, args.integer(0)? as usize, args.table(1))
            })
            .with(ArgSpec { usage: concat!("<number>", $more), kinds: &[$($kinds),*], required: 1 }),
            tracked!(@first "sc0_", 0, $name, $output, $validity, $doc, $run, $alone, [$($rest),*]),
            tracked!(@first "sc1_", 1, $name, $output, $validity, $doc, $run, $alone, [$($rest),*]),
            tracked!(@first "sc2_", 2, $name, $output, $validity, $doc, $run, $alone, [$($rest),*]),
        ]
    };
    (@first $prefix:literal, $number:literal, $name:literal, $output:expr, $validity:expr, $doc:literal, $run:expr, $alone:literal, [$($rest:expr),*]) => {
        row(concat!($prefix, $name), $output, $validity, concat!("Of a tracked entry: ", $doc, "."), |input, args| {
            $run(input, $number, args.table(0))
        })
        .with(ArgSpec { usage: $alone, kinds: &[$($rest),*], required: 0 })
    };
}

macro_rules! rows {
    (
        values { $($name:literal $(| $short:literal)? : $reading:expr, $doc:literal;)+ }
        elements { $($array:literal $(| $array_short:literal)? : $element:expr, $array_doc:literal;)+ }
    ) => {
        const VALUES: &[[Fetch; 4]] = &[$(
            tracked!($name, Type::Int, validity($reading), $doc, |input, number, other| read(input, number, other, $reading)),
        )+];

        const ELEMENTS: &[Fetch] = &[$(
            row(concat!("sc_", $array), Type::Int, Validity::LIVE, concat!("Of a tracked entry: ", $array_doc, "."), |input, args| {
                element(input, args, args.integer(1)? as usize, 2, $element)
            })
            .with(ArgSpec {
                usage: "<index>,<number>[,<table>]",
                kinds: &[ArgKind::Integer, ArgKind::Tracker, ArgKind::OtherTable],
                required: 2,
            }),
        )+];
    };
}

readings!(rows);

const OTHERS: &[[Fetch; 4]] = &[
    tracked!(@rows "key", Type::Any, Validity::LIVE, "its key", key, "", "", [ArgKind::Tracker], []),
    tracked!("tracked", Type::Bool, Validity::LIVE, "whether there is one", |input: &Input<'_>, number, _| {
        Some(Value::Bool(input.txn.tracking.get(number).is_some()))
    }),
    tracked!("trackers", Type::Int, Validity::LIVE, "how many track it", |input, number, other| {
        trackers(input, number, other)
    }),
];

/// One array has a name of its own for the second.
const SECOND: Fetch = row(
    "sc1_clr_gpc",
    Type::Int,
    Validity::LIVE,
    "Of a tracked entry: a counter of an array, which is then put back to zero.",
    |input, args| element(input, args, 1, 1, |index| Reading::Cleared(Counter::At(index))),
)
.with(ArgSpec { usage: "<index>[,<table>]", kinds: &[ArgKind::Integer, ArgKind::OtherTable], required: 1 });

pub(super) const FETCHES: &[Fetch] = &ALL;

const ALL: [Fetch; COUNT] = {
    let mut all = [SECOND; COUNT];
    let mut at = 1;
    let mut rest = 0;
    while rest < ELEMENTS.len() {
        all[at] = copied(&ELEMENTS[rest]);
        at += 1;
        rest += 1;
    }
    rest = 0;
    while rest < 4 * VALUES.len() {
        all[at] = copied(&VALUES[rest / 4][rest % 4]);
        at += 1;
        rest += 1;
    }
    rest = 0;
    while rest < 4 * OTHERS.len() {
        all[at] = copied(&OTHERS[rest / 4][rest % 4]);
        at += 1;
        rest += 1;
    }
    all
};

const COUNT: usize = 1 + ELEMENTS.len() + 4 * (VALUES.len() + OTHERS.len());

const fn copied(fetch: &Fetch) -> Fetch {
    Fetch { run: fetch.run, args: fetch.args, ..row(fetch.name, fetch.output, fetch.validity, fetch.doc, |_, _| None) }
}

/// Numbers of bytes are not for the runtime API.
const fn validity(reading: Reading) -> Validity {
    match reading {
        Reading::Kilobytes(_) => Validity::CONNECTION,
        _ => Validity::LIVE,
    }
}

/// What is read of the entry tracked by a number, or of that which has its key in another table.
fn read<'a>(input: &Input<'a>, number: usize, other: Option<&Arc<Table>>, reading: Reading) -> Option<Value<'a>> {
    let tracked = input.txn.tracking.get(number)?;
    let now = input.now;
    let value = match other.filter(|other| !Arc::ptr_eq(other, tracked.table())) {
        None => reading.of(tracked.table(), tracked.entry(), now),
        // As measured, one that is not there reads as zero and is not made.
        Some(other) => match other.find(tracked.entry().key(), now) {
            Some(entry) => reading.of(other, &entry, now),
            None => Some(0),
        },
    };
    value.map(Value::Int)
}

fn element<'a>(
    input: &Input<'a>,
    args: &Args,
    number: usize,
    table: usize,
    reading: impl Fn(u16) -> Reading,
) -> Option<Value<'a>> {
    read(input, number, args.table(table), reading(table::index(args.integer(0))?))
}

fn key<'a>(input: &Input<'a>, number: usize, _: Option<&Arc<Table>>) -> Option<Value<'a>> {
    let tracked = input.txn.tracking.get(number)?;
    Some(table::value_of(tracked.entry().key(), tracked.table().settings().key, input.scratch))
}

fn trackers<'a>(input: &Input<'a>, number: usize, other: Option<&Arc<Table>>) -> Option<Value<'a>> {
    let tracked = input.txn.tracking.get(number)?;
    let users = match other.filter(|other| !Arc::ptr_eq(other, tracked.table())) {
        None => tracked.entry().users(),
        Some(other) => other.find(tracked.entry().key(), input.now).map_or(0, |entry| entry.users()),
    };
    Some(Value::Int(users.into()))
}
