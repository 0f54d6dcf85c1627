//! Security levels as OpenSSL has them (configuration manual 3.1 `ssl-security-level`; OpenSSL's manual, `SSL_CTX_set_security_level`): how
//! many bits of strength keys, signatures, ciphers and groups have to have. Strengths are those of NIST SP 800-57 part 1, table 2, as OpenSSL
//! reckons them.
//!
//! What the TLS library takes is of level 2 at least, so the levels up to that one ask for nothing here.

use rustls::crypto::SupportedKxGroup;
use rustls::{CipherSuite, NamedGroup, SignatureScheme};
use rustls_pki_types::{AlgorithmIdentifier, CertificateDer, alg_id};

use crate::der::{self, Reader, SEQUENCE};
use crate::verify::Link;

/// A level, by the bits of strength that it asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Security {
    /// Zero: nothing beyond what the library asks for.
    bits: u32,
}

/// Why a certificate is too weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weakness {
    /// Its key is too short.
    Key,
    /// It is signed with too short a hash.
    Signature,
}

impl Security {
    /// The level of this number.
    pub(crate) fn of_level(level: u8) -> Self {
        let bits = match level {
            0..=2 => 0,
            3 => 128,
            4 => 192,
            _ => 256,
        };
        Self { bits }
    }

    /// Whether sessions may be resumed by tickets: those who get at the keys of tickets get at the sessions.
    pub(crate) fn has_tickets(self) -> bool {
        self.bits == 0
    }

    pub(crate) fn takes_suite(self, suite: CipherSuite) -> bool {
        self.bits <= 128
            || !matches!(
                suite,
                CipherSuite::TLS13_AES_128_GCM_SHA256
                    | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                    | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
            )
    }

    pub(crate) fn takes_group(self, group: &dyn SupportedKxGroup) -> bool {
        let bits = match group.name() {
            NamedGroup::MLKEM1024 | NamedGroup::secp521r1 => 256,
            NamedGroup::secp384r1
            | NamedGroup::MLKEM768
            | NamedGroup::X25519MLKEM768
            | NamedGroup::secp256r1MLKEM768 => 192,
            _ => 128,
        };
        bits >= self.bits
    }

    pub(crate) fn takes_scheme(self, scheme: SignatureScheme) -> bool {
        let bits = match scheme {
            SignatureScheme::ECDSA_NISTP384_SHA384
            | SignatureScheme::RSA_PSS_SHA384
            | SignatureScheme::RSA_PKCS1_SHA384 => 192,
            SignatureScheme::ECDSA_NISTP521_SHA512
            | SignatureScheme::RSA_PSS_SHA512
            | SignatureScheme::RSA_PKCS1_SHA512 => 256,
            _ => 128,
        };
        bits >= self.bits
    }

    pub(crate) fn takes_key(self, link: &Link) -> bool {
        self.bits == 0 || strength_of_key(link).unwrap_or(0) >= self.bits
    }

    /// Whether a certificate, by its DER, is signed well enough.
    pub(crate) fn takes_signature(self, certificate: &[u8]) -> bool {
        self.bits == 0 || strength_of_signature(certificate).unwrap_or(0) >= self.bits
    }

    /// The first certificate of a chain of our own that is too weak, and why. Who has signed itself is believed for other reasons than its
    /// signature.
    pub(crate) fn weakness_in(self, chain: &[CertificateDer<'static>]) -> Option<(usize, Weakness)> {
        if self.bits == 0 {
            return None;
        }
        chain.iter().enumerate().find_map(|(depth, certificate)| {
            let link = Link::parse(certificate.clone()).ok()?;
            if !self.takes_key(&link) {
                return Some((depth, Weakness::Key));
            }
            let is_weak = !link.is_self_issued() && !self.takes_signature(certificate);
            is_weak.then_some((depth, Weakness::Signature))
        })
    }
}

fn strength_of_key(link: &Link) -> Option<u32> {
    let is = |known: AlgorithmIdentifier| known.as_ref() == link.key_algorithm;
    if is(alg_id::ECDSA_P384) {
        return Some(192);
    }
    if is(alg_id::ECDSA_P521) {
        return Some(256);
    }
    if is(alg_id::ECDSA_P256) || is(alg_id::ED25519) {
        return Some(128);
    }
    if !is(alg_id::RSA_ENCRYPTION) {
        return None;
    }
    let modulus = Reader::new(&link.key_bits).expect(SEQUENCE)?.inside().expect(INTEGER)?.content;
    let first = modulus.iter().position(|&byte| byte != 0)?;
    let significant = modulus.get(first..)?;
    let bits = significant.len() * 8 - significant.first()?.leading_zeros() as usize;
    RSA.iter().find(|(least, _)| bits >= *least).map(|(_, strength)| *strength)
}

fn strength_of_signature(certificate: &[u8]) -> Option<u32> {
    let (_, algorithm, _) = der::signed(certificate)?;
    SIGNATURES.iter().find(|(known, _)| known.as_ref() == algorithm).map(|(_, strength)| *strength)
}

const INTEGER: u8 = 0x02;

/// Bits of an RSA key, and the strength that they have at least. Between these OpenSSL reckons with a formula, none of whose results reaches
/// the next level.
const RSA: [(usize, u32); 4] = [(15_360, 256), (7_680, 192), (3_072, 128), (2_048, 112)];

const SIGNATURES: [(AlgorithmIdentifier, u32); 10] = [
    (alg_id::ECDSA_SHA256, 128),
    (alg_id::ECDSA_SHA384, 192),
    (alg_id::ECDSA_SHA512, 256),
    (alg_id::RSA_PKCS1_SHA256, 128),
    (alg_id::RSA_PKCS1_SHA384, 192),
    (alg_id::RSA_PKCS1_SHA512, 256),
    (alg_id::RSA_PSS_SHA256, 128),
    (alg_id::RSA_PSS_SHA384, 192),
    (alg_id::RSA_PSS_SHA512, 256),
    (alg_id::ED25519, 128),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Authority, rsa_key};

    #[test]
    fn keys_and_signatures_have_their_strength() {
        let check = |der: &CertificateDer<'static>, key: Option<u32>, signature: Option<u32>| {
            let link = Link::parse(der.clone()).unwrap();
            assert_eq!((strength_of_key(&link), strength_of_signature(der)), (key, signature));
        };
        let root = Authority::new("root");
        check(&root.der, Some(128), Some(128));
        let leaf = root.sign_with("a.test", rsa_key(), |_| {}).der;
        check(&leaf, Some(112), Some(128));
        let weakness = |level, chain: &[&CertificateDer<'static>]| {
            let chain: Vec<_> = chain.iter().map(|der| (*der).clone()).collect();
            Security::of_level(level).weakness_in(&chain)
        };
        assert_eq!(weakness(2, &[&leaf, &root.der]), None);
        assert_eq!(weakness(3, &[&leaf, &root.der]), Some((0, Weakness::Key)));
        assert_eq!(weakness(3, &[&root.sign("a.test").der, &root.der]), None);
        assert_eq!(weakness(4, &[&root.sign("a.test").der]), Some((0, Weakness::Key)));
    }
}
