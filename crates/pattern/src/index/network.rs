//! Networks by address: the longest prefix that holds an address wins (configuration manual 7.1.6).

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::list::List;
use super::table::Table;
use crate::element::Element;
use crate::network::{Network, embedded_v4};

/// Elements by network. One hash look-up for each length that a prefix has.
#[derive(Clone, Debug)]
pub(crate) struct Networks {
    table: Table<Prefix>,
    v4: Lengths,
    v6: Lengths,
    /// Address and mask of IPv4 networks whose mask is no prefix.
    scattered: List<(u32, u32)>,
    seed: RandomState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Prefix {
    family: Family,
    length: u8,
    /// What is behind the prefix is 0.
    address: u128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Family {
    V4,
    V6,
}

/// The lengths of the prefixes and how many different prefixes have each, longest first.
#[derive(Clone, Debug, Default)]
struct Lengths(Vec<(u8, usize)>);

impl Networks {
    pub(super) fn new(expected: usize) -> Self {
        Self {
            table: Table::new(expected),
            v4: Lengths::default(),
            v6: Lengths::default(),
            scattered: List::new(),
            seed: RandomState::new(),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.table.len() + self.scattered.len()
    }

    /// The network that an address is in, and whether it was found without trying one after the other. An IPv4 address is looked for in
    /// IPv6 networks in its mapped form if no IPv4 prefix holds it; an IPv6 address in IPv4 networks if it stands for an IPv4 address.
    pub(super) fn find(&self, address: IpAddr) -> Option<(&Element, bool)> {
        let (v4, found) = match address {
            IpAddr::V4(v4) => (Some(v4), self.find_v4(v4).or_else(|| self.find_v6(v4.to_ipv6_mapped()))),
            IpAddr::V6(v6) => {
                let v4 = embedded_v4(v6);
                (v4, self.find_v6(v6).or_else(|| self.find_v4(v4?)))
            }
        };
        if let Some(found) = found {
            return Some((found, true));
        }
        let address = u32::from(v4?);
        self.scattered.find(|&(network, mask)| address & mask == network).map(|element| (element, false))
    }

    fn find_v4(&self, address: Ipv4Addr) -> Option<&Element> {
        let address = u128::from(u32::from(address)) << 96;
        self.v4.0.iter().find_map(|&(length, _)| self.find_prefix(Prefix::new(Family::V4, length, address)))
    }

    fn find_v6(&self, address: Ipv6Addr) -> Option<&Element> {
        let address = u128::from(address);
        self.v6.0.iter().find_map(|&(length, _)| self.find_prefix(Prefix::new(Family::V6, length, address)))
    }

    fn find_prefix(&self, prefix: Prefix) -> Option<&Element> {
        self.table.find(|| self.seed.hash_one(prefix), |key| *key == prefix)
    }

    pub(super) fn insert(&mut self, network: Network, element: Element) {
        match placed(network) {
            Ok(prefix) => {
                if self.table.insert(self.seed.hash_one(prefix), prefix, PartialEq::eq, element) {
                    self.lengths(prefix.family).add(prefix.length);
                }
            }
            Err(scattered) => self.scattered.push(scattered, element),
        }
    }

    pub(super) fn remove(&mut self, network: Network, id: u64) {
        match placed(network) {
            Ok(prefix) => {
                if self.table.remove(self.seed.hash_one(prefix), |key| *key == prefix, id) == Some(true) {
                    self.lengths(prefix.family).remove(prefix.length);
                }
            }
            Err(_) => self.scattered.remove(id),
        }
    }

    pub(super) fn element_mut(&mut self, network: Network, id: u64) -> Option<&mut Element> {
        match placed(network) {
            Ok(prefix) => self.table.element_mut(self.seed.hash_one(prefix), |key| *key == prefix, id),
            Err(_) => self.scattered.element_mut(id),
        }
    }

    const fn lengths(&mut self, family: Family) -> &mut Lengths {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

/// The prefix of a network, or its address and mask where it has none.
fn placed(network: Network) -> Result<Prefix, (u32, u32)> {
    match network {
        Network::V4(address, mask) if mask.leading_ones() + mask.trailing_zeros() < u32::BITS => {
            Err((address & mask, mask))
        }
        Network::V4(address, mask) => Ok(Prefix::new(Family::V4, mask.count_ones() as u8, u128::from(address) << 96)),
        Network::V6(address, mask) => Ok(Prefix::new(Family::V6, mask.count_ones() as u8, address)),
    }
}

impl Prefix {
    fn new(family: Family, length: u8, address: u128) -> Self {
        let mask = u128::MAX.checked_shl(u128::BITS - u32::from(length)).unwrap_or(0);
        Self { family, length, address: address & mask }
    }
}

impl Lengths {
    fn position(&self, length: u8) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| length.cmp(other))
    }

    fn add(&mut self, length: u8) {
        match self.position(length) {
            Ok(at) => self.0[at].1 += 1,
            Err(at) => self.0.insert(at, (length, 1)),
        }
    }

    fn remove(&mut self, length: u8) {
        if let Ok(at) = self.position(length) {
            self.0[at].1 -= 1;
            if self.0[at].1 == 0 {
                self.0.remove(at);
            }
        }
    }
}
