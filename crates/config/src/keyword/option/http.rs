//! Options on HTTP messages: `forwardfor`, `http-buffer-request`, `accept-unsafe-violations-in-http-request` and `-response`.

use std::net::IpAddr;

use burdock_http::{HeaderName, KnownHeader};
use burdock_model::ForwardFor;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::switch;
use crate::args::Args;
use crate::draft::{ProxyDraft, Spanned, Switch};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "option forwardfor",
        "[except <network>] [header <name>] [if-none]",
        "tells servers the client's address in a header",
        "4.2",
        forwardfor,
    )
    .within(Sections::PROXY),
    Keyword::proxy(
        "option accept-unsafe-violations-in-http-request",
        "",
        "accepts requests that break the rules of HTTP",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::RelaxedRequests),
    )
    .within(Sections::CLIENT_SIDE)
    .negatable(),
    Keyword::proxy(
        "option accept-unsafe-violations-in-http-response",
        "",
        "accepts responses that break the rules of HTTP",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::RelaxedResponses),
    )
    .within(Sections::SERVER_SIDE)
    .negatable(),
    Keyword::proxy(
        "option http-buffer-request",
        "",
        "receives the body of a request before anything is decided",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::BufferRequest),
    )
    .within(Sections::PROXY)
    .negatable(),
];

fn forwardfor(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let mut line = ForwardFor { header: KnownHeader::XForwardedFor.into(), except: None, if_none: false };
    loop {
        if args.next_if("except").is_some() {
            line.except = Some(network(args.required("a network")?)?);
        } else if args.next_if("header").is_some() {
            line.header = HeaderName::lenient(&header_name(args.required("the name of a header")?)?);
        } else if args.next_if("if-none").is_some() {
            line.if_none = true;
        } else {
            break;
        }
    }
    args.end()?;
    proxy.settings.forward_for = Some(Spanned::new(line, args.line_span()));
    Ok(())
}

/// `<address>[/<prefix length or mask>]`
pub(crate) fn network(word: &Word) -> Parsed<(IpAddr, u8)> {
    let bad = || {
        Diagnostic::error(format!("'{word}' is no network"))
            .code("bad-address")
            .at(word.span(), "an address with a prefix length is expected: 192.168.0.0/16")
    };
    let text = word.to_str()?;
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.parse().map_err(|_| bad())?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => longest,
        Some(length) => match length.parse::<u8>() {
            Ok(length) if length <= longest => length,
            _ => prefix_length(length).filter(|_| address.is_ipv4()).ok_or_else(bad)?,
        },
    };
    Ok((address, length))
}

/// Of a mask such as 255.255.0.0.
fn prefix_length(mask: &str) -> Option<u8> {
    let bits = u32::from(mask.parse::<std::net::Ipv4Addr>().ok()?);
    (bits.leading_ones() + bits.trailing_zeros() == u32::BITS || bits == u32::MAX).then_some(bits.leading_ones() as u8)
}

/// A header's name in lower case (RFC 9110 section 5.6.2: a token).
pub(crate) fn header_name(word: &Word) -> Parsed<Vec<u8>> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    match word.as_bytes().iter().position(|byte| !is_token(byte)) {
        None => Ok(word.as_bytes().to_ascii_lowercase()),
        Some(at) => Err(Diagnostic::error(format!("'{word}' is no name of a header"))
            .code("bad-value")
            .at(word.span_of(at..at + 1), "not possible in a header's name")),
    }
}
