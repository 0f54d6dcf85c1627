//! Fetches from what is kept of a request and its response for later (configuration manual 7.3.6).

use burdock_http::uri::Target;
use burdock_txn::CaptureSlots;

use super::request::path_and_rest;
use super::{Fetch, Run};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "capture.req.hdr",
        aliases: &[],
        args: SLOT,
        check: Some(check_slot),
        output: Type::Str,
        validity: Validity::REQUEST_KEPT,
        doc: "What was captured of the request in that slot, the first of which is 0.",
        run: Run::One(|input, args| slot(input, &input.txn.captures.request, args)),
    },
    Fetch {
        name: "capture.req.method",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST_KEPT,
        doc: "The request's method as it came.",
        run: Run::One(|input, _| input.txn.request_valid.then(|| Value::Str(input.txn.received_method()))),
    },
    Fetch {
        name: "capture.req.uri",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST_KEPT,
        doc: "The path and query of the request's target as it came, cut where a log line cuts the request line.",
        run: Run::One(|input, _| received_path(input).map(Value::Str)),
    },
    Fetch {
        name: "capture.req.ver",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST_KEPT,
        doc: "The request's version as it came, such as HTTP/1.1.",
        run: Run::One(|input, _| {
            let version = input.txn.request_valid.then(|| input.txn.received_version())?;
            Some(Value::Str(input.scratch.format(format_args!("HTTP/{}.{}", version.major, version.minor))))
        }),
    },
    Fetch {
        name: "capture.res.hdr",
        aliases: &[],
        args: SLOT,
        check: Some(check_slot),
        output: Type::Str,
        validity: Validity::RESPONSE_KEPT,
        doc: "What was captured of the response in that slot, the first of which is 0.",
        run: Run::One(|input, args| slot(input, &input.txn.captures.response, args)),
    },
    Fetch {
        name: "capture.res.ver",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST_KEPT,
        doc: "The response's version, such as HTTP/1.1.",
        run: Run::One(|input, _| {
            let response = &input.txn.response;
            let version = (response.status != 0).then(|| response.version())?;
            Some(Value::Str(input.scratch.format(format_args!("HTTP/{}.{}", version.major, version.minor))))
        }),
    },
];

const SLOT: ArgSpec = ArgSpec { usage: "<idx>", kinds: &[ArgKind::Integer], required: 1 };

fn check_slot(args: &Args) -> Result<(), &'static str> {
    match args.integer(0) {
        Some(..0) => Err("the number of a capture must be 0 or more"),
        _ => Ok(()),
    }
}

fn slot<'a>(input: &Input<'a>, slots: &CaptureSlots, args: &Args) -> Option<Value<'a>> {
    let slot = usize::try_from(args.integer(0)?).ok()?;
    // Converters may change the slot while the value is in use.
    slots.read(slot, |text| Value::Str(input.scratch.copy(text)))
}

/// What a log line would show of the target, from the path on.
fn received_path<'a>(input: &Input<'a>) -> Option<&'a [u8]> {
    let txn = input.txn;
    let (method, target) = txn.request_valid.then(|| (txn.received_method(), txn.received_target()))?;
    let room = input.world.request_line_limit.saturating_sub(method.len() + 1);
    path_and_rest(Target::new(target.get(..room).unwrap_or(target)))
}
