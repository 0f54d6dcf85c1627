//! Whom verification trusts, and what was revoked: CA files and CRL files taken apart, and what a line makes of them together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::link::Link;
use crate::der::{self, Reader, SEQUENCE};

/// Certificates that verification may trust, under the name of their file. Never changes: a new one takes its place.
#[derive(Debug, Default)]
pub struct Authorities {
    pub(crate) links: Vec<Arc<Link>>,
    pub(crate) lists: Vec<Arc<RevocationList>>,
}

impl Authorities {
    /// The certificates, in the order of the file.
    pub fn certificates(&self) -> impl ExactSizeIterator<Item = &CertificateDer<'static>> {
        self.links.iter().map(|link| &link.der)
    }
}

/// Revocation lists, under the name of their file. Never changes: a new one takes its place.
#[derive(Debug, Default)]
pub struct Revocations {
    pub(crate) lists: Vec<Arc<RevocationList>>,
}

impl Revocations {
    /// The lists in DER, in the order of the file.
    pub fn lists(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.lists.iter().map(|list| list.der.as_slice())
    }
}

/// A revocation list taken apart.
#[derive(Debug)]
pub(crate) struct RevocationList {
    pub(crate) der: Vec<u8>,
    /// Who has issued it, in comparable form.
    pub(crate) issuer: Vec<u8>,
    /// Seconds since 1970.
    pub(crate) this_update: i64,
    pub(crate) next_update: Option<i64>,
    pub(crate) revoked: HashSet<Vec<u8>>,
    pub(crate) for_authorities: bool,
    pub(crate) for_others: bool,
    pub(crate) has_unknown_critical: bool,
}

impl RevocationList {
    /// Takes a list apart.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(der: Vec<u8>) -> Result<Self, String> {
        const CUT: &str = "its structure is broken";
        der::signed(&der).ok_or(CUT)?;
        let (_, parsed) = CertificateRevocationList::from_der(&der).map_err(|error| error.to_string())?;
        let issuer = Reader::new(parsed.issuer().as_raw()).expect(SEQUENCE).ok_or(CUT)?.content;
        let mut list = Self {
            issuer: der::canonical_name(issuer),
            this_update: parsed.last_update().timestamp(),
            next_update: parsed.next_update().map(|time| time.timestamp()),
            revoked: parsed.iter_revoked_certificates().map(|revoked| revoked.raw_serial().to_vec()).collect(),
            for_authorities: true,
            for_others: true,
            has_unknown_critical: false,
            der: Vec::new(),
        };
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::IssuingDistributionPoint(point) => {
                    let partial =
                        point.indirect_crl || point.only_contains_attribute_certs || point.only_some_reasons.is_some();
                    list.for_authorities = !partial && !point.only_contains_user_certs;
                    list.for_others = !partial && !point.only_contains_ca_certs;
                }
                ParsedExtension::CRLNumber(_) | ParsedExtension::AuthorityKeyIdentifier(_) => {}
                _ => list.has_unknown_critical |= extension.critical,
            }
        }
        drop(parsed);
        list.der = der;
        Ok(list)
    }
}

/// What one line trusts.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    by_subject: HashMap<Vec<u8>, Vec<Arc<Link>>>,
    lists: HashMap<Vec<u8>, Vec<Arc<RevocationList>>>,
    /// Whether revocation counts: then every certificate of a chain needs a list.
    pub(crate) checks_revocation: bool,
}

impl Trust {
    pub(crate) fn add(&mut self, authorities: &Authorities) {
        for link in &authorities.links {
            self.by_subject.entry(link.subject.clone()).or_default().push(link.clone());
        }
        self.add_lists(&authorities.lists);
    }

    pub(crate) fn add_revocations(&mut self, revocations: &Revocations) {
        self.checks_revocation = true;
        self.add_lists(&revocations.lists);
    }

    fn add_lists(&mut self, lists: &[Arc<RevocationList>]) {
        for list in lists {
            self.lists.entry(list.issuer.clone()).or_default().push(list.clone());
        }
    }

    /// Shows all that is trusted and revoked, in an order that depends on nothing else.
    pub(crate) fn fingerprint(&self, show: impl FnMut(&[u8])) {
        let mut parts: Vec<&[u8]> = self.by_subject.values().flatten().map(|link| link.der.as_ref()).collect();
        parts.extend(self.lists.values().flatten().map(|list| list.der.as_slice()));
        parts.sort_unstable();
        parts.into_iter().for_each(show);
    }

    /// Those of this name (comparable form).
    pub(super) fn named(&self, subject: &[u8]) -> &[Arc<Link>] {
        self.by_subject.get(subject).map_or(&[], Vec::as_slice)
    }

    pub(super) fn holds(&self, link: &Link) -> bool {
        self.named(&link.subject).iter().any(|known| known.der == link.der)
    }

    /// The lists of this issuer (comparable form).
    pub(super) fn lists_of(&self, issuer: &[u8]) -> &[Arc<RevocationList>] {
        self.lists.get(issuer).map_or(&[], Vec::as_slice)
    }
}
