//! Fetches from the request's target together with its host (configuration manual 7.3.6).

use std::net::{IpAddr, Ipv4Addr};

use burdock_http::KnownHeader;
use burdock_http::uri::{HostPort, Target, default_port};

use super::request::{head, path_and_rest, without_query};
use super::{Fetch, FetchOne, Run, address};
use crate::args::ArgSpec;
use crate::convert::hash::sdbm_avalanche;
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    fetch("base", Type::Str, "The host and the path.", |input, _| text(input, without_query).map(Value::Str)),
    fetch("base32", Type::Int, "A hash of host and path: base,sdbm(1).", |input, _| {
        Some(Value::Int(i64::from(hash(input, without_query)?)))
    }),
    fetch("base32+src", Type::Bin, "The same as four bytes, and the client's address.", |input, _| {
        with_source(hash(input, without_query)?, input)
    }),
    fetch("baseq", Type::Str, "The host, the path and the query.", |input, _| text(input, |path| path).map(Value::Str)),
    fetch("url32", Type::Int, "A hash of host, path and query: baseq,sdbm(1).", |input, _| {
        Some(Value::Int(i64::from(hash(input, |path| path)?)))
    }),
    fetch("url32+src", Type::Bin, "The same as four bytes, and the client's address.", |input, _| {
        with_source(hash(input, |path| path)?, input)
    }),
    fetch("url_ip", Type::Addr, "The IPv4 address in the target, where it is a URL with one.", |input, _| {
        Some(Value::Addr(IpAddr::V4(endpoint(input)?.0)))
    }),
    fetch("url_port", Type::Int, "The port in the target, where it is a URL with an IPv4 address.", |input, _| {
        Some(Value::Int(i64::from(endpoint(input)?.1)))
    }),
];

const fn fetch(name: &'static str, output: Type, doc: &'static str, run: FetchOne) -> Fetch {
    let validity = Validity::REQUEST;
    Fetch { name, aliases: &[], args: ArgSpec::NONE, check: None, output, validity, doc, run: Run::One(run) }
}

/// The first Host field and what `part` leaves of path and query; nothing where there is neither.
fn text<'a>(input: &Input<'a>, part: fn(&[u8]) -> &[u8]) -> Option<&'a [u8]> {
    let head = head(input)?;
    let (host, path) = (head.headers.find(KnownHeader::Host), path_and_rest(head.uri()));
    let mut text = input.scratch.buffer();
    match (host, path) {
        (None, None) => return None,
        (host, path) => {
            text.push(host.unwrap_or_default())?;
            // A URL may have a query without a path.
            text.push(path.filter(|path| path.starts_with(b"/")).map_or(b"", part))?;
        }
    }
    Some(text.finish())
}

/// The hash of the same; of nothing where there is neither.
fn hash(input: &Input<'_>, part: fn(&[u8]) -> &[u8]) -> Option<u32> {
    head(input)?;
    Some(sdbm_avalanche(text(input, part).unwrap_or_default()))
}

fn with_source<'a>(hash: u32, input: &Input<'a>) -> Option<Value<'a>> {
    let mut bytes = input.scratch.buffer();
    bytes.push(&hash.to_be_bytes())?;
    match input.txn.client.ip()? {
        IpAddr::V4(address) => bytes.push(&address.octets())?,
        IpAddr::V6(address) => bytes.push(&address.octets())?,
    }
    Some(Value::Bin(bytes.finish()))
}

/// The address and port that the target of a proxy's request names. The default port is that of the scheme.
fn endpoint(input: &Input<'_>) -> Option<(Ipv4Addr, u16)> {
    let target: Target<'_> = head(input)?.uri();
    let default = default_port(target.scheme()?)?;
    let HostPort { host, port } = HostPort::split(target.authority()?);
    let port = port.filter(|port| !port.is_empty()).unwrap_or(default);
    Some((address::ipv4(host)?, address::port(port)?))
}
