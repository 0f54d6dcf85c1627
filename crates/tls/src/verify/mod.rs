//! What peers' certificates are worth: verifiers for both sides, errors that are passed over, and OpenSSL's numbers for them.

mod chain;
mod client;
mod constraint;
mod handshake;
mod host;
mod legacy;
mod link;
mod number;
mod record;
mod server;
mod trust;

use rustls::{CertificateError, Error};
use rustls_pki_types::CertificateDer;

pub(crate) use chain::has_signed;
pub(crate) use client::ClientVerifier;
pub(crate) use handshake::Signatures;
pub(crate) use link::Link;
pub use number::{error_name, error_number};
pub(crate) use record::{KeyLogger, note_certificate};
pub use record::{ShownCertificate, Verification, take_certificate, take_secrets, take_verification};
pub(crate) use server::ServerVerifier;
pub use trust::{Authorities, Revocations};
pub(crate) use trust::{RevocationList, Trust};

fn parse_all(own: &CertificateDer<'_>, sent: &[CertificateDer<'_>]) -> Result<(Link, Vec<Link>), Error> {
    let parse = |certificate: &CertificateDer<'_>| Link::parse(certificate.clone().into_owned());
    // What came along and cannot be read helps nobody, and hurts only if nothing else completes the chain.
    let sent = sent.iter().filter_map(|certificate| parse(certificate).ok()).collect();
    Ok((parse(own).map_err(|_| CertificateError::BadEncoding)?, sent))
}

/// The TLS library's word for an error, which decides about the alert that the peer gets.
fn into_error(number: u32) -> Error {
    Error::InvalidCertificate(match number {
        number::UNSPECIFIED => CertificateError::BadEncoding,
        number::CERT_HAS_EXPIRED => CertificateError::Expired,
        number::CERT_NOT_YET_VALID => CertificateError::NotValidYet,
        number::CERT_REVOKED => CertificateError::Revoked,
        number::CERT_SIGNATURE_FAILURE => CertificateError::BadSignature,
        number::HOSTNAME_MISMATCH => CertificateError::NotValidForName,
        number::INVALID_PURPOSE => CertificateError::InvalidPurpose,
        number::UNABLE_TO_GET_CRL => CertificateError::UnknownRevocationStatus,
        number::CRL_HAS_EXPIRED => CertificateError::ExpiredRevocationList,
        number::UNHANDLED_CRITICAL_EXTENSION => CertificateError::UnhandledCriticalExtension,
        number::DEPTH_ZERO_SELF_SIGNED_CERT
        | number::SELF_SIGNED_CERT_IN_CHAIN
        | number::UNABLE_TO_GET_ISSUER_CERT
        | number::UNABLE_TO_GET_ISSUER_CERT_LOCALLY
        | number::UNABLE_TO_VERIFY_LEAF_SIGNATURE
        | number::INVALID_CA => CertificateError::UnknownIssuer,
        _ => CertificateError::ApplicationVerificationFailure,
    })
}

#[cfg(test)]
mod tests;
