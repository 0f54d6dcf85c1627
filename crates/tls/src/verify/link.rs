//! A certificate as verification sees it: a link of a chain, taken apart once. Version 1 certificates, which many private authorities still
//! make, are links like others.

use std::net::IpAddr;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::constraint::Constraints;
use crate::der::{self, BIT_STRING, Reader, SEQUENCE, tagged};

/// A certificate taken apart.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) der: CertificateDer<'static>,
    /// Names in comparable form ([`der::canonical_name`]).
    pub(crate) subject: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    /// The subject as it is written, without the outer tag.
    pub(crate) subject_der: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    /// Seconds since 1970.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    /// The key's algorithm (the inside of its identifier) and its bits.
    pub(crate) key_algorithm: Vec<u8>,
    pub(crate) key_bits: Vec<u8>,
    /// Version 3 has extensions; an authority of version 1 is one only if it is trusted itself.
    pub(crate) is_version_3: bool,
    /// `basicConstraints`: whether it is an authority, and how many authorities may follow.
    pub(crate) authority: Option<(bool, Option<u32>)>,
    pub(crate) may_sign_certificates: bool,
    pub(crate) may_sign_revocations: bool,
    /// What `extendedKeyUsage` allows; without one everything is allowed.
    pub(crate) for_clients: bool,
    pub(crate) for_servers: bool,
    /// Whether `extendedKeyUsage` lets it answer for its issuer (RFC 6960 4.2.2.2).
    pub(crate) for_ocsp: bool,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) authority_key_id: Option<Vec<u8>>,
    /// There is a critical extension that nobody here knows.
    pub(crate) has_unknown_critical: bool,
    pub(crate) constraints: Option<Constraints>,
    /// Alternative names, lower case, and common names.
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_names: Vec<IpAddr>,
    pub(crate) email_names: Vec<String>,
    pub(crate) has_other_names: bool,
    pub(crate) common_names: Vec<String>,
}

impl Link {
    /// Its key in the form of a SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        let bits = [&[0], self.key_bits.as_slice()].concat();
        tagged(SEQUENCE, &[tagged(SEQUENCE, &self.key_algorithm), tagged(BIT_STRING, &bits)].concat())
    }

    /// Takes a certificate apart.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(certificate: CertificateDer<'static>) -> Result<Self, String> {
        const CUT: &str = "its structure is broken";
        let (rest, parsed) = X509Certificate::from_der(&certificate).map_err(|error| error.to_string())?;
        if !rest.is_empty() {
            return Err("bytes follow it".into());
        }
        let key = parsed.public_key().raw;
        let mut key_parts = Reader::new(key).expect(SEQUENCE).ok_or(CUT)?.inside();
        let key_algorithm = key_parts.expect(SEQUENCE).ok_or(CUT)?.content;
        let key_bits = key_parts.expect(BIT_STRING).and_then(der::Value::bits).ok_or(CUT)?;
        let subject_der = name_content(parsed.subject().as_raw()).ok_or(CUT)?;
        let issuer_der = name_content(parsed.issuer().as_raw()).ok_or(CUT)?;
        let mut link = Self {
            subject: der::canonical_name(subject_der),
            issuer: der::canonical_name(issuer_der),
            subject_der: subject_der.to_vec(),
            serial: parsed.raw_serial().to_vec(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            key_algorithm: key_algorithm.to_vec(),
            key_bits: key_bits.to_vec(),
            is_version_3: parsed.version().0 == 2,
            authority: None,
            may_sign_certificates: true,
            may_sign_revocations: true,
            for_clients: true,
            for_servers: true,
            for_ocsp: false,
            subject_key_id: None,
            authority_key_id: None,
            has_unknown_critical: false,
            constraints: None,
            dns_names: Vec::new(),
            ip_names: Vec::new(),
            email_names: Vec::new(),
            has_other_names: false,
            common_names: parsed
                .subject()
                .iter_common_name()
                .filter_map(|name| name.as_str().ok())
                .map(str::to_ascii_lowercase)
                .collect(),
            der: CertificateDer::from(Vec::new()),
        };
        for extension in parsed.extensions() {
            link.take_extension(extension.parsed_extension(), extension.critical);
        }
        drop(parsed);
        link.der = certificate;
        Ok(link)
    }

    /// Whether it names itself as its issuer.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether `issuer` may have signed it, by all that can be told without looking at the signature.
    pub(crate) fn may_come_from(&self, issuer: &Self) -> bool {
        let same_key = match (&self.authority_key_id, &issuer.subject_key_id) {
            (Some(named), Some(has)) => named == has,
            _ => true,
        };
        self.issuer == issuer.subject && same_key
    }

    fn take_extension(&mut self, extension: &ParsedExtension<'_>, critical: bool) {
        match extension {
            ParsedExtension::BasicConstraints(constraints) => {
                self.authority = Some((constraints.ca, constraints.path_len_constraint));
            }
            ParsedExtension::KeyUsage(usage) => {
                self.may_sign_certificates = usage.key_cert_sign();
                self.may_sign_revocations = usage.crl_sign();
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.for_clients = usage.any || usage.client_auth;
                self.for_servers = usage.any || usage.server_auth;
                self.for_ocsp = usage.ocsp_signing;
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    self.take_name(name);
                }
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::NameConstraints(constraints) => self.constraints = Some(Constraints::of(constraints)),
            // These say nothing that verification depends on, as long as no policy is asked for.
            ParsedExtension::CertificatePolicies(_)
            | ParsedExtension::PolicyMappings(_)
            | ParsedExtension::IssuerAlternativeName(_)
            | ParsedExtension::CRLDistributionPoints(_)
            | ParsedExtension::AuthorityInfoAccess(_)
            | ParsedExtension::NSCertType(_)
            | ParsedExtension::NsCertComment(_)
            | ParsedExtension::SCT(_) => {}
            _ => self.has_unknown_critical |= critical,
        }
    }

    fn take_name(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::DNSName(name) => self.dns_names.push(name.to_ascii_lowercase()),
            GeneralName::RFC822Name(name) => self.email_names.push(name.to_ascii_lowercase()),
            GeneralName::IPAddress(bytes) => match bytes.len() {
                4 => self.ip_names.extend(<[u8; 4]>::try_from(*bytes).map(IpAddr::from)),
                16 => self.ip_names.extend(<[u8; 16]>::try_from(*bytes).map(IpAddr::from)),
                _ => self.has_other_names = true,
            },
            _ => self.has_other_names = true,
        }
    }
}

/// The inside of a name.
fn name_content(name: &[u8]) -> Option<&[u8]> {
    Some(Reader::new(name).expect(SEQUENCE)?.content)
}
