//! MD5-crypt, `$1$`: a thousand rounds of MD5 over password and salt.

use md5::{Digest, Md5};

use super::{base64, field};

#[derive(Clone)]
pub(super) struct Hash {
    salt: Box<[u8]>,
    pub(super) digest: [u8; SIZE],
}

const SIZE: usize = 16;
const SALT_LIMIT: usize = 8;
const ROUNDS: u32 = 1000;

/// The digest's bytes in the order of the text.
const ORDER: [usize; SIZE] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

impl Hash {
    /// Reads what follows `$1$`.
    pub(super) fn parse(text: &[u8]) -> Option<Hash> {
        let (salt, digest) = field(text).filter(|(salt, _)| salt.len() <= SALT_LIMIT)?;
        Some(Hash { salt: salt.into(), digest: base64::decode_ordered(digest, ORDER.into_iter())? })
    }

    pub(super) fn compute(&self, password: &[u8]) -> [u8; SIZE] {
        let salt = &self.salt;
        let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
        let mut outer = Md5::new().chain_update(password).chain_update(b"$1$").chain_update(salt);
        let mut left = password.len();
        while left > 0 {
            let part = left.min(SIZE);
            outer.update(inner.get(..part).unwrap_or_default());
            left -= part;
        }
        // A bit of the length chooses a NUL or the first byte, by an old slip that became the rule.
        let first = password.get(..1).unwrap_or_default();
        let mut length = password.len();
        while length > 0 {
            outer.update(if length & 1 == 1 { b"\0" } else { first });
            length >>= 1;
        }
        let mut digest: [u8; SIZE] = outer.finalize().into();
        for round in 0..ROUNDS {
            let odd = round % 2 == 1;
            let mut next = Md5::new().chain_update(if odd { password } else { &digest });
            if round % 3 != 0 {
                next.update(salt);
            }
            if round % 7 != 0 {
                next.update(password);
            }
            next.update(if odd { &digest } else { password });
            digest = next.finalize().into();
        }
        digest
    }
}
