//! The choice of a certificate in the midst of a handshake, when the configuration is chosen already.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::server::{self, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::choose::{Entry, Found, Table, Verifies};
use crate::generate::Generator;
use crate::hello::{ClientHello, Extension};
use crate::verify::note_certificate;

/// Chooses among the certificates that go with one configuration.
#[derive(Debug)]
pub(super) struct Resolver {
    pub(super) table: Arc<Table>,
    pub(super) group: usize,
    pub(super) generator: Option<Arc<Generator>>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name();
        let verifies = Verifies::of(hello.signature_schemes());
        let default = match self.table.find(name, verifies, Some(self.group)) {
            Found::Named(entry) => return Some(shown(entry)),
            Found::Default(entry) => Some(entry),
            Found::Nobody => None,
        };
        let made = self.generator.as_ref().zip(name).and_then(|(generator, name)| {
            let model = default.or_else(|| self.table.entries().next()).map(|entry| &entry.key);
            let made = generator.make(&name.to_ascii_lowercase(), model)?;
            note_certificate(&made, None);
            Some(made)
        });
        made.or_else(|| default.map(shown))
    }
}

fn shown(entry: &Entry) -> Arc<CertifiedKey> {
    note_certificate(&entry.key, Some(&entry.certificate.name));
    entry.key.clone()
}

/// How the client says that it can verify signatures; without a word it is RSA (RFC 5246 7.4.1.4.1).
pub(super) fn schemes_of(hello: &ClientHello<'_>) -> Vec<SignatureScheme> {
    match hello.list_in(Extension::SignatureAlgorithms) {
        Some(list) => list
            .chunks_exact(2)
            .filter_map(|pair| Some(SignatureScheme::from(u16::from_be_bytes(pair.try_into().ok()?))))
            .collect(),
        None => vec![SignatureScheme::RSA_PKCS1_SHA256],
    }
}
