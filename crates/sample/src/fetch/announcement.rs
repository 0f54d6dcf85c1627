//! Fetches from what proxies have said of the client's connection (configuration manual 7.3.3 `fc_pp_tlv` and kin).

use std::ops::ControlFlow;

use burdock_proxy_protocol::tlv;

use super::row::row;
use super::{Fetch, Run};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    row(
        "fc_rcvd_proxy",
        Type::Bool,
        Validity::CONNECTION,
        "Whether the connection began with a header of the PROXY protocol.",
        |input, _| {
            Some(Value::Bool(input.txn.client_announcement.as_ref().is_some_and(|announcement| announcement.is_proxy)))
        },
    ),
    row(
        "fc_pp_authority",
        Type::Str,
        Validity::CONNECTION,
        "The host that the PROXY header says the client asks for.",
        |input, _| values(input, tlv::AUTHORITY).next(),
    ),
    row(
        "fc_pp_unique_id",
        Type::Str,
        Validity::CONNECTION,
        "The name that the PROXY header gives the connection.",
        |input, _| values(input, tlv::UNIQUE_ID).next(),
    ),
    Fetch {
        name: "fc_pp_tlv",
        aliases: &[],
        args: ArgSpec { usage: "<id>", kinds: &[KIND], required: 1 },
        check: None,
        output: Type::Str,
        validity: Validity::CONNECTION,
        doc: "The value of that type in the PROXY header.",
        run: Run::Many { one: |input, args| values(input, wanted(args)?).next(), each },
    },
];

const KIND: ArgKind = ArgKind::Parse(|text| match std::str::from_utf8(text).ok().and_then(tlv::kind) {
    Some(kind) => Ok(Arg::Integer(kind.into())),
    None => Err("is no type of values: a number from 0 to 255 or a name such as 'ALPN' is expected"),
});

fn wanted(args: &Args) -> Option<u8> {
    u8::try_from(args.integer(0)?).ok()
}

fn values<'a>(input: &Input<'a>, wanted: u8) -> impl Iterator<Item = Value<'a>> {
    input.txn.client_announcement.iter().flat_map(move |announcement| announcement.tlvs.all(wanted)).map(Value::Str)
}

fn each<'a>(input: &Input<'a>, args: &'a Args, visit: &mut dyn FnMut(Value<'a>) -> ControlFlow<()>) -> ControlFlow<()> {
    wanted(args).into_iter().flat_map(|wanted| values(input, wanted)).try_for_each(visit)
}
