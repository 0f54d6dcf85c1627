//! The algorithms of JSON web signatures (RFC 7518 section 3) with the keys that they need: a shared secret, or the public key of a file,
//! read when the configuration is. Must not know what a token looks like.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

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
pub(super) const ALGORITHMS: [(&[u8], Algorithm); 12] = [
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
];

/// The bytes of the longest signature, that of an RSA key of 8192 bits, with room to tell one that is too long.
pub(super) const SIGNATURE_LIMIT: usize = 8192 / 8 + 2;

#[derive(Clone, Copy)]
pub(super) enum Algorithm {
    Secret(Verify),
    Rsa(&'static dyn VerificationAlgorithm),
    Curve(&'static dyn VerificationAlgorithm),
}

/// Whether a code is right for a secret and what it authenticates.
type Verify = fn(secret: &[u8], signed: &[u8], code: &[u8]) -> bool;

/// An algorithm with its key.
pub(super) enum Key {
    Secret { verify: Verify, secret: Box<[u8]> },
    Rsa(ParsedPublicKey),
    Curve(ParsedPublicKey),
}

impl Key {
    /// The key of one of [`ALGORITHMS`] by index: the text itself, or what is in the file of that name. Nothing for an empty secret.
    ///
    /// # Errors
    /// What is wrong with the file, as a sentence.
    pub(super) fn read(algorithm: usize, text: &[u8]) -> Result<Option<Key>, String> {
        match ALGORITHMS.get(algorithm) {
            None => Ok(None),
            Some((_, Algorithm::Secret(_))) if text.is_empty() => Ok(None),
            Some((_, Algorithm::Secret(verify))) => Ok(Some(Key::Secret { verify: *verify, secret: text.into() })),
            Some((name, Algorithm::Rsa(rsa))) => read_public(name, *rsa, text, RSA_LEAST_BYTES).map(Key::Rsa).map(Some),
            Some((name, Algorithm::Curve(curve))) => read_public(name, *curve, text, 0).map(Key::Curve).map(Some),
        }
    }

    /// Whether a signature is a pair of numbers of the same length (RFC 7518 section 3.4).
    pub(super) fn takes_pairs(&self) -> bool {
        matches!(self, Key::Curve(_))
    }

    /// Whether the signature is right for what is signed.
    pub(super) fn verify(&self, signed: &[u8], signature: &[u8]) -> bool {
        match self {
            Key::Secret { verify, secret } => verify(secret, signed, signature),
            Key::Rsa(key) | Key::Curve(key) => key.verify_sig(signed, signature).is_ok(),
        }
    }
}

/// RSA keys have 2048 bits at least (RFC 7518 section 3.3), and what holds such a key has as many.
const RSA_LEAST_BYTES: usize = 2048 / 8;

fn read_public(
    algorithm: &[u8],
    verification: &'static dyn VerificationAlgorithm,
    path: &[u8],
    least_bytes: usize,
) -> Result<ParsedPublicKey, String> {
    let file = path.escape_ascii();
    let text =
        std::fs::read(OsStr::from_bytes(path)).map_err(|error| format!("the file '{file}' cannot be read: {error}"))?;
    let der = public_key_of(&text).ok_or_else(|| format!("the file '{file}' holds no public key in PEM"))?;
    let misfit = |what| format!("the public key of the file '{file}' {what} {}", algorithm.escape_ascii());
    let key = ParsedPublicKey::new(verification, &der).map_err(|_| misfit("is not one for"))?;
    if der.len() < least_bytes {
        return Err(misfit("is too short for"));
    }
    Ok(key)
}

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
