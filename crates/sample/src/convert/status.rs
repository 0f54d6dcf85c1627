//! Converters from the name of a proxy or server to its state (configuration manual 7.3.1). The name comes with the request, so it is
//! looked up then.

use burdock_state::{ProxyEntry, ServerEntry};

use super::Converter;
use crate::args::ArgSpec;
use crate::input::Input;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "fe_exists",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Bool,
        doc: "Whether there is a frontend of that name.",
        run: |value, input, _| {
            let Value::Str(name) = value else { return None };
            let found = input.world.proxy_named(name, |proxy| proxy.frontend.is_some());
            Some(Value::Bool(found.is_some()))
        },
    },
    Converter {
        name: "nbsrv",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Int,
        doc: "How many servers of the backend of that name take new requests.",
        run: |value, input, _| {
            let Value::Str(name) = value else { return None };
            Some(Value::Int(backend(input, name)?.usable_servers() as i64))
        },
    },
    Converter {
        name: "srv_is_up",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Bool,
        doc: "Whether the server of that name is up and not in maintenance.",
        run: |value, input, _| Some(Value::Bool(server(input, value)?.state.accepts_bound())),
    },
    Converter {
        name: "srv_queue",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Int,
        doc: "How many requests wait for the server of that name alone.",
        run: |value, input, _| Some(Value::Int(i64::from(server(input, value)?.state.queue.len()))),
    },
];

fn backend<'a>(input: &Input<'a>, name: &[u8]) -> Option<&'a ProxyEntry> {
    input.world.proxy_named(name, |proxy| proxy.backend.is_some())
}

/// `backend/server`, or a server of the request's own backend.
fn server<'a>(input: &Input<'a>, value: Value<'_>) -> Option<&'a ServerEntry> {
    let Value::Str(text) = value else { return None };
    let (proxy, name) = match text.iter().position(|&byte| byte == b'/') {
        Some(slash) => (backend(input, &text[..slash])?, &text[slash + 1..]),
        None => (input.world.proxy(input.txn.backend)?, text),
    };
    proxy.servers.iter().find(|server| server.name.as_bytes() == name)
}
