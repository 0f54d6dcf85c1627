//! What certificates say: the client's (`ssl_c_`), the server's (`ssl_s_`) and the one that the client was shown (`ssl_f_`).

use burdock_tls::certificate::{self, Certificate, Name};

use super::{Client, Server, Side};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::fetch::row::row;
use crate::fetch::{Fetch, FetchOne};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(in crate::fetch) const FETCHES: &[Fetch] = &[
    name("ssl_c_i_dn", "Who has signed the client's certificate.", issuer::<OfClient>),
    name("ssl_f_i_dn", "Who has signed the certificate that the client was shown.", issuer::<Ours>),
    name("ssl_s_i_dn", "Who has signed the server's certificate.", issuer::<OfServer>),
    name("ssl_c_s_dn", "Whom the client's certificate is for.", subject::<OfClient>),
    name("ssl_f_s_dn", "Whom the certificate is for that the client was shown.", subject::<Ours>),
    name("ssl_s_s_dn", "Whom the server's certificate is for.", subject::<OfServer>),
    name("ssl_c_r_dn", "In whom the trust in the client's certificate is founded.", subject::<RootOfClient>),
    bytes("ssl_c_der", "The client's certificate.", der::<OfClient>),
    bytes("ssl_f_der", "The certificate that the client was shown.", der::<Ours>),
    bytes("ssl_s_der", "The server's certificate.", der::<OfServer>),
    bytes("ssl_c_chain_der", "The certificates that the client has shown beside its own.", |input, _| {
        chain(input, Client::facts(input).filter(|facts| !facts.resumed)?.peer_chain.get(1..)?)
    }),
    bytes("ssl_s_chain_der", "All the certificates that the server has shown.", |input, _| {
        chain(input, &Server::facts(input).filter(|facts| !facts.resumed)?.peer_chain)
    }),
    bytes("ssl_c_serial", "The number of the client's certificate.", serial::<OfClient>),
    bytes("ssl_f_serial", "The number of the certificate that the client was shown.", serial::<Ours>),
    bytes("ssl_s_serial", "The number of the server's certificate.", serial::<OfServer>),
    bytes("ssl_c_sha1", "The SHA-1 digest of the client's certificate.", sha1::<OfClient>),
    bytes("ssl_f_sha1", "The SHA-1 digest of the certificate that the client was shown.", sha1::<Ours>),
    bytes("ssl_s_sha1", "The SHA-1 digest of the server's certificate.", sha1::<OfServer>),
    text("ssl_c_key_alg", "The algorithm of the key in the client's certificate.", key_algorithm::<OfClient>),
    text(
        "ssl_f_key_alg",
        "The algorithm of the key in the certificate that the client was shown.",
        key_algorithm::<Ours>,
    ),
    text("ssl_s_key_alg", "The algorithm of the key in the server's certificate.", key_algorithm::<OfServer>),
    text(
        "ssl_c_sig_alg",
        "The algorithm that the client's certificate was signed with.",
        signature_algorithm::<OfClient>,
    ),
    text(
        "ssl_f_sig_alg",
        "The algorithm that the certificate was signed with that the client was shown.",
        signature_algorithm::<Ours>,
    ),
    text(
        "ssl_s_sig_alg",
        "The algorithm that the server's certificate was signed with.",
        signature_algorithm::<OfServer>,
    ),
    text("ssl_c_notbefore", "When the client's certificate begins to be valid.", not_before::<OfClient>),
    text("ssl_f_notbefore", "When the certificate begins to be valid that the client was shown.", not_before::<Ours>),
    text("ssl_s_notbefore", "When the server's certificate begins to be valid.", not_before::<OfServer>),
    text("ssl_c_notafter", "When the client's certificate expires.", not_after::<OfClient>),
    text("ssl_f_notafter", "When the certificate expires that the client was shown.", not_after::<Ours>),
    text("ssl_s_notafter", "When the server's certificate expires.", not_after::<OfServer>),
    number("ssl_c_version", "The version of the client's certificate.", version::<OfClient>),
    number("ssl_f_version", "The version of the certificate that the client was shown.", version::<Ours>),
    number("ssl_s_version", "The version of the server's certificate.", version::<OfServer>),
    text("ssl_c_san", "The further names in the client's certificate.", |input, _| {
        made(input, certificate::<OfClient>(input)?.alternative_names())
    }),
    text(
        "ssl_c_policies",
        "The policies of the client's certificate, or the one asked for if it is among them.",
        policies,
    )
    .with(ArgSpec { usage: "[<oid>]", kinds: &[ArgKind::Text], required: 0 }),
];

const fn name(name: &'static str, doc: &'static str, run: FetchOne) -> Fetch {
    const ENTRY: ArgSpec = ArgSpec {
        usage: "[<entry>[,<occ>[,<format>]]]",
        kinds: &[ArgKind::Text, ArgKind::Integer, ArgKind::Choice(&["rfc2253"])],
        required: 0,
    };
    text(name, doc, run).with(ENTRY)
}

const fn text(name: &'static str, doc: &'static str, run: FetchOne) -> Fetch {
    row(name, Type::Str, Validity::SESSION, doc, run)
}

const fn bytes(name: &'static str, doc: &'static str, run: FetchOne) -> Fetch {
    row(name, Type::Bin, Validity::SESSION, doc, run)
}

const fn number(name: &'static str, doc: &'static str, run: FetchOne) -> Fetch {
    row(name, Type::Int, Validity::SESSION, doc, run)
}

/// Which certificate a fetch looks at.
trait Whose {
    /// It in its DER form.
    fn der<'a>(input: &Input<'a>) -> Option<&'a [u8]>;
}

/// The client's own.
struct OfClient;

/// The server's own.
struct OfServer;

/// The one that the client was shown.
struct Ours;

/// The one that the client's chain ends in, trusted or not.
struct RootOfClient;

impl Whose for OfClient {
    fn der<'a>(input: &Input<'a>) -> Option<&'a [u8]> {
        Client::facts(input)?.peer_certificate().map(AsRef::as_ref)
    }
}

impl Whose for OfServer {
    fn der<'a>(input: &Input<'a>) -> Option<&'a [u8]> {
        Server::facts(input)?.peer_certificate().map(AsRef::as_ref)
    }
}

impl Whose for Ours {
    fn der<'a>(input: &Input<'a>) -> Option<&'a [u8]> {
        Client::facts(input)?.own_certificate.as_ref().map(AsRef::as_ref)
    }
}

impl Whose for RootOfClient {
    fn der<'a>(input: &Input<'a>) -> Option<&'a [u8]> {
        let facts = Client::facts(input).filter(|facts| !facts.resumed)?;
        facts.peer_root.as_ref().map(AsRef::as_ref)
    }
}

fn certificate<'a, W: Whose>(input: &Input<'a>) -> Option<Certificate<'a>> {
    Certificate::parse(W::der(input)?)
}

fn issuer<'a, W: Whose>(input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    name_text(input, args, certificate::<W>(input)?.issuer())
}

fn subject<'a, W: Whose>(input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    name_text(input, args, certificate::<W>(input)?.subject())
}

/// A format counts for the whole name alone.
fn name_text<'a>(input: &Input<'a>, args: &'a Args, name: Name<'_, 'a>) -> Option<Value<'a>> {
    match args.text(0) {
        Some(kind) => name.entry(kind, args.integer(1).unwrap_or(1)).map(Value::Str),
        None if args.choice(2).is_some() => made(input, Some(name.rfc2253())),
        None => made(input, name.one_line()),
    }
}

fn der<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    W::der(input).map(Value::Bin)
}

fn chain<'a>(input: &Input<'a>, certificates: &[impl AsRef<[u8]>]) -> Option<Value<'a>> {
    let mut all = input.scratch.buffer();
    for certificate in certificates {
        all.push(certificate.as_ref())?;
    }
    (!all.is_empty()).then(|| Value::Bin(all.finish()))
}

fn serial<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    Some(Value::Bin(certificate::<W>(input)?.serial()))
}

fn sha1<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    Some(Value::Bin(input.scratch.copy(&certificate::fingerprint(W::der(input)?))))
}

fn key_algorithm<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    certificate::<W>(input)?.key_algorithm().map(|name| Value::Str(name.as_bytes()))
}

fn signature_algorithm<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    certificate::<W>(input)?.signature_algorithm().map(|name| Value::Str(name.as_bytes()))
}

fn not_before<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    made(input, certificate::<W>(input)?.not_before())
}

fn not_after<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    made(input, certificate::<W>(input)?.not_after())
}

fn version<'a, W: Whose>(input: &Input<'a>, _: &'a Args) -> Option<Value<'a>> {
    Some(Value::Int(certificate::<W>(input)?.version().into()))
}

fn policies<'a>(input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let policies = certificate::<OfClient>(input)?.policies()?;
    match args.text(0) {
        Some(wanted) => policies.iter().any(|policy| policy.as_bytes() == wanted).then_some(Value::Str(wanted)),
        None => made(input, Some(policies.join(", "))),
    }
}

/// A text, if there is anything in it.
fn made<'a>(input: &Input<'a>, text: Option<impl AsRef<[u8]>>) -> Option<Value<'a>> {
    let text = text.filter(|text| !text.as_ref().is_empty())?;
    Some(Value::Str(input.scratch.copy(text.as_ref())))
}
