//! Fetches of what connections failed of (configuration manual 7.3.3 `fc_err` and kin).

use burdock_txn::ConnectionError;

use super::Fetch;
use super::row::row;
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    row(
        "fc_err",
        Type::Int,
        Validity::CONNECTION,
        "The number of what the client's connection failed of.",
        |input, _| Some(number(input.txn.client_error)),
    ),
    row(
        "fc_err_name",
        Type::Str,
        Validity::CONNECTION,
        "The name of what the client's connection failed of.",
        |input, _| name(input.txn.client_error),
    ),
    row("fc_err_str", Type::Str, Validity::CONNECTION, "What the client's connection failed of.", |input, _| {
        Some(text(input.txn.client_error))
    }),
    row(
        "bc_err",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "The number of what the server's connection failed of.",
        |input, _| tried(input).then(|| number(input.txn.server_error)),
    ),
    row(
        "bc_err_name",
        Type::Str,
        Validity::RESPONSE_KEPT,
        "The name of what the server's connection failed of.",
        |input, _| name(input.txn.server_error),
    ),
    row("bc_err_str", Type::Str, Validity::RESPONSE_KEPT, "What the server's connection failed of.", |input, _| {
        tried(input).then(|| text(input.txn.server_error))
    }),
];

/// Whether there was a connection to a server at all.
fn tried(input: &Input<'_>) -> bool {
    input.txn.server_error.is_some() || input.txn.timings.connected.is_some()
}

fn number<'a>(error: Option<ConnectionError>) -> Value<'a> {
    Value::Int(error.map_or(0, |error| i64::from(error.number())))
}

fn name<'a>(error: Option<ConnectionError>) -> Option<Value<'a>> {
    error.map(|error| Value::Str(error.name().as_bytes()))
}

fn text<'a>(error: Option<ConnectionError>) -> Value<'a> {
    Value::Str(error.map_or(ConnectionError::NONE, ConnectionError::message).as_bytes())
}
