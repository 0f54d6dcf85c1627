//! Sets of addresses and networks (configuration manual 7.1.6).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::fault::PatternFault;

/// Addresses as sorted inclusive ranges that neither overlap nor touch, so that a look-up is a binary search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSet {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
    /// Address and mask of IPv4 networks whose mask is no prefix.
    scattered: Vec<(u32, u32)>,
}

/// One pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Address and mask.
    V4(u32, u32),
    /// Address and mask.
    V6(u128, u128),
}

impl NetworkSet {
    /// The union of the given networks.
    pub fn from_networks(networks: &[Network]) -> Self {
        let mut set = Self::default();
        for &network in networks {
            match network {
                Network::V4(address, mask) if mask.leading_ones() + mask.trailing_zeros() < u32::BITS => {
                    set.scattered.push((address & mask, mask));
                }
                Network::V4(address, mask) => set.v4.push((address & mask, address | !mask)),
                Network::V6(address, mask) => set.v6.push((address & mask, address | !mask)),
            }
        }
        merge(&mut set.v4, |high| high.checked_add(1));
        merge(&mut set.v6, |high| high.checked_add(1));
        set
    }

    /// Whether a network holds the address. An IPv4 address is also looked for in IPv6 networks in its mapped form; an IPv6 address that
    /// stands for an IPv4 one (`::ffff:a.b.c.d`, `::a.b.c.d`, 6to4) is also looked for in IPv4 networks.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.holds_v4(address) || holds(&self.v6, u128::from(address.to_ipv6_mapped())),
            IpAddr::V6(address) => {
                holds(&self.v6, u128::from(address))
                    || embedded_v4(address).is_some_and(|address| self.holds_v4(address))
            }
        }
    }

    fn holds_v4(&self, address: Ipv4Addr) -> bool {
        let address = u32::from(address);
        holds(&self.v4, address) || self.scattered.iter().any(|&(network, mask)| address & mask == network)
    }
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

fn holds<T: Ord + Copy>(ranges: &[(T, T)], value: T) -> bool {
    let at = ranges.partition_point(|&(_, high)| high < value);
    ranges.get(at).is_some_and(|&(low, _)| low <= value)
}

fn merge<T: Ord + Copy>(ranges: &mut Vec<(T, T)>, next: impl Fn(T) -> Option<T>) {
    ranges.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for &(low, high) in ranges.iter() {
        match merged.last_mut() {
            Some(last) if next(last.1).is_none_or(|next| low <= next) => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    *ranges = merged;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks() {
        for (networks, address, expected) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.12", "10.0.0.12", true),
            ("10.12/8", "10.9.0.12", true),
            ("127.1", "127.0.0.1", true),
            ("192.168.1", "192.168.0.1", true),
            ("10", "0.0.0.10", true),
            ("10", "10.0.0.0", false),
            ("0/0", "1.2.3.4", true),
            ("10.0.0.0/255.0.0.0", "10.9.9.9", true),
            ("10.0.5.0/255.0.255.0", "10.9.5.12", true),
            ("10.0.5.0/255.0.255.0", "10.9.6.12", false),
            ("1.2.3.4", "::ffff:1.2.3.4", true),
            ("1.2.3.0/24", "::1.2.3.4", true),
            ("1.2.3.4", "2002:102:304::5", true),
            ("1.2.3.4", "2003:102:304::5", false),
            ("::ffff:0:0/96", "1.2.3.4", true),
            ("::/0", "1.2.3.4", true),
            ("::1", "::1", true),
            ("fe80::/10", "febf::1", true),
            ("fe80::/10", "fec0::1", false),
            ("10.0.0.0/9 10.128.0.0/9 192.168.0.0/16", "10.200.0.1", true),
            ("255.255.255.255 0.0.0.0", "255.255.255.255", true),
        ] {
            let networks: Vec<_> = networks.split(' ').map(|text| Network::parse(text.as_bytes()).unwrap()).collect();
            let set = NetworkSet::from_networks(&networks);
            assert_eq!(set.contains(address.parse().unwrap()), expected, "{networks:?} {address}");
        }
    }

    #[test]
    fn neighbours_are_merged() {
        let networks = ["10.128.0.0/9", "10.0.0.0/9", "10.1.2.3"].map(|text| Network::parse(text.as_bytes()).unwrap());
        assert_eq!(NetworkSet::from_networks(&networks).v4, [(0x0a00_0000, 0x0aff_ffff)]);
    }

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
