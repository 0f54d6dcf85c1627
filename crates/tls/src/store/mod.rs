//! The certificates, CA files and CRL files of the process, by the names that lines and runtime commands know them by; the crt-lists; and the
//! lines that use them. What is changed here at run time reaches all that use it at once, or not at all.

mod command;
mod ocsp;
mod shelf;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::challenge::Challenges;
use crate::material::{
    Certificate, IssuerChains, Parts, bundle_members, load_authorities, load_certificate, load_revocations,
};
use crate::report::{Notice, Problem};
use crate::session::SessionCache;
use crate::settings::{CertificateSource, CertificateUse, Policy, Tuning};
use crate::ticket::KeyRing;
use crate::verify::{Authorities, Revocations, Trust};

pub(crate) use command::names;
pub use command::{Draft, FileInfo};
pub use ocsp::FetchedFault;
pub use shelf::StoreError;
pub(crate) use shelf::{Kept, Shelf};

/// The certificates, CA files and CRL files of the process. Clones are one store.
#[derive(Clone, Debug, Default)]
pub struct Store {
    shelves: Arc<Mutex<Shelves>>,
    resumption: Arc<Resumption>,
    challenges: Arc<Challenges>,
}

/// What lines share so that sessions can be resumed.
#[derive(Debug, Default)]
struct Resumption {
    sessions: OnceLock<Arc<SessionCache>>,
    drawn_keys: OnceLock<Arc<KeyRing>>,
}

/// What the store holds, as those see it who are rebuilt of it.
#[derive(Debug, Default)]
pub(crate) struct Shelves {
    pub(crate) certificates: Shelf<Certificate>,
    /// What certificates were loaded from, by their names.
    sources: HashMap<String, CertificateSource>,
    /// Those whose OCSP responses are to be fetched, in the order of the configuration.
    ocsp_updated: Vec<String>,
    pub(crate) authorities: Shelf<Authorities>,
    pub(crate) revocations: Shelf<Revocations>,
    /// The lines of crt-lists and directories.
    pub(crate) lists: BTreeMap<String, Vec<CertificateUse>>,
    ticket_files: Vec<(PathBuf, Arc<KeyRing>)>,
    chains: HashMap<PathBuf, Arc<IssuerChains>>,
    /// `ssl-skip-self-issued-ca` and the chains that complete certificates, for those that come at run time.
    completion: Completion,
    users: Vec<Arc<dyn User>>,
    watchers: Vec<Watcher>,
}

/// Who is told of a certificate that has been put in use while the program runs. Says whether it wants to be told of others.
struct Watcher(Box<dyn Fn(&Certificate) -> bool + Send + Sync>);

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

/// How parts are completed to certificates.
#[derive(Clone, Debug, Default)]
struct Completion {
    chains: Option<Arc<IssuerChains>>,
    skip_self_issued: bool,
}

impl Completion {
    fn complete(&self, parts: Parts, name: &str, notices: &mut Vec<Notice>) -> Result<Certificate, Problem> {
        parts.complete(name, self.chains.as_deref(), self.skip_self_issued, notices)
    }
}

/// What a line uses of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use<'a> {
    Certificate(&'a str),
    Authorities(&'a str),
    Revocations(&'a str),
    List(&'a str),
    /// A line of a crt-list as a default, which clients get that ask for nobody known.
    Default {
        certificate: &'a str,
        listed: &'a (PathBuf, u32),
    },
}

/// A change that is ready to be made.
pub(crate) type Swap = Box<dyn FnOnce() + Send>;

/// A line that is made of what the store holds. The store does not keep lines alive.
pub(crate) trait User: fmt::Debug + Send + Sync {
    /// Whether the line is still there.
    fn is_alive(&self) -> bool;

    /// What runtime commands call the line.
    fn label(&self) -> String;

    /// Whether it uses this.
    fn uses(&self, what: Use<'_>) -> bool;

    /// Makes itself anew of what the store holds now; nothing changes before the swap is called. None: the line is gone.
    fn rebuild(&self, shelves: &Shelves) -> Result<Option<Swap>, Vec<Problem>>;
}

impl Store {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the lines that use `certificate` show another one to an authority that asks for `server_name` to check a challenge (RFC 8737).
    ///
    /// # Errors
    /// Why it cannot be shown, in words.
    pub fn show_challenge(
        &self,
        certificate: &str,
        server_name: &str,
        shown: &CertificateDer<'static>,
        key: &PrivateKeyDer<'static>,
    ) -> Result<(), String> {
        self.challenges.show(certificate, server_name, shown, key)
    }

    /// The challenge is over.
    pub fn hide_challenge(&self, certificate: &str, server_name: &str) {
        self.challenges.hide(certificate, server_name);
    }

    pub(crate) fn challenges(&self) -> Arc<Challenges> {
        Arc::clone(&self.challenges)
    }

    /// Loads the certificates that are not there yet, several at a time.
    pub fn load_certificates(
        &self,
        sources: &[&CertificateSource],
        tuning: &Tuning,
        notices: &mut Vec<Notice>,
        problems: &mut Vec<Problem>,
    ) {
        let completion = match self.completion(tuning) {
            Ok(completion) => completion,
            Err(problem) => return problems.push(problem),
        };
        let missing: Vec<&CertificateSource> = {
            let shelves = self.lock();
            sources.iter().copied().filter(|source| !shelves.certificates.holds(&source.name)).collect()
        };
        let load = |sources: &[&CertificateSource]| -> Vec<_> {
            let load_one = |source: &&CertificateSource| {
                let mut notices = Vec::new();
                let loaded = load_certificate(source, tuning, completion.chains.as_deref(), &mut notices);
                (loaded, notices, (*source).clone())
            };
            sources.iter().map(load_one).collect()
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = missing.len().div_ceil(threads).max(MIN_SHARE);
        let loaded = std::thread::scope(|scope| {
            let running: Vec<_> = missing.chunks(share).map(|share| scope.spawn(move || load(share))).collect();
            running.into_iter().flat_map(|share| share.join().unwrap_or_default()).collect::<Vec<_>>()
        });
        let mut shelves = self.lock();
        for (loaded, told, source) in loaded {
            notices.extend(told);
            match loaded {
                // Another line may have been faster.
                Ok(certificate) if shelves.certificates.holds(&certificate.name) => {}
                Ok(certificate) => {
                    let name = certificate.name.clone();
                    if source.ocsp_update {
                        shelves.ocsp_updated.push(name.clone());
                    }
                    shelves.certificates.put(&name, Some(Arc::new(certificate)));
                    shelves.sources.insert(name, source);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }

    /// How certificates are completed, which the store remembers for those that come at run time.
    fn completion(&self, tuning: &Tuning) -> Result<Completion, Problem> {
        let mut shelves = self.lock();
        let chains = match &tuning.issuers_chain_path {
            None => None,
            Some(directory) => Some(match shelves.chains.get(directory) {
                Some(chains) => chains.clone(),
                None => {
                    let chains = Arc::new(IssuerChains::load(directory)?);
                    shelves.chains.insert(directory.clone(), chains.clone());
                    chains
                }
            }),
        };
        shelves.completion = Completion { chains, skip_self_issued: tuning.skip_self_issued_ca };
        Ok(shelves.completion.clone())
    }

    /// Loads the CA files and the CRL file that a policy names, unless they are there.
    pub(crate) fn load_files(&self, policy: &Policy) -> Result<(), Problem> {
        for file in [&policy.ca_file, &policy.ca_verify_file].into_iter().flatten() {
            let name = file.to_string_lossy();
            if !self.lock().authorities.holds(&name) {
                let loaded = Arc::new(load_authorities(&name)?);
                self.lock().authorities.put(&name, Some(loaded));
            }
        }
        if let Some(file) = &policy.crl_file {
            let name = file.to_string_lossy();
            if !self.lock().revocations.holds(&name) {
                let loaded = Arc::new(load_revocations(&name)?);
                self.lock().revocations.put(&name, Some(loaded));
            }
        }
        Ok(())
    }

    /// The keys of a `tls-ticket-keys` file, which lines share that name it.
    pub(crate) fn ticket_file(&self, file: &Path) -> Result<Arc<KeyRing>, Problem> {
        let mut shelves = self.lock();
        if let Some((_, keys)) = shelves.ticket_files.iter().find(|(known, _)| known == file) {
            return Ok(keys.clone());
        }
        let about = file.to_string_lossy();
        let content = std::fs::read_to_string(file)
            .map_err(|error| Problem::new(&*about, format!("it cannot be read: {error}")))?;
        let keys = Arc::new(KeyRing::read(&about, &content)?);
        shelves.ticket_files.push((file.to_owned(), keys.clone()));
        Ok(keys)
    }

    /// The keys that are drawn by ourselves, which all lines share.
    pub(crate) fn drawn_keys(&self, tuning: &Tuning) -> Arc<KeyRing> {
        self.resumption.drawn_keys.get_or_init(|| Arc::new(KeyRing::automatic(tuning.lifetime_s))).clone()
    }

    /// The sessions of the process.
    pub(crate) fn sessions(&self, tuning: &Tuning) -> Arc<SessionCache> {
        let make = || Arc::new(SessionCache::new(tuning.cache_size, tuning.lifetime_s));
        self.resumption.sessions.get_or_init(make).clone()
    }

    /// Registers a line, which from now on is rebuilt when what it uses changes, after `first` has made it of what there is now.
    pub(crate) fn enter<T>(
        &self,
        first: impl FnOnce(&mut Shelves) -> Result<(T, Arc<dyn User>), Vec<Problem>>,
    ) -> Result<T, Vec<Problem>> {
        let mut shelves = self.lock();
        let (made, user) = first(&mut shelves)?;
        shelves.users.retain(|user| user.is_alive());
        shelves.users.push(user);
        Ok(made)
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    /// Whom a policy trusts. None: it names nobody.
    pub(crate) fn trust(&self, policy: &Policy) -> Result<Option<Trust>, Problem> {
        let files = [&policy.ca_file, &policy.ca_verify_file];
        if files.iter().all(|file| file.is_none()) {
            return Ok(None);
        }
        let missing = |name: &str| Problem::new(name, "there is no file of that name");
        let mut trust = Trust::default();
        for file in files.into_iter().flatten() {
            let name = file.to_string_lossy();
            trust.add(self.authorities.get(&name).ok_or_else(|| missing(&name))?);
        }
        if let Some(file) = &policy.crl_file {
            let name = file.to_string_lossy();
            trust.add_revocations(self.revocations.get(&name).ok_or_else(|| missing(&name))?);
        }
        Ok(Some(trust))
    }
}

/// The CA files and the CRL file that a policy names.
pub(crate) fn files_of(policy: &Policy) -> impl Iterator<Item = &PathBuf> {
    [&policy.ca_file, &policy.ca_verify_file, &policy.crl_file].into_iter().flatten()
}

/// Fewer certificates are not worth a thread.
const MIN_SHARE: usize = 64;

/// The certificates that a line uses once bundles are resolved: each kind of key of a bundle is a certificate of its own.
pub(crate) fn without_bundles(uses: &[CertificateUse], tuning: &Tuning) -> Vec<CertificateUse> {
    let mut resolved = Vec::with_capacity(uses.len());
    for used in uses {
        let members =
            if used.certificate.file.is_none() { bundle_members(&used.certificate.name, tuning) } else { Vec::new() };
        if members.is_empty() {
            resolved.push(used.clone());
        }
        for name in members {
            let certificate = CertificateSource { name, ..used.certificate.clone() };
            resolved.push(CertificateUse { certificate, ..used.clone() });
        }
    }
    resolved
}

#[cfg(test)]
mod tests;
