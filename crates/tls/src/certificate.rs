//! What certificates say (RFC 5280), in the words and formats that rules and log lines have for it: OpenSSL's. Reads only; decides nothing
//! about trust.

mod algorithm;
mod alternative;
mod name;
mod revocation;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

pub use name::Name;
pub use revocation::RevocationList;

/// A certificate that was understood.
#[derive(Debug)]
pub struct Certificate<'a>(X509Certificate<'a>);

impl<'a> Certificate<'a> {
    /// Reads a certificate from its DER form; nothing: it is none.
    pub fn parse(der: &'a [u8]) -> Option<Self> {
        X509Certificate::from_der(der).ok().map(|(_, certificate)| Self(certificate))
    }

    /// Whom it is for.
    pub fn subject(&self) -> Name<'_, 'a> {
        Name::new(&self.0.tbs_certificate.subject)
    }

    /// Who has signed it.
    pub fn issuer(&self) -> Name<'_, 'a> {
        Name::new(&self.0.tbs_certificate.issuer)
    }

    /// Its number, without a sign and without zeros in front.
    pub fn serial(&self) -> &'a [u8] {
        without_zeros(self.0.raw_serial())
    }

    /// The version of its format, from 1.
    pub fn version(&self) -> u32 {
        self.0.version().0.saturating_add(1)
    }

    /// When it begins to be valid: `YYMMDDhhmmssZ`; nothing where the year needs more digits.
    pub fn not_before(&self) -> Option<String> {
        stamp(&self.0.validity().not_before)
    }

    /// When it ceases to be valid, in the same form.
    pub fn not_after(&self) -> Option<String> {
        stamp(&self.0.validity().not_after)
    }

    /// From when to when it is valid, in seconds since 1970.
    pub fn validity_s(&self) -> (i64, i64) {
        let validity = self.0.validity();
        (validity.not_before.timestamp(), validity.not_after.timestamp())
    }

    /// The name of its key's algorithm.
    pub fn key_algorithm(&self) -> Option<&'static str> {
        algorithm::of_key(&self.0.public_key().algorithm.algorithm.to_id_string())
    }

    /// What its key is and how many bits it has, as HAProxy says it: `RSA2048`, `EC256`, `ED25519`.
    pub fn key_label(&self) -> Option<String> {
        algorithm::label_of_key(self.0.public_key())
    }

    /// The name of the algorithm that it was signed with.
    pub fn signature_algorithm(&self) -> Option<&'static str> {
        algorithm::of_signature(&self.0.signature_algorithm.algorithm.to_id_string())
    }

    /// All its further names, as OpenSSL prints them: `DNS:a.example, IP Address:192.0.2.1`.
    pub fn alternative_names(&self) -> Option<String> {
        self.0.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(alternative::text(&names.general_names)),
            _ => None,
        })
    }

    /// The policies that it was issued under, as dotted numbers.
    pub fn policies(&self) -> Option<Vec<String>> {
        self.0.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::CertificatePolicies(policies) => {
                Some(policies.iter().map(|policy| policy.policy_id.to_id_string()).collect())
            }
            _ => None,
        })
    }

    /// Whether it was signed with its own key, as far as names and key identifiers tell.
    pub fn is_self_signed(&self) -> bool {
        let mut own = None;
        let mut issuers = None;
        for extension in self.0.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(key) => own = Some(key.0),
                ParsedExtension::AuthorityKeyIdentifier(key) => issuers = key.key_identifier.as_ref().map(|key| key.0),
                _ => {}
            }
        }
        self.0.subject().as_raw() == self.0.issuer().as_raw() && (own.is_none() || issuers.is_none() || own == issuers)
    }
}

/// The SHA-1 digest of a certificate's DER form, by which it is known.
pub fn fingerprint(der: &[u8]) -> [u8; 20] {
    let mut bytes = [0; 20];
    for (byte, digit) in bytes.iter_mut().zip(digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref()) {
        *byte = *digit;
    }
    bytes
}

/// A time, in seconds since 1970, in OpenSSL's words: `Feb  8 15:30:00 2035 GMT`. Nothing: no calendar goes so far.
pub fn calendar(time_s: i64) -> Option<String> {
    let date = ASN1Time::from_timestamp(time_s).ok()?.to_datetime();
    let month = MONTHS.get(usize::from(u8::from(date.month())).checked_sub(1)?)?;
    let (day, hour, minute, second) = (date.day(), date.hour(), date.minute(), date.second());
    Some(format!("{month} {day:>2} {hour:02}:{minute:02}:{second:02} {} GMT", date.year()))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The name of an algorithm of signatures by its identifier, as OpenSSL writes it out: `sha256WithRSAEncryption`.
pub(crate) fn full_name_of_signature(identifier: &str) -> String {
    algorithm::full_name_of_signature(identifier)
}

/// The digits of a number without those in front that say nothing.
pub(crate) fn without_zeros(digits: &[u8]) -> &[u8] {
    let first = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len().saturating_sub(1));
    digits.get(first..).unwrap_or_default()
}

/// HAProxy drops the century, and knows but one where there may be others.
fn stamp(time: &ASN1Time) -> Option<String> {
    let date = time.to_datetime();
    if time.is_generalizedtime() && date.year() / 100 != 20 {
        return None;
    }
    Some(format!(
        "{:02}{:02}{:02}{:02}{:02}{:02}Z",
        date.year() % 100,
        u8::from(date.month()),
        date.day(),
        date.hour(),
        date.minute(),
        date.second()
    ))
}

/// A list of names of algorithms or attributes by their object identifiers.
type Identified = [(&'static str, &'static str)];

fn by_identifier(list: &Identified, wanted: &str) -> Option<&'static str> {
    list.iter().find(|(identifier, _)| *identifier == wanted).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests;
