//! Which certificate a client gets, by the name it asks for and by what it can verify (configuration manual 5.1 `crt`, `crt-list`,
//! `default-crt`). The time it takes does not depend on how many there are.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::sign::CertifiedKey;

use crate::material::{Certificate, KeyKind};

/// A certificate in use on a line.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) certificate: Arc<Certificate>,
    /// What is shown: the certificate's, or one that signs in fewer ways.
    pub(crate) key: Arc<CertifiedKey>,
    /// Which of the line's configurations goes with it.
    pub(crate) group: usize,
    /// Names it is for, lower case; `*` stands for everybody.
    pub(crate) names: Vec<String>,
    /// Names it is not for although a wildcard says so.
    pub(crate) except: Vec<String>,
    /// The crt-list that names it, and the line there.
    pub(crate) listed: Option<(PathBuf, u32)>,
}

/// Who gets what.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    /// Places in `entries` by name.
    exact: HashMap<Box<str>, Vec<u32>>,
    /// The same by what follows the `*` of a wildcard: `.example.com`.
    wildcards: HashMap<Box<str>, Vec<u32>>,
    defaults: Vec<u32>,
    /// Nobody gets a default.
    is_strict: bool,
}

/// What was found for a client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'a> {
    /// One for the name that it has asked for.
    Named(&'a Entry),
    /// One for those who ask for nobody known.
    Default(&'a Entry),
    /// None.
    Nobody,
}

/// Which kinds of keys a client can verify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verifies {
    pub(crate) rsa: bool,
    pub(crate) ecdsa: bool,
    pub(crate) ed25519: bool,
}

impl Verifies {
    pub(crate) fn of(schemes: &[SignatureScheme]) -> Self {
        let mut verifies = Self::default();
        for scheme in schemes {
            match scheme {
                SignatureScheme::ECDSA_NISTP256_SHA256
                | SignatureScheme::ECDSA_NISTP384_SHA384
                | SignatureScheme::ECDSA_NISTP521_SHA512 => verifies.ecdsa = true,
                SignatureScheme::ED25519 => verifies.ed25519 = true,
                SignatureScheme::RSA_PKCS1_SHA256
                | SignatureScheme::RSA_PKCS1_SHA384
                | SignatureScheme::RSA_PKCS1_SHA512
                | SignatureScheme::RSA_PSS_SHA256
                | SignatureScheme::RSA_PSS_SHA384
                | SignatureScheme::RSA_PSS_SHA512 => verifies.rsa = true,
                _ => {}
            }
        }
        verifies
    }

    fn can(self, kind: KeyKind) -> bool {
        match kind {
            KeyKind::Rsa => self.rsa,
            KeyKind::Ecdsa => self.ecdsa,
            KeyKind::Ed25519 => self.ed25519,
        }
    }
}

impl Table {
    /// An empty one. Strict: nobody gets a certificate but who asks for its name.
    pub(crate) fn new(is_strict: bool) -> Self {
        Self { is_strict, ..Self::default() }
    }

    /// Adds a certificate: for its names, and for everybody else if `is_default`.
    pub(crate) fn add(&mut self, entry: Entry, is_default: bool) {
        let Ok(place) = u32::try_from(self.entries.len()) else { return };
        let mut is_default = is_default;
        for name in &entry.names {
            let (table, key) = match name.strip_prefix('*') {
                Some("") => {
                    is_default = true;
                    continue;
                }
                Some(rest) => (&mut self.wildcards, rest),
                None => (&mut self.exact, name.as_str()),
            };
            table.entry(key.into()).or_default().push(place);
        }
        if is_default {
            self.defaults.push(place);
        }
        self.entries.push(entry);
    }

    /// The certificate for a client that asks for `name`. `group`: only among those with this configuration.
    pub(crate) fn find(&self, name: Option<&str>, verifies: Verifies, group: Option<usize>) -> Found<'_> {
        let mut lower = [0; MAX_NAME];
        let name = name.and_then(|name| lower_case(name, &mut lower));
        if let Some(name) = name {
            let exact = self.entries_at(self.exact.get(name));
            let rest = name.find('.').and_then(|dot| name.get(dot..));
            let wildcards = self
                .entries_at(rest.and_then(|rest| self.wildcards.get(rest)))
                .filter(|entry| !entry.except.iter().any(|except| is_meant(except, name)));
            if let Some(entry) = best(exact.chain(wildcards), verifies, group) {
                return Found::Named(entry);
            }
        }
        if self.is_strict {
            return Found::Nobody;
        }
        best(self.defaults(), verifies, group).map_or(Found::Nobody, Found::Default)
    }

    /// All certificates, in the order of the line.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Those for clients that ask for nobody known, were it not for strictness.
    pub(crate) fn defaults(&self) -> impl Iterator<Item = &Entry> {
        self.entries_at(Some(&self.defaults))
    }

    fn entries_at<'a>(&'a self, places: Option<&'a Vec<u32>>) -> impl Iterator<Item = &'a Entry> {
        places.into_iter().flatten().filter_map(|&place| self.entries.get(usize::try_from(place).ok()?))
    }
}

/// The first whose key the client prefers among those it can verify, else the first.
fn best<'a>(entries: impl Iterator<Item = &'a Entry>, verifies: Verifies, group: Option<usize>) -> Option<&'a Entry> {
    let rank = |entry: &Entry| match entry.certificate.kind {
        kind if !verifies.can(kind) => 0,
        KeyKind::Ed25519 => 1,
        KeyKind::Rsa => 2,
        KeyKind::Ecdsa => 3,
    };
    let mut best: Option<(&Entry, u8)> = None;
    for entry in entries.filter(|entry| group.is_none_or(|group| group == entry.group)) {
        let rank = rank(entry);
        if best.is_none_or(|(_, known)| rank > known) {
            best = Some((entry, rank));
        }
    }
    best.map(|(entry, _)| entry)
}

/// Whether a name of a crt-list, exact or with a wildcard, means `name`.
fn is_meant(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(rest) => name.find('.').and_then(|dot| name.get(dot..)) == Some(rest),
        None => pattern == name,
    }
}

/// Names of hosts are no longer (RFC 1035 2.3.4).
const MAX_NAME: usize = 255;

fn lower_case<'a>(name: &str, space: &'a mut [u8; MAX_NAME]) -> Option<&'a str> {
    let lower = space.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).ok()
}
