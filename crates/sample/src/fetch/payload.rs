//! Fetches of the bytes themselves (configuration manual 7.3.5). They have values where bytes pass as they come: not in `mode http`, whose
//! messages have another form by then.

use burdock_txn::Payload;

use super::row::inspection;
use super::{Fetch, Sight};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::{Phase, Validity};
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    inspection("req.len", Type::Int, Validity::REQUEST, "How many bytes the client has sent so far.", |input, _| {
        length(input, Side::Request)
    })
    .aka(&["req_len"]),
    inspection("res.len", Type::Int, Validity::RESPONSE, "How many bytes the server has sent so far.", |input, _| {
        length(input, Side::Response)
    }),
    inspection("req.payload", Type::Bin, Validity::REQUEST, "Bytes of what the client sends.", |input, args| {
        part(input, Side::Request, args)
    })
    .with(PART),
    inspection("res.payload", Type::Bin, Validity::RESPONSE, "Bytes of what the server sends.", |input, args| {
        part(input, Side::Response, args)
    })
    .with(PART),
    inspection("payload", Type::Bin, Validity::EITHER_MESSAGE, "Bytes of what is sent.", |input, args| {
        part(input, Side::of(input), args)
    })
    .with(PART),
    inspection("req.payload_lv", Type::Bin, Validity::REQUEST, "Bytes behind their length.", |input, args| {
        counted_part(input, Side::Request, args)
    })
    .with(COUNTED_PART)
    .checked(check_counted_part),
    inspection("res.payload_lv", Type::Bin, Validity::RESPONSE, "Bytes behind their length.", |input, args| {
        counted_part(input, Side::Response, args)
    })
    .with(COUNTED_PART)
    .checked(check_counted_part),
    inspection("payload_lv", Type::Bin, Validity::EITHER_MESSAGE, "Bytes behind their length.", |input, args| {
        counted_part(input, Side::of(input), args)
    })
    .with(COUNTED_PART)
    .checked(check_counted_part),
    inspection("wait_end", Type::Bool, Validity::LIVE, "True once there is nothing more to wait for.", |input, _| {
        if input.txn.inspecting { Sight::Changing(None) } else { Sight::Settled(Some(Value::Bool(true))) }
    }),
];

const PART: ArgSpec = ArgSpec { usage: "<offset>,<length>", kinds: &[ArgKind::Integer, ArgKind::Integer], required: 2 };

const COUNTED_PART: ArgSpec = ArgSpec {
    usage: "<offset1>,<length>[,[+|-]<offset2>]",
    kinds: &[ArgKind::Integer, ArgKind::Integer, ArgKind::Parse(parse_begin)],
    required: 2,
};

/// Where counted bytes begin.
#[derive(Clone, Copy)]
enum Begin {
    /// At this byte of all.
    At(i64),
    /// So far behind their length.
    Behind(i64),
}

/// One of the two messages of an exchange.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Request,
    Response,
}

impl Side {
    /// The message that the phase is about.
    pub(super) fn of(input: &Input<'_>) -> Self {
        if Validity::RESPONSE.contains(input.phase) { Self::Response } else { Self::Request }
    }
}

/// What was received of a message as it came; nothing in `mode http`.
pub(super) fn raw<'a>(input: &Input<'a>, side: Side) -> Option<&'a Payload> {
    if is_http(input) {
        return None;
    }
    Some(match side {
        Side::Request => &input.txn.request_payload,
        Side::Response => &input.txn.response_payload,
    })
}

/// What is seen of bytes that may become more.
pub(super) const fn seen<'a>(payload: &Payload, value: Option<Value<'a>>) -> Sight<'a> {
    if payload.complete { Sight::Settled(value) } else { Sight::Changing(value) }
}

/// Whether HTTP is understood. A check may speak anything, whatever its backend does.
pub(super) fn is_http(input: &Input<'_>) -> bool {
    if input.phase == Phase::Check {
        return input.txn.response.status != 0;
    }
    input.world.proxy(input.txn.frontend).is_some_and(|proxy| proxy.http)
}

/// In `mode http` the head counts too.
fn length<'a>(input: &Input<'a>, side: Side) -> Sight<'a> {
    match (raw(input, side), side) {
        (Some(payload), _) => seen(payload, Some(Value::Int(payload.bytes.len() as i64))),
        (None, Side::Request) => {
            let length = input.txn.bytes_in.saturating_add(input.txn.request_payload.bytes.len() as u64);
            Sight::Settled(Some(Value::Int(length.cast_signed())))
        }
        (None, Side::Response) => Sight::Settled(Some(Value::Int(input.txn.response_payload.bytes.len() as i64))),
    }
}

fn part<'a>(input: &Input<'a>, side: Side, args: &Args) -> Sight<'a> {
    let Some(payload) = raw(input, side) else { return Sight::Settled(None) };
    let (Some(offset), Some(length)) = (index(args, 0), index(args, 1)) else { return Sight::Settled(None) };
    let rest = payload.bytes.get(offset..);
    match length {
        0 => seen(payload, rest.map(Value::Bin)),
        length => bounded(payload, rest.and_then(|rest| rest.get(..length))),
    }
}

fn counted_part<'a>(input: &Input<'a>, side: Side, args: &Args) -> Sight<'a> {
    let Some(payload) = raw(input, side) else { return Sight::Settled(None) };
    let (Some(offset), Some(width)) = (index(args, 0), index(args, 1)) else { return Sight::Settled(None) };
    let behind = offset.saturating_add(width);
    let Some(digits) = payload.bytes.get(offset..behind) else { return seen(payload, None) };
    // Of a longer number the lowest bytes count.
    let length = digits.iter().fold(0u32, |length, digit| length << 8 | u32::from(*digit));
    let begin = match args.compiled(2) {
        None => Some(behind),
        Some(Begin::At(begin)) => usize::try_from(*begin).ok(),
        Some(Begin::Behind(distance)) => behind.checked_add_signed(*distance as isize),
    };
    let Some(begin) = begin else { return Sight::Settled(None) };
    let end = begin.saturating_add(length as usize);
    if length == 0 {
        return Sight::Settled(None);
    }
    bounded(payload, payload.bytes.get(begin..end))
}

/// Bytes that do not change once they are there.
const fn bounded<'a>(payload: &Payload, bytes: Option<&'a [u8]>) -> Sight<'a> {
    match bytes {
        Some(bytes) => Sight::Settled(Some(Value::Bin(bytes))),
        None => seen(payload, None),
    }
}

fn index(args: &Args, at: usize) -> Option<usize> {
    usize::try_from(args.integer(at)?).ok()
}

fn parse_begin(text: &[u8]) -> Result<Arg, &'static str> {
    let number: i64 = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or("is not an offset")?;
    let begin = match text {
        [b'+' | b'-', ..] => Begin::Behind(number),
        // HAProxy takes the lowest bit of an offset without a sign for the sign's, and the rest for the offset. Configurations are written
        // for what it does.
        _ if number & 1 == 1 => Begin::Behind(number >> 1),
        _ => Begin::At(number >> 1),
    };
    Ok(Arg::Compiled(std::sync::Arc::new(begin)))
}

fn check_counted_part(args: &Args) -> Result<(), &'static str> {
    if args.integer(1).is_none_or(|width| width <= 0) {
        return Err("the length's own length must be 1 or more");
    }
    let behind = args.integer(0).unwrap_or(0).saturating_add(args.integer(1).unwrap_or(0));
    match args.compiled(2) {
        Some(Begin::Behind(distance)) if behind.saturating_add(*distance) < 0 => {
            Err("the second offset lies before the first byte")
        }
        _ => Ok(()),
    }
}
