//! The keys that tokens are decrypted with: shared ones, and private ones of RSA and elliptic curves, out of JSON web keys (RFC 7517, RFC 7518
//! section 6) and out of files.

use aws_lc_rs::agreement::{self, Algorithm, ECDH_P256, ECDH_P384, ECDH_P521};
use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine;
use rustls_pki_types::PrivateKeyDer;
use serde::Deserialize;

use super::BASE64_URL;

/// A key that decrypts.
pub(super) enum DecryptionKey {
    /// A shared one.
    Shared(Box<[u8]>),
    /// One of two.
    Private(PrivateKey),
}

/// A private key.
pub(super) enum PrivateKey {
    /// Of RSA.
    Rsa(RsaKey),
    /// On an elliptic curve.
    Curve(&'static Curve, agreement::PrivateKey),
}

/// A private key of RSA, ready for both paddings (RFC 8017 section 7).
pub(super) struct RsaKey {
    pub(super) oaep: OaepPrivateDecryptingKey,
    pub(super) pkcs1: Pkcs1PrivateDecryptingKey,
}

/// An elliptic curve.
pub(super) struct Curve {
    /// As RFC 7518 section 6.2.1.1 calls it.
    name: &'static str,
    algorithm: &'static Algorithm,
    /// Bytes of a coordinate, and of a private key.
    size: usize,
}

static CURVES: [Curve; 3] = [
    Curve { name: "P-256", algorithm: &ECDH_P256, size: 32 },
    Curve { name: "P-384", algorithm: &ECDH_P384, size: 48 },
    Curve { name: "P-521", algorithm: &ECDH_P521, size: 66 },
];

/// What is read of a JSON web key. Numbers and points are in base64 for URLs.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    k: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
}

impl DecryptionKey {
    /// Reads a JSON web key of the types `oct`, `RSA` and `EC`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(super) fn of_jwk(text: &[u8]) -> Result<Self, &'static str> {
        let jwk: Jwk = serde_json::from_slice(text).map_err(|_| "is no JSON web key with a type ('kty')")?;
        match jwk.kty.as_str() {
            "oct" => jwk.shared().map(Self::Shared).ok_or("is a key of the type 'oct' without its bytes ('k')"),
            "RSA" => jwk.rsa().map(Self::Private).ok_or("is no private key of RSA with all its numbers"),
            "EC" => jwk.curve().map(Self::Private).ok_or("is no private key on P-256, P-384 or P-521"),
            _ => Err("has a type ('kty') that is none of 'oct', 'RSA' and 'EC'"),
        }
    }
}

impl PrivateKey {
    /// A key as files hold it.
    pub(super) fn of_der(der: &PrivateKeyDer<'_>) -> Option<Self> {
        let pkcs8 = match der {
            PrivateKeyDer::Pkcs1(key) => wrapped_rsa(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => key.secret_pkcs8_der().to_vec(),
            other => other.secret_der().to_vec(),
        };
        if let Ok(key) = PrivateDecryptingKey::from_pkcs8(&pkcs8) {
            return RsaKey::new(&key).map(Self::Rsa);
        }
        CURVES.iter().find_map(|curve| {
            let key = agreement::PrivateKey::from_private_key_der(curve.algorithm, &pkcs8).ok()?;
            Some(Self::Curve(curve, key))
        })
    }
}

impl RsaKey {
    fn new(key: &PrivateDecryptingKey) -> Option<Self> {
        let oaep = OaepPrivateDecryptingKey::new(key.clone()).ok()?;
        let pkcs1 = Pkcs1PrivateDecryptingKey::new(key.clone()).ok()?;
        Some(Self { oaep, pkcs1 })
    }
}

impl Curve {
    /// What both sides of an agreement share, out of the other's public key: its coordinates in base64.
    pub(super) fn agree(&self, own: &agreement::PrivateKey, curve: &str, x: &str, y: &str) -> Option<Vec<u8>> {
        if curve != self.name {
            return None;
        }
        let peer = agreement::UnparsedPublicKey::new(self.algorithm, self.point(x, y)?);
        agreement::agree(own, peer, (), |secret| Ok(secret.to_vec())).ok()
    }

    /// A point in the uncompressed form of SEC 1 section 2.3.3.
    fn point(&self, x: &str, y: &str) -> Option<Vec<u8>> {
        const UNCOMPRESSED: u8 = 4;
        let mut point = vec![UNCOMPRESSED];
        for coordinate in [x, y] {
            let coordinate = decoded(Some(coordinate))?;
            if coordinate.len() != self.size {
                return None;
            }
            point.extend(coordinate);
        }
        Some(point)
    }
}

impl Jwk {
    fn shared(&self) -> Option<Box<[u8]>> {
        decoded(self.k.as_deref()).filter(|key| !key.is_empty()).map(Into::into)
    }

    fn rsa(&self) -> Option<PrivateKey> {
        let numbers = [&self.n, &self.e, &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi];
        // The version of a key of two primes (RFC 8017 appendix A.1.2).
        let mut body = integer(&[0]);
        for number in numbers {
            body.extend(integer(&decoded(number.as_deref())?));
        }
        let pkcs8 = wrapped_rsa(&tagged(SEQUENCE, &body));
        let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).ok()?;
        RsaKey::new(&key).map(PrivateKey::Rsa)
    }

    fn curve(&self) -> Option<PrivateKey> {
        let curve = CURVES.iter().find(|curve| self.crv.as_deref() == Some(curve.name))?;
        curve.point(self.x.as_ref()?, self.y.as_ref()?)?;
        let key = agreement::PrivateKey::from_private_key(curve.algorithm, &decoded(self.d.as_deref())?).ok()?;
        Some(PrivateKey::Curve(curve, key))
    }
}

fn decoded(text: Option<&str>) -> Option<Vec<u8>> {
    BASE64_URL.decode(text?).ok()
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;

/// A key of RSA as PKCS #8 has it (RFC 5208 section 5): version, `rsaEncryption` without parameters, the key.
fn wrapped_rsa(key: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let parts = [integer(&[0]), tagged(SEQUENCE, RSA_ENCRYPTION), tagged(OCTET_STRING, key)];
    tagged(SEQUENCE, &parts.concat())
}

/// A number that is not below zero, in DER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let significant = bytes.iter().position(|byte| *byte != 0).map_or(&[0][..], |first| &bytes[first..]);
    // The first bit would be a sign.
    let sign = if significant.first().is_some_and(|byte| *byte >= 0x80) { &[0][..] } else { &[] };
    tagged(INTEGER, &[sign, significant].concat())
}

/// A value in DER (X.690 section 8.1).
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[content.len().leading_zeros() as usize / 8..];
    let mut out = vec![tag];
    match content.len() {
        0..0x80 => out.push(content.len() as u8),
        _ => {
            out.push(0x80 | length.len() as u8);
            out.extend(length);
        }
    }
    out.extend(content);
    out
}
