//! From what a line says to what serves its clients: certificates whose lines say the same of the connection share one configuration of the TLS
//! library.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, NoServerSessionStorage};
use rustls::sign::CertifiedKey;
use rustls::{DistinguishedName, ServerConfig};

use super::Plan;
use super::resolve::Resolver;
use crate::choose::{Entry, Table};
use crate::hello::ClientHello;
use crate::material::Certificate;
use crate::report::{Notice, Problem};
use crate::security::Security;
use crate::session::{Scope, ScopedSessions};
use crate::settings::{IgnoredErrors, Policy, Verify};
use crate::store::Shelves;
use crate::suite::{Choices, RestrictedKey};
use crate::ticket::Ticketer;
use crate::verify::{ClientVerifier, KeyLogger, Trust};

/// What serves the clients of a line.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) table: Arc<Table>,
    /// The configuration of the line itself.
    pub(super) first: Group,
    /// Those of certificates whose lines say something else.
    others: Vec<Group>,
    /// What is used, for the store to ask.
    pub(super) certificates: HashSet<String>,
    pub(super) files: HashSet<String>,
    /// Every client gets the same configuration, so that none needs to be looked at.
    pub(super) is_plain: bool,
}

/// A configuration, and what goes with it.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) with_protocols: Arc<ServerConfig>,
    /// The same for clients that offer only protocols which we do not: they go on without having agreed upon one, where the TLS library
    /// would refuse them (RFC 7301 3.2 asks for that; OpenSSL, and so operators, do not).
    without_protocols: Arc<ServerConfig>,
    pub(super) verifier: Option<Arc<ClientVerifier>>,
}

impl Group {
    pub(super) fn config_for(&self, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
        let ours = &self.with_protocols.alpn_protocols;
        let has_common = ours.is_empty() || hello.protocols().any(|theirs| ours.iter().any(|our| our == theirs));
        if has_common { self.with_protocols.clone() } else { self.without_protocols.clone() }
    }
}

impl Built {
    /// The configuration of this number, counted from the line's own.
    pub(super) fn group(&self, number: usize) -> &Group {
        number.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.first)
    }
}

/// What a certificate's line says, filled up by what the `bind` line says.
pub(super) fn effective(own: &Policy, line: &Policy) -> Policy {
    let ignored = |own: &IgnoredErrors, line: &IgnoredErrors| {
        if *own == IgnoredErrors::None { line.clone() } else { own.clone() }
    };
    Policy {
        min_version: own.min_version.or(line.min_version),
        max_version: own.max_version.or(line.max_version),
        ciphers: own.ciphers.clone().or_else(|| line.ciphers.clone()),
        cipher_suites: own.cipher_suites.clone().or_else(|| line.cipher_suites.clone()),
        curves: own.curves.clone().or_else(|| line.curves.clone()),
        signature_algorithms: own.signature_algorithms.clone().or_else(|| line.signature_algorithms.clone()),
        client_signature_algorithms: own
            .client_signature_algorithms
            .clone()
            .or_else(|| line.client_signature_algorithms.clone()),
        alpn: own.alpn.clone().or_else(|| line.alpn.clone()),
        verify: own.verify.or(line.verify),
        ca_file: own.ca_file.clone().or_else(|| line.ca_file.clone()),
        ca_verify_file: own.ca_verify_file.clone().or_else(|| line.ca_verify_file.clone()),
        crl_file: own.crl_file.clone().or_else(|| line.crl_file.clone()),
        no_ca_names: own.no_ca_names || line.no_ca_names,
        ca_ignored: ignored(&own.ca_ignored, &line.ca_ignored),
        certificate_ignored: ignored(&own.certificate_ignored, &line.certificate_ignored),
        early_data: own.early_data.or(line.early_data),
    }
}

impl Plan {
    /// Makes all anew of what the store holds.
    pub(super) fn assemble(&self, shelves: &Shelves, notices: &mut Vec<Notice>) -> Result<Built, Vec<Problem>> {
        let uses = self.uses(shelves);
        if uses.is_empty() && !self.settings.strict_sni && self.generator.is_none() {
            return Err(vec![Problem::new(
                "crt",
                "there is no certificate, and without one only 'strict-sni' lets the line begin",
            )]);
        }
        let mut problems = Vec::new();
        let security = Security::of_level(self.tuning.security_level);
        let policies = Policies::new(&self.settings.policy, security, notices);
        let mut policies = policies.map_err(|problem| vec![problem])?;
        let mut table = Table::new(self.settings.strict_sni);
        for (used, policy, is_default) in uses {
            let name = &used.certificate.name;
            let Some(certificate) = shelves.certificates.get(name) else {
                problems.push(Problem::new(name, "there is no certificate of that name"));
                continue;
            };
            if let Err(problem) = certificate.is_strong(security) {
                problems.push(problem);
                continue;
            }
            let group = match policies.group_of(policy, notices) {
                Ok(group) => group,
                Err(problem) => {
                    problems.push(Problem::new(format!("{name}: {}", problem.about), problem.text));
                    continue;
                }
            };
            let key = shown_key(certificate, policies.choices(group));
            let (names, except) = names_of(&used.names, certificate);
            let listed = used.listed.clone();
            table.add(Entry { certificate: certificate.clone(), key, group, names, except, listed }, is_default);
        }
        let table = Arc::new(table);
        let mut groups = VecDeque::with_capacity(policies.all.len());
        let mut files = HashSet::new();
        for (number, (policy, choices)) in policies.all.iter().enumerate() {
            files.extend(crate::store::files_of(policy).map(|file| file.to_string_lossy().into_owned()));
            match self.group(policy, choices, Arc::clone(&table), number, shelves) {
                Ok(group) => groups.push_back(group),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let negotiates = groups.iter().any(|group| !group.with_protocols.alpn_protocols.is_empty());
        let certificates = table.entries().map(|entry| entry.certificate.name.clone()).collect();
        let is_plain = groups.len() == 1 && !self.settings.strict_sni && !negotiates;
        let Some(first) = groups.pop_front() else { return Err(problems) };
        Ok(Built { table, first, others: groups.into(), certificates, files, is_plain })
    }

    fn group(
        &self,
        policy: &Policy,
        choices: &Choices,
        table: Arc<Table>,
        number: usize,
        shelves: &Shelves,
    ) -> Result<Group, Problem> {
        let security = Security::of_level(self.tuning.security_level);
        let verifier = verifier(policy, choices, security, shelves)?.map(Arc::new);
        let scope = verifier.as_ref().map_or(Scope::default(), |verifier| scope_of(policy, &verifier.trust));
        let client_verifier: Arc<dyn ClientCertVerifier> = match &verifier {
            Some(verifier) => verifier.clone(),
            None => Arc::new(NoClientAuth),
        };
        let resolver = Resolver { table, group: number, generator: self.generator.clone() };
        let mut config = ServerConfig::builder_with_provider(choices.provider.clone())
            .with_protocol_versions(&choices.versions)
            .map_err(|error| Problem::new("bind", error.to_string()))?
            .with_client_cert_verifier(client_verifier)
            .with_cert_resolver(Arc::new(resolver));
        config.ignore_client_order = !self.settings.prefer_client_ciphers;
        config.max_fragment_size = max_fragment_size(self.tuning.max_record);
        let early_data = policy.early_data == Some(true);
        if self.tuning.cache_size > 0 {
            config.session_storage = Arc::new(ScopedSessions { cache: self.sessions.clone(), scope });
        } else {
            config.session_storage = Arc::new(NoServerSessionStorage {});
        }
        // Early data may be replayed unless a session is good for one use, which tickets are not: then sessions are kept here alone.
        if let Some(keys) = self.ticket_keys.as_ref().filter(|_| !early_data || self.tuning.cache_size == 0) {
            config.ticketer = Arc::new(Ticketer { keys: keys.clone(), scope, lifetime_s: self.tuning.lifetime_s });
        } else if self.tuning.cache_size == 0 {
            config.send_tls13_tickets = 0;
        }
        if early_data {
            config.max_early_data_size = self.tuning.max_early_data;
        }
        if self.tuning.keylog {
            config.key_log = Arc::new(KeyLogger);
        }
        let without_protocols = Arc::new(config.clone());
        config.alpn_protocols = policy.alpn.clone().unwrap_or_default();
        Ok(Group { with_protocols: Arc::new(config), without_protocols, verifier })
    }
}

/// `tune.ssl.maxrecord` counts payload, the library counts the record's header too.
pub(crate) fn max_fragment_size(max_record: usize) -> Option<usize> {
    const HEADER: usize = 5;
    (max_record > 0).then(|| (max_record + HEADER).clamp(32, 16_384 + HEADER))
}

/// Policies by their numbers, with what they leave.
struct Policies {
    all: Vec<(Policy, Choices)>,
    security: Security,
    numbers: HashMap<Policy, usize>,
}

impl Policies {
    /// The first is the one of the line itself.
    fn new(line: &Policy, security: Security, notices: &mut Vec<Notice>) -> Result<Self, Problem> {
        let mut policies = Self { all: Vec::new(), security, numbers: HashMap::new() };
        policies.group_of(effective(&Policy::default(), line), notices)?;
        Ok(policies)
    }

    fn group_of(&mut self, policy: Policy, notices: &mut Vec<Notice>) -> Result<usize, Problem> {
        if let Some(&number) = self.numbers.get(&policy) {
            return Ok(number);
        }
        let choices = Choices::of(&policy, self.security, notices)?;
        let number = self.all.len();
        self.numbers.insert(policy.clone(), number);
        self.all.push((policy, choices));
        Ok(number)
    }

    fn choices(&self, group: usize) -> Option<&Choices> {
        self.all.get(group).map(|(_, choices)| choices)
    }
}

/// What is shown of a certificate: its key may be kept from signing in some ways.
fn shown_key(certificate: &Certificate, choices: Option<&Choices>) -> Arc<CertifiedKey> {
    match choices.and_then(|choices| choices.schemes.as_ref()) {
        None => certificate.key.clone(),
        Some(schemes) => {
            let mut key = CertifiedKey::clone(&certificate.key);
            key.key = Arc::new(RestrictedKey { key: key.key, schemes: schemes.clone() });
            Arc::new(key)
        }
    }
}

/// The names that a certificate is for, and those that it is not for: its line's, or if that names none at all, its own. A line that only says
/// whom it is not for is for nobody.
fn names_of(filters: &[String], certificate: &Certificate) -> (Vec<String>, Vec<String>) {
    if filters.is_empty() {
        return (certificate.names.clone(), Vec::new());
    }
    let (except, names): (Vec<String>, Vec<String>) =
        filters.iter().map(|name| name.to_ascii_lowercase()).partition(|name| name.starts_with('!'));
    (names, except.into_iter().map(|name| name.trim_start_matches('!').to_owned()).collect())
}

fn verifier(
    policy: &Policy,
    choices: &Choices,
    security: Security,
    shelves: &Shelves,
) -> Result<Option<ClientVerifier>, Problem> {
    let is_mandatory = match policy.verify.unwrap_or_default() {
        Verify::None => return Ok(None),
        Verify::Optional => false,
        Verify::Required => true,
    };
    let Some(trust) = shelves.trust(policy)? else {
        return Err(Problem::new("verify", "clients cannot be verified without a 'ca-file'"));
    };
    let mut hints = Vec::new();
    if !policy.no_ca_names
        && let Some(file) = &policy.ca_file
        && let Some(authorities) = shelves.authorities.get(&file.to_string_lossy())
    {
        hints.extend(authorities.links.iter().map(|link| DistinguishedName::in_sequence(&link.subject_der)));
    }
    let wanted = choices.client_schemes.as_ref().or(choices.schemes.as_ref());
    Ok(Some(ClientVerifier {
        trust,
        hints,
        is_mandatory,
        ignored_certificate: policy.certificate_ignored.clone(),
        ignored_chain: policy.ca_ignored.clone(),
        signatures: choices.signatures_in(wanted),
        security,
    }))
}

/// What tells apart clients that were verified in other ways, on this machine and on others that share keys of tickets.
fn scope_of(policy: &Policy, trust: &Trust) -> Scope {
    let mut digest = Context::new(&SHA256);
    let said = (policy.verify, &policy.ca_ignored, &policy.certificate_ignored, trust.checks_revocation);
    digest.update(format!("{said:?}").as_bytes());
    trust.fingerprint(|bytes| digest.update(bytes));
    let mut scope = Scope::default();
    for (to, from) in scope.iter_mut().zip(digest.finish().as_ref()) {
        *to = *from;
    }
    scope
}
