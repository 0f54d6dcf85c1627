//! What OpenSSL's names of versions, ciphers, groups and signature algorithms come to in the TLS library that there is. What it lacks is
//! told; where nothing is left, that is a fault.

mod ciphers;
mod groups;
mod signatures;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::version::{TLS12, TLS13};
use rustls::{SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion};

use crate::report::{Notice, Problem};
use crate::security::Security;
use crate::settings::{Policy, TlsVersion};
use crate::verify::Signatures;

pub(crate) use signatures::RestrictedKey;

/// What a policy leaves of what the TLS library has.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) versions: Vec<&'static SupportedProtocolVersion>,
    /// `sigalgs`; none: what the library finds good.
    pub(crate) schemes: Option<Arc<[SignatureScheme]>>,
    /// `client-sigalgs`; none: those of `sigalgs`.
    pub(crate) client_schemes: Option<Arc<[SignatureScheme]>>,
}

impl Choices {
    /// What `policy` leaves.
    ///
    /// # Errors
    /// It leaves no version, no cipher, no group or no signature algorithm.
    pub(crate) fn of(policy: &Policy, security: Security, notices: &mut Vec<Notice>) -> Result<Self, Problem> {
        let mut versions = versions(policy, notices)?;
        let mut provider = aws_lc_rs::default_provider();
        let mut suites: Vec<SupportedCipherSuite> = ciphers::tls13(policy.cipher_suites.as_deref(), notices);
        suites.extend(ciphers::tls12(policy.ciphers.as_deref(), notices));
        suites.retain(|suite| security.takes_suite(suite.suite()));
        let has_suites = |version: &SupportedProtocolVersion| suites.iter().any(|suite| suite.version() == version);
        if versions.iter().any(|version| !has_suites(version)) {
            let (left, gone): (Vec<_>, Vec<_>) = versions.into_iter().partition(|version| has_suites(version));
            let keyword = if gone.contains(&&TLS12) { "ciphers" } else { "ciphersuites" };
            if left.is_empty() {
                return Err(Problem::new(keyword, "the TLS library has none of these ciphers, so nothing is left"));
            }
            let version = if gone.contains(&&TLS12) { "1.2" } else { "1.3" };
            notices.push(Notice::new(
                keyword,
                format!("the TLS library has none of these ciphers, so TLS {version} is off"),
            ));
            versions = left;
        }
        // The library offers all that it is given, and certificates are chosen by what both sides know: suites of a version that is off mislead.
        suites.retain(|suite| versions.contains(&suite.version()));
        provider.cipher_suites = suites;
        provider.kx_groups = groups::groups(policy.curves.as_deref(), notices)?;
        provider.kx_groups.retain(|group| security.takes_group(*group));
        if provider.kx_groups.is_empty() {
            return Err(Problem::new("curves", "'ssl-security-level' leaves none of these groups"));
        }
        let known = provider.signature_verification_algorithms.supported_schemes();
        let mut schemes = |keyword, list: &Option<String>| {
            let schemes = signatures::schemes(keyword, list.as_deref(), notices)?;
            signatures::strong(keyword, schemes, &known, security)
        };
        let wanted = schemes("sigalgs", &policy.signature_algorithms)?;
        let of_clients = match &policy.client_signature_algorithms {
            None => None,
            list => schemes("client-sigalgs", list)?,
        };
        Ok(Self { provider: Arc::new(provider), versions, schemes: wanted, client_schemes: of_clients })
    }

    /// How peers may sign, where `wanted` says so, else as the library finds good.
    pub(crate) fn signatures_in(&self, wanted: Option<&Arc<[SignatureScheme]>>) -> Signatures {
        let algorithms = self.provider.signature_verification_algorithms;
        let known = algorithms.supported_schemes();
        let schemes = match wanted {
            Some(wanted) => wanted.iter().copied().filter(|scheme| known.contains(scheme)).collect(),
            None => known,
        };
        Signatures { algorithms, schemes }
    }
}

fn versions(policy: &Policy, notices: &mut Vec<Notice>) -> Result<Vec<&'static SupportedProtocolVersion>, Problem> {
    let (min, max) = (policy.min_version.unwrap_or(TlsVersion::Tls12), policy.max_version.unwrap_or(TlsVersion::Tls13));
    if max < TlsVersion::Tls12 {
        return Err(Problem::new(
            "ssl-max-ver",
            "only versions before TLS 1.2 are left, and those are off: they are broken (RFC 8996) and the TLS library does not have them",
        ));
    }
    if min > max {
        return Err(Problem::new("ssl-min-ver", "it is above ssl-max-ver, so no version is left"));
    }
    if min < TlsVersion::Tls12 {
        notices.push(Notice::new(
            "ssl-min-ver",
            "versions before TLS 1.2 stay off: they are broken (RFC 8996) and the TLS library does not have them",
        ));
    }
    let mut versions = Vec::with_capacity(2);
    if max >= TlsVersion::Tls13 {
        versions.push(&TLS13);
    }
    if min <= TlsVersion::Tls12 {
        versions.push(&TLS12);
    }
    Ok(versions)
}

/// Tells what was left out of a list.
fn tell_missing(keyword: &str, missing: &[&str], notices: &mut Vec<Notice>) {
    if !missing.is_empty() {
        notices
            .push(Notice::new(keyword, format!("the TLS library does not have, so left out: {}", missing.join(", "))));
    }
}

type Group = &'static dyn SupportedKxGroup;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_1_2_are_off() {
        let check = |min, max, expected: Result<(usize, usize), &str>| {
            let mut notices = Vec::new();
            let policy = Policy { min_version: min, max_version: max, ..Policy::default() };
            let left = Choices::of(&policy, Security::default(), &mut notices)
                .map(|choices| (choices.versions.len(), notices.len()));
            assert_eq!(left.map_err(|problem| problem.about), expected.map_err(str::to_owned));
        };
        check(None, None, Ok((2, 0)));
        check(Some(TlsVersion::Tls10), None, Ok((2, 1)));
        check(Some(TlsVersion::Tls13), None, Ok((1, 0)));
        check(None, Some(TlsVersion::Tls12), Ok((1, 0)));
        check(None, Some(TlsVersion::Tls11), Err("ssl-max-ver"));
        check(Some(TlsVersion::Tls13), Some(TlsVersion::Tls12), Err("ssl-min-ver"));
    }

    #[test]
    fn a_version_without_ciphers_is_off_and_the_last_one_is_a_fault() {
        let policy = Policy { ciphers: Some("kRSA".into()), ..Policy::default() };
        let mut notices = Vec::new();
        let choices = Choices::of(&policy, Security::default(), &mut notices).unwrap();
        assert_eq!(choices.versions, [&TLS13]);
        assert!(notices.iter().any(|notice| notice.text.contains("TLS 1.2 is off")), "{notices:?}");
        let policy = Policy { max_version: Some(TlsVersion::Tls12), ..policy };
        assert_eq!(Choices::of(&policy, Security::default(), &mut notices).unwrap_err().about, "ciphers");
    }
    #[test]
    fn security_levels_leave_what_is_strong() {
        let check = |level, expected: Option<(usize, usize, Option<usize>)>| {
            let choices = Choices::of(&Policy::default(), Security::of_level(level), &mut Vec::new()).ok();
            let left = choices.map(|choices| {
                let schemes = choices.schemes.as_ref().map(|schemes| schemes.len());
                (choices.provider.cipher_suites.len(), choices.provider.kx_groups.len(), schemes)
            });
            assert_eq!(left, expected, "{level}");
        };
        check(2, Some((9, 4, None)));
        check(3, Some((9, 4, None)));
        // SHA-384 and SHA-512 with ECDSA and both kinds of RSA.
        check(4, Some((6, 2, Some(6))));
        check(5, None);
        let strongest = Policy { curves: Some("MLKEM1024".into()), ..Policy::default() };
        assert!(Choices::of(&strongest, Security::of_level(5), &mut Vec::new()).is_ok());
    }
}
