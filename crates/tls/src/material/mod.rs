//! Certificates as files hold them: a chain, its key and their companions, read and checked against each other. Knows files, not who uses
//! what was read.

mod load;
mod pem;

use std::sync::Arc;

use rustls::sign::{CertifiedKey, SigningKey};
use rustls_pki_types::CertificateDer;

pub use load::load_certificate;

/// What a certificate's key signs with: clients differ in what they can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA, with PKCS #1 or PSS padding.
    Rsa,
    /// ECDSA on one of the NIST curves.
    Ecdsa,
    /// Ed25519
    Ed25519,
}

/// A certificate that can be shown, with all that belongs to it. Never changes: a new one takes its place.
#[derive(Debug)]
pub struct Certificate {
    /// The name it has in the store.
    pub name: String,
    /// Chain and key, as handshakes want them.
    pub key: Arc<CertifiedKey>,
    /// What the key signs with.
    pub kind: KeyKind,
    /// DNS names it is for, in lower case: subject alternative names, then the common name.
    pub names: Vec<String>,
}

impl Certificate {
    /// The certificate itself, without its issuers.
    pub fn own(&self) -> Option<&CertificateDer<'static>> {
        self.key.cert.first()
    }
}

pub(crate) fn kind_of(key: &dyn SigningKey) -> KeyKind {
    match key.algorithm() {
        rustls::SignatureAlgorithm::ECDSA => KeyKind::Ecdsa,
        rustls::SignatureAlgorithm::ED25519 => KeyKind::Ed25519,
        _ => KeyKind::Rsa,
    }
}
