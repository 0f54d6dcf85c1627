//! Signed requests (RFC 7515) as an authority takes them apart.

use aws_lc_rs::digest::SHA256;
use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};

/// A signed text, taken apart.
#[derive(Debug)]
pub(super) struct Signed {
    /// The header.
    pub header: Value,
    /// The payload; null where it is empty.
    pub payload: Value,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    /// Takes the flattened form apart.
    pub fn parse(value: &Value) -> Option<Self> {
        let part = |name: &str| value.get(name)?.as_str();
        let (protected, payload) = (part("protected")?, part("payload")?);
        let decoded = decode(payload)?;
        Some(Self {
            header: serde_json::from_slice(&decode(protected)?).ok()?,
            payload: if decoded.is_empty() { Value::Null } else { serde_json::from_slice(&decoded).ok()? },
            message: format!("{protected}.{payload}").into_bytes(),
            signature: decode(part("signature")?)?,
        })
    }

    /// A text of the header.
    pub fn text(&self, name: &str) -> &str {
        self.header.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the signature is that of a public key.
    pub fn is_signed_by(&self, key: &Value) -> bool {
        self.verify(key).unwrap_or(false)
    }

    fn verify(&self, key: &Value) -> Option<bool> {
        let number = |name: &str| decode(key.get(name)?.as_str()?);
        let algorithm: &'static dyn VerificationAlgorithm = match self.text("alg") {
            "ES256" => &ECDSA_P256_SHA256_FIXED,
            "ES384" => &ECDSA_P384_SHA384_FIXED,
            "ES512" => &ECDSA_P521_SHA512_FIXED,
            "RS256" => {
                let public = PublicKeyComponents { n: number("n")?, e: number("e")? };
                return Some(public.verify(&RSA_PKCS1_2048_8192_SHA256, &self.message, &self.signature).is_ok());
            }
            _ => return None,
        };
        let point = [vec![4], number("x")?, number("y")?].concat();
        Some(UnparsedPublicKey::new(algorithm, point).verify(&self.message, &self.signature).is_ok())
    }

    /// Whether it was signed with that MAC key.
    pub fn is_vouched_by(&self, key: &[u8]) -> bool {
        let algorithm = match self.text("alg") {
            "HS256" => HMAC_SHA256,
            "HS384" => HMAC_SHA384,
            "HS512" => HMAC_SHA512,
            _ => return false,
        };
        hmac::verify(&hmac::Key::new(algorithm, key), &self.message, &self.signature).is_ok()
    }
}

/// The thumbprint of a public key (RFC 7638).
pub(super) fn thumbprint(key: &Value) -> String {
    let members: &[&str] = if key["kty"] == "RSA" { &["e", "kty", "n"] } else { &["crv", "kty", "x", "y"] };
    let only: serde_json::Map<String, Value> =
        members.iter().map(|name| ((*name).to_owned(), key[*name].clone())).collect();
    digest(&json!(only).to_string())
}

/// SHA-256 of a text, in base64url.
pub(super) fn digest(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&SHA256, text.as_bytes()))
}

/// Base64url without padding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}
