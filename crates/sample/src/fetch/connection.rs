//! Fetches from the client's connection (configuration manual 7.3.3).

use super::{Fetch, Run};
use crate::args::ArgSpec;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "dst",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Addr,
        validity: Validity::CONNECTION,
        doc: "The address that the client connected to.",
        run: Run::One(|input, _| input.txn.local.ip().map(Value::Addr)),
    },
    Fetch {
        name: "dst_port",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Int,
        validity: Validity::CONNECTION,
        doc: "The port that the client connected to.",
        run: Run::One(|input, _| port(&input.txn.local)),
    },
    Fetch {
        name: "src",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Addr,
        validity: Validity::CONNECTION,
        doc: "The client's address.",
        run: Run::One(|input, _| input.txn.client.ip().map(Value::Addr)),
    },
    Fetch {
        name: "src_port",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Int,
        validity: Validity::CONNECTION,
        doc: "The client's port.",
        run: Run::One(|input, _| port(&input.txn.client)),
    },
];

fn port<'a>(endpoint: &burdock_txn::Endpoint) -> Option<Value<'a>> {
    endpoint.ip().map(|_| Value::Int(i64::from(endpoint.port())))
}
