//! Keys that are made, and requests for certificates that are signed with them.

use std::net::IpAddr;

use rcgen::{
    CertificateParams, CertificateSigningRequest, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_RSA_SHA256, RsaKeySize, SanType,
};

use crate::fault::Fault;
use crate::settings::{Curve, KeyKind, RsaBits};

/// Makes a key.
pub(crate) fn generate(kind: KeyKind) -> Result<KeyPair, Fault> {
    let made = match kind {
        KeyKind::Ecdsa(Curve::P256) => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyKind::Ecdsa(Curve::P384) => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        KeyKind::Ecdsa(Curve::P521) => KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512),
        KeyKind::Rsa(bits) => KeyPair::generate_rsa_for(
            &PKCS_RSA_SHA256,
            match bits {
                RsaBits::Bits2048 => RsaKeySize::_2048,
                RsaBits::Bits3072 => RsaKeySize::_3072,
                RsaBits::Bits4096 => RsaKeySize::_4096,
            },
        ),
    };
    made.map_err(|fault| Fault::Key(fault.to_string()))
}

/// What a certificate is to be for: the first name becomes the common name as well (configuration manual 12.7.1 `domains`).
pub(crate) fn subject(domains: &[String], addresses: &[IpAddr]) -> Result<CertificateParams, Fault> {
    let bad_name = |fault: rcgen::Error| Fault::Key(fault.to_string());
    let mut subject = CertificateParams::new(Vec::new()).map_err(bad_name)?;
    for domain in domains {
        subject.subject_alt_names.push(SanType::DnsName(domain.as_str().try_into().map_err(bad_name)?));
    }
    subject.subject_alt_names.extend(addresses.iter().map(|address| SanType::IpAddress(*address)));
    subject.distinguished_name = DistinguishedName::new();
    if let Some(first) = domains.first().filter(|name| name.len() <= LONGEST_COMMON_NAME) {
        subject.distinguished_name.push(DnType::CommonName, first.as_str());
    }
    Ok(subject)
}

/// A request for a certificate (RFC 2986).
pub(crate) fn request(
    key: &KeyPair,
    domains: &[String],
    addresses: &[IpAddr],
) -> Result<CertificateSigningRequest, Fault> {
    subject(domains, addresses)?.serialize_request(key).map_err(|fault| Fault::Key(fault.to_string()))
}

/// RFC 5280, appendix A: `ub-common-name`. A longer name stands among the alternative ones alone.
const LONGEST_COMMON_NAME: usize = 64;
