//! Fetches from the TLS hello that passes by unread (configuration manual 7.3.5 `req.ssl_sni` and kin).

use burdock_tls::hello::{self, ClientHello, Extension, Parsed};

use super::payload::{Side, raw, seen};
use super::row::inspection;
use super::{Fetch, FetchInspect, Sight};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    in_request(
        "req.ssl_hello_type",
        Type::Int,
        "The type of the handshake message that the client sends.",
        |input, _| hello_type(input, Side::Request),
    )
    .aka(&["req_ssl_hello_type"]),
    inspection(
        "res.ssl_hello_type",
        Type::Int,
        Validity::RESPONSE,
        "The type of the handshake message that the server sends.",
        |input, _| hello_type(input, Side::Response),
    )
    .aka(&["rep_ssl_hello_type"]),
    in_request("req.ssl_ver", Type::Int, "The version in the client's hello.", |input, _| {
        let value = |(major, minor)| Value::Int(i64::from(major) << 16 | i64::from(minor));
        look(input, Side::Request, hello::offered_version, |version| Some(value(version)))
    })
    .aka(&["req_ssl_ver"]),
    in_request("req.ssl_sni", Type::Str, "The server's name in the client's hello.", |input, _| {
        from_hello(input, |hello| hello.server_name().map(Value::Str))
    })
    .aka(&["req_ssl_sni"]),
    in_request("req.ssl_alpn", Type::Str, "The first application protocol in the client's hello.", |input, _| {
        from_hello(input, |hello| hello.protocols().next().map(Value::Str))
    }),
    in_request("req.ssl_ec_ext", Type::Bool, "Whether the client's hello names elliptic curves.", |input, _| {
        from_hello(input, |hello| hello.extension(Extension::SupportedGroups).map(|_| Value::Bool(true)))
    }),
    in_request(
        "req.ssl_st_ext",
        Type::Int,
        "Session tickets of the client's hello: 0 no, 1 possible, 2 one.",
        |input, _| {
            from_hello(input, |hello| {
                Some(Value::Int(match hello.extension(Extension::SessionTicket) {
                    None => 0,
                    Some([]) => 1,
                    Some(_) => 2,
                }))
            })
        },
    ),
    anywhere("req.ssl_cipherlist", "The cipher suites in the client's hello.", |input, _| {
        from_hello(input, |hello| Some(Value::Bin(hello.ciphers)))
    }),
    anywhere("req.ssl_sigalgs", "The signature algorithms in the client's hello.", |input, _| {
        from_hello(input, |hello| hello.list_in(Extension::SignatureAlgorithms).map(Value::Bin))
    }),
    anywhere("req.ssl_supported_groups", "The groups for key exchange in the client's hello.", |input, _| {
        from_hello(input, |hello| hello.list_in(Extension::SupportedGroups).map(Value::Bin))
    }),
    anywhere("req.ssl_keyshare_groups", "The groups of the keys in the client's hello.", |input, _| {
        from_hello(input, |hello| {
            let mut groups = input.scratch.buffer();
            hello.key_share_groups()?.for_each(|group| groups.push_some(&group));
            Some(Value::Bin(groups.finish()))
        })
    }),
];

const fn in_request(name: &'static str, output: Type, doc: &'static str, inspect: FetchInspect) -> Fetch {
    inspection(name, output, Validity::REQUEST, doc, inspect)
}

const fn anywhere(name: &'static str, doc: &'static str, inspect: FetchInspect) -> Fetch {
    inspection(name, Type::Bin, Validity::CONNECTION, doc, inspect)
}

fn hello_type<'a>(input: &Input<'a>, side: Side) -> Sight<'a> {
    look(input, side, hello::handshake, |(kind, _)| Some(Value::Int(i64::from(kind))))
}

fn from_hello<'a>(input: &Input<'a>, value: impl FnOnce(ClientHello<'a>) -> Option<Value<'a>>) -> Sight<'a> {
    look(input, Side::Request, hello::client_hello, |body| value(ClientHello::parse(input.scratch.keep(body))?))
}

/// What is complete stays, whatever follows it.
fn look<'a, T>(
    input: &Input<'a>,
    side: Side,
    parse: impl FnOnce(&'a [u8]) -> Parsed<T>,
    value: impl FnOnce(T) -> Option<Value<'a>>,
) -> Sight<'a> {
    let Some(payload) = raw(input, side) else { return Sight::Settled(None) };
    match parse(&payload.bytes) {
        Parsed::Complete(found) => Sight::Settled(value(found)),
        Parsed::Partial => seen(payload, None),
        Parsed::Other => Sight::Settled(None),
    }
}
