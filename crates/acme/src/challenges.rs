//! What challenges are answered with while orders run: shared by orders, which put answers in, and by what serves them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::fault::Fault;

/// Answers to challenges that authorities may come for at any time.
#[derive(Debug, Default)]
pub struct Challenges {
    files: RwLock<HashMap<String, Arc<str>>>,
    certificates: RwLock<HashMap<String, Arc<AlpnCertificate>>>,
}

/// The certificate that is shown to a client that asks for the protocol `acme-tls/1` and for its name (RFC 8737 3).
#[derive(Debug)]
pub struct AlpnCertificate {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Its key.
    pub key: PrivatePkcs8KeyDer<'static>,
}

/// The protocol that an authority asks for when it checks a `tls-alpn-01` challenge.
pub const ALPN_PROTOCOL: &[u8] = b"acme-tls/1";

impl Challenges {
    /// What `/.well-known/acme-challenge/<token>` is answered with (RFC 8555 8.3).
    pub fn answer(&self, token: &str) -> Option<Arc<str>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    /// What a client that asks for [`ALPN_PROTOCOL`] and this name is shown.
    pub fn certificate(&self, name: &str) -> Option<Arc<AlpnCertificate>> {
        self.certificates.read().unwrap_or_else(PoisonError::into_inner).get(&name.to_ascii_lowercase()).cloned()
    }

    pub(crate) fn put_answer(&self, token: &str, authorization: &str) {
        self.files.write().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), authorization.into());
    }

    pub(crate) fn take_answer(&self, token: &str) {
        self.files.write().unwrap_or_else(PoisonError::into_inner).remove(token);
    }

    /// Makes the certificate that answers for a name; `digest` is the SHA-256 of the key authorization.
    pub(crate) fn put_certificate(&self, name: &str, digest: &[u8]) -> Result<(), Fault> {
        let failed = |fault: rcgen::Error| Fault::Key(fault.to_string());
        let key = KeyPair::generate().map_err(failed)?;
        let mut subject = CertificateParams::new(vec![name.to_owned()]).map_err(failed)?;
        subject.custom_extensions.push(CustomExtension::new_acme_identifier(digest));
        let certificate = subject.self_signed(&key).map_err(failed)?;
        let made = AlpnCertificate {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()),
        };
        let mut certificates = self.certificates.write().unwrap_or_else(PoisonError::into_inner);
        certificates.insert(name.to_ascii_lowercase(), Arc::new(made));
        Ok(())
    }

    pub(crate) fn take_certificate(&self, name: &str) {
        let mut certificates = self.certificates.write().unwrap_or_else(PoisonError::into_inner);
        certificates.remove(&name.to_ascii_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;

    #[test]
    fn a_certificate_for_a_challenge_holds_the_digest() {
        let challenges = Challenges::default();
        challenges.put_certificate("A.example", &[7; 32]).unwrap();
        let made = challenges.certificate("a.example").unwrap();
        let (_, certificate) = X509Certificate::from_der(&made.certificate).unwrap();
        // id-pe-acmeIdentifier, critical, an octet string of 32 bytes (RFC 8737 3).
        let extension = certificate.extensions().iter().find(|one| one.oid.to_id_string() == "1.3.6.1.5.5.7.1.31");
        let extension = extension.unwrap();
        assert!(extension.critical);
        assert_eq!(extension.value, [&[4, 32][..], &[7; 32]].concat());
        challenges.take_certificate("a.Example");
        assert!(challenges.certificate("a.example").is_none());
    }
}
