//! Addresses as header fields and URLs hold them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use burdock_http::bytes::parse_decimal;

/// The address that an element of a header's list is (RFC 7239 section 6, configuration manual 7.3.6 `req.hdr_ip`): IPv4 with an optional
/// port, or IPv6 with optional brackets and no port.
pub(super) fn forwarded(text: &[u8]) -> Option<IpAddr> {
    let bare = text.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
    let text = bare.unwrap_or(text);
    let ipv6 = std::str::from_utf8(text).ok().and_then(|text| text.parse::<Ipv6Addr>().ok());
    match (ipv6, bare) {
        (Some(address), _) => Some(address.into()),
        (None, Some(_)) => None,
        (None, None) => {
            let mut parts = text.splitn(2, |&byte| byte == b':');
            let address = ipv4(parts.next()?)?;
            parts.next().is_none_or(|text| port(text).is_some()).then_some(address.into())
        }
    }
}

/// Four decimal numbers between dots. Zeros may stand in front of them, which HAProxy does not take for octal.
pub(super) fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut numbers = text.split(|&byte| byte == b'.');
    let mut octets = [0; 4];
    for octet in &mut octets {
        *octet = parse_decimal(numbers.next()?)?.try_into().ok()?;
    }
    numbers.next().is_none().then(|| octets.into())
}

/// A decimal number of a port.
pub(super) fn port(text: &[u8]) -> Option<u16> {
    parse_decimal(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses() {
        for (text, expected) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("01.2.3.004", Some("1.2.3.4")),
            ("5.6.7.8:99", Some("5.6.7.8")),
            ("5.6.7.8:00000000080", Some("5.6.7.8")),
            ("::2", Some("::2")),
            ("::ffff:1.2.3.4", Some("::ffff:1.2.3.4")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[::1]:80", None),
            ("[::1]x", None),
            ("[::1]:", None),
            ("[::1", None),
            ("[1.2.3.4]", None),
            ("\"9.9.9.9\"", None),
            ("\"[::1]\"", None),
            ("fe80::1%eth0", None),
            ("foo", None),
            ("unknown", None),
            ("", None),
            ("1.2.3", None),
            ("1.2.3.4.5", None),
            ("1.2.3.256", None),
            ("0x1.2.3.4", None),
            ("1.2.3.4:", None),
            ("1.2.3.4:65536", None),
            ("1.2.3.4:80x", None),
            ("1.2.3.4:-1", None),
            ("1.2.3.4:+1", None),
            ("1.2.3.4 80", None),
        ] {
            let found = forwarded(text.as_bytes()).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }
}
