//! Fetches from the client's connection (configuration manual 7.3.3).

use std::net::UdpSocket;

use burdock_txn::{Carrier, ConnectionStreams};

use super::payload::is_http;
use super::row::row;
use super::{Fetch, Run};
use crate::args::ArgSpec;
use crate::input::Input;
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
    row("fc_dst", Type::Addr, Validity::CONNECTION, "What the client connected to, whatever rules say.", |input, _| {
        input.txn.connected_to.ip().map(Value::Addr)
    }),
    row("fc_dst_port", Type::Int, Validity::CONNECTION, "The port of fc_dst.", |input, _| {
        port(&input.txn.connected_to)
    }),
    row("fc_src", Type::Addr, Validity::CONNECTION, "Where the client is, whatever rules say.", |input, _| {
        input.txn.connected_from.ip().map(Value::Addr)
    }),
    row("fc_src_port", Type::Int, Validity::CONNECTION, "The port of fc_src.", |input, _| {
        port(&input.txn.connected_from)
    }),
    row("dst_is_local", Type::Bool, Validity::CONNECTION, "Whether dst is an address of this host.", |input, _| {
        is_local(&input.txn.local)
    }),
    row("src_is_local", Type::Bool, Validity::CONNECTION, "Whether src is an address of this host.", |input, _| {
        is_local(&input.txn.client)
    }),
    row(
        "fc_dst_is_local",
        Type::Bool,
        Validity::CONNECTION,
        "Whether fc_dst is an address of this host.",
        |input, _| is_local(&input.txn.connected_to),
    ),
    row(
        "fc_src_is_local",
        Type::Bool,
        Validity::CONNECTION,
        "Whether fc_src is an address of this host.",
        |input, _| is_local(&input.txn.connected_from),
    ),
    row("bc_dst", Type::Addr, Validity::RESPONSE_KEPT, "The server's address.", |input, _| {
        input.txn.server_peer?.ip().map(Value::Addr)
    }),
    row("bc_dst_port", Type::Int, Validity::RESPONSE_KEPT, "The server's port.", |input, _| {
        port(&input.txn.server_peer?)
    }),
    row(
        "bc_src",
        Type::Addr,
        Validity::RESPONSE_KEPT,
        "The address that the server was connected from.",
        |input, _| input.txn.server_local?.ip().map(Value::Addr),
    ),
    row(
        "bc_src_port",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "The port that the server was connected from.",
        |input, _| port(&input.txn.server_local?),
    ),
    row(
        "bc_reused",
        Type::Bool,
        Validity::RESPONSE_KEPT,
        "Whether the server's connection had served before.",
        |input, _| input.txn.timings.connected.map(|_| Value::Bool(input.txn.server_reused)),
    ),
    row(
        "bc_http_major",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "The version of HTTP on the server's connection.",
        |input, _| {
            let version = if input.txn.server_carrier.streams.is_some() { 2 } else { 1 };
            input.txn.timings.connected.filter(|_| is_http(input)).map(|_| Value::Int(version))
        },
    ),
    row("bc_nb_streams", Type::Int, Validity::RESPONSE_KEPT, "Requests on the server's connection.", |input, _| {
        server_streams(input, 1, ConnectionStreams::open)
    }),
    row(
        "bc_settings_streams_limit",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "Requests that may be under way on the server's connection.",
        |input, _| server_streams(input, 1, ConnectionStreams::limit),
    ),
    row(
        "bc_glitches",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "Oddities of the server's HTTP/2 connection so far.",
        |input, _| is_http(input).then(|| server_streams(input, 0, ConnectionStreams::glitches))?,
    ),
    row(
        "fc_http_major",
        Type::Int,
        Validity::CONNECTION,
        "The version of HTTP on the client's connection.",
        |input, _| is_http(input).then_some(Value::Int(if input.txn.client_carrier.streams.is_some() { 2 } else { 1 })),
    ),
    row(
        "fc_nb_streams",
        Type::Int,
        Validity::CONNECTION,
        "Requests under way on the client's connection.",
        |input, _| Some(of_streams(&input.txn.client_carrier, 1, ConnectionStreams::open)),
    ),
    row(
        "fc_settings_streams_limit",
        Type::Int,
        Validity::CONNECTION,
        "Requests that may be under way on it.",
        |input, _| Some(of_streams(&input.txn.client_carrier, 1, ConnectionStreams::limit)),
    ),
    row(
        "fc_glitches",
        Type::Int,
        Validity::CONNECTION,
        "Oddities of the client's HTTP/2 connection so far.",
        |input, _| Some(of_streams(&input.txn.client_carrier, 0, ConnectionStreams::glitches)),
    ),
];

/// A number of a connection of HTTP/2, or what stands for it on any other.
fn of_streams<'a>(carrier: &Carrier, other: i64, number: fn(&ConnectionStreams) -> u32) -> Value<'a> {
    Value::Int(carrier.streams.as_deref().map_or(other, |streams| i64::from(number(streams))))
}

/// The same of the server's connection, once there is one.
fn server_streams<'a>(input: &Input<'a>, other: i64, number: fn(&ConnectionStreams) -> u32) -> Option<Value<'a>> {
    input.txn.timings.connected.map(|_| of_streams(&input.txn.server_carrier, other, number))
}

/// An address is one of this host where a socket can be bound to it: the kernel alone knows all of them.
fn is_local<'a>(endpoint: &burdock_txn::Endpoint) -> Option<Value<'a>> {
    let address = endpoint.ip()?;
    Some(Value::Bool(UdpSocket::bind((address, 0)).is_ok()))
}

fn port<'a>(endpoint: &burdock_txn::Endpoint) -> Option<Value<'a>> {
    endpoint.ip().map(|_| Value::Int(i64::from(endpoint.port())))
}
