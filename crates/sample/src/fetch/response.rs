//! Fetches from the response (configuration manual 7.3.6).

use super::{Fetch, Run};
use crate::args::ArgSpec;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[Fetch {
    name: "status",
    aliases: &[],
    args: ArgSpec::NONE,
    check: None,
    output: Type::Int,
    validity: Validity::RESPONSE_KEPT,
    doc: "The response's status.",
    run: Run::One(|input, _| match input.txn.response.status {
        0 => None,
        status => Some(Value::Int(i64::from(status))),
    }),
}];
