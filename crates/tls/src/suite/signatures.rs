//! Signature algorithms, by their names in OpenSSL (its manual, `SSL_CTX_set1_sigalgs_list`), and keys that sign in those ways alone.

use std::sync::Arc;

use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::SubjectPublicKeyInfoDer;

use super::tell_missing;
use crate::report::{Notice, Problem};
use crate::security::Security;

/// The algorithms that `list` names, in its order; none: it is not given.
pub(super) fn schemes(
    keyword: &str,
    list: Option<&str>,
    notices: &mut Vec<Notice>,
) -> Result<Option<Arc<[SignatureScheme]>>, Problem> {
    let Some(list) = list else { return Ok(None) };
    let mut chosen = Vec::new();
    let mut missing = Vec::new();
    for word in list.split(':').map(str::trim).filter(|word| !word.is_empty()) {
        let (may_be_missing, name) = word.strip_prefix('?').map_or((false, word), |word| (true, word));
        match NAMES.iter().find(|(names, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name))) {
            Some((_, scheme)) if !chosen.contains(scheme) => chosen.push(*scheme),
            Some(_) => {}
            None if may_be_missing => {}
            None => missing.push(name),
        }
    }
    if chosen.is_empty() {
        return Err(Problem::new(
            keyword,
            format!("the TLS library has none of these signature algorithms, so nothing is left: {list}"),
        ));
    }
    tell_missing(keyword, &missing, notices);
    Ok(Some(chosen.into()))
}

/// Those that are strong enough; none: all that are `known` may be used, and are.
pub(super) fn strong(
    keyword: &str,
    schemes: Option<Arc<[SignatureScheme]>>,
    known: &[SignatureScheme],
    security: Security,
) -> Result<Option<Arc<[SignatureScheme]>>, Problem> {
    let all = schemes.as_deref().unwrap_or(known);
    if all.iter().all(|scheme| security.takes_scheme(*scheme)) {
        return Ok(schemes);
    }
    let strong: Arc<[_]> = all.iter().copied().filter(|scheme| security.takes_scheme(*scheme)).collect();
    match strong.is_empty() {
        true => Err(Problem::new(keyword, "'ssl-security-level' leaves none of these signature algorithms")),
        false => Ok(Some(strong)),
    }
}

const NAMES: [(&[&str], SignatureScheme); 10] = [
    (&["ecdsa_secp256r1_sha256", "ECDSA+SHA256"], SignatureScheme::ECDSA_NISTP256_SHA256),
    (&["ecdsa_secp384r1_sha384", "ECDSA+SHA384"], SignatureScheme::ECDSA_NISTP384_SHA384),
    (&["ecdsa_secp521r1_sha512", "ECDSA+SHA512"], SignatureScheme::ECDSA_NISTP521_SHA512),
    (&["ed25519"], SignatureScheme::ED25519),
    (&["rsa_pss_rsae_sha256", "RSA-PSS+SHA256", "PSS+SHA256"], SignatureScheme::RSA_PSS_SHA256),
    (&["rsa_pss_rsae_sha384", "RSA-PSS+SHA384", "PSS+SHA384"], SignatureScheme::RSA_PSS_SHA384),
    (&["rsa_pss_rsae_sha512", "RSA-PSS+SHA512", "PSS+SHA512"], SignatureScheme::RSA_PSS_SHA512),
    (&["rsa_pkcs1_sha256", "RSA+SHA256"], SignatureScheme::RSA_PKCS1_SHA256),
    (&["rsa_pkcs1_sha384", "RSA+SHA384"], SignatureScheme::RSA_PKCS1_SHA384),
    (&["rsa_pkcs1_sha512", "RSA+SHA512"], SignatureScheme::RSA_PKCS1_SHA512),
];

/// A key that signs only in some of the ways it could, the first that the peer takes.
#[derive(Debug)]
pub(crate) struct RestrictedKey {
    pub(crate) key: Arc<dyn SigningKey>,
    pub(crate) schemes: Arc<[SignatureScheme]>,
}

impl SigningKey for RestrictedKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        self.schemes
            .iter()
            .filter(|scheme| offered.contains(scheme))
            .find_map(|&scheme| self.key.choose_scheme(&[scheme]))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.key.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_signature_algorithms() {
        let check = |list: &str, expected: Option<&[SignatureScheme]>, told: usize| {
            let mut notices = Vec::new();
            let found = schemes("sigalgs", Some(list), &mut notices);
            assert_eq!(found.ok().flatten().as_deref(), expected, "{list}");
            assert_eq!(notices.len(), told, "{list}");
        };
        check(
            "ECDSA+SHA256:RSA+SHA256",
            Some(&[SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::RSA_PKCS1_SHA256]),
            0,
        );
        check("rsa_pss_rsae_sha384:rsa_pss_pss_sha384", Some(&[SignatureScheme::RSA_PSS_SHA384]), 1);
        check("?ed448:ed25519", Some(&[SignatureScheme::ED25519]), 0);
        check("RSA+SHA1", None, 0);
    }
}
