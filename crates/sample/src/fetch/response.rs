//! Fetches from the response's status line (configuration manual 7.3.6).

use super::request::version;
use super::{Fetch, Run};
use crate::args::ArgSpec;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "res.ver",
        aliases: &["resp_ver"],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::RESPONSE_KEPT,
        doc: "The version of the response, such as 1.1.",
        run: Run::One(|input, _| {
            let response = &input.txn.response;
            (response.status != 0).then(|| Value::Str(version(response.version(), input)))
        }),
    },
    Fetch {
        name: "server_status",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Int,
        validity: Validity::RESPONSE_KEPT,
        doc: "The status that the server sent, whatever became of it; 0 where it sent none.",
        run: Run::One(|input, _| input.txn.request_valid.then(|| Value::Int(i64::from(input.txn.server_status)))),
    },
    Fetch {
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
    },
];
