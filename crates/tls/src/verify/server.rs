//! Verification of servers' certificates (configuration manual 5.2 `verify`, `verifyhost`).

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::chain::{self, Question, Role};
use super::handshake::{Signatures, signature_methods};
use super::record::{Verification, note_verification};
use super::trust::Trust;
use super::{host, into_error, number, parse_all};
use crate::security::Security;
use crate::settings::IgnoredErrors;

/// What a line asks of its server.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    /// Who is trusted; none: nothing is asked of the server (`verify none`).
    pub(crate) trust: Option<Trust>,
    /// The name to have where no name was sent.
    pub(crate) verify_host: Option<String>,
    /// How servers may sign.
    pub(crate) signatures: Signatures,
    /// How strong certificates have to be.
    pub(crate) security: Security,
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trust) = &self.trust else {
            note_verification(Verification::default());
            return Ok(ServerCertVerified::assertion());
        };
        let (own, sent) = parse_all(end_entity, intermediates)?;
        let question = Question {
            trust,
            role: Role::Server,
            now: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            algorithms: self.signatures.algorithms.all,
            security: self.security,
            ignored_certificate: &IgnoredErrors::None,
            ignored_chain: &IgnoredErrors::None,
        };
        let mut outcome = chain::verify(&own, &sent, &question);
        let name = match server_name {
            ServerName::IpAddress(address) if std::net::IpAddr::from(*address).is_unspecified() => {
                self.verify_host.clone()
            }
            name => Some(name.to_str().into_owned()),
        };
        if outcome.refused.is_none() && name.is_some_and(|name| !host::is_for(&own, &name)) {
            outcome.verification.result = number::HOSTNAME_MISMATCH;
            outcome.refused = Some(number::HOSTNAME_MISMATCH);
        }
        note_verification(outcome.verification);
        match outcome.refused {
            None => Ok(ServerCertVerified::assertion()),
            Some(number) => Err(into_error(number)),
        }
    }

    signature_methods!();
}
