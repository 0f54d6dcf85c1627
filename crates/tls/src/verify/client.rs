//! Verification of clients' certificates (configuration manual 5.1 `verify`).

use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::chain::{self, Outcome, Question, Role};
use super::handshake::{Signatures, signature_methods};
use super::record::note_verification;
use super::trust::Trust;
use super::{into_error, parse_all};
use crate::security::Security;
use crate::settings::IgnoredErrors;

/// What a line asks of its clients.
#[derive(Debug)]
pub(crate) struct ClientVerifier {
    pub(crate) trust: Trust,
    /// Whose certificates clients are told to show.
    pub(crate) hints: Vec<DistinguishedName>,
    /// Whether there has to be one.
    pub(crate) is_mandatory: bool,
    pub(crate) ignored_certificate: IgnoredErrors,
    pub(crate) ignored_chain: IgnoredErrors,
    /// How clients may sign.
    pub(crate) signatures: Signatures,
    /// How strong certificates have to be.
    pub(crate) security: Security,
}

impl ClientVerifier {
    /// Verifies a client's certificate and those that it has sent along.
    pub(crate) fn verify(&self, own: &CertificateDer<'_>, sent: &[CertificateDer<'_>], now: UnixTime) -> Outcome {
        let Ok((own, sent)) = parse_all(own, sent) else { return Outcome::UNREADABLE };
        let question = Question {
            trust: &self.trust,
            role: Role::Client,
            now: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            algorithms: self.signatures.algorithms.all,
            security: self.security,
            ignored_certificate: &self.ignored_certificate,
            ignored_chain: &self.ignored_chain,
        };
        chain::verify(&own, &sent, &question)
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let outcome = self.verify(end_entity, intermediates, now);
        note_verification(outcome.verification);
        match outcome.refused {
            None => Ok(ClientCertVerified::assertion()),
            Some(number) => Err(into_error(number)),
        }
    }

    signature_methods!();
}
