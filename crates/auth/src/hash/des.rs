//! Traditional DES-crypt: thirteen characters, two of them salt. DES (FIPS 46-3) encrypts nothing but zeros, 25 times over, with the
//! password as the key and an expansion that the salt changes. Eight characters of the password count, and seven bits of each.

use super::base64;

#[derive(Clone)]
pub(super) struct Hash {
    /// Twelve bits: which bits of the expansion change places.
    salt: u16,
    pub(super) digest: [u8; SIZE],
}

const SIZE: usize = 8;
const LENGTH: usize = 13;
const REPETITIONS: usize = 25;

impl Hash {
    pub(super) fn parse(text: &[u8]) -> Option<Hash> {
        let [first, second, digest @ ..] = text else { return None };
        let salt = u16::from(base64::value(*first)?) | u16::from(base64::value(*second)?) << 6;
        if text.len() != LENGTH {
            return None;
        }
        // Unlike those of the other schemes, a digest has its highest bits first.
        let mut bits = 0u128;
        for &character in digest {
            bits = bits << 6 | u128::from(base64::value(character)?);
        }
        let digest = u64::try_from(bits >> 2).ok().filter(|_| bits & 3 == 0)?;
        Some(Hash { salt, digest: digest.to_be_bytes() })
    }

    pub(super) fn compute(&self, password: &[u8]) -> [u8; SIZE] {
        let mut key = [0; SIZE];
        for (place, byte) in key.iter_mut().zip(password) {
            *place = byte << 1;
        }
        let round_keys = round_keys(u64::from_be_bytes(key));
        // The initial permutation leaves zeros as they are, and undoes the final one in between.
        let (mut left, mut right) = (0, 0);
        for _ in 0..REPETITIONS {
            for round_key in round_keys {
                (left, right) = (right, left ^ mix(right, round_key, self.salt));
            }
            (left, right) = (right, left);
        }
        permute(left << 32 | right, 64, &FINAL).to_be_bytes()
    }
}

/// The 48 bits of the key that each round takes.
fn round_keys(key: u64) -> [u64; 16] {
    let chosen = permute(key, 64, &KEY_CHOICE);
    let (mut high, mut low) = (chosen >> 28, chosen & HALF_KEY);
    ROTATIONS.map(|by| {
        let rotate = |half: u64| (half << by | half >> (28 - by)) & HALF_KEY;
        (high, low) = (rotate(high), rotate(low));
        permute(high << 28 | low, 56, &ROUND_KEY_CHOICE)
    })
}

/// The function of a round: 32 bits of the block, 48 of the key.
fn mix(half: u64, round_key: u64, salt: u16) -> u64 {
    let expanded = permute(half, 32, &EXPANSION);
    // A bit of the salt swaps a bit of one half with its like in the other, the first bit of each half being its highest.
    let swapped = (expanded >> 24 ^ expanded) & u64::from(salt.reverse_bits()) << 8;
    let mixed = expanded ^ swapped ^ swapped << 24 ^ round_key;
    let mut chosen = 0;
    for (at, table) in SUBSTITUTIONS.iter().enumerate() {
        let six = mixed >> (42 - 6 * at) & 0x3f;
        let (row, column) = (six >> 4 & 2 | six & 1, six >> 1 & 0xf);
        let four =
            usize::try_from(row << 4 | column).ok().and_then(|index| table.get(index)).copied().unwrap_or_default();
        chosen = chosen << 4 | u64::from(four);
    }
    permute(chosen, 32, &PERMUTATION)
}

/// The bits that `table` lists, highest first, of a value of `width` bits; bit 1 is the highest, as in the standard.
fn permute(value: u64, width: u32, table: &[u8]) -> u64 {
    table.iter().fold(0, |bits, &from| bits << 1 | value >> (width - u32::from(from)) & 1)
}

const HALF_KEY: u64 = (1 << 28) - 1;

/// How far the halves of the key turn before each round.
const ROTATIONS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/// PC-1.
#[rustfmt::skip]
const KEY_CHOICE: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
    63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];

/// PC-2.
#[rustfmt::skip]
const ROUND_KEY_CHOICE: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

/// E.
#[rustfmt::skip]
const EXPANSION: [u8; 48] = [
    32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
    16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];

/// P.
#[rustfmt::skip]
const PERMUTATION: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
    2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];

/// The inverse of the initial permutation.
#[rustfmt::skip]
const FINAL: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
    36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];

/// S1 to S8, their four rows one after the other.
#[rustfmt::skip]
const SUBSTITUTIONS: [[u8; 64]; 8] = [
    [
        14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
        4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13,
    ],
    [
        15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
        0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9,
    ],
    [
        10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
        13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12,
    ],
    [
        7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
        10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14,
    ],
    [
        2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
        4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3,
    ],
    [
        12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
        9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13,
    ],
    [
        4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
        1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12,
    ],
    [
        13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
        7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11,
    ],
];
