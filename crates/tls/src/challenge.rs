//! Certificates that answer challenges of authorities (RFC 8737): shown to clients that offer the protocol `acme-tls/1` alone and ask for the
//! name, by the lines that use the certificate which is being ordered.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::aws_lc_rs;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, version::TLS12, version::TLS13};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::hello::{ClientHello, Parsed, client_hello};

/// The protocol that an authority asks for when it checks a challenge.
const PROTOCOL: &[u8] = b"acme-tls/1";

/// The answers of the process.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    shown: ArcSwap<Vec<Answer>>,
}

#[derive(Clone, Debug)]
struct Answer {
    /// The certificate that is being ordered.
    certificate: String,
    server_name: String,
    config: Arc<ServerConfig>,
}

impl Challenges {
    /// Shows a certificate to those who ask for this name.
    ///
    /// # Errors
    /// Why it cannot be shown, in words.
    pub(crate) fn show(
        &self,
        certificate: &str,
        server_name: &str,
        der: &CertificateDer<'static>,
        key: &PrivateKeyDer<'static>,
    ) -> Result<(), String> {
        let key = any_supported_type(key).map_err(|error| error.to_string())?;
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![der.clone()], key));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.send_tls13_tickets = 0;
        let answer = Answer {
            certificate: certificate.to_owned(),
            server_name: server_name.to_ascii_lowercase(),
            config: Arc::new(config),
        };
        self.shown.rcu(|shown| {
            let others = shown.iter().filter(|known| !known.is_about(certificate, server_name));
            others.chain([&answer]).cloned().collect::<Vec<_>>()
        });
        Ok(())
    }

    /// Shows it no more.
    pub(crate) fn hide(&self, certificate: &str, server_name: &str) {
        self.shown.rcu(|shown| {
            shown.iter().filter(|known| !known.is_about(certificate, server_name)).cloned().collect::<Vec<_>>()
        });
    }

    /// What a client gets whose first flight is a question about a challenge, from a line with these certificates.
    pub(crate) fn answer(&self, first_bytes: &[u8], certificates: &HashSet<String>) -> Option<Arc<ServerConfig>> {
        let shown = self.shown.load();
        if shown.is_empty() {
            return None;
        }
        let Parsed::Complete(body) = client_hello(first_bytes) else { return None };
        let hello = ClientHello::parse(&body)?;
        let mut protocols = hello.protocols();
        let is_question = protocols.next() == Some(PROTOCOL) && protocols.next().is_none();
        let name = hello.server_name().filter(|_| is_question)?;
        let meant = |answer: &&Answer| {
            name.eq_ignore_ascii_case(answer.server_name.as_bytes()) && certificates.contains(&answer.certificate)
        };
        shown.iter().find(meant).map(|answer| Arc::clone(&answer.config))
    }
}

impl Answer {
    fn is_about(&self, certificate: &str, server_name: &str) -> bool {
        self.certificate == certificate && self.server_name.eq_ignore_ascii_case(server_name)
    }
}
