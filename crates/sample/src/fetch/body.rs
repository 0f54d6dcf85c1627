//! Fetches from bodies, as far as they have been received (configuration manual 7.3.6).

use burdock_http::KnownHeader;
use burdock_http::bytes::parse_decimal;
use burdock_txn::Payload;

use super::message::{Message, Request, Response, Side};
use super::{Fetch, Run};
use crate::args::ArgSpec;
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    bytes::<Request>("req.body", Validity::REQUEST),
    bytes::<Response>("res.body", Validity::RESPONSE),
    length::<Request>("req.body_len", Validity::REQUEST),
    length::<Response>("res.body_len", Validity::RESPONSE),
    size::<Request>("req.body_size", Validity::REQUEST),
    size::<Response>("res.body_size", Validity::RESPONSE),
];

const fn bytes<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    let doc = "What has been received of the body; all of it where a rule waited for it and it fits.";
    fetch(name, Type::Bin, validity, doc, |input, _| payload::<M>(input).map(|payload| Value::Bin(&payload.bytes)))
}

const fn length<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    let doc = "How many bytes of the body have been received.";
    fetch(name, Type::Int, validity, doc, |input, _| {
        payload::<M>(input).map(|payload| count(payload.bytes.len() as u64))
    })
}

const fn size<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    let doc = "The length that the body was announced with; how many bytes have been received where it was not.";
    fetch(name, Type::Int, validity, doc, |input, _| {
        let payload = payload::<M>(input)?;
        let announced = || M::headers(input)?.find(KnownHeader::ContentLength).and_then(parse_decimal);
        Some(count(payload.announced.or_else(announced).unwrap_or(payload.bytes.len() as u64)))
    })
}

const fn fetch(name: &'static str, output: Type, validity: Validity, doc: &'static str, run: super::FetchOne) -> Fetch {
    Fetch { name, aliases: &[], args: ArgSpec::NONE, check: None, output, validity, doc, run: Run::One(run) }
}

/// What has been received of the request's body.
pub(super) fn of_request<'a>(input: &Input<'a>) -> Option<&'a [u8]> {
    payload::<Request>(input).map(|payload| &*payload.bytes)
}

/// The body of a message that is there.
pub(super) fn payload<'a, M: Message>(input: &Input<'a>) -> Option<&'a Payload> {
    M::headers(input)?;
    Some(match M::side(input) {
        Side::Request => &input.txn.request_payload,
        Side::Response => &input.txn.response_payload,
    })
}

fn count<'a>(bytes: u64) -> Value<'a> {
    Value::Int(i64::try_from(bytes).unwrap_or(i64::MAX))
}
