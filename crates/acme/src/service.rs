//! Watches certificates, orders them when they are due or asked for, keeps what is issued on disk, and hands it over.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use burdock_http_client::HttpClient;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::account::AccountKey;
use crate::binding::Binding;
use crate::challenges::AlpnCertificate;
use crate::client::Signing;
use crate::disk;
use crate::fault::Fault;
use crate::limit::{MAX_RUNNING, Pace};
use crate::order::Request;
use crate::renewal::{next_order, validity_of};
use crate::settings::{Managed, Settings};
use crate::signing::Signer;
use crate::tasks::{State, Tasks};

/// Where certificates are used.
pub trait Sink: Send + Sync {
    /// The certificate in use and its key, in PEM; none: there is none of that name.
    fn current(&self, certificate: &str) -> Option<Vec<u8>>;

    /// Puts a new one to use.
    ///
    /// # Errors
    /// Why it cannot be used.
    fn install(&self, issued: &Issued) -> Result<(), String>;
}

/// Where the process answers challenges: rules by `map` (configuration manual 12.8), and lines with TLS.
pub trait Answers: Send + Sync {
    /// Adds a token with the account's thumbprint to a map.
    ///
    /// # Errors
    /// Why it cannot be added.
    fn publish(&self, map: &str, token: &str, thumbprint: &str) -> Result<(), String>;

    /// Takes a token out of a map again.
    fn withdraw(&self, map: &str, token: &str);

    /// Has a certificate shown to those who ask for its name by the protocol `acme-tls/1`, where the line names the certificate that is being
    /// ordered.
    ///
    /// # Errors
    /// Why it cannot be shown.
    fn show(&self, certificate: &str, shown: &AlpnCertificate) -> Result<(), String>;

    /// It is shown no more.
    fn hide(&self, certificate: &str, server_name: &str);
}

/// Where operators are told what happens.
pub trait Journal: Send + Sync {
    /// Something has happened, in a line.
    fn event(&self, severity: Severity, text: &str);

    /// Somebody has to make a DNS record (`challenge dns-01`), or see to it that it is there (`challenge dns-persist-01`).
    fn dns_record(&self, record: &DnsRecord<'_>);
}

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// What went as it was to.
    Notice,
    /// What an operator should look at.
    Warning,
    /// What an operator has to mend.
    Error,
}

/// A DNS record that a challenge asks for (RFC 8555 8.4, draft-ietf-acme-dns-persist).
#[derive(Clone, Copy, Debug)]
pub struct DnsRecord<'a> {
    /// What commands call the certificate.
    pub certificate: &'a str,
    /// The `acme` section.
    pub section: &'a str,
    /// The name to prove.
    pub domain: &'a str,
    /// The name of the record.
    pub record: &'a str,
    /// Its text.
    pub value: &'a str,
    /// Whether `acme challenge_ready` is waited for.
    pub by_command: bool,
    /// `provider-name`
    pub provider_name: Option<&'a str>,
    /// `acme-vars`
    pub variables: Option<&'a str>,
}

/// A new certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// What commands call it.
    pub certificate: String,
    /// The certificate and those above it, in PEM.
    pub chain: String,
    /// Its key, in PEM.
    pub key: String,
}

/// What the service needs of the process.
#[derive(Clone)]
pub struct Surroundings {
    /// Takes certificates.
    pub sink: Arc<dyn Sink>,
    /// Makes challenges answerable by rules.
    pub answers: Arc<dyn Answers>,
    /// Is told what happens.
    pub journal: Arc<dyn Journal>,
}

/// Looks after certificates until it is dropped.
pub struct Service {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    pace: Pace,
    surroundings: Surroundings,
    tasks: Arc<Tasks>,
    client: HttpClient,
    /// By the section's name.
    accounts: HashMap<String, Account>,
    places: Semaphore,
}

struct Account {
    key: Arc<AccountKey>,
    signer: Arc<Signer>,
}

impl Service {
    /// Reads what it needs from disk, and makes account keys that are missing: do this before privileges are given up. None where no
    /// certificate asks for it.
    ///
    /// # Errors
    /// Everything that is wrong with keys and certificates of authorities on disk.
    pub fn new(settings: Settings, pace: Pace, surroundings: Surroundings) -> Result<Option<Self>, Vec<Fault>> {
        if settings.certificates.is_empty() {
            return Ok(None);
        }
        let mut faults = Vec::new();
        let mut accounts = HashMap::new();
        for managed in &settings.certificates {
            let authority = &managed.authority;
            if accounts.contains_key(&authority.name) {
                continue;
            }
            match open(managed, &surroundings) {
                Ok(account) => {
                    accounts.insert(authority.name.clone(), account);
                }
                Err(fault) => faults.push(fault),
            }
        }
        let client = HttpClient::new(settings.client.clone());
        faults.extend(client.prepare().map_err(Fault::Roots).err());
        if !faults.is_empty() {
            return Err(faults);
        }
        let tasks = Arc::new(Tasks::new(&settings.certificates));
        let places = Semaphore::new(MAX_RUNNING);
        let shared = Shared { settings, pace, surroundings, tasks, client, accounts, places };
        Ok(Some(Self { shared: Arc::new(shared) }))
    }

    /// What runtime commands speak to.
    pub fn tasks(&self) -> Arc<Tasks> {
        Arc::clone(&self.shared.tasks)
    }

    /// Looks after the certificates; never ends. Needs a tokio runtime with I/O and time, in a thread of its own: making keys and writing
    /// files takes its time.
    pub async fn run(self) {
        let mut watches = JoinSet::new();
        for index in 0..self.shared.settings.certificates.len() {
            watches.spawn(watch(Arc::clone(&self.shared), index));
        }
        while watches.join_next().await.is_some() {}
    }
}

/// Reads, or makes, what an account signs with.
fn open(managed: &Managed, surroundings: &Surroundings) -> Result<Account, Fault> {
    let authority = &managed.authority;
    let (key, made) = AccountKey::load_or_create(&authority.account_key, authority.key)?;
    if made {
        surroundings.journal.event(
            Severity::Notice,
            &format!(
                "acme: made the account key '{}' for section '{}'",
                authority.account_key.display(),
                authority.name
            ),
        );
    }
    let binding = match &authority.binding {
        Some(account) => Binding::load(account)?.map(Arc::new),
        None => None,
    };
    let key = Arc::new(key);
    Ok(Account { signer: Arc::new(Signer { key: Arc::clone(&key), binding }), key })
}

/// A certificate's task.
async fn watch(shared: Arc<Shared>, index: usize) {
    let Some(managed) = shared.settings.certificates.get(index) else { return };
    let Some(account) = shared.accounts.get(&managed.authority.name) else { return };
    let mut failures = 0;
    let mut last = SystemTime::UNIX_EPOCH;
    let mut retry_at = None;
    loop {
        shared.await_turn(index, managed, failures, last, retry_at).await;
        let Ok(_place) = shared.places.acquire().await else { return };
        shared.tasks.begin(index, SystemTime::now());
        let result = shared.renew(index, managed, account).await;
        last = SystemTime::now();
        (failures, retry_at) = match &result {
            Ok(()) => (0, None),
            Err(fault) => {
                let text = format!("acme: {}: {fault}", managed.name);
                shared.surroundings.journal.event(Severity::Error, &text);
                (failures.saturating_add(1), fault.retry_at())
            }
        };
        shared.tasks.end(index, result.err().map(|fault| fault.to_string()));
    }
}

impl Shared {
    /// Waits until a certificate is due, or asked for. What is in use is looked at again from time to time: it may be changed by others.
    async fn await_turn(
        &self,
        index: usize,
        managed: &Managed,
        failures: u32,
        last: SystemTime,
        retry_at: Option<SystemTime>,
    ) {
        loop {
            let validity = self.surroundings.sink.current(&managed.name).as_deref().and_then(validity_of);
            let now = SystemTime::now();
            let at = next_order(validity, failures, last, retry_at, &self.pace);
            let wait = if self.settings.scheduler {
                self.tasks.rest(index, State::Scheduled(at.max(now)), validity);
                let left = at.duration_since(now).unwrap_or(Duration::ZERO);
                if left.is_zero() {
                    return;
                }
                left.min(self.pace.retry_limit)
            } else {
                self.tasks.rest(index, State::Stopped, validity);
                self.pace.retry_limit
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.tasks.asked(index) => return,
            }
        }
    }

    async fn renew(&self, index: usize, managed: &Managed, account: &Account) -> Result<(), Fault> {
        let authority = &managed.authority;
        let journal = &self.surroundings.journal;
        journal.event(
            Severity::Notice,
            &format!("acme: {}: a certificate is ordered from section '{}'", managed.name, authority.name),
        );
        let request = Request {
            managed,
            index,
            key: &account.key,
            signing: Signing::new(&self.client, Arc::clone(&account.signer)),
            surroundings: &self.surroundings,
            tasks: &self.tasks,
            pace: &self.pace,
        };
        let issued = request.run().await?;
        self.surroundings.sink.install(&issued).map_err(Fault::NotInstalled)?;
        match keep(managed, &issued) {
            Ok(()) => {
                let text = format!("acme: {}: a new certificate is in use", managed.name);
                journal.event(Severity::Notice, &text);
            }
            // It serves, but a restart would find the old one.
            Err((path, error)) => journal.event(
                Severity::Error,
                &format!(
                    "acme: {}: a new certificate is in use but could not be written to '{}': {error}; let the process write there, or keep it by 'dump ssl cert'",
                    managed.name,
                    path.display()
                ),
            ),
        }
        Ok(())
    }
}

/// Writes a certificate to where the configuration has it from. The key comes first: without it the certificate is of no use.
fn keep(managed: &Managed, issued: &Issued) -> Result<(), (PathBuf, std::io::Error)> {
    let Issued { chain, key, .. } = issued;
    let write =
        |path: &PathBuf, text: &str| disk::write_private(path, text.as_bytes()).map_err(|error| (path.clone(), error));
    match &managed.key_file {
        Some(key_file) => {
            write(key_file, key)?;
            write(&managed.file, chain)
        }
        None => write(&managed.file, &format!("{chain}{key}")),
    }
}

#[cfg(test)]
mod tests;
