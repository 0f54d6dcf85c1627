//! The TLS of a `bind` line: which certificate, and which configuration with it, a client gets (configuration manual 5.1).

mod assemble;
mod resolve;

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;

use crate::challenge::Challenges;
use crate::choose::{Entry, Found, Verifies};
use crate::generate::Generator;
use crate::hello::{self, ClientHello, Parsed};
use crate::material::{Certificate, KeyKind, load_certificate};
use crate::report::{Notice, Problem};
use crate::security::Security;
use crate::session::SessionCache;
use crate::settings::{BindSettings, CertificateSource, CertificateUse, Policy, Tuning};
use crate::store::{Shelves, Store, Swap, Use, User, names, without_bundles};
use crate::ticket::KeyRing;
use crate::verify::Verification;
pub(crate) use assemble::max_fragment_size;
use assemble::{Built, effective};
use resolve::schemes_of;

/// The TLS of a `bind` line.
#[derive(Clone, Debug)]
pub struct BindTls {
    line: Arc<Line>,
}

/// What becomes of a client that has said hello.
#[derive(Clone, Debug)]
pub enum Accept {
    /// It is served with this; the connection made of it is fed the same bytes.
    Serve(Arc<ServerConfig>),
    /// It is not.
    Refuse(Refusal),
}

/// Why a client is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It names nobody whose certificate we have, and there is no default (`strict-sni`).
    UnknownName,
}

impl Refusal {
    /// The alert that tells the client so: a record ready to send (RFC 8446 6.2).
    pub fn alert(self) -> [u8; 7] {
        let description = match self {
            Self::UnknownName => 112, // unrecognized_name
        };
        [21, 3, 3, 0, 2, 2, description]
    }
}

/// A certificate that a line offers for a name (`show ssl sni`).
#[derive(Clone, Debug)]
pub struct Offer {
    /// The name; `*` for those who ask for nobody known.
    pub name: String,
    /// Names that it is not for although a wildcard says so.
    pub except: Vec<String>,
    /// What its key signs with.
    pub kind: KeyKind,
    /// The certificate.
    pub certificate: Arc<Certificate>,
}

/// What a line is made of, and what was made of it.
#[derive(Debug)]
struct Line {
    plan: Plan,
    current: ArcSwap<Built>,
    challenges: Arc<Challenges>,
}

/// What a line is made of, but for what the store holds.
#[derive(Debug)]
struct Plan {
    settings: BindSettings,
    tuning: Tuning,
    sessions: Arc<SessionCache>,
    /// None: tickets are not used.
    ticket_keys: Option<Arc<KeyRing>>,
    generator: Option<Arc<Generator>>,
}

impl BindTls {
    /// Makes the TLS of a line of what it says, loading what is not loaded yet.
    ///
    /// # Errors
    /// All that cannot work.
    pub fn build(settings: &BindSettings, store: &Store, tuning: &Tuning) -> Result<(Self, Vec<Notice>), Vec<Problem>> {
        let mut notices = Vec::new();
        let mut problems = Vec::new();
        let mut settings = settings.clone();
        settings.certificates = without_bundles(&settings.certificates, tuning);
        settings.default_certificates = without_bundles(&settings.default_certificates, tuning);
        share_default(&mut settings);
        load(&settings, store, tuning, &mut notices, &mut problems);
        let ticket_keys = match &settings.ticket_keys {
            _ if settings.no_tickets || !Security::of_level(tuning.security_level).has_tickets() => None,
            None => Some(store.drawn_keys(tuning)),
            Some(file) => store.ticket_file(file).map_err(|problem| problems.push(problem)).ok(),
        };
        if settings.policy.early_data == Some(true) {
            notices.extend(ruled_out_by_early_data(&settings, tuning));
        }
        let generator = match generator(&settings, tuning, &mut notices) {
            Ok(generator) => generator,
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let line = store.enter(|shelves| {
            register_lists(&settings, shelves);
            let plan =
                Plan { settings, tuning: tuning.clone(), sessions: store.sessions(tuning), ticket_keys, generator };
            let current = ArcSwap::from_pointee(plan.assemble(shelves, &mut notices)?);
            let line = Arc::new(Line { plan, current, challenges: store.challenges() });
            let user: Arc<dyn User> = Arc::new(Entered(Arc::downgrade(&line)));
            Ok((line, user))
        })?;
        notices.dedup();
        Ok((Self { line }, notices))
    }

    /// What becomes of a client whose first flight began with these bytes: the record or records of its ClientHello as they came.
    pub fn accept(&self, first_bytes: &[u8]) -> Accept {
        let built = self.line.current.load();
        if let Some(config) = self.line.challenges.answer(first_bytes, &built.certificates) {
            return Accept::Serve(config);
        }
        if built.is_plain {
            return Accept::Serve(built.first.with_protocols.clone());
        }
        let Parsed::Complete(body) = hello::client_hello(first_bytes) else {
            // It is no hello that we understand: the TLS library will say what is wrong with it.
            return Accept::Serve(built.first.with_protocols.clone());
        };
        let Some(hello) = ClientHello::parse(&body) else {
            return Accept::Serve(built.first.with_protocols.clone());
        };
        let name = hello.server_name().and_then(|name| std::str::from_utf8(name).ok());
        let group = match built.table.find(name, Verifies::of(&schemes_of(&hello)), None) {
            Found::Named(entry) | Found::Default(entry) => built.group(entry.group),
            Found::Nobody if self.line.plan.generator.is_some() && name.is_some() => &built.first,
            Found::Nobody => return Accept::Refuse(Refusal::UnknownName),
        };
        Accept::Serve(group.config_for(&hello))
    }

    /// What verification of this chain of a client comes to, who has resumed a session and so was not verified anew. The name is the one that
    /// the client has asked for. None: clients are not verified.
    pub fn verify_again(&self, chain: &[CertificateDer<'_>], server_name: Option<&str>) -> Option<Verification> {
        let built = self.line.current.load();
        let group = match built.table.find(server_name, Verifies::default(), None) {
            Found::Named(entry) | Found::Default(entry) => built.group(entry.group),
            Found::Nobody => &built.first,
        };
        let (own, sent) = chain.split_first()?;
        Some(group.verifier.as_ref()?.verify(own, sent, rustls_pki_types::UnixTime::now()).verification)
    }

    /// What the line offers to whom, in the order of its certificates (`show ssl sni`).
    pub fn offers(&self) -> Vec<Offer> {
        let built = self.line.current.load();
        let offer = |name: &str, entry: &Entry| Offer {
            name: name.to_owned(),
            except: if name.starts_with('*') { entry.except.clone() } else { Vec::new() },
            kind: entry.certificate.kind,
            certificate: entry.certificate.clone(),
        };
        let named = built.table.entries().flat_map(|entry| entry.names.iter().map(move |name| offer(name, entry)));
        let named: Vec<Offer> = named.filter(|offer| offer.name != "*").collect();
        named.into_iter().chain(built.table.defaults().map(|entry| offer("*", entry))).collect()
    }

    /// What runtime commands call the line.
    pub fn label(&self) -> &str {
        &self.line.plan.settings.label
    }

    /// The keys of its tickets; none: it makes no tickets.
    pub fn ticket_keys(&self) -> Option<&Arc<KeyRing>> {
        self.line.plan.ticket_keys.as_ref()
    }
}

/// The store's way to a line, which must not keep it alive.
#[derive(Debug)]
struct Entered(Weak<Line>);

impl User for Entered {
    fn is_alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    fn label(&self) -> String {
        self.0.upgrade().map(|line| line.plan.settings.label.clone()).unwrap_or_default()
    }

    fn uses(&self, what: Use<'_>) -> bool {
        let Some(line) = self.0.upgrade() else { return false };
        let uses_list = |name: &str| line.plan.settings.crt_lists.iter().any(|list| list.to_string_lossy() == name);
        match what {
            Use::List(name) => uses_list(name) || line.plan.settings.certificates.iter().any(|used| names(used, what)),
            Use::Default { certificate, listed } => {
                let current = line.current.load();
                let is_meant =
                    |entry: &Entry| entry.certificate.name == certificate && entry.listed.as_ref() == Some(listed);
                !line.plan.settings.strict_sni && current.table.defaults().next().is_some_and(is_meant)
            }
            Use::Certificate(name) => line.current.load().certificates.contains(name),
            Use::Authorities(name) | Use::Revocations(name) => line.current.load().files.contains(name),
        }
    }

    fn rebuild(&self, shelves: &Shelves) -> Result<Option<Swap>, Vec<Problem>> {
        let Some(line) = self.0.upgrade() else { return Ok(None) };
        // What was told when the line was made needs no repetition.
        let built = Arc::new(line.plan.assemble(shelves, &mut Vec::new())?);
        Ok(Some(Box::new(move || line.current.store(built))))
    }
}

/// All members of a bundle that stands first are defaults, one a kind of key (configuration manual 5.1 `crt`).
fn share_default(settings: &mut BindSettings) {
    let Some(first) = settings.certificates.first().filter(|first| first.listed.is_none()) else { return };
    let Some((stem, _)) = first.certificate.name.rsplit_once('.') else { return };
    let stem = stem.to_owned();
    let is_member = |used: &CertificateUse| {
        let name = used.certificate.name.rsplit_once('.');
        used.listed.is_none() && name.is_some_and(|(its, kind)| its == stem && matches!(kind, "rsa" | "ecdsa"))
    };
    let members = settings.certificates.iter().take_while(|used| is_member(used)).count();
    if members > 1 && settings.default_certificates.is_empty() {
        settings.default_certificates.extend(settings.certificates.drain(..members));
    }
}

fn load(
    settings: &BindSettings,
    store: &Store,
    tuning: &Tuning,
    notices: &mut Vec<Notice>,
    problems: &mut Vec<Problem>,
) {
    let uses = || settings.default_certificates.iter().chain(&settings.certificates);
    let sources: Vec<&CertificateSource> = uses().map(|used| &used.certificate).collect();
    store.load_certificates(&sources, tuning, notices, problems);
    for policy in uses().map(|used| &used.policy).chain([&settings.policy]) {
        if let Err(problem) = store.load_files(policy)
            && !problems.contains(&problem)
        {
            problems.push(problem);
        }
    }
}

/// The lines of crt-lists are the store's from now on: runtime commands change them there.
fn register_lists(settings: &BindSettings, shelves: &mut Shelves) {
    let listed = settings.certificates.iter().filter_map(|used| used.listed.as_ref()).map(|(list, _)| list);
    for list in settings.crt_lists.iter().chain(listed) {
        let name = list.to_string_lossy().into_owned();
        shelves.lists.entry(name).or_insert_with(|| {
            let is_of = |used: &&CertificateUse| used.listed.as_ref().is_some_and(|(of, _)| of == list);
            settings.certificates.iter().filter(is_of).cloned().collect()
        });
    }
}

/// The TLS library takes early data for sessions alone that are kept here, since each of these is good for one use: a ticket that comes twice
/// may be a replay (RFC 8446 8).
fn ruled_out_by_early_data(settings: &BindSettings, tuning: &Tuning) -> Option<Notice> {
    if tuning.cache_size == 0 {
        let why =
            "no early data is taken: that takes sessions which are kept here, and 'tune.ssl.cachesize 0' keeps none";
        return Some(Notice::new("allow-0rtt", why));
    }
    settings.ticket_keys.as_ref()?;
    let why = "no tickets are made: with 'allow-0rtt' sessions are kept here, each good for one use";
    Some(Notice::new("tls-ticket-keys", why))
}

/// Any with the hash that certificates which are made are signed with.
const SIGNED_BY_GENERATOR: rustls::SignatureScheme = rustls::SignatureScheme::RSA_PKCS1_SHA256;

fn generator(
    settings: &BindSettings,
    tuning: &Tuning,
    notices: &mut Vec<Notice>,
) -> Result<Option<Arc<Generator>>, Problem> {
    let Some(source) = &settings.generate else { return Ok(None) };
    let authority = load_certificate(source, tuning, None, notices)?;
    if !Security::of_level(tuning.security_level).takes_scheme(SIGNED_BY_GENERATOR) {
        return Err(Problem::new(
            &source.name,
            "certificates that are made are signed with SHA-256, which 'ssl-security-level' does not take",
        ));
    }
    Generator::new(&authority, tuning.generated_cache).map(|generator| Some(Arc::new(generator)))
}

impl Plan {
    /// The certificates in use, each with its policy, and whether it is a default.
    fn uses<'a>(&'a self, shelves: &'a Shelves) -> Vec<(&'a CertificateUse, Policy, bool)> {
        let mut uses: Vec<(&CertificateUse, bool)> =
            self.settings.default_certificates.iter().map(|used| (used, true)).collect();
        let mut seen = Vec::new();
        // Where defaults are named, the first of the others is none (configuration manual 5.1 `default-crt`).
        let mut is_first = uses.is_empty();
        let mut take = |used: &'a CertificateUse| {
            uses.push((used, std::mem::take(&mut is_first)));
        };
        for used in &self.settings.certificates {
            match &used.listed {
                Some((list, _)) if seen.contains(&list) => {}
                Some((list, _)) => {
                    seen.push(list);
                    shelves.lists.get(&*list.to_string_lossy()).into_iter().flatten().for_each(&mut take);
                }
                None => take(used),
            }
        }
        for list in &self.settings.crt_lists {
            if !seen.contains(&list) {
                seen.push(list);
                shelves.lists.get(&*list.to_string_lossy()).into_iter().flatten().for_each(&mut take);
            }
        }
        uses.into_iter()
            .map(|(used, is_default)| (used, effective(&used.policy, &self.settings.policy), is_default))
            .collect()
    }
}

#[cfg(test)]
mod tests;
