//! bcrypt, `$2a$`, `$2b$` and `$2y$`, which are one and the same where the hash was computed without fault.

use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;

#[derive(Clone)]
pub(super) struct Hash {
    cost: u32,
    salt: [u8; SALT_SIZE],
    pub(super) digest: [u8; SIZE],
}

const SALT_SIZE: usize = 16;
const SALT_LENGTH: usize = 22;
const SIZE: usize = 23;

/// The bytes of a password that count, its NUL included.
const PASSWORD_LIMIT: usize = 72;

/// Strict about stray bits: crypt(3) gives none out, and compares texts.
const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);

impl Hash {
    /// Reads what follows the scheme: `<two digits>$<salt><digest>`.
    pub(super) fn parse(text: &[u8]) -> Option<Hash> {
        let [tens @ b'0'..=b'3', units @ b'0'..=b'9', b'$', rest @ ..] = text else { return None };
        let cost = u32::from(tens - b'0') * 10 + u32::from(units - b'0');
        let (salt, digest) = rest.split_at_checked(SALT_LENGTH).filter(|_| (4..32).contains(&cost))?;
        let salt = BASE64.decode(salt).ok()?.try_into().ok()?;
        Some(Hash { cost, salt, digest: BASE64.decode(digest).ok()?.try_into().ok()? })
    }

    pub(super) fn compute(&self, password: &[u8]) -> [u8; SIZE] {
        let mut key = [0; PASSWORD_LIMIT];
        let length = password.len().min(PASSWORD_LIMIT);
        for (place, &byte) in key.iter_mut().zip(password) {
            *place = byte;
        }
        let key = key.get(..PASSWORD_LIMIT.min(length + 1)).unwrap_or(&key);
        let mut digest = [0; SIZE];
        // The function gives a byte more than the text form has ever held.
        for (place, byte) in digest.iter_mut().zip(bcrypt::bcrypt(self.cost, self.salt, key)) {
            *place = byte;
        }
        digest
    }
}
