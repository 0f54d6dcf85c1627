//! What a responder is asked about a certificate (RFC 6960 4.1), and where (RFC 5280 4.2.2.1).

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_OCSP;
use x509_parser::prelude::FromDer;

use super::id_of;
use crate::der::{SEQUENCE, tagged};

/// A question to an OCSP responder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// Where the responder is: the first that the certificate names.
    pub url: String,
    /// The question in DER.
    pub request: Vec<u8>,
    /// What OCSP knows the certificate by, in DER.
    pub id: Vec<u8>,
}

impl Inquiry {
    /// The question about a certificate.
    ///
    /// # Errors
    /// Why nobody can be asked, in words.
    pub(in crate::material) fn about(
        own: &CertificateDer<'static>,
        issuer: Option<&CertificateDer<'static>>,
    ) -> Result<Self, String> {
        let url = responder(own).ok_or("the certificate names no OCSP responder")?;
        let issuer = issuer.ok_or(
            "the certificate of its issuer is not known: put it behind the certificate or into an '.issuer' file",
        )?;
        let id = id_of(own, issuer).ok_or("the certificate of its issuer cannot be read")?;
        let list = tagged(SEQUENCE, &tagged(SEQUENCE, &id));
        Ok(Self { url, request: tagged(SEQUENCE, &tagged(SEQUENCE, &list)), id })
    }
}

/// The address that a certificate's authority answers at.
fn responder(certificate: &[u8]) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let descriptions = parsed.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => Some(&access.accessdescs),
        _ => None,
    });
    descriptions.flatten().find_map(|description| match &description.access_location {
        GeneralName::URI(url) if description.access_method == OID_PKIX_ACCESS_DESCRIPTOR_OCSP => {
            Some((*url).to_owned())
        }
        _ => None,
    })
}
