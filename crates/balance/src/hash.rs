//! Hashes that spread keys over servers (configuration manual 4.2 `hash-type`), none of them for secrets.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// The function that `hash-type` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HashFunction {
    /// `sdbm`
    #[default]
    Sdbm,
    /// `djb2`
    Djb2,
    /// `wt6`
    Wt6,
    /// `crc32`
    Crc32,
    /// `none`: the key is a number already.
    None,
}

impl HashFunction {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sdbm, Self::Djb2, Self::Wt6, Self::Crc32, Self::None];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sdbm => "sdbm",
            Self::Djb2 => "djb2",
            Self::Wt6 => "wt6",
            Self::Crc32 => "crc32",
            Self::None => "none",
        }
    }

    /// The hash of a key. `none` reads the number that the key begins with, in the 32 bits of a hash; zero where there is none.
    pub fn hash(self, key: &[u8]) -> u32 {
        match self {
            Self::Sdbm => sdbm(key),
            Self::Djb2 => djb2(key),
            Self::Wt6 => wt6(key),
            Self::Crc32 => crc32(key),
            Self::None => leading_number(key),
        }
    }
}

/// The CRC-32 of Ethernet and gzip.
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC32.checksum(bytes)
}

static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Bernstein's hash: each byte is added to 33 times what was there.
pub fn djb2(bytes: &[u8]) -> u32 {
    bytes.iter().fold(5381, |hash: u32, &byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)))
}

/// The hash of the sdbm database: each byte is added to 65599 times what was there.
pub fn sdbm(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |hash: u32, &byte| hash.wrapping_mul(65_599).wrapping_add(u32::from(byte)))
}

/// Two halves that change places with every byte, each rotated by what the halves were before.
pub fn wt6(bytes: &[u8]) -> u32 {
    let (mut first, mut second) = (0xa53c_965a_u32, 0x5ca6_953a_u32);
    let (mut turn_first, mut turn_second) = (18, 6);
    for &byte in bytes {
        let byte = u32::from(byte);
        let turned_first = (!(first ^ byte)).rotate_left(turn_first);
        first = (!second.wrapping_add(byte)).rotate_left(turn_second);
        second = turned_first;
        let mixed = ((first >> 16) ^ second) & 0xffff;
        (turn_first, turn_second) = (mixed >> 11, mixed & 31);
    }
    first ^ second
}

/// Jenkins' integer hash of full avalanche, then spread by a prime of about three quarters of the range.
pub const fn avalanche(hash: u32) -> u32 {
    let hash = hash.wrapping_add(0x7ed5_5d16).wrapping_add(hash << 12);
    let hash = (hash ^ 0xc761_c23c) ^ (hash >> 19);
    let hash = hash.wrapping_add(0x1656_67b1).wrapping_add(hash << 5);
    let hash = hash.wrapping_add(0xd3a2_646c) ^ (hash << 9);
    let hash = hash.wrapping_add(0xfd70_46c5).wrapping_add(hash << 3);
    let hash = (hash ^ 0xb55a_4f09) ^ (hash >> 16);
    hash.wrapping_mul(3_221_225_473)
}

/// With a sign perhaps; what does not fit wraps around.
fn leading_number(text: &[u8]) -> u32 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let number = digits.fold(0_u32, |sum, digit| sum.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')));
    if negative { number.wrapping_neg() } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_numbers() {
        for (key, expected) in [
            ("100", 100),
            ("100abc", 100),
            ("abc", 0),
            ("", 0),
            ("-5", u32::MAX - 4),
            ("+7", 7),
            ("007", 7),
            ("5000000000", 705_032_704),
        ] {
            assert_eq!(HashFunction::None.hash(key.as_bytes()), expected, "{key}");
        }
    }
}
