//! yescrypt, `$y$`: hard on memory.

use yescrypt::{Params, yescrypt};

use super::{HashFault, MAX_MEMORY_BYTES, base64, field};

#[derive(Clone)]
pub(super) struct Hash {
    params: Params,
    salt: Box<[u8]>,
    pub(super) digest: [u8; SIZE],
}

const SIZE: usize = 32;

/// The bytes of a block for each unit of the block size `r` (RFC 7914 section 2).
const BLOCK_BYTES: u64 = 128;

impl Hash {
    /// Reads what follows `$y$`: parameters, salt and digest.
    pub(super) fn parse(text: &[u8]) -> Result<Hash, HashFault> {
        let parts = || {
            let (params, rest) = field(text)?;
            let (salt, digest) = field(rest)?;
            let params: Params = std::str::from_utf8(params).ok()?.parse().ok()?;
            let digest = base64::decode(digest)?.try_into().ok()?;
            Some(Hash { params, salt: base64::decode(salt)?.into(), digest })
        };
        let hash = parts().ok_or(HashFault::Malformed)?;
        let blocks = hash.params.n().saturating_add(u64::from(hash.params.p()));
        if blocks.saturating_mul(u64::from(hash.params.r())).saturating_mul(BLOCK_BYTES) > MAX_MEMORY_BYTES {
            return Err(HashFault::TooCostly);
        }
        Ok(hash)
    }

    /// Nothing where the parameters contradict one another.
    pub(super) fn compute(&self, password: &[u8]) -> Option<[u8; SIZE]> {
        let mut digest = [0; SIZE];
        yescrypt(password, &self.salt, &self.params, &mut digest).ok()?;
        Some(digest)
    }
}
