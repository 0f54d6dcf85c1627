//! Certificates as files hold them: a chain, its key and their companions, read and checked against each other. Knows files, not who uses
//! what was read.

mod advice;
mod authority;
mod key;
mod load;
mod ocsp;
mod parts;
mod pem;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::report::Problem;
use crate::security::{Security, Weakness};

pub use authority::SYSTEM_AUTHORITIES;
pub(crate) use authority::{load_authorities, load_revocations, read_authorities, read_revocations};
pub(crate) use load::{IssuerChains, load_certificate};
pub use load::{bundle_members, directory_members, is_keyless};
#[cfg(test)]
pub(crate) use ocsp::id_of as ocsp_id;
pub use ocsp::{Inquiry, describe as describe_ocsp, id_parts as ocsp_id_parts};
pub(crate) use ocsp::{Staple, check_signature as check_ocsp_signature};
pub(crate) use parts::{Part, Parts};

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
    /// Chain and key, as handshakes want them: without what is not sent.
    pub key: Arc<CertifiedKey>,
    /// What the key signs with.
    pub kind: KeyKind,
    /// DNS names it is for, in lower case: subject alternative names, then the common name.
    pub names: Vec<String>,
    /// When it begins to count, in seconds since 1970.
    pub not_before: i64,
    /// When it ceases to count, in seconds since 1970.
    pub not_after: i64,
    /// The certificate has no issuer but itself.
    pub is_self_signed: bool,
    /// The file that has completed the chain (`issuers-chain-path`).
    pub chain_file: Option<PathBuf>,
    parts: Parts,
}

impl Certificate {
    /// The certificate itself, without its issuers.
    pub fn own(&self) -> Option<&CertificateDer<'static>> {
        self.parts.chain.first()
    }

    /// The certificate and its issuers as they were given, including those that are not sent.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.parts.chain
    }

    /// Its private key as it was given.
    pub fn private_key(&self) -> Option<&PrivateKeyDer<'static>> {
        self.parts.key.as_deref()
    }

    /// The certificate of its issuer, where it is known.
    pub fn issuer(&self) -> Option<&CertificateDer<'static>> {
        self.parts.issuer()
    }

    /// The OCSP response that is sent along, in DER.
    pub fn ocsp_response(&self) -> Option<&[u8]> {
        self.parts.ocsp.as_deref()
    }

    /// Key and certificates as PEM text, the key first, as it was given; none: there is no key.
    pub fn to_pem(&self) -> Option<String> {
        self.parts.to_pem()
    }

    /// What OCSP knows it by: a CertID in DER with SHA-1 hashes (RFC 6960 4.1.1). None: its issuer is not known.
    pub fn ocsp_id(&self) -> Option<Vec<u8>> {
        ocsp::id_of(self.own()?, self.issuer()?)
    }

    /// What its responder is asked for a response, and where.
    ///
    /// # Errors
    /// Why nobody can be asked, in words.
    pub fn ocsp_inquiry(&self) -> Result<Inquiry, String> {
        Inquiry::about(self.own().ok_or("there is no certificate")?, self.issuer())
    }

    /// When its OCSP response ceases to count, in seconds since 1970; none: there is none, or that is left open.
    pub fn ocsp_ends(&self) -> Option<i64> {
        Staple::read(self.ocsp_response()?).ok()?.ends
    }

    /// Whether it is strong enough to be shown.
    pub(crate) fn is_strong(&self, security: Security) -> Result<(), Problem> {
        let Some((depth, weakness)) = security.weakness_in(self.chain()) else { return Ok(()) };
        let place = if depth == 0 { String::new() } else { format!(" of issuer {depth} in its chain") };
        let what = match weakness {
            Weakness::Key => "the key",
            Weakness::Signature => "the signature's hash",
        };
        Err(Problem::new(&self.name, format!("{what}{place} is too short for 'ssl-security-level'")))
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }
}

#[cfg(test)]
mod tests;
