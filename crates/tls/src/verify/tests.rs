use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose,
    NameConstraints, date_time_ymd,
};
use rustls::crypto::aws_lc_rs::default_provider;

use super::chain::{Outcome, Question, Role, verify};
use super::*;
use crate::material::{read_authorities, read_revocations};
use crate::security::Security;
use crate::settings::IgnoredErrors;
use crate::testing::{Authority, Signed, ec_key, rsa_key};

/// A verification by its parts, which tests change.
struct Case<'a> {
    trusted: Vec<&'a Authority>,
    lists: Vec<String>,
    sent: Vec<&'a Authority>,
    role: Role,
    ignored_certificate: IgnoredErrors,
    ignored_chain: IgnoredErrors,
    security: Security,
}

impl<'a> Case<'a> {
    fn new(trusted: &[&'a Authority], sent: &[&'a Authority]) -> Self {
        Self {
            trusted: trusted.to_vec(),
            lists: Vec::new(),
            sent: sent.to_vec(),
            role: Role::Client,
            ignored_certificate: IgnoredErrors::None,
            ignored_chain: IgnoredErrors::None,
            security: Security::default(),
        }
    }

    fn verify(&self, own: &CertificateDer<'static>) -> Outcome {
        let mut trust = Trust::default();
        for authority in &self.trusted {
            trust.add(&read_authorities("ca", authority.pem.as_bytes()).unwrap());
        }
        for list in &self.lists {
            trust.add_revocations(&read_revocations("crl", list.as_bytes()).unwrap());
        }
        let sent: Vec<CertificateDer<'_>> = self.sent.iter().map(|authority| authority.der.clone()).collect();
        let (own, sent) = parse_all(own, &sent).unwrap();
        let question = Question {
            trust: &trust,
            role: self.role,
            now: rustls_pki_types::UnixTime::now().as_secs().try_into().unwrap(),
            algorithms: default_provider().signature_verification_algorithms.all,
            security: self.security,
            ignored_certificate: &self.ignored_certificate,
            ignored_chain: &self.ignored_chain,
        };
        verify(&own, &sent, &question)
    }

    /// Nothing is passed over: the error, or none.
    fn check(&self, own: &CertificateDer<'static>, expected: Option<u32>) {
        assert_eq!(self.verify(own).refused, expected);
    }
}

fn with(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Signed {
    authority.sign_with("www.example", ec_key(), change)
}

#[test]
fn chains_end_with_somebody_trusted() {
    let root = Authority::new("root");
    let middle = root.authority("middle", |_| {});
    let leaf = middle.sign("www.example").der;
    Case::new(&[&root], &[&middle]).check(&leaf, None);
    Case::new(&[&root, &middle], &[]).check(&leaf, None);
    // Whoever sends the root too is forgiven.
    Case::new(&[&root], &[&root, &middle]).check(&leaf, None);
    Case::new(&[&root], &[]).check(&leaf, Some(number::UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
    Case::new(&[&middle], &[]).check(&leaf, Some(number::UNABLE_TO_GET_ISSUER_CERT));
    Case::new(&[], &[&middle, &root]).check(&leaf, Some(number::SELF_SIGNED_CERT_IN_CHAIN));
    Case::new(&[], &[]).check(&root.der, Some(number::DEPTH_ZERO_SELF_SIGNED_CERT));
    Case::new(&[&root], &[]).check(&root.der, None);
    // A namesake has not signed.
    Case::new(&[&Authority::new("root")], &[&middle]).check(&leaf, Some(number::UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
}

#[test]
fn times_and_uses_count() {
    let root = Authority::new("root");
    let check = |change: &dyn Fn(&mut CertificateParams), role: Role, expected: Option<u32>| {
        let case = Case { role, ..Case::new(&[&root], &[]) };
        case.check(&with(&root, change).der, expected);
    };
    check(&|_| {}, Role::Client, None);
    check(&|params| params.not_after = date_time_ymd(2020, 1, 1), Role::Client, Some(number::CERT_HAS_EXPIRED));
    check(&|params| params.not_before = date_time_ymd(4000, 1, 1), Role::Client, Some(number::CERT_NOT_YET_VALID));
    let for_servers =
        |params: &mut CertificateParams| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    check(&for_servers, Role::Server, None);
    check(&for_servers, Role::Client, Some(number::INVALID_PURPOSE));
    let strange = |params: &mut CertificateParams| {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    };
    check(&strange, Role::Client, Some(number::UNHANDLED_CRITICAL_EXTENSION));
}

#[test]
fn issuers_have_to_be_authorities() {
    let root = Authority::new("root");
    let check = |change: &dyn Fn(&mut CertificateParams), expected: Option<u32>| {
        let middle = root.authority("middle", change);
        Case::new(&[&root], &[&middle]).check(&middle.sign("www.example").der, expected);
    };
    check(&|params| params.is_ca = IsCa::ExplicitNoCa, Some(number::INVALID_CA));
    check(&|params| params.is_ca = IsCa::NoCa, Some(number::INVALID_CA));
    check(&|params| params.key_usages = vec![KeyUsagePurpose::CrlSign], Some(number::KEYUSAGE_NO_CERTSIGN));
    check(&|params| params.not_after = date_time_ymd(2020, 1, 1), Some(number::CERT_HAS_EXPIRED));
    check(&|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)), None);
    let middle = root.authority("middle", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let lower = middle.authority("lower", |_| {});
    Case::new(&[&root], &[&middle, &lower]).check(&lower.sign("www.example").der, Some(number::PATH_LENGTH_EXCEEDED));
}

#[test]
fn a_changed_certificate_is_not_believed() {
    let root = Authority::new("root");
    let mut bytes = root.sign("www.example").der.to_vec();
    // The last byte of the signature.
    *bytes.last_mut().unwrap() ^= 1;
    Case::new(&[&root], &[]).check(&CertificateDer::from(bytes), Some(number::CERT_SIGNATURE_FAILURE));
}

#[test]
fn names_stay_within_their_constraints() {
    let root = Authority::new("root");
    let check = |permitted: &[&str], excluded: &[&str], expected: Option<u32>| {
        let trees = |names: &[&str]| names.iter().map(|&name| GeneralSubtree::DnsName(name.to_owned())).collect();
        let constraints = NameConstraints { permitted_subtrees: trees(permitted), excluded_subtrees: trees(excluded) };
        let middle = root.authority("middle", |params| params.name_constraints = Some(constraints));
        Case::new(&[&root], &[&middle]).check(&middle.sign("www.example").der, expected);
    };
    check(&["example"], &[], None);
    check(&["other"], &[], Some(number::PERMITTED_VIOLATION));
    check(&[], &["other"], None);
    check(&["example"], &["www.example"], Some(number::EXCLUDED_VIOLATION));
}

#[test]
fn revocation_asks_for_a_list_of_every_issuer() {
    let root = Authority::new("root");
    let middle = root.authority("middle", |params| params.serial_number = Some(4_u64.into()));
    let leaf = with(&middle, |params| params.serial_number = Some(5_u64.into())).der;
    let check = |lists: &[String], expected: Option<u32>| {
        let case = Case { lists: lists.to_vec(), ..Case::new(&[&root], &[&middle]) };
        case.check(&leaf, expected);
    };
    let good = [root.revoke(&[], 4000), middle.revoke(&[6], 4000)];
    check(&good, None);
    check(&good[..1], Some(number::UNABLE_TO_GET_CRL));
    check(&good[1..], Some(number::UNABLE_TO_GET_CRL));
    check(&[good[0].clone(), middle.revoke(&[5], 4000)], Some(number::CERT_REVOKED));
    check(&[root.revoke(&[4], 4000), good[1].clone()], Some(number::CERT_REVOKED));
    check(&[good[0].clone(), middle.revoke(&[6], 2021)], Some(number::CRL_HAS_EXPIRED));
    check(&[good[0].clone(), Authority::new("middle").revoke(&[6], 4000)], Some(number::CRL_SIGNATURE_FAILURE));
}

#[test]
fn errors_are_passed_over_by_number_and_depth() {
    let root = Authority::new("root");
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let middle = root.authority("middle", expired);
    let leaf = with(&middle, expired).der;
    let these = |numbers: &[u32]| IgnoredErrors::These(numbers.to_vec());
    let check = |own: IgnoredErrors,
                 chain: IgnoredErrors,
                 result: u32,
                 refused: Option<u32>,
                 ignored: (Option<u32>, Option<(u32, u8)>)| {
        let case = Case { ignored_certificate: own, ignored_chain: chain, ..Case::new(&[&root], &[&middle]) };
        let outcome = case.verify(&leaf);
        assert_eq!((outcome.verification.result, outcome.refused), (result, refused));
        assert_eq!((outcome.verification.ignored_certificate, outcome.verification.ignored_chain), ignored);
    };
    check(IgnoredErrors::None, IgnoredErrors::None, 10, Some(10), (None, None));
    check(these(&[10]), IgnoredErrors::None, 10, Some(10), (None, None));
    check(IgnoredErrors::None, these(&[10]), 10, Some(10), (None, Some((10, 1))));
    check(these(&[10]), these(&[10]), 10, None, (Some(10), Some((10, 1))));
    check(these(&[9]), IgnoredErrors::All, 10, Some(10), (None, Some((10, 1))));
    check(IgnoredErrors::All, IgnoredErrors::All, 10, None, (Some(10), Some((10, 1))));
}

#[test]
fn certificates_of_version_1_are_good_for_peers_but_not_for_authorities() {
    let authorities = read_authorities("ca", include_bytes!("fixtures/version1-ca.pem")).unwrap();
    let leaf = read_authorities("leaf", include_bytes!("fixtures/version1.pem")).unwrap();
    let own = &leaf.links[0];
    assert!(!own.is_version_3);
    let mut trust = Trust::default();
    trust.add(&authorities);
    let question = |trust| Question {
        trust,
        role: Role::Client,
        now: 1_900_000_000,
        algorithms: default_provider().signature_verification_algorithms.all,
        security: Security::default(),
        ignored_certificate: &IgnoredErrors::None,
        ignored_chain: &IgnoredErrors::None,
    };
    assert_eq!(verify(own, &[], &question(&trust)).refused, None);
    assert_eq!(verify(own, &[], &question(&Trust::default())).refused, Some(number::UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
}

#[test]
fn short_keys_and_hashes_are_told_apart_by_the_level() {
    let root = Authority::new("root");
    let weak = Authority::with_key("weak", rsa_key());
    let check = |authority: &Authority, key, level, expected: Option<u32>| {
        let case = Case { security: Security::of_level(level), ..Case::new(&[authority], &[]) };
        case.check(&authority.sign_with("www.example", key, |_| {}).der, expected);
    };
    check(&root, rsa_key(), 2, None);
    check(&root, ec_key(), 3, None);
    check(&root, rsa_key(), 3, Some(number::EE_KEY_TOO_SMALL));
    check(&weak, ec_key(), 3, Some(number::CA_KEY_TOO_SMALL));
    let strong = Authority::with_key("strong", rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap());
    let key = || rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    check(&strong, key(), 4, None);
    check(&strong, key(), 5, Some(number::EE_KEY_TOO_SMALL));
}

/// Counts how often signatures are checked.
#[derive(Debug)]
struct Counting;

static CHECKED: AtomicUsize = AtomicUsize::new(0);

impl rustls_pki_types::SignatureVerificationAlgorithm for Counting {
    fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), rustls_pki_types::InvalidSignature> {
        CHECKED.fetch_add(1, Ordering::SeqCst);
        Err(rustls_pki_types::InvalidSignature)
    }

    fn public_key_alg_id(&self) -> rustls_pki_types::AlgorithmIdentifier {
        rustls_pki_types::alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> rustls_pki_types::AlgorithmIdentifier {
        rustls_pki_types::alg_id::ECDSA_SHA256
    }
}

#[test]
fn a_pile_of_namesakes_costs_a_bounded_number_of_checks() {
    let check = |count: usize, most: usize| {
        let own = Authority::new("one of many");
        let without_key_id = |params: &mut CertificateParams| params.use_authority_key_identifier_extension = false;
        let leaf = with(&own, without_key_id);
        // They have all signed themselves for each other's name, so that each may have been signed by any.
        let others: Vec<_> = (0..count).map(|_| own.authority("one of many", without_key_id)).collect();
        let sent: Vec<CertificateDer<'_>> = others.iter().map(|authority| authority.der.clone()).collect();
        let (leaf, sent) = parse_all(&leaf.der, &sent).unwrap();
        let question = Question {
            trust: &Trust::default(),
            role: Role::Client,
            now: rustls_pki_types::UnixTime::now().as_secs().try_into().unwrap(),
            algorithms: &[&Counting],
            security: Security::default(),
            ignored_certificate: &IgnoredErrors::All,
            ignored_chain: &IgnoredErrors::All,
        };
        CHECKED.store(0, Ordering::SeqCst);
        verify(&leaf, &sent, &question);
        let checked = CHECKED.load(Ordering::SeqCst);
        assert!(checked <= most, "{count}: {checked}");
        checked
    };
    // Two for each link of the longest chain, and what telling them apart may cost.
    let most = 2 * 20 + 100;
    assert!(check(300, most) >= check(150, most) - 1, "it does not grow with their number");
}
