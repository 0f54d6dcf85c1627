//! The algorithms of JSON web signatures (RFC 7518 section 3) with the keys that they need: a shared secret, or the public key of a file,
//! read when the configuration is. Must not know what a token looks like.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::Digest;
use hmac::digest::block_api::BlockSizeUser;
use hmac::{KeyInit, Mac, SimpleHmac};
use sha2::{Sha256, Sha384, Sha512};

/// The algorithms and their names.
pub(super) const ALGORITHMS: [(&[u8], Algorithm); 13] = [
    (b"HS256", Algorithm::Secret(verify_code::<Sha256>)),
    (b"HS384", Algorithm::Secret(verify_code::<Sha384>)),
    (b"HS512", Algorithm::Secret(verify_code::<Sha512>)),
    (b"RS256", Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA256)),
    (b"RS384", Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA384)),
    (b"RS512", Algorithm::Rsa(&RSA_PKCS1_2048_8192_SHA512)),
    (b"PS256", Algorithm::Rsa(&RSA_PSS_2048_8192_SHA256)),
    (b"PS384", Algorithm::Rsa(&RSA_PSS_2048_8192_SHA384)),
    (b"PS512", Algorithm::Rsa(&RSA_PSS_2048_8192_SHA512)),
    (b"ES256", Algorithm::Curve(&ECDSA_P256_SHA256_FIXED)),
    (b"ES384", Algorithm::Curve(&ECDSA_P384_SHA384_FIXED)),
    (b"ES512", Algorithm::Curve(&ECDSA_P521_SHA512_FIXED)),
    (b"none", Algorithm::None),
];

/// The bytes of the longest signature, that of an RSA key of 8192 bits, with room to tell one that is too long.
pub(super) const SIGNATURE_LIMIT: usize = 8192 / 8 + 2;

#[derive(Clone, Copy)]
pub(super) enum Algorithm {
    /// Nothing is signed, and there is no signature (RFC 7518 section 3.6).
    None,
    Secret(Verify),
    Rsa(&'static dyn VerificationAlgorithm),
    Curve(&'static dyn VerificationAlgorithm),
}

/// Whether a code is right for a secret and what it authenticates.
type Verify = fn(secret: &[u8], signed: &[u8], code: &[u8]) -> bool;

/// What a signature is verified with.
pub(super) enum Key<'k> {
    /// A shared secret.
    Secret(&'k [u8]),
    /// A public key.
    Public(Arc<PublicKey>),
}

/// A public key, ready for each of [`ALGORITHMS`] that it fits.
pub(crate) struct PublicKey([Option<ParsedPublicKey>; ALGORITHMS.len()]);

impl PublicKey {
    /// The key that DER encodes, as such or of RSA alone. Nothing where no algorithm can use it.
    pub(super) fn of_der(der: &[u8]) -> Option<Self> {
        let keys = ALGORITHMS.map(|(_, algorithm)| match algorithm {
            Algorithm::None | Algorithm::Secret(_) => None,
            Algorithm::Rsa(_) if der.len() < RSA_LEAST_BYTES => None,
            Algorithm::Rsa(verification) | Algorithm::Curve(verification) => {
                ParsedPublicKey::new(verification, der).ok()
            }
        });
        keys.iter().any(Option::is_some).then_some(Self(keys))
    }

    /// The key of a file.
    ///
    /// # Errors
    /// What is wrong with the file, as a sentence.
    pub(super) fn read(path: &[u8]) -> Result<Self, String> {
        let file = path.escape_ascii();
        let text = std::fs::read(OsStr::from_bytes(path))
            .map_err(|error| format!("the file '{file}' cannot be read: {error}"))?;
        let der = public_key_of(&text).ok_or_else(|| format!("the file '{file}' holds no public key in PEM"))?;
        Self::of_der(&der).ok_or_else(|| format!("no algorithm takes the public key of the file '{file}'"))
    }

    /// Whether an algorithm can use it.
    pub(super) fn suits(&self, algorithm: usize) -> bool {
        self.0.get(algorithm).is_some_and(Option::is_some)
    }
}

impl Algorithm {
    /// Whether its key is a text, not what is in a file.
    pub(super) fn takes_secret(self) -> bool {
        matches!(self, Self::Secret(_))
    }

    /// Whether a signature is a pair of numbers of the same length (RFC 7518 section 3.4).
    pub(super) fn takes_pairs(self) -> bool {
        matches!(self, Self::Curve(_))
    }
}

/// Whether a signature is right for what is signed, by one of [`ALGORITHMS`].
pub(super) fn is_right(algorithm: usize, key: &Key<'_>, signed: &[u8], signature: &[u8]) -> bool {
    match (ALGORITHMS.get(algorithm), key) {
        (Some((_, Algorithm::Secret(verify))), Key::Secret(secret)) => verify(secret, signed, signature),
        (Some(_), Key::Public(key)) => match key.0.get(algorithm) {
            Some(Some(key)) => key.verify_sig(signed, signature).is_ok(),
            _ => false,
        },
        _ => false,
    }
}

/// RSA keys have 2048 bits at least (RFC 7518 section 3.3), and what holds such a key has as many.
const RSA_LEAST_BYTES: usize = 2048 / 8;

/// What the first public key of a PEM text (RFC 7468 section 13, and the older form for RSA) encodes.
fn public_key_of(text: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.find(|line| matches!(*line, "-----BEGIN PUBLIC KEY-----" | "-----BEGIN RSA PUBLIC KEY-----"))?;
    let last = first.replace("BEGIN", "END");
    let mut encoded = String::new();
    for line in lines {
        if line == last {
            return STANDARD.decode(encoded).ok();
        }
        encoded.push_str(line);
    }
    None
}

/// Takes as long for a wrong code as for a right one.
fn verify_code<D: Digest + BlockSizeUser>(secret: &[u8], signed: &[u8], code: &[u8]) -> bool {
    <SimpleHmac<D> as KeyInit>::new_from_slice(secret)
        .is_ok_and(|mac| mac.chain_update(signed).verify_slice(code).is_ok())
}
