//! What was agreed upon with the client or the server, and what became of the handshake.

use burdock_tls::openssl::group_name;

use super::{Client, Server, Side};
use crate::args::Args;
use crate::fetch::row::row;
use crate::fetch::{Fetch, FetchOne};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

const CLIENT: Validity = Validity::SESSION;
const SERVER: Validity = Validity::RESPONSE_KEPT;

pub(in crate::fetch) const FETCHES: &[Fetch] = &[
    row("ssl_fc", Type::Bool, CLIENT, "Whether the client's connection is one of TLS.", is_tls::<Client>),
    row("ssl_bc", Type::Bool, SERVER, "Whether the server's connection is one of TLS.", is_tls::<Server>),
    row("ssl_fc_protocol", Type::Str, CLIENT, "The TLS version of the client's connection.", protocol::<Client>),
    row("ssl_bc_protocol", Type::Str, SERVER, "The TLS version of the server's connection.", protocol::<Server>),
    row("ssl_fc_cipher", Type::Str, CLIENT, "The cipher of the client's connection.", cipher_name::<Client>),
    row("ssl_bc_cipher", Type::Str, SERVER, "The cipher of the server's connection.", cipher_name::<Server>),
    row(
        "ssl_fc_alg_keysize",
        Type::Int,
        CLIENT,
        "Bits of the key of the client's cipher, as the algorithm has them.",
        key_bits::<Client>,
    ),
    row(
        "ssl_bc_alg_keysize",
        Type::Int,
        SERVER,
        "Bits of the key of the server's cipher, as the algorithm has them.",
        key_bits::<Server>,
    ),
    row("ssl_fc_use_keysize", Type::Int, CLIENT, "Bits of the key of the client's cipher.", key_bits::<Client>),
    row("ssl_bc_use_keysize", Type::Int, SERVER, "Bits of the key of the server's cipher.", key_bits::<Server>),
    row("ssl_fc_curve", Type::Str, CLIENT, "The group of the key exchange with the client.", curve::<Client>),
    row("ssl_bc_curve", Type::Str, SERVER, "The group of the key exchange with the server.", curve::<Server>),
    row("ssl_fc_alpn", Type::Str, CLIENT, "The protocol agreed upon with the client.", alpn::<Client>),
    row("ssl_bc_alpn", Type::Str, SERVER, "The protocol agreed upon with the server.", alpn::<Server>),
    row("ssl_fc_sni", Type::Str, CLIENT, "The server's name that the client asks for.", sni::<Client>),
    row("ssl_bc_sni", Type::Str, SERVER, "The server's name that we have asked for.", sni::<Server>),
    row("ssl_fc_has_sni", Type::Bool, CLIENT, "Whether the client asks for a server by its name.", |input, args| {
        Some(Value::Bool(sni::<Client>(input, args).is_some()))
    }),
    row(
        "ssl_fc_is_resumed",
        Type::Bool,
        CLIENT,
        "Whether the client goes on with an earlier session.",
        resumed::<Client>,
    ),
    row("ssl_bc_is_resumed", Type::Bool, SERVER, "Whether we go on with an earlier session.", resumed::<Server>),
    row("ssl_fc_has_early", Type::Bool, CLIENT, "Whether the client's handshake is yet to end.", |input, _| {
        Client::facts(input).map(|facts| Value::Bool(facts.early_data && !facts.complete))
    }),
    row(
        "ssl_fc_early_rcvd",
        Type::Bool,
        CLIENT,
        "Whether data came before the client's handshake ended.",
        |input, _| Client::facts(input).map(|facts| Value::Bool(facts.early_data)),
    ),
    row(
        "ssl_fc_has_crt",
        Type::Bool,
        CLIENT,
        "Whether the client has shown a certificate in this handshake.",
        |input, _| Client::facts(input).map(|facts| Value::Bool(facts.has_shown_certificate())),
    ),
    row("ssl_fc_crtname", Type::Str, CLIENT, "The name of the certificate that the client was shown.", |input, _| {
        Client::facts(input)?.certificate_name.as_deref().map(|name| Value::Str(name.as_bytes()))
    }),
    row(
        "ssl_c_used",
        Type::Bool,
        CLIENT,
        "Whether the client's session has a certificate of the client.",
        |input, _| Client::facts(input).map(|facts| Value::Bool(facts.peer_certificate().is_some())),
    ),
    row("ssl_c_verify", Type::Int, CLIENT, "What verification of the client's certificate came to.", |input, _| {
        Client::facts(input).filter(|facts| facts.complete).map(|facts| Value::Int(facts.verify_result.into()))
    }),
    row("ssl_c_err", Type::Int, CLIENT, "The first error of the client's own certificate.", |input, _| {
        Client::facts(input).map(|facts| Value::Int(facts.certificate_error.into()))
    }),
    row("ssl_c_ca_err", Type::Int, CLIENT, "The first error of the client's chain.", |input, _| {
        Client::facts(input).map(|facts| Value::Int(facts.chain_error.map_or(0, |(error, _)| error.into())))
    }),
    row("ssl_c_ca_err_depth", Type::Int, CLIENT, "Where in the client's chain its first error is.", |input, _| {
        Client::facts(input).map(|facts| Value::Int(facts.chain_error.map_or(0, |(_, depth)| depth.into())))
    }),
    row("ssl_fc_err", Type::Int, CLIENT, "The number of what TLS with the client failed of.", fault::<Client>),
    row("ssl_bc_err", Type::Int, SERVER, "The number of what TLS with the server failed of.", fault::<Server>),
    row("ssl_fc_err_str", Type::Str, CLIENT, "What TLS with the client failed of.", fault_text::<Client>),
    row("ssl_bc_err_str", Type::Str, SERVER, "What TLS with the server failed of.", fault_text::<Server>),
    row("ssl_fc_session_id", Type::Bin, CLIENT, "The number of the client's session.", |input, _| {
        shown(&Client::facts(input)?.session_id)
    }),
    row("ssl_bc_session_id", Type::Bin, SERVER, "The number of the server's session.", |input, _| {
        shown(&Server::facts(input)?.session_id)
    }),
    row("ssl_fc_client_random", Type::Bin, CLIENT, "What the client has drawn.", |input, _| {
        shown(&Client::facts(input)?.client_random)
    }),
    row("ssl_fc_server_random", Type::Bin, CLIENT, "What we have drawn for the client.", |input, _| {
        shown(&Client::facts(input)?.server_random)
    }),
    row("ssl_bc_client_random", Type::Bin, SERVER, "What we have drawn for the server.", |input, _| {
        shown(&Server::facts(input)?.client_random)
    }),
    row("ssl_bc_server_random", Type::Bin, SERVER, "What the server has drawn.", |input, _| {
        shown(&Server::facts(input)?.server_random)
    }),
    row(
        "ssl_fc_session_key",
        Type::Bin,
        CLIENT,
        "The master secret of the client's session: with TLS 1.2 and 'tune.ssl.keylog on'.",
        |input, _| shown(Client::facts(input)?.secret(MASTER_SECRET)?),
    ),
    row(
        "ssl_bc_session_key",
        Type::Bin,
        SERVER,
        "The master secret of the server's session: with TLS 1.2 and 'tune.ssl.keylog on'.",
        |input, _| shown(Server::facts(input)?.secret(MASTER_SECRET)?),
    ),
    secret("ssl_fc_client_early_traffic_secret", |input, _| digits::<Client>(input, "CLIENT_EARLY_TRAFFIC_SECRET")),
    secret("ssl_bc_client_early_traffic_secret", |input, _| digits::<Server>(input, "CLIENT_EARLY_TRAFFIC_SECRET")),
    secret("ssl_fc_client_handshake_traffic_secret", |input, _| {
        digits::<Client>(input, "CLIENT_HANDSHAKE_TRAFFIC_SECRET")
    }),
    secret("ssl_bc_client_handshake_traffic_secret", |input, _| {
        digits::<Server>(input, "CLIENT_HANDSHAKE_TRAFFIC_SECRET")
    }),
    secret("ssl_fc_server_handshake_traffic_secret", |input, _| {
        digits::<Client>(input, "SERVER_HANDSHAKE_TRAFFIC_SECRET")
    }),
    secret("ssl_bc_server_handshake_traffic_secret", |input, _| {
        digits::<Server>(input, "SERVER_HANDSHAKE_TRAFFIC_SECRET")
    }),
    secret("ssl_fc_client_traffic_secret_0", |input, _| digits::<Client>(input, "CLIENT_TRAFFIC_SECRET_0")),
    secret("ssl_bc_client_traffic_secret_0", |input, _| digits::<Server>(input, "CLIENT_TRAFFIC_SECRET_0")),
    secret("ssl_fc_server_traffic_secret_0", |input, _| digits::<Client>(input, "SERVER_TRAFFIC_SECRET_0")),
    secret("ssl_bc_server_traffic_secret_0", |input, _| digits::<Server>(input, "SERVER_TRAFFIC_SECRET_0")),
    secret("ssl_fc_exporter_secret", |input, _| digits::<Client>(input, "EXPORTER_SECRET")),
    secret("ssl_bc_exporter_secret", |input, _| digits::<Server>(input, "EXPORTER_SECRET")),
    secret("ssl_fc_early_exporter_secret", |input, _| digits::<Client>(input, "EARLY_EXPORTER_SECRET")),
    secret("ssl_bc_early_exporter_secret", |input, _| digits::<Server>(input, "EARLY_EXPORTER_SECRET")),
];

/// The label of the master secret of TLS 1.2 in key log files: the client's random stands beside it.
const MASTER_SECRET: &str = "CLIENT_RANDOM";

const fn secret(name: &'static str, run: FetchOne) -> Fetch {
    row(name, Type::Str, CLIENT, "The secret of TLS 1.3 of that name in key log files: with 'tune.ssl.keylog on'.", run)
}

fn is_tls<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    Some(Value::Bool(S::facts(input).is_some()))
}

fn protocol<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    S::facts(input).map(|facts| Value::Str(facts.protocol_name().as_bytes()))
}

fn cipher_name<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    S::facts(input).map(|facts| Value::Str(facts.cipher_name().as_bytes()))
}

fn key_bits<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    S::facts(input)?.cipher().map(|cipher| Value::Int(cipher.key_bits.into()))
}

fn curve<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    S::facts(input)?.group.and_then(group_name).map(|name| Value::Str(name.as_bytes()))
}

fn alpn<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    S::facts(input)?.alpn.as_deref().map(Value::Str)
}

fn sni<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    S::facts(input)?.server_name.as_deref().map(|name| Value::Str(name.as_bytes()))
}

fn resumed<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    Some(Value::Bool(S::facts(input).is_some_and(|facts| facts.resumed)))
}

fn fault<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    S::facts(input).map(|facts| Value::Int(facts.fault.map_or(0, |fault| fault.number().into())))
}

fn fault_text<'a, S: Side>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    let fault = S::facts(input)?.fault?;
    Some(Value::Str(input.scratch.format(format_args!("{fault}"))))
}

fn digits<'a, S: Side>(input: &Input<'a>, label: &str) -> Option<Value<'a>> {
    let mut digits = input.scratch.buffer();
    for byte in S::facts(input)?.secret(label)? {
        digits.format(format_args!("{byte:02x}"))?;
    }
    Some(Value::Str(digits.finish()))
}

/// Bytes, if there are any.
fn shown(bytes: &[u8]) -> Option<Value<'_>> {
    (!bytes.is_empty()).then_some(Value::Bin(bytes))
}
