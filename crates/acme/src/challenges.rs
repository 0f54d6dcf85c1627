//! The certificate that answers a challenge by TLS (RFC 8737), and the name that an authority asks for it by.

use std::net::IpAddr;

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::fault::Fault;

/// The certificate that is shown to a client that asks for the protocol `acme-tls/1` and for its name (RFC 8737 3).
#[derive(Debug)]
pub struct AlpnCertificate {
    /// The name that is asked for.
    pub server_name: String,
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Its key.
    pub key: PrivatePkcs8KeyDer<'static>,
}

impl AlpnCertificate {
    /// Makes the certificate that answers for a name; `digest` is the SHA-256 of the key authorization.
    pub(crate) fn new(name: &str, digest: &[u8]) -> Result<Self, Fault> {
        let failed = |fault: rcgen::Error| Fault::Key(fault.to_string());
        let key = KeyPair::generate().map_err(failed)?;
        let mut subject = CertificateParams::new(vec![name.to_owned()]).map_err(failed)?;
        subject.custom_extensions.push(CustomExtension::new_acme_identifier(digest));
        let certificate = subject.self_signed(&key).map_err(failed)?;
        Ok(Self {
            server_name: asked_name(name),
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()),
        })
    }
}

/// The name that a server is asked for: addresses by their names in the reverse tree (RFC 8738 6).
pub(crate) fn asked_name(name: &str) -> String {
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(address)) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            let labels: String = nibbles.map(|nibble| format!("{nibble:x}.")).collect();
            format!("{labels}ip6.arpa")
        }
        Err(_) => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;

    #[test]
    fn a_certificate_for_a_challenge_holds_the_digest() {
        let made = AlpnCertificate::new("A.example", &[7; 32]).unwrap();
        assert_eq!(made.server_name, "a.example");
        let (_, certificate) = X509Certificate::from_der(&made.certificate).unwrap();
        // id-pe-acmeIdentifier, critical, an octet string of 32 bytes (RFC 8737 3).
        let extension = certificate.extensions().iter().find(|one| one.oid.to_id_string() == "1.3.6.1.5.5.7.1.31");
        let extension = extension.unwrap();
        assert!(extension.critical);
        assert_eq!(extension.value, [&[4, 32][..], &[7; 32]].concat());
    }

    #[test]
    fn addresses_are_asked_for_by_their_reverse_names() {
        assert_eq!(asked_name("192.0.2.7"), "7.2.0.192.in-addr.arpa");
        let reverse = asked_name("2001:db8::1");
        assert!(reverse.starts_with("1.0.0.0.") && reverse.ends_with("8.b.d.0.1.0.0.2.ip6.arpa"), "{reverse}");
    }
}
