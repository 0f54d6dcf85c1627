//! What revocation lists say (RFC 5280 5), for commands that show them.

use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::{Name, algorithm, without_zeros};

/// A revocation list that was understood.
#[derive(Debug)]
pub struct RevocationList<'a>(CertificateRevocationList<'a>);

impl<'a> RevocationList<'a> {
    /// Reads a list from its DER form; nothing: it is none.
    pub fn parse(der: &'a [u8]) -> Option<Self> {
        CertificateRevocationList::from_der(der).ok().map(|(_, list)| Self(list))
    }

    /// The version of its format, from 1.
    pub fn version(&self) -> u32 {
        self.0.version().map_or(1, |version| version.0.saturating_add(1))
    }

    /// The name of the algorithm that it was signed with, in OpenSSL's long form.
    pub fn signature_algorithm(&self) -> String {
        algorithm::full_name_of_signature(&self.0.signature_algorithm.algorithm.to_id_string())
    }

    /// Who has issued it.
    pub fn issuer(&self) -> Name<'_, 'a> {
        Name::new(&self.0.tbs_cert_list.issuer)
    }

    /// When it was issued, in seconds since 1970.
    pub fn last_update_s(&self) -> i64 {
        self.0.last_update().timestamp()
    }

    /// When the next one is to come, in seconds since 1970.
    pub fn next_update_s(&self) -> Option<i64> {
        self.0.next_update().map(|time| time.timestamp())
    }

    /// What it revokes: serial numbers without zeros in front, and since when, in seconds since 1970.
    pub fn revoked(&self) -> impl Iterator<Item = (&[u8], i64)> {
        self.0
            .iter_revoked_certificates()
            .map(|revoked| (without_zeros(revoked.raw_serial()), revoked.revocation_date.timestamp()))
    }
}
