//! Addresses and networks (configuration manual 7.1.6).

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::fault::PatternFault;

/// One pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// Address and mask.
    V4(u32, u32),
    /// Address and mask.
    V6(u128, u128),
}

impl Network {
    /// Reads `address[/mask]`: a mask is a number of bits, for IPv4 also dotted; an IPv4 address may leave out inner zeros (`127.1`).
    pub fn parse(word: &[u8]) -> Result<Self, PatternFault> {
        let parsed = std::str::from_utf8(word).ok().and_then(|text| {
            let (address, mask) = match text.split_once('/') {
                Some((address, mask)) => (address, Some(mask)),
                None => (text, None),
            };
            match parse_v4(address) {
                Some(address) => Some(Self::V4(address, mask.map_or(Some(u32::MAX), parse_v4_mask)?)),
                None => Some(Self::V6(
                    u128::from(address.parse::<Ipv6Addr>().ok()?),
                    mask.map_or(Some(u128::MAX), |mask| {
                        let bits = parse_bits(mask, u128::BITS)?;
                        Some(u128::MAX.checked_shl(u128::BITS - bits).unwrap_or(0))
                    })?,
                )),
            }
        });
        parsed.ok_or(PatternFault::NotAnAddress)
    }
}

/// `a.b.c.d`, `a.b.d`, `a.d` or `d`: what is left out are zeros before the last octet.
fn parse_v4(text: &str) -> Option<u32> {
    let mut octets = [0; 4];
    let mut count = 0;
    for part in text.split('.') {
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octets.get_mut(count)? = part.parse::<u8>().ok()?;
        count += 1;
    }
    octets[3] = std::mem::take(octets.get_mut(count - 1)?);
    Some(u32::from_be_bytes(octets))
}

fn parse_v4_mask(text: &str) -> Option<u32> {
    if text.contains('.') {
        return Some(u32::from(text.parse::<Ipv4Addr>().ok()?));
    }
    let bits = parse_bits(text, u32::BITS)?;
    Some(u32::MAX.checked_shl(u32::BITS - bits).unwrap_or(0))
}

fn parse_bits(text: &str, most: u32) -> Option<u32> {
    let bits = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    (bits <= most).then_some(bits)
}

/// The IPv4 address that an IPv6 address stands for.
pub(crate) fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.octets() {
        [0x20, 0x02, a, b, c, d, ..] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => address.to_ipv4(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults() {
        for text in [
            "",
            "foo.bar",
            "10.0.0.0/33",
            "::1/129",
            "1.2.3.4.5",
            "256.1",
            "1..2",
            "10.0.0.0/",
            "::/255.0.0.0",
            "/8",
            "1.2.3.4/+8",
        ] {
            assert_eq!(Network::parse(text.as_bytes()), Err(PatternFault::NotAnAddress), "{text:?}");
        }
    }
}
