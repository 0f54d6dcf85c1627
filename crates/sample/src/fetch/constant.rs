//! Fetches that depend on nothing (configuration manual 7.3.2).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use burdock_http::bytes::hex_byte;

use super::row::row;
use super::{Fetch, Run};
use crate::args::{Arg, ArgKind, ArgSpec};
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "always_false",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bool,
        validity: Validity::ALWAYS,
        doc: "False.",
        run: Run::One(|_, _| Some(Value::Bool(false))),
    },
    Fetch {
        name: "always_true",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bool,
        validity: Validity::ALWAYS,
        doc: "True.",
        run: Run::One(|_, _| Some(Value::Bool(true))),
    },
    row("bin", Type::Bin, Validity::ALWAYS, "The bytes given in hexadecimal digits.", |_, args| {
        args.text(0).map(Value::Bin)
    })
    .with(ArgSpec { usage: "<hex>", kinds: &[HEX], required: 1 }),
    Fetch {
        name: "bool",
        aliases: &[],
        args: ArgSpec { usage: "<bool>", kinds: &[ArgKind::Choice(BOOLEANS)], required: 1 },
        check: None,
        output: Type::Bool,
        validity: Validity::ALWAYS,
        doc: "The truth value given.",
        run: Run::One(|_, args| Some(Value::Bool(args.choice(0)? < FIRST_FALSE))),
    },
    Fetch {
        name: "int",
        aliases: &[],
        args: ArgSpec { usage: "<integer>", kinds: &[ArgKind::Integer], required: 1 },
        check: None,
        output: Type::Int,
        validity: Validity::ALWAYS,
        doc: "The number given.",
        run: Run::One(|_, args| args.integer(0).map(Value::Int)),
    },
    row("ipv4", Type::Addr, Validity::ALWAYS, "The IPv4 address given.", |_, args| {
        args.compiled::<Ipv4Addr>(0).map(|address| Value::Addr((*address).into()))
    })
    .with(ArgSpec { usage: "<ipv4>", kinds: &[IPV4], required: 1 }),
    row("ipv6", Type::Addr, Validity::ALWAYS, "The IPv6 address given.", |_, args| {
        args.compiled::<Ipv6Addr>(0).map(|address| Value::Addr((*address).into()))
    })
    .with(ArgSpec { usage: "<ipv6>", kinds: &[IPV6], required: 1 }),
    row("meth", Type::Method, Validity::ALWAYS, "The request method given.", |_, args| args.text(0).map(Value::Method))
        .with(ArgSpec { usage: "<method>", kinds: &[ArgKind::Text], required: 1 }),
    Fetch {
        name: "str",
        aliases: &[],
        args: ArgSpec { usage: "<string>", kinds: &[ArgKind::Text], required: 1 },
        check: None,
        output: Type::Str,
        validity: Validity::ALWAYS,
        doc: "The text given.",
        run: Run::One(|_, args| args.text(0).map(Value::Str)),
    },
];

const HEX: ArgKind = ArgKind::Parse(|text| {
    let (pairs, []) = text.as_chunks::<2>() else { return Err("has an odd number of hexadecimal digits") };
    let bytes: Option<Box<[u8]>> = pairs.iter().map(|&[high, low]| hex_byte(high, low)).collect();
    match bytes {
        Some(bytes) if !bytes.is_empty() => Ok(Arg::Text(bytes)),
        Some(_) => Err("has no digits"),
        None => Err("does not consist of hexadecimal digits"),
    }
});

const IPV4: ArgKind = ArgKind::Parse(|text| address::<Ipv4Addr>(text, "is not an IPv4 address"));

const IPV6: ArgKind = ArgKind::Parse(|text| address::<Ipv6Addr>(text, "is not an IPv6 address"));

fn address<A: std::str::FromStr + Send + Sync + 'static>(
    text: &[u8],
    fault: &'static str,
) -> Result<Arg, &'static str> {
    let address: Option<A> = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    address.map(|address| Arg::Compiled(Arc::new(address))).ok_or(fault)
}

/// The words for a truth value; the true ones come first.
const BOOLEANS: &[&str] = &["true", "1", "false", "0"];

/// Where the false ones begin.
const FIRST_FALSE: usize = 2;
