//! The signatures that peers make in handshakes to prove that a certificate is theirs (RFC 8446 4.4.3, RFC 5246 7.4.3).

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, SignatureScheme};
use rustls_pki_types::CertificateDer;

use crate::der::{self, BIT_STRING, Reader, SEQUENCE, Value};

/// What a peer may sign with, and what that is checked by.
#[derive(Debug)]
pub(crate) struct Signatures {
    pub(crate) algorithms: WebPkiSupportedAlgorithms,
    pub(crate) schemes: Vec<SignatureScheme>,
}

/// The methods on signatures that verifiers of both sides have in common, for a verifier with a field `signatures`.
macro_rules! signature_methods {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.signatures.check(message, cert, dss, false)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.signatures.check(message, cert, dss, true)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.signatures.schemes.clone()
        }
    };
}

pub(super) use signature_methods;

impl Signatures {
    /// See [`check`].
    pub(super) fn check(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        made: &DigitallySignedStruct,
        is_tls13: bool,
    ) -> Result<HandshakeSignatureValid, Error> {
        check(message, certificate, made, &self.algorithms, is_tls13)
    }
}

/// Whether `made` signs `message` with the key of `certificate`, of any version of X.509.
fn check(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    made: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
    is_tls13: bool,
) -> Result<HandshakeSignatureValid, Error> {
    let unadvertised = || Error::PeerMisbehaved(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme);
    if is_tls13 && !is_for_tls13(made.scheme) {
        return Err(unadvertised());
    }
    let (_, fitting) = algorithms.mapping.iter().find(|(scheme, _)| *scheme == made.scheme).ok_or_else(unadvertised)?;
    // From TLS 1.3 on a scheme names the curve too: the first is the one.
    let fitting = if is_tls13 { fitting.get(..1).unwrap_or_default() } else { fitting };
    let (key_algorithm, key) = public_key(certificate).ok_or(CertificateError::BadEncoding)?;
    let is_good = fitting
        .iter()
        .filter(|known| known.public_key_alg_id().as_ref() == key_algorithm)
        .any(|known| known.verify_signature(key, message, made.signature()).is_ok());
    if is_good { Ok(HandshakeSignatureValid::assertion()) } else { Err(CertificateError::BadSignature.into()) }
}

fn is_for_tls13(scheme: SignatureScheme) -> bool {
    !matches!(
        scheme,
        SignatureScheme::RSA_PKCS1_SHA1
            | SignatureScheme::RSA_PKCS1_SHA256
            | SignatureScheme::RSA_PKCS1_SHA384
            | SignatureScheme::RSA_PKCS1_SHA512
            | SignatureScheme::ECDSA_SHA1_Legacy
    )
}

/// A certificate's key: its algorithm (the inside of its identifier) and its bits.
fn public_key(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (signed, ..) = der::signed(certificate)?;
    let mut parts = signed.inside();
    // The version, which version 1 does not name.
    let _ = parts.expect(0xa0);
    // Serial number, algorithm, issuer, validity, subject.
    for _ in 0..5 {
        parts.next()?;
    }
    let mut key: Reader<'_> = parts.expect(SEQUENCE)?.inside();
    Some((key.expect(SEQUENCE)?.content, key.expect(BIT_STRING).and_then(Value::bits)?))
}
