//! SHA-crypt, `$5$` with SHA-256 and `$6$` with SHA-512: rounds by default or as told.

use sha_crypt::{Params, sha256_crypt, sha512_crypt};

use super::{base64, field};

/// A hash whose digest has `N` bytes, which tells the two functions apart.
#[derive(Clone)]
pub(super) struct Hash<const N: usize> {
    salt: Box<[u8]>,
    params: Params,
    pub(super) digest: [u8; N],
}

const SALT_LIMIT: usize = 16;
const ROUNDS_PREFIX: &[u8] = b"rounds=";

impl<const N: usize> Hash<N> {
    /// Salt, rounds and digest, from what follows the scheme. Rounds are written as crypt(3) writes them: plainly, and in range.
    fn parse_with(text: &[u8], order: impl Iterator<Item = usize>) -> Option<Hash<N>> {
        let (params, text) = match text.strip_prefix(ROUNDS_PREFIX) {
            None => (Params::default(), text),
            Some(rest) => {
                let (digits, rest) = field(rest)?;
                let plain = digits.iter().all(u8::is_ascii_digit) && !digits.starts_with(b"0");
                let rounds = std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()?;
                (Params::new(rounds).ok()?, rest)
            }
        };
        let (salt, digest) = field(text).filter(|(salt, _)| salt.len() <= SALT_LIMIT)?;
        Some(Hash { salt: salt.into(), params, digest: base64::decode_ordered(digest, order)? })
    }
}

impl Hash<32> {
    /// Reads what follows `$5$`.
    pub(super) fn parse(text: &[u8]) -> Option<Hash<32>> {
        // Three bytes a step, from thirds of the digest that take turns; two are left.
        let thirds =
            (0..10).flat_map(|at| [[20, 10, 0], [11, 1, 21], [2, 22, 12]][at % 3].map(|third| third + at / 3 * 3));
        Hash::parse_with(text, thirds.chain([30, 31]))
    }

    pub(super) fn compute(&self, password: &[u8]) -> [u8; 32] {
        sha256_crypt(password, &self.salt, self.params)
    }
}

impl Hash<64> {
    /// Reads what follows `$6$`.
    pub(super) fn parse(text: &[u8]) -> Option<Hash<64>> {
        // Three bytes a step, from thirds of the digest that take turns; one is left.
        let thirds =
            (0..21).flat_map(|at| [[42, 21, 0], [1, 43, 22], [23, 2, 44]][at % 3].map(|third| third + at / 3 * 3));
        Hash::parse_with(text, thirds.chain([63]))
    }

    pub(super) fn compute(&self, password: &[u8]) -> [u8; 64] {
        sha512_crypt(password, &self.salt, self.params)
    }
}
