//! One response after the other, each when its time has come.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use burdock_http_client::HttpClient;
use burdock_tls::{FetchedFault, Store};

use crate::Settings;
use crate::fetch::{Failure, fetch};
use crate::tasks::{Outcome, Tasks};

/// Looks after the responses of a store's certificates.
pub struct Updater {
    store: Store,
    settings: Settings,
    client: HttpClient,
    tasks: Arc<Tasks>,
    journal: Box<dyn Fn(&str) + Send>,
}

/// How often the store is looked through for certificates that have come without a word.
const LOOK_EVERY: Duration = Duration::from_secs(60);

impl Updater {
    /// One for this store. `journal` gets a line for every fetch. `client` is a client of the settings' making, which may have read already
    /// what the process can read no more.
    pub fn new(store: Store, settings: Settings, client: HttpClient, journal: Box<dyn Fn(&str) + Send>) -> Self {
        let tasks = Arc::new(Tasks::default());
        tasks.settle(&store, &settings, SystemTime::now());
        Self { store, settings, client, tasks, journal }
    }

    /// What commands speak to.
    pub fn tasks(&self) -> Arc<Tasks> {
        Arc::clone(&self.tasks)
    }

    /// Works, and never ends.
    pub async fn run(self) {
        loop {
            while let Some(certificate) = self.tasks.next_asked() {
                self.update(&certificate).await;
            }
            let now = SystemTime::now();
            self.tasks.settle(&self.store, &self.settings, now);
            match self.tasks.due(now) {
                Ok(certificate) => self.update(&certificate).await,
                Err(next) => {
                    let rest = next.and_then(|next| next.duration_since(now).ok()).unwrap_or(LOOK_EVERY);
                    // Nobody is missed where nobody says a word: the time is over, or something has changed.
                    let _ = tokio::time::timeout(rest.min(LOOK_EVERY), self.tasks.changed()).await;
                }
            }
        }
    }

    async fn update(&self, name: &str) {
        let Some(certificate) = self.store.certificate(name).ok().and_then(|info| info.content) else { return };
        let Ok(inquiry) = certificate.ocsp_inquiry() else { return };
        let (outcome, why) = match fetch(&self.client, &inquiry, self.settings.proxy.as_ref()).await {
            Ok(response) => self.take(name, &response),
            Err(failure) => failure,
        };
        // With a new response there is a new certificate.
        let current = self.store.certificate(name).ok().and_then(|info| info.content).unwrap_or(certificate);
        let status = self.tasks.finish(&inquiry.id, &current, outcome, &self.settings, SystemTime::now());
        let why = if why.is_empty() { why } else { format!(" ({why})") };
        (self.journal)(&format!(
            "<OCSP-UPDATE> {name} {} \"{}{why}\" {} {}",
            outcome.number(),
            outcome.text(),
            status.failures,
            status.successes
        ));
    }

    fn take(&self, name: &str, response: &[u8]) -> Failure {
        match self.store.take_fetched_response(name, response) {
            Ok(()) => (Outcome::Successful, String::new()),
            Err(FetchedFault::Refused(why)) => (Outcome::CheckFailed, why),
            Err(FetchedFault::NotInserted(why)) => (Outcome::NotInserted, why),
        }
    }
}
