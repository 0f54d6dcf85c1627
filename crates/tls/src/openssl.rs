//! What OpenSSL calls things: names and numbers that operators know from log lines, rules and files. Facts about names alone.

mod cipher;
mod fault;

pub use cipher::{Cipher, cipher};
pub use fault::Fault;

use crate::settings::TlsVersion;

/// The name of a group for key exchange, by its number (IANA TLS Supported Groups).
pub fn group_name(number: u16) -> Option<&'static str> {
    Some(match number {
        23 => "prime256v1",
        24 => "secp384r1",
        25 => "secp521r1",
        29 => "X25519",
        30 => "X448",
        256 => "ffdhe2048",
        257 => "ffdhe3072",
        258 => "ffdhe4096",
        259 => "ffdhe6144",
        260 => "ffdhe8192",
        512 => "MLKEM512",
        513 => "MLKEM768",
        514 => "MLKEM1024",
        4587 => "SecP256r1MLKEM768",
        4588 => "X25519MLKEM768",
        4589 => "SecP384r1MLKEM1024",
        _ => return None,
    })
}

impl TlsVersion {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSLv3",
            Self::Tls10 => "TLSv1",
            Self::Tls11 => "TLSv1.1",
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }
}
