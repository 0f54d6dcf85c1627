//! The header of `option forwarded` (RFC 7239): who asked whom, for what. Must not know when it is added.

use std::io::Write;
use std::net::IpAddr;

use burdock_http::KnownHeader;
use burdock_model::{Forwarded, ForwardedNode, ForwardedPart};
use burdock_sample::{Expression, Input, Type, Value};
use burdock_txn::Endpoint;

/// The header's name.
pub const NAME: &[u8] = b"forwarded";

/// The header's value for a request; none where there is nothing to tell.
pub fn value(settings: &Forwarded, input: &Input<'_>) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    if settings.proto {
        line.extend_from_slice(b"proto=http");
    }
    if let Some(host) = &settings.host {
        let host = match host {
            ForwardedPart::Own => input.txn.request.headers.find(KnownHeader::Host).unwrap_or_default(),
            ForwardedPart::Expression(expression) => text(expression, input).unwrap_or_default(),
        };
        separate(&mut line);
        line.extend_from_slice(b"host=\"");
        line.extend_from_slice(if host.iter().all(|byte| is_of_host(*byte)) { host } else { b"" });
        line.push(b'"');
    }
    for (name, node, own) in
        [(&b"by="[..], &settings.by, input.txn.local), (b"for=", &settings.client, input.txn.client)]
    {
        if let Some(node) = node {
            separate(&mut line);
            line.extend_from_slice(name);
            write_node(node, own, input, &mut line);
        }
    }
    Some(line).filter(|line| !line.is_empty())
}

fn separate(line: &mut Vec<u8>) {
    if !line.is_empty() {
        line.push(b';');
    }
}

/// A name, in quotes where it is an address of IPv6 or has a port (RFC 7239 section 4).
fn write_node(node: &ForwardedNode, own: Endpoint, input: &Input<'_>, line: &mut Vec<u8>) {
    let name = match &node.name {
        ForwardedPart::Own => own.ip().map_or_else(unknown, address),
        ForwardedPart::Expression(expression) => match expression.evaluate(input) {
            Some(Value::Addr(ip)) => address(ip),
            Some(value) => match value.cast(Type::Str, input.scratch) {
                Some(Value::Str(text)) => named(text),
                _ => unknown(),
            },
            None => unknown(),
        },
    };
    let quoted = node.port.is_some() || name.first() == Some(&b'[');
    if quoted {
        line.push(b'"');
    }
    line.extend_from_slice(&name);
    if let Some(port) = &node.port {
        write_port(port, own, input, line);
    }
    if quoted {
        line.push(b'"');
    }
}

fn write_port(port: &ForwardedPart, own: Endpoint, input: &Input<'_>, line: &mut Vec<u8>) {
    let text = match port {
        ForwardedPart::Own => {
            if own.ip().is_some() {
                // Writing to memory does not fail.
                let _ = write!(line, ":{}", own.port());
            }
            return;
        }
        ForwardedPart::Expression(expression) => text(expression, input).unwrap_or_default(),
    };
    if text.is_empty() || !text.iter().all(|byte| is_of_token(*byte)) {
        return;
    }
    line.push(b':');
    let is_port = std::str::from_utf8(text).is_ok_and(|text| text.parse::<u16>().is_ok());
    if !is_port && text.first() != Some(&b'_') {
        line.push(b'_');
    }
    line.extend_from_slice(text);
}

fn unknown() -> Vec<u8> {
    b"unknown".to_vec()
}

fn address(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
    .into_bytes()
}

/// A text as the name of a node: an address as it is, anything else hidden behind an underscore (RFC 7239 section 6.3).
fn named(text: &[u8]) -> Vec<u8> {
    let as_text = std::str::from_utf8(text).unwrap_or_default();
    let in_brackets = as_text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_address = as_text.parse::<std::net::Ipv4Addr>().is_ok()
        || in_brackets.is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok());
    if is_address || text == b"unknown" {
        return text.to_vec();
    }
    if text.is_empty() || !text.iter().all(|byte| is_of_token(*byte)) {
        return unknown();
    }
    if text.first() == Some(&b'_') { text.to_vec() } else { [b"_", text].concat() }
}

fn text<'a>(expression: &'a Expression, input: &Input<'a>) -> Option<&'a [u8]> {
    match expression.evaluate(input)?.cast(Type::Str, input.scratch)? {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

/// What an obfuscated name or port may hold (RFC 7239 section 6.3).
const fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// What a host and port may hold (RFC 3986 section 3.2.2).
const fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%' | b':' | b'[' | b']')
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_nodes() {
        for (text, expected) in [
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("::1", "unknown"),
            ("unknown", "unknown"),
            ("_a", "_a"),
            ("a.b-c_d", "_a.b-c_d"),
            ("5", "_5"),
            ("a b", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(named(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }
}
