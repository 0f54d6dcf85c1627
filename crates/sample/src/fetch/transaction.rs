//! Fetches from facts about the request as a whole (configuration manual 7.3.6 and 7.3.7).

use super::{Fetch, Run};
use crate::args::ArgSpec;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "http_first_req",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bool,
        validity: Validity::REQUEST_KEPT,
        doc: "Whether the request is the first one of its connection.",
        run: Run::One(|input, _| input.txn.request_valid.then_some(Value::Bool(input.txn.earlier_requests == 0))),
    },
    Fetch {
        name: "internal.strm.is_htx",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bool,
        validity: Validity::LIVE,
        doc: "Whether the stream is one of HTTP.",
        run: Run::One(|input, _| input.world.proxy(input.txn.frontend).map(|proxy| Value::Bool(proxy.http))),
    },
    Fetch {
        name: "term_events",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::LIVE,
        doc: "What ended each of the seven layers of a stream: `-` for each, of which no such events are kept.",
        run: Run::One(|_, _| Some(Value::Str(b"{-,-,-,-,-,-,-}"))),
    },
];
