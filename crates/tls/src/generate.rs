//! Certificates made for the names that clients ask for (configuration manual 5.1 `generate-certificates`).

mod draft;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Algorithm, Digest, SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
};
use rustls::SignatureScheme;
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;

use crate::material::{Certificate, KeyKind};
use crate::report::Problem;
use crate::verify::Link;
use draft::Draft;

/// Makes certificates, and keeps those that were asked for last.
#[derive(Debug)]
pub(crate) struct Generator {
    issuer: Link,
    signature: Signature,
    authority: Arc<CertifiedKey>,
    made: Mutex<Made>,
}

/// How the authority signs: with SHA-256 wherever there is a choice, as HAProxy does.
#[derive(Debug)]
enum Signature {
    Rsa,
    /// And the hash that the library ties to the key's curve.
    Ecdsa(Box<EcdsaKeyPair>, &'static Algorithm),
    Ed25519,
}

#[derive(Debug)]
struct Made {
    keys: HashMap<String, (Arc<CertifiedKey>, u64)>,
    /// Counts questions, so that it can be told which was asked for longest ago.
    clock: u64,
    room: usize,
}

impl Generator {
    /// One that signs as this authority and keeps `room` certificates.
    ///
    /// # Errors
    /// The authority cannot sign.
    pub(crate) fn new(authority: &Certificate, room: usize) -> Result<Self, Problem> {
        let missing = || Problem::new(&authority.name, "it has to hold a certificate and its private key");
        let bad =
            |error: String| Problem::new(&authority.name, format!("certificates cannot be signed with it: {error}"));
        let (own, key) = (authority.own().ok_or_else(missing)?, authority.private_key().ok_or_else(missing)?);
        let signature = match authority.kind {
            KeyKind::Rsa => Signature::Rsa,
            KeyKind::Ed25519 => Signature::Ed25519,
            KeyKind::Ecdsa => {
                let curves = [
                    (&ECDSA_P256_SHA256_ASN1_SIGNING, &SHA256),
                    (&ECDSA_P384_SHA384_ASN1_SIGNING, &SHA384),
                    (&ECDSA_P521_SHA512_ASN1_SIGNING, &SHA512),
                ];
                let on = |curve| EcdsaKeyPair::from_private_key_der(curve, key.secret_der()).ok();
                let found = curves.iter().find_map(|&(curve, hash)| Some((on(curve)?, hash)));
                let (pair, hash) = found.ok_or_else(|| bad("its key is on no curve that is known".into()))?;
                Signature::Ecdsa(Box::new(pair), hash)
            }
        };
        Ok(Self {
            issuer: Link::parse(own.clone()).map_err(bad)?,
            signature,
            authority: authority.key.clone(),
            made: Mutex::new(Made { keys: HashMap::new(), clock: 0, room: room.max(1) }),
        })
    }

    /// The certificate for a name, with the key of `model`, or where there is none, with the authority's. None: it cannot be made.
    pub(crate) fn make(&self, name: &str, model: Option<&Arc<CertifiedKey>>) -> Option<Arc<CertifiedKey>> {
        if let Some(key) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(key);
        }
        // Others may look up theirs meanwhile.
        let model = model.unwrap_or(&self.authority);
        let key = Arc::new(CertifiedKey::new(vec![self.sign(name, model)?], model.key.clone()));
        self.made.lock().unwrap_or_else(PoisonError::into_inner).put(name, &key);
        Some(key)
    }

    fn sign(&self, name: &str, model: &CertifiedKey) -> Option<CertificateDer<'static>> {
        let public_key = model.key.public_key()?;
        let draft =
            Draft { name, issuer: &self.issuer, public_key: &public_key, algorithm: self.signature.identifier() };
        let unsigned = draft.write()?;
        let signature = self.signature.of(&unsigned, &self.authority)?;
        Some(CertificateDer::from(draft::complete(&unsigned, self.signature.identifier(), &signature)))
    }
}

impl Signature {
    /// The algorithm as certificates name it (RFC 4055 5, RFC 5758 3.2, RFC 8410 3).
    fn identifier(&self) -> &'static [u8] {
        match self {
            Self::Rsa => &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b, 5, 0],
            Self::Ecdsa(..) => &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
            Self::Ed25519 => &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70],
        }
    }

    fn of(&self, message: &[u8], authority: &CertifiedKey) -> Option<Vec<u8>> {
        let by_library = |scheme| authority.key.choose_scheme(&[scheme])?.sign(message).ok();
        match self {
            Self::Rsa => by_library(SignatureScheme::RSA_PKCS1_SHA256),
            Self::Ed25519 => by_library(SignatureScheme::ED25519),
            Self::Ecdsa(pair, algorithm) => {
                // ECDSA takes a hash as a number (FIPS 186-5 6.4.1), so a shorter one is the same number with zeros in front.
                let hash = digest(&SHA256, message);
                let mut number = vec![0; algorithm.output_len().checked_sub(hash.as_ref().len())?];
                number.extend_from_slice(hash.as_ref());
                let hash = Digest::import_less_safe(&number, algorithm).ok()?;
                Some(pair.sign_digest(&hash).ok()?.as_ref().to_vec())
            }
        }
    }
}

impl Made {
    fn get(&mut self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.clock += 1;
        let (key, asked) = self.keys.get_mut(name)?;
        *asked = self.clock;
        Some(key.clone())
    }

    fn put(&mut self, name: &str, key: &Arc<CertifiedKey>) {
        while self.keys.len() >= self.room {
            let Some(oldest) = self.keys.iter().min_by_key(|(_, (_, asked))| *asked).map(|(name, _)| name.clone())
            else {
                break;
            };
            self.keys.remove(&oldest);
        }
        self.keys.insert(name.to_owned(), (key.clone(), self.clock));
    }
}
