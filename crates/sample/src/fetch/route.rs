//! Fetches of the way that a request takes: frontend, address, backend, server, and the limits that hold there (configuration manual
//! 7.3.3).

use burdock_state::{ProxyEntry, ServerEntry};
use burdock_txn::TimeLimit;

use super::Fetch;
use super::row::row;
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    row("be_id", Type::Int, Validity::BACKEND, "The backend's number.", |input, _| {
        Some(Value::Int(i64::from(backend(input)?.numeric_id)))
    }),
    row("be_name", Type::Str, Validity::BACKEND, "The backend's name.", |input, _| {
        Some(Value::Str(backend(input)?.name.as_bytes()))
    }),
    row("fe_defbe", Type::Str, Validity::CLIENT, "The name of the frontend's default backend.", |input, _| {
        let default = frontend(input)?.default_backend?;
        Some(Value::Str(input.world.proxy(default)?.name.as_bytes()))
    }),
    row("fe_id", Type::Int, Validity::CLIENT, "The frontend's number.", |input, _| {
        Some(Value::Int(i64::from(frontend(input)?.numeric_id)))
    }),
    row("fe_name", Type::Str, Validity::CLIENT, "The frontend's name.", |input, _| {
        Some(Value::Str(frontend(input)?.name.as_bytes()))
    }),
    row("so_id", Type::Int, Validity::CLIENT, "The number of the address that accepted the connection.", |input, _| {
        let bind = input.world.bind(input.txn.frontend, input.txn.bind)?;
        Some(Value::Int(i64::from(bind.numeric_id)))
    }),
    row("so_name", Type::Str, Validity::CLIENT, "The name of the address that accepted the connection.", |input, _| {
        let bind = input.world.bind(input.txn.frontend, input.txn.bind)?;
        bind.name.as_deref().map(|name| Value::Str(name.as_bytes()))
    }),
    row("srv_id", Type::Int, Validity::SERVER, "The server's number.", |input, _| {
        Some(Value::Int(i64::from(server(input)?.numeric_id)))
    }),
    row("srv_name", Type::Str, Validity::SERVER, "The server's name.", |input, _| {
        Some(Value::Str(server(input)?.name.as_bytes()))
    }),
    row("fe_client_timeout", Type::Int, Validity::CLIENT, "timeout client, in ms.", |input, _| {
        frontend(input).map(|proxy| limit(proxy.timeouts.client_ms))
    }),
    row("fe_tarpit_timeout", Type::Int, Validity::CLIENT, "The frontend's timeout tarpit, in ms.", |input, _| {
        frontend(input).map(|proxy| limit(proxy.timeouts.tarpit_ms))
    }),
    row("be_connect_timeout", Type::Int, Validity::BACKEND, "timeout connect, in ms.", |input, _| {
        backend(input).map(|proxy| limit(proxy.timeouts.connect_ms))
    }),
    row("be_queue_timeout", Type::Int, Validity::BACKEND, "timeout queue, in ms.", |input, _| {
        backend(input).map(|proxy| limit(proxy.timeouts.queue_ms))
    }),
    row("be_server_timeout", Type::Int, Validity::BACKEND, "timeout server, in ms.", |input, _| {
        backend(input).map(|proxy| limit(proxy.timeouts.server_ms))
    }),
    row("be_tarpit_timeout", Type::Int, Validity::BACKEND, "The backend's timeout tarpit, in ms.", |input, _| {
        backend(input).map(|proxy| limit(proxy.timeouts.tarpit_ms))
    }),
    row("be_tunnel_timeout", Type::Int, Validity::BACKEND, "timeout tunnel, in ms.", |input, _| {
        backend(input).map(|proxy| limit(proxy.timeouts.tunnel_ms))
    }),
    row("be_max_retries", Type::Int, Validity::BACKEND, "retries", |input, _| {
        Some(Value::Int(i64::from(backend(input)?.retries)))
    }),
    row("cur_client_timeout", Type::Int, Validity::CLIENT, "timeout client as it holds now, in ms.", |input, _| {
        Some(current(input.txn.directives.client_timeout, frontend(input)?.timeouts.client_ms))
    }),
    row("cur_connect_timeout", Type::Int, Validity::BACKEND, "timeout connect as it holds now, in ms.", |input, _| {
        Some(current(input.txn.directives.connect_timeout, backend(input)?.timeouts.connect_ms))
    }),
    row("cur_queue_timeout", Type::Int, Validity::BACKEND, "timeout queue as it holds now, in ms.", |input, _| {
        Some(current(input.txn.directives.queue_timeout, backend(input)?.timeouts.queue_ms))
    }),
    row("cur_server_timeout", Type::Int, Validity::BACKEND, "timeout server as it holds now, in ms.", |input, _| {
        let configured = backend(input)?.timeouts.server_ms;
        Some(current(input.txn.directives.server_timeout, configured.filter(|_| has_server(input))))
    }),
    row("cur_tarpit_timeout", Type::Int, Validity::CONNECTION, "timeout tarpit as it holds now, in ms.", |input, _| {
        Some(current(input.txn.directives.tarpit_timeout, backend(input)?.timeouts.tarpit_ms))
    }),
    row("cur_tunnel_timeout", Type::Int, Validity::BACKEND, "timeout tunnel as it holds now, in ms.", |input, _| {
        let configured = backend(input)?.timeouts.tunnel_ms;
        Some(current(input.txn.directives.tunnel_timeout, configured.filter(|_| has_server(input))))
    }),
    row("cur_max_retries", Type::Int, Validity::BACKEND, "retries as they hold now.", |input, _| {
        let retries = input.txn.directives.retries.unwrap_or(backend(input)?.retries);
        Some(Value::Int(i64::from(retries)))
    }),
];

fn frontend<'a>(input: &Input<'a>) -> Option<&'a ProxyEntry> {
    input.world.proxy(input.txn.frontend)
}

fn backend<'a>(input: &Input<'a>) -> Option<&'a ProxyEntry> {
    input.world.proxy(input.txn.backend)
}

fn server<'a>(input: &Input<'a>) -> Option<&'a ServerEntry> {
    input.world.server(input.txn.backend, input.txn.server?)
}

/// Whether a server was chosen: its side has no time limits before.
fn has_server(input: &Input<'_>) -> bool {
    input.txn.timings.queued.is_some()
}

/// No limit shows as zero.
fn limit<'a>(configured_ms: Option<u64>) -> Value<'a> {
    Value::Int(configured_ms.unwrap_or(0).cast_signed())
}

fn current<'a>(wished: Option<TimeLimit>, configured_ms: Option<u64>) -> Value<'a> {
    limit(wished.map_or(configured_ms, |TimeLimit(limit_ms)| limit_ms))
}
