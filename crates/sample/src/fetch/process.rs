//! Fetches of the process and the machine (configuration manual 7.3.2).

use std::time::{Duration, SystemTime};

use super::row::row;
use super::{Fetch, load};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    row(
        "cpu_usage_grp",
        Type::Int,
        Validity::LIVE,
        "How busy the workers of the group are: there is one.",
        |input, _| Some(Value::Int(100 - i64::from(input.world.process.idle_percent()))),
    ),
    row("cpu_usage_thr", Type::Int, Validity::LIVE, "How busy the worker is, in percent.", |input, _| {
        Some(Value::Int(load::percent(input.now)))
    }),
    row("cpu_usage_proc", Type::Int, Validity::LIVE, "How busy the workers are, in percent.", |input, _| {
        Some(Value::Int(100 - i64::from(input.world.process.idle_percent())))
    }),
    row("date", Type::Int, Validity::ALWAYS, "The time since 1970, with an offset.", |input, args| {
        let now = in_unit(since_epoch(input.world.process.clock.wall(input.now)), args.choice(1));
        Some(Value::Int(now.saturating_add(args.integer(0).unwrap_or(0))))
    })
    .with(ArgSpec { usage: "[<offset>[,<unit>]]", kinds: &[ArgKind::Integer, UNIT], required: 0 }),
    row("date_us", Type::Int, Validity::ALWAYS, "The microseconds of the present second.", |input, _| {
        let now = since_epoch(input.world.process.clock.wall(input.now));
        Some(Value::Int(i64::from(now.subsec_micros())))
    }),
    row("env", Type::Str, Validity::ALWAYS, "An environment variable, as it was when the process began.", |_, args| {
        args.text(0).map(Value::Str)
    })
    .with(ArgSpec { usage: "<name>", kinds: &[ArgKind::Environment], required: 1 }),
    row("hostname", Type::Str, Validity::ALWAYS, "The host's name.", |input, _| {
        Some(Value::Str(input.world.hostname.as_bytes()))
    }),
    row("nbproc", Type::Int, Validity::ALWAYS, "How many processes there are: one.", |_, _| Some(Value::Int(1))),
    row("pid", Type::Int, Validity::ALWAYS, "The process's id.", |input, _| {
        Some(Value::Int(i64::from(input.world.pid)))
    }),
    row("proc", Type::Int, Validity::ALWAYS, "The process's number: one.", |_, _| Some(Value::Int(1))),
    row("quic_enabled", Type::Bool, Validity::ALWAYS, "Whether there is QUIC: nothing, for there is not.", |_, _| None),
    row("rand", Type::Int, Validity::ALWAYS, "A random number below the given one, or of 32 bits.", |_, args| {
        let random = u64::from(getrandom::u32().ok()?);
        // The wrapping is for negative ranges, which make nobody's numbers.
        let range = args.integer(0).unwrap_or(1 << u32::BITS).cast_unsigned();
        Some(Value::Int((random.wrapping_mul(range) >> u32::BITS).cast_signed()))
    })
    .with(ArgSpec { usage: "[<range>]", kinds: &[ArgKind::Integer], required: 0 }),
    row("stopping", Type::Bool, Validity::LIVE, "Whether the process is on its way to its end.", |input, _| {
        Some(Value::Bool(input.world.process.is_stopping()))
    }),
    row("tgroup", Type::Int, Validity::ALWAYS, "The group of the worker: there is one.", |_, _| Some(Value::Int(0))),
    row("thread", Type::Int, Validity::ALWAYS, "The number of the worker.", |input, _| {
        Some(Value::Int(input.txn.worker.index() as i64))
    }),
    row("uptime", Type::Int, Validity::ALWAYS, "Seconds since the process began.", |input, _| {
        Some(Value::Int((input.now.as_ms() / 1000).cast_signed()))
    }),
    row("uuid", Type::Str, Validity::ALWAYS, "A new UUID (RFC 9562) of version 4 or 7.", |input, args| {
        let now = since_epoch(input.world.process.clock.wall(input.now));
        uuid(input, (args.choice(0) == Some(VERSION_7)).then_some(now))
    })
    .with(ArgSpec { usage: "[<version>]", kinds: &[ArgKind::Choice(&["4", "7"])], required: 0 }),
    row(
        "accept_date",
        Type::Int,
        Validity::CONNECTION,
        "When the connection was accepted, since 1970.",
        |input, args| date_of(input, args, input.txn.timings.accepted),
    )
    .with(ONE_UNIT),
    row(
        "request_date",
        Type::Int,
        Validity::REQUEST_KEPT,
        "When the request began to arrive, since 1970.",
        |input, args| date_of(input, args, input.txn.timings.first_byte.unwrap_or(input.txn.timings.accepted)),
    )
    .with(ONE_UNIT),
];

/// Seconds, milliseconds, microseconds.
const UNIT: ArgKind = ArgKind::Choice(&["s", "ms", "us"]);

const ONE_UNIT: ArgSpec = ArgSpec { usage: "[<unit>]", kinds: &[UNIT], required: 0 };

/// Where it stands among the versions of UUIDs.
const VERSION_7: usize = 1;

fn date_of<'a>(input: &Input<'a>, args: &Args, instant: burdock_base::Instant) -> Option<Value<'a>> {
    let date = since_epoch(input.world.process.clock.wall(instant));
    Some(Value::Int(in_unit(date, args.choice(0))))
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn in_unit(time: Duration, unit: Option<usize>) -> i64 {
    let time = match unit {
        None | Some(0) => u128::from(time.as_secs()),
        Some(1) => time.as_millis(),
        Some(_) => time.as_micros(),
    };
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// A UUID of version 7 where a time is given, else of version 4.
fn uuid<'a>(input: &Input<'a>, time: Option<Duration>) -> Option<Value<'a>> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    if let Some(time) = time {
        let [_, _, millis @ ..] = (time.as_millis() as u64).to_be_bytes();
        bytes[..6].copy_from_slice(&millis);
    }
    let version = if time.is_some() { 0x70 } else { 0x40 };
    bytes[6] = bytes[6] & 0x0f | version;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = input.scratch.buffer();
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push(b"-")?;
        }
        text.format(format_args!("{byte:02x}"))?;
    }
    Some(Value::Str(text.finish()))
}
