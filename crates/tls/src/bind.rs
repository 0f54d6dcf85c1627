//! The TLS of a `bind` line: which certificate, and which configuration with it, a client gets.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::{ClientHello, NoClientAuth, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::material::Certificate;
use crate::report::{Notice, Problem};
use crate::settings::{BindSettings, Tuning};
use crate::store::Store;

/// The TLS of a `bind` line.
#[derive(Debug)]
pub struct BindTls {
    current: ArcSwap<Built>,
}

/// What becomes of a client that has said hello.
#[derive(Clone, Debug)]
pub enum Accept {
    /// It is served with this; the connection made of it is fed the same bytes.
    Serve(Arc<ServerConfig>),
    /// It is not.
    Refuse(Refusal),
}

/// Why a client is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It names nobody whose certificate we have, and there is no default (`strict-sni`).
    UnknownName,
}

impl Refusal {
    /// The alert that tells the client so: a record ready to send (RFC 8446 6.2).
    pub fn alert(self) -> [u8; 7] {
        let description = match self {
            Self::UnknownName => 112, // unrecognized_name
        };
        [21, 3, 3, 0, 2, 2, description]
    }
}

#[derive(Debug)]
struct Built {
    config: Arc<ServerConfig>,
}

impl BindTls {
    /// Makes the TLS of a line of what it says, loading what is not loaded yet.
    ///
    /// # Errors
    /// All that cannot work.
    pub fn build(settings: &BindSettings, store: &Store, tuning: &Tuning) -> Result<(Self, Vec<Notice>), Vec<Problem>> {
        let mut notices = Vec::new();
        let mut problems = Vec::new();
        let mut table = Table::default();
        for (used, is_default) in settings
            .default_certificates
            .iter()
            .map(|used| (used, true))
            .chain(settings.certificates.iter().enumerate().map(|(index, used)| (used, index == 0)))
        {
            match store.certificate(&used.certificate, tuning, &mut notices) {
                Ok(certificate) => table.insert(&certificate, &used.names, is_default && !settings.strict_sni),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| vec![Problem::new("bind", error.to_string())])?
            .with_client_cert_verifier(Arc::new(NoClientAuth))
            .with_cert_resolver(Arc::new(table));
        config.alpn_protocols = settings.policy.alpn.clone().unwrap_or_default();
        let current = ArcSwap::from_pointee(Built { config: Arc::new(config) });
        Ok((Self { current }, notices))
    }

    /// What becomes of a client whose first flight began with these bytes: the record or records of its ClientHello as they came.
    pub fn accept(&self, _first_bytes: &[u8]) -> Accept {
        Accept::Serve(self.current.load().config.clone())
    }
}

#[derive(Debug, Default)]
struct Table {
    names: HashMap<String, Arc<CertifiedKey>>,
    default: Option<Arc<CertifiedKey>>,
}

impl Table {
    fn insert(&mut self, certificate: &Certificate, filters: &[String], is_default: bool) {
        let names = if filters.is_empty() { &certificate.names } else { filters };
        for name in names {
            self.names.entry(name.to_ascii_lowercase()).or_insert_with(|| certificate.key.clone());
        }
        if is_default && self.default.is_none() {
            self.default = Some(certificate.key.clone());
        }
    }
}

impl ResolvesServerCert for Table {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase);
        let exact = name.as_deref().and_then(|name| self.names.get(name));
        let wildcard =
            || name.as_deref().and_then(|name| self.names.get(&format!("*{}", name.get(name.find('.')?..)?)));
        exact.or_else(wildcard).or(self.default.as_ref()).cloned()
    }
}
