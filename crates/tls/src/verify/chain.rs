//! Whether a peer's certificate is good: a chain is built from it to somebody trusted, and every fault is told, in the order and with the
//! numbers that operators know from OpenSSL, so that faults can be passed over one by one. Knows no handshakes.

use std::ops::ControlFlow;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::legacy;
use super::link::Link;
use super::number;
use super::record::Verification;
use super::trust::{RevocationList, Trust};
use crate::der;
use crate::security::Security;
use crate::settings::IgnoredErrors;

/// Certificates in a chain, at most.
const MAX_LENGTH: usize = 20;
/// Signatures that are checked to tell apart authorities of the same name, over a whole chain: what a peer sends is made to need more only by
/// those who want us to work in vain.
const MAX_TRIALS: u32 = 100;

/// What the peer's certificate has to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Client,
    Server,
}

/// All that a verification depends on but the certificates.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) trust: &'a Trust,
    pub(crate) role: Role,
    /// Seconds since 1970.
    pub(crate) now: i64,
    pub(crate) algorithms: &'a [&'static dyn SignatureVerificationAlgorithm],
    /// How strong the certificates have to be.
    pub(crate) security: Security,
    /// Errors of the peer's own certificate that are passed over.
    pub(crate) ignored_certificate: &'a IgnoredErrors,
    /// Errors of the rest of its chain that are passed over.
    pub(crate) ignored_chain: &'a IgnoredErrors,
}

/// What came of it: the record, and the error that was not passed over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) verification: Verification,
    pub(crate) refused: Option<u32>,
}

impl Outcome {
    /// For a certificate that cannot be read.
    pub(crate) const UNREADABLE: Self = Self {
        verification: Verification {
            result: number::UNSPECIFIED,
            ignored_certificate: None,
            ignored_chain: None,
            root: None,
        },
        refused: Some(number::UNSPECIFIED),
    };
}

/// Verifies a certificate with those that the peer has sent along.
pub(crate) fn verify(own: &Link, sent: &[Link], question: &Question<'_>) -> Outcome {
    let chain = Chain::build(own, sent, question);
    let mut faults = Faults { question, verification: Verification::default() };
    let refused = chain.examine(&mut faults).break_value();
    let mut verification = faults.verification;
    verification.root = chain.links.last().map(|link| link.der.clone());
    Outcome { verification, refused }
}

struct Faults<'a> {
    question: &'a Question<'a>,
    verification: Verification,
}

impl Faults<'_> {
    fn report(&mut self, number: u32, depth: usize) -> ControlFlow<u32> {
        self.verification.result = number;
        let ignored = if depth == 0 { self.question.ignored_certificate } else { self.question.ignored_chain };
        let is_ignored = match ignored {
            IgnoredErrors::None => false,
            IgnoredErrors::All => true,
            IgnoredErrors::These(numbers) => numbers.contains(&number),
        };
        if !is_ignored {
            return ControlFlow::Break(number);
        }
        if depth == 0 {
            self.verification.ignored_certificate.get_or_insert(number);
        } else {
            self.verification.ignored_chain.get_or_insert((number, u8::try_from(depth).unwrap_or(u8::MAX)));
        }
        ControlFlow::Continue(())
    }
}

/// The peer's certificate, its issuer, and so on.
struct Chain<'a> {
    links: Vec<&'a Link>,
    /// Links from this one on are trusted ones.
    trusted_from: usize,
    question: &'a Question<'a>,
}

impl<'a> Chain<'a> {
    fn build(own: &'a Link, sent: &'a [Link], question: &'a Question<'a>) -> Self {
        let mut links = vec![own];
        let mut trusted_from = if question.trust.holds(own) { 0 } else { usize::MAX };
        let mut last = own;
        let mut trials = MAX_TRIALS;
        while !is_self_signed(last) && links.len() < MAX_LENGTH {
            let fresh = |link: &&Link| !links.iter().any(|known| known.der == link.der);
            let trusted = question.trust.named(&last.issuer).iter().map(AsRef::as_ref).filter(fresh);
            if let Some(issuer) = best_issuer(last, trusted, question, &mut trials) {
                trusted_from = trusted_from.min(links.len());
                last = issuer;
            } else if trusted_from == usize::MAX
                && let Some(issuer) = best_issuer(last, sent.iter().filter(fresh), question, &mut trials)
            {
                if question.trust.holds(issuer) {
                    trusted_from = links.len();
                }
                last = issuer;
            } else {
                break;
            }
            links.push(last);
        }
        Self { links, trusted_from, question }
    }

    fn examine(&self, faults: &mut Faults<'_>) -> ControlFlow<u32> {
        self.examine_end(faults)?;
        self.examine_extensions(faults)?;
        self.examine_strength(faults)?;
        if self.question.trust.checks_revocation {
            for depth in 0..self.links.len() {
                self.examine_revocation(depth, faults)?;
            }
        }
        self.examine_signatures(faults)?;
        self.examine_names(faults)
    }

    /// Whether the chain ends with somebody who is trusted.
    fn examine_end(&self, faults: &mut Faults<'_>) -> ControlFlow<u32> {
        let depth = self.links.len() - 1;
        let is_trusted = self.trusted_from <= depth;
        match (self.ends_with_itself(), is_trusted, depth) {
            (true, true, _) => ControlFlow::Continue(()),
            (true, false, 0) => faults.report(number::DEPTH_ZERO_SELF_SIGNED_CERT, 0),
            (true, false, _) => faults.report(number::SELF_SIGNED_CERT_IN_CHAIN, depth),
            (false, ..) if self.links.len() == MAX_LENGTH => faults.report(number::CERT_CHAIN_TOO_LONG, depth),
            (false, true, _) => faults.report(number::UNABLE_TO_GET_ISSUER_CERT, depth),
            (false, false, _) => faults.report(number::UNABLE_TO_GET_ISSUER_CERT_LOCALLY, depth),
        }
    }

    fn examine_extensions(&self, faults: &mut Faults<'_>) -> ControlFlow<u32> {
        // How many authorities stand between a link and the peer's certificate; those that have signed themselves do not count.
        let mut authorities_below = 0_u32;
        for (depth, link) in self.links.iter().enumerate() {
            if link.has_unknown_critical {
                faults.report(number::UNHANDLED_CRITICAL_EXTENSION, depth)?;
            }
            let for_role = match self.question.role {
                Role::Client => link.for_clients,
                Role::Server => link.for_servers,
            };
            let (is_authority, room) = match link.authority {
                Some(said) => said,
                None => (!link.is_version_3 && is_self_signed(link), None),
            };
            if depth > 0 && !is_authority {
                faults.report(number::INVALID_CA, depth)?;
            } else if !for_role {
                faults.report(number::INVALID_PURPOSE, depth)?;
            }
            if depth > 0 {
                if room.is_some_and(|room| authorities_below > room) {
                    faults.report(number::PATH_LENGTH_EXCEEDED, depth)?;
                }
                authorities_below += u32::from(!link.is_self_issued());
            }
        }
        ControlFlow::Continue(())
    }

    /// Keys that are too short, and signatures of kinds that are not taken any more, SHA-1 above all.
    fn examine_strength(&self, faults: &mut Faults<'_>) -> ControlFlow<u32> {
        let security = self.question.security;
        for (depth, link) in self.links.iter().enumerate() {
            if !security.takes_key(link) {
                let number = if depth == 0 { number::EE_KEY_TOO_SMALL } else { number::CA_KEY_TOO_SMALL };
                faults.report(number, depth)?;
            }
        }
        for (depth, pair) in self.links.windows(2).enumerate() {
            if let [link, issuer] = pair
                && (!security.takes_signature(&link.der)
                    || signature(&link.der, issuer, self.question.algorithms) == Signature::Unsupported)
            {
                faults.report(number::CA_MD_TOO_WEAK, depth)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn examine_revocation(&self, depth: usize, faults: &mut Faults<'_>) -> ControlFlow<u32> {
        let Some(link) = self.links.get(depth) else { return ControlFlow::Continue(()) };
        let now = self.question.now;
        let is_current =
            |list: &RevocationList| list.this_update <= now && list.next_update.is_none_or(|next| next >= now);
        let lists = self.question.trust.lists_of(&link.issuer);
        // The newest of those that count now.
        let Some(list) = lists.iter().max_by_key(|list| (is_current(list), list.this_update)) else {
            return faults.report(number::UNABLE_TO_GET_CRL, depth);
        };
        let issuer = self.links.get(depth + 1).or_else(|| is_self_signed(link).then_some(link));
        let Some(issuer) = issuer else { return faults.report(number::UNABLE_TO_GET_CRL_ISSUER, depth) };
        if !issuer.may_sign_revocations {
            faults.report(number::KEYUSAGE_NO_CRL_SIGN, depth)?;
        }
        let is_in_scope = if link.authority.is_some_and(|(is_authority, _)| is_authority) {
            list.for_authorities
        } else {
            list.for_others
        };
        if !is_in_scope {
            faults.report(number::DIFFERENT_CRL_SCOPE, depth)?;
        }
        if list.this_update > now {
            faults.report(number::CRL_NOT_YET_VALID, depth)?;
        } else if !is_current(list) {
            faults.report(number::CRL_HAS_EXPIRED, depth)?;
        }
        let is_signed = [self.question.algorithms, legacy::FOR_LISTS]
            .iter()
            .any(|algorithms| signature(&list.der, issuer, algorithms) == Signature::Good);
        if !is_signed {
            faults.report(number::CRL_SIGNATURE_FAILURE, depth)?;
        }
        if list.has_unknown_critical {
            faults.report(number::UNHANDLED_CRITICAL_CRL_EXTENSION, depth)?;
        }
        if list.revoked.contains(&link.serial) {
            faults.report(number::CERT_REVOKED, depth)?;
        }
        ControlFlow::Continue(())
    }

    /// Signatures and times, from the end of the chain to the peer.
    fn examine_signatures(&self, faults: &mut Faults<'_>) -> ControlFlow<u32> {
        let top = self.links.len() - 1;
        if !self.ends_with_itself() && top == 0 {
            faults.report(number::UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0)?;
        }
        for (depth, link) in self.links.iter().enumerate().rev() {
            if let Some(issuer) = self.links.get(depth + 1) {
                if !issuer.may_sign_certificates {
                    faults.report(number::KEYUSAGE_NO_CERTSIGN, depth + 1)?;
                }
                if signature(&link.der, issuer, self.question.algorithms) != Signature::Good {
                    faults.report(number::CERT_SIGNATURE_FAILURE, depth)?;
                }
            }
            if link.not_before > self.question.now {
                faults.report(number::CERT_NOT_YET_VALID, depth)?;
            }
            if link.not_after < self.question.now {
                faults.report(number::CERT_HAS_EXPIRED, depth)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn examine_names(&self, faults: &mut Faults<'_>) -> ControlFlow<u32> {
        for (above, authority) in self.links.iter().enumerate() {
            let Some(constraints) = &authority.constraints else { continue };
            for (depth, link) in self.links.iter().enumerate().take(above) {
                if (depth == 0 || !link.is_self_issued())
                    && let Some(number) = constraints.violation(link)
                {
                    faults.report(number, depth)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn ends_with_itself(&self) -> bool {
        self.links.last().is_some_and(|link| is_self_signed(link))
    }
}

fn is_self_signed(link: &Link) -> bool {
    link.is_self_issued() && link.may_come_from(link)
}

/// Of those who may have signed `link` the one who has; of several, one whose time it is. If nobody has, the first is to blame. `trials`: how
/// many signatures may still be checked; those who come behind are not looked at.
fn best_issuer<'a>(
    link: &Link,
    among: impl Iterator<Item = &'a Link>,
    question: &Question<'_>,
    trials: &mut u32,
) -> Option<&'a Link> {
    let rank = |issuer: &&Link| {
        let has_signed = signature(&link.der, issuer, question.algorithms) == Signature::Good;
        let is_current = issuer.not_before <= question.now && issuer.not_after >= question.now;
        (has_signed, is_current)
    };
    let mut candidates = among.filter(|issuer| link.may_come_from(issuer)).peekable();
    let first = candidates.next()?;
    if candidates.peek().is_none() {
        return Some(first);
    }
    let mut best = (first, (false, false));
    for candidate in std::iter::once(first).chain(candidates) {
        let Some(left) = trials.checked_sub(1) else { break };
        *trials = left;
        let rank = rank(&candidate);
        if rank > best.1 {
            best = (candidate, rank);
        }
        if rank == (true, true) {
            break;
        }
    }
    Some(best.0)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signature {
    Good,
    Bad,
    /// Made in a way that is not known, or not taken any more.
    Unsupported,
}

/// Whether `issuer` has signed a certificate, a revocation list or the answer of an OCSP responder, in a way that is taken.
pub(crate) fn has_signed(issuer: &Link, der: &[u8]) -> bool {
    let algorithms = default_provider().signature_verification_algorithms.all;
    signature(der, issuer, algorithms) == Signature::Good
}

/// Whether `issuer` has signed a certificate or a revocation list.
fn signature(der: &[u8], issuer: &Link, algorithms: &[&'static dyn SignatureVerificationAlgorithm]) -> Signature {
    let Some((signed, algorithm, signature)) = der::signed(der) else { return Signature::Bad };
    let fitting = |known: &&&'static dyn SignatureVerificationAlgorithm| {
        known.signature_alg_id().as_ref() == algorithm && known.public_key_alg_id().as_ref() == issuer.key_algorithm
    };
    let mut outcome = Signature::Unsupported;
    for known in algorithms.iter().filter(fitting) {
        if known.verify_signature(&issuer.key_bits, signed.whole, signature).is_ok() {
            return Signature::Good;
        }
        outcome = Signature::Bad;
    }
    outcome
}
