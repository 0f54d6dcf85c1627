//! Servers whose host names are looked at while traffic runs (configuration manual 5.2 `resolvers` and its companions).

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use burdock_resolve::{Family, Section};

/// How the host name of a server is looked at while traffic runs.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// `resolvers`: whom to ask.
    pub section: Arc<Section>,
    /// `resolve-prefer`: the family that is asked for first.
    pub prefer: Family,
    /// `resolve-net`: addresses in one of these come first.
    pub networks: Box<[Network]>,
    /// `resolve-opts allow-dup-ip`: it may have the address of another server of the backend with the same host name.
    pub allows_duplicates: bool,
}

impl Resolution {
    /// Whether an address is in a network that comes first.
    pub fn prefers(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }
}

/// A network: an address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differ = |own: u128, other: u128, width: u32| {
            let rest = width - self.bits;
            rest < u128::BITS && (own ^ other) >> rest != 0
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => !differ(own.to_bits().into(), other.to_bits().into(), u32::BITS),
            (IpAddr::V6(own), IpAddr::V6(other)) => !differ(own.to_bits(), other.to_bits(), u128::BITS),
            _ => false,
        }
    }
}

/// `10.0.0.0/8`, `2001:db8::/32`, or an address for itself.
impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let width = if address.is_ipv4() { u32::BITS } else { u128::BITS };
        let bits = match bits {
            None => width,
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= width).ok_or(())?,
        };
        Ok(Self { address, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn networks() {
        let check = |network: &str, address: &str, expected: bool| {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network:?} {address}");
        };
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.1.2.3", "10.1.2.3", true);
        check("10.1.2.3", "10.1.2.2", false);
        check("0.0.0.0/0", "255.1.2.3", true);
        check("0.0.0.0/0", "::1", false);
        check("::/0", "ffff::1", true);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        for text in ["", "10", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "a/8"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
