//! Keys of accounts: read from where `account-key` says, or made and kept there; what they sign (RFC 7515) and how they are shown (RFC 7517).

use std::fmt;
use std::io;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;

use crate::disk;
use crate::fault::Fault;
use crate::key;
use crate::settings::{Curve, KeyKind};

/// The key of an account.
pub struct AccountKey {
    pair: Pair,
    public: Value,
    thumbprint: String,
}

enum Pair {
    Ecdsa(EcdsaKeyPair, Curve),
    Rsa(RsaKeyPair),
}

impl AccountKey {
    /// Reads the key that a file holds, whoever made it, or makes one of that kind and keeps it there. Says whether it was made.
    ///
    /// # Errors
    /// [`Fault::AccountKey`] when the file holds no such key, or cannot be read or written.
    pub fn load_or_create(path: &Path, kind: KeyKind) -> Result<(Self, bool), Fault> {
        let fault = |reason: String| Fault::AccountKey { path: path.to_owned(), reason };
        match disk::read(path) {
            Ok(pem) => Ok((Self::from_pem(&pem).map_err(fault)?, false)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pem = key::generate(kind)?.serialize_pem();
                disk::write_private(path, pem.as_bytes()).map_err(|error| fault(error.to_string()))?;
                Ok((Self::from_pem(pem.as_bytes()).map_err(fault)?, true))
            }
            Err(error) => Err(fault(error.to_string())),
        }
    }

    fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| "it holds no private key in PEM".to_owned())?;
        let pair = Pair::from_der(&der).ok_or_else(|| "it holds no RSA, P-256, P-384 or P-521 key".to_owned())?;
        let public = pair.public().ok_or_else(|| "its public half cannot be read".to_owned())?;
        let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, public.to_string().as_bytes()));
        Ok(Self { pair, public, thumbprint })
    }

    /// What stands behind the token of a challenge's answer (RFC 7638).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The answer to a challenge (RFC 8555 8.1).
    pub(crate) fn authorization(&self, token: &str) -> String {
        format!("{token}.{}", self.thumbprint)
    }

    /// The public half (RFC 7517).
    pub(crate) fn public(&self) -> &Value {
        &self.public
    }

    /// The name of its algorithm (RFC 7518 3.1).
    pub(crate) fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Ecdsa(_, Curve::P256) => "ES256",
            Pair::Ecdsa(_, Curve::P384) => "ES384",
            Pair::Ecdsa(_, Curve::P521) => "ES512",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// Signs.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let random = SystemRandom::new();
        let failed = |_| Fault::Key("the account's key could not sign".to_owned());
        match &self.pair {
            Pair::Ecdsa(pair, _) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

impl Pair {
    fn from_der(der: &PrivateKeyDer<'_>) -> Option<Self> {
        let bytes = der.secret_der();
        let rsa = match der {
            PrivateKeyDer::Pkcs1(_) => return RsaKeyPair::from_der(bytes).ok().map(Self::Rsa),
            PrivateKeyDer::Pkcs8(_) => RsaKeyPair::from_pkcs8(bytes).ok().map(Self::Rsa),
            _ => None,
        };
        let ecdsa = |(algorithm, curve): (&'static EcdsaSigningAlgorithm, Curve)| {
            Some(Self::Ecdsa(EcdsaKeyPair::from_private_key_der(algorithm, bytes).ok()?, curve))
        };
        rsa.or_else(|| CURVES.into_iter().find_map(ecdsa))
    }

    /// Only what a thumbprint is made of, which is enough to verify with too; `serde_json` sorts the names, as RFC 7638 wants them.
    fn public(&self) -> Option<Value> {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ecdsa(pair, curve) => {
                // 4, then both coordinates (SEC 1 2.3.3).
                let point = pair.public_key().as_ref().get(1..)?;
                let (x, y) = point.split_at(point.len() / 2);
                Some(json!({ "crv": name_of(*curve), "kty": "EC", "x": text(x), "y": text(y) }))
            }
            Self::Rsa(pair) => {
                let (_, public) = RSAPublicKey::from_der(pair.public_key().as_ref()).ok()?;
                let number = |bytes: &[u8]| text(without_zeros(bytes));
                Some(json!({ "e": number(public.exponent), "kty": "RSA", "n": number(public.modulus) }))
            }
        }
    }
}

/// DER writes a zero before a number whose first bit is set; JSON Web Keys do not (RFC 7518 6.3.1.1).
fn without_zeros(number: &[u8]) -> &[u8] {
    number.get(number.iter().take_while(|byte| **byte == 0).count()..).unwrap_or_default()
}

const fn name_of(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}

static CURVES: [(&EcdsaSigningAlgorithm, Curve); 3] = [
    (&ECDSA_P256_SHA256_FIXED_SIGNING, Curve::P256),
    (&ECDSA_P384_SHA384_FIXED_SIGNING, Curve::P384),
    (&ECDSA_P521_SHA512_FIXED_SIGNING, Curve::P521),
];

impl fmt::Debug for AccountKey {
    /// Never the private half.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
