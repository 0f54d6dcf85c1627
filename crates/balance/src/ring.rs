//! What a hashed key leads to: a table of seats (`hash-type map-based`), or a ring with many places of each seat (`hash-type consistent`).
//! Both were derived from observed behaviour and lead where HAProxy's do.

use std::net::{IpAddr, SocketAddr};

use xxhash_rust::xxh32::xxh32;

use crate::hash::avalanche;
use crate::turns_by_weight;

/// What a server's places on the ring are derived from (`hash-key`, configuration manual 5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HashKey {
    /// `id`: its number.
    #[default]
    Id,
    /// `id32`: all bits of its number, mixed.
    WholeId,
    /// `addr`: its address; its number where it has none.
    Address,
    /// `addr-port`: its address and port.
    AddressAndPort,
}

impl HashKey {
    /// All of them and their names. No server has an identifier of its own yet, and without one `guid` means `id`.
    pub const NAMED: [(&'static str, Self); 5] = [
        ("id", Self::Id),
        ("id32", Self::WholeId),
        ("guid", Self::Id),
        ("addr", Self::Address),
        ("addr-port", Self::AddressAndPort),
    ];

    /// The number from which on a server's places are numbered.
    pub fn first_place(self, numeric_id: u32, address: Option<SocketAddr>) -> u32 {
        match (self, address) {
            (Self::WholeId, _) => avalanche(u32::from_le_bytes(numeric_id.to_be_bytes())),
            (Self::Address, Some(address)) => mixed(address.ip(), 0),
            (Self::AddressAndPort, Some(address)) => mixed(address.ip(), avalanche(address.port().into())),
            _ => numeric_id.wrapping_mul(ID_STRIDE),
        }
    }
}

fn mixed(address: IpAddr, port: u32) -> u32 {
    match address {
        IpAddr::V4(address) => avalanche(u32::from_le_bytes(address.octets()).wrapping_add(port)),
        IpAddr::V6(address) => xxh32(&address.octets(), port),
    }
}

/// Seats by hashed key.
#[derive(Debug)]
pub(crate) enum KeyTable {
    /// The remainder of a division by the number of entries is the entry.
    Map(Box<[u32]>),
    /// The nearest place is taken, the one behind the key where two are as near. Ascending.
    Ring(Box<[Place]>),
}

/// A place on the ring and who sits there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    at: u32,
    seat: u32,
}

/// A usable server as tables see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    pub(crate) seat: u32,
    /// See [`HashKey::first_place`].
    pub(crate) first_place: u32,
    pub(crate) weight: u32,
}

/// Places on the ring for each unit of weight.
const PLACES_A_WEIGHT: u32 = 16;
/// How far apart the numbers are that servers' places are derived from: as many places as a server of the greatest weight has.
const ID_STRIDE: u32 = 4096;

impl KeyTable {
    /// The table of these servers, in the order of their seats.
    pub(crate) fn new(is_consistent: bool, holders: &[Holder]) -> Self {
        if !is_consistent {
            let weights: Vec<u32> = holders.iter().map(|holder| holder.weight).collect();
            let entries = turns_by_weight(&weights).into_iter();
            return Self::Map(entries.filter_map(|at| holders.get(at as usize).map(|holder| holder.seat)).collect());
        }
        let places = holders.iter().flat_map(|&Holder { seat, first_place: first, weight }| {
            let count = weight.saturating_mul(PLACES_A_WEIGHT).min(ID_STRIDE);
            (0..count).map(move |n| Place { at: avalanche(first.wrapping_add(n)), seat })
        });
        let mut places: Vec<Place> = places.collect();
        places.sort_unstable();
        Self::Ring(places.into())
    }

    /// Who sits at the last place of a ring.
    pub(crate) fn last_seat(&self) -> Option<u32> {
        match self {
            Self::Map(entries) => entries.last().copied(),
            Self::Ring(places) => places.last().map(|place| place.seat),
        }
    }

    /// Whom a key leads to, then who follows; a seat may come again. Nobody where nobody is usable.
    pub(crate) fn seats(&self, key: u32) -> impl Iterator<Item = u32> + '_ {
        let (length, first) = match self {
            Self::Map(entries) => (entries.len(), key as usize % entries.len().max(1)),
            Self::Ring(places) => (places.len(), nearest(places, key)),
        };
        (0..length).filter_map(move |step| {
            let at = (first + step) % length;
            match self {
                Self::Map(entries) => entries.get(at).copied(),
                Self::Ring(places) => places.get(at).map(|place| place.seat),
            }
        })
    }
}

fn nearest(places: &[Place], key: u32) -> usize {
    let Some(last) = places.len().checked_sub(1) else { return 0 };
    let next = places.partition_point(|place| place.at < key);
    let (next, previous) = (if next > last { 0 } else { next }, next.checked_sub(1).unwrap_or(last));
    let distance = |at: usize, measure: fn(u32, u32) -> u32| places.get(at).map_or(0, |place| measure(place.at, key));
    let ahead = distance(next, |place, key| place.wrapping_sub(key));
    let behind = distance(previous, |place, key| key.wrapping_sub(place));
    if ahead < behind { next } else { previous }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(table: &KeyTable, key: u32) -> Option<u32> {
        table.seats(key).next()
    }

    fn holders(weights: &[u32]) -> Vec<Holder> {
        let numbered = (0..).zip(weights).filter(|&(_, &weight)| weight > 0);
        let first = |seat: u32| HashKey::Id.first_place(seat + 1, None);
        numbered.map(|(seat, &weight)| Holder { seat, first_place: first(seat), weight }).collect()
    }

    /// As HAProxy 3.5 led keys 0 to 5.
    #[test]
    fn maps() {
        let table = KeyTable::new(false, &holders(&[3, 1, 2, 0]));
        let found: Vec<_> = (0..8).filter_map(|key| first(&table, key)).collect();
        assert_eq!(found, [0, 0, 2, 0, 1, 2, 0, 0]);
        assert_eq!(first(&KeyTable::new(false, &[]), 5), None);
    }

    /// Where HAProxy 3.5 led these keys among three servers of one weight.
    #[test]
    fn rings() {
        let table = KeyTable::new(true, &holders(&[1, 1, 1]));
        for (key, seat) in RING_OF_THREE {
            assert_eq!(first(&table, key), Some(seat), "{key:#x}");
        }
        assert_eq!(first(&KeyTable::new(true, &[]), 5), None);
    }

    /// As HAProxy 3.5 places them, by what its servers were found to own.
    #[test]
    fn first_places() {
        for (key, id, address, expected) in [
            (HashKey::Id, 2, "127.0.0.1:80", 0x2000),
            (HashKey::WholeId, 2, "127.0.0.1:80", 0xee70_3059),
            (HashKey::WholeId, 3, "127.0.0.1:80", 0xc52e_8027),
            (HashKey::Address, 2, "127.0.0.1:80", 0x0f7a_29c5),
            (HashKey::Address, 3, "127.0.0.2:81", 0xb2e9_43f6),
            (HashKey::Address, 2, "[::1]:80", 0x7f2f_367e),
            (HashKey::AddressAndPort, 2, "127.0.0.1:24730", 0x5d75_cdf1),
            (HashKey::AddressAndPort, 2, "127.0.0.1:24740", 0x12d7_8b25),
            (HashKey::AddressAndPort, 2, "127.0.0.2:24730", 0xca2f_378b),
            (HashKey::AddressAndPort, 2, "[::1]:24730", 0x1bc9_cab2),
        ] {
            assert_eq!(key.first_place(id, address.parse().ok()), expected, "{key:?} {id} {address}");
        }
        assert_eq!(HashKey::Address.first_place(3, None), 0x3000);
    }

    /// Who leaves takes only its own keys along.
    #[test]
    fn a_ring_moves_few_keys() {
        let (all, fewer) = (KeyTable::new(true, &holders(&[8, 8, 8, 8])), KeyTable::new(true, &holders(&[8, 0, 8, 8])));
        for key in (0..1000).map(|n: u32| n.wrapping_mul(0x9e37_79b9)) {
            let before = first(&all, key);
            if before != Some(1) {
                assert_eq!(first(&fewer, key), before);
            }
        }
        let shares = (0..4).map(|seat| (0..1000_u32).filter(|n| first(&all, avalanche(*n)) == Some(seat)).count());
        assert!(shares.into_iter().all(|share| share > 150), "every server has a share");
    }

    const RING_OF_THREE: [(u32, u32); 40] = [
        (0x00000000, 2),
        (0x178d4f68, 1),
        (0x1b22d05c, 0),
        (0x2126e8d1, 2),
        (0x25810567, 0),
        (0x30418843, 1),
        (0x3353f6cb, 2),
        (0x35a1c9b1, 0),
        (0x4020c357, 1),
        (0x42d0e40e, 2),
        (0x470a3c09, 0),
        (0x4b851d3a, 2),
        (0x4ed914f8, 1),
        (0x4fbe7535, 2),
        (0x59ba5c6f, 0),
        (0x653f7aed, 1),
        (0x6b020a2c, 2),
        (0x70831035, 0),
        (0x772affb1, 1),
        (0x8147ab86, 0),
        (0x85810381, 2),
        (0x86c8b18f, 1),
        (0x8d2f17d5, 2),
        (0x94189087, 1),
        (0x9d2f1784, 0),
        (0xa8f5bf38, 2),
        (0xae76c541, 1),
        (0xb47addb6, 0),
        (0xb78d4c3e, 1),
        (0xbeb84e26, 2),
        (0xc4fdefd1, 1),
        (0xc9ba5a38, 0),
        (0xd020c07e, 2),
        (0xd4188f43, 1),
        (0xd8105e08, 0),
        (0xe3f7ca57, 2),
        (0xecac0383, 1),
        (0xeced8cb9, 0),
        (0xefbe720b, 1),
        (0xfb645524, 2),
    ];
}
