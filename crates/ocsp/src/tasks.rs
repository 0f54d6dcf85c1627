//! How far each response is, and what commands ask for: shared by the updater and the runtime API.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use burdock_tls::Store;
use burdock_tls::material::Certificate;
use tokio::sync::Notify;

use crate::Settings;

/// What became of a fetch (management manual 9.3 `show ssl ocsp-updates`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// There was none yet.
    #[default]
    Unknown,
    /// The response is in use.
    Successful,
    /// The responder could not be reached, or has refused.
    HttpError,
    /// What came does not say that it is an OCSP response.
    MissingHeader,
    /// What came may not be sent to clients.
    CheckFailed,
    /// What came could not be put into use.
    NotInserted,
}

impl Outcome {
    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its text.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Successful => "Update successful",
            Self::HttpError => "HTTP error",
            Self::MissingHeader => "Missing \"ocsp-response\" header",
            Self::CheckFailed => "OCSP response check failure",
            Self::NotInserted => "Error during insertion",
        }
    }
}

/// A response as commands and log lines show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What OCSP knows the certificate by, in DER.
    pub id: Vec<u8>,
    /// The name of the certificate, the first where several have the same response.
    pub certificate: String,
    /// When it is fetched next; none: only when that is asked for.
    pub next: Option<SystemTime>,
    /// When it was fetched last, with success.
    pub last: Option<SystemTime>,
    /// Fetches that went well.
    pub successes: u32,
    /// Fetches that did not.
    pub failures: u32,
    /// What became of the last one.
    pub outcome: Outcome,
    /// Failures since the last success.
    failures_in_a_row: u32,
}

/// All responses that are looked after, and those that were asked for.
#[derive(Debug, Default)]
pub struct Tasks {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Status>,
    asked: VecDeque<String>,
}

/// Commands that may wait.
const MAX_ASKED: usize = 1_000;

impl Tasks {
    /// Those that are fetched by themselves, the next first.
    pub fn status(&self) -> Vec<Status> {
        let mut all: Vec<Status> = self.lock().entries.iter().filter(|entry| entry.next.is_some()).cloned().collect();
        all.sort_by_key(|entry| entry.next);
        all
    }

    /// Has the response of a certificate fetched now. `false`: too many wait already.
    pub fn update(&self, certificate: &str) -> bool {
        let mut state = self.lock();
        if state.asked.len() >= MAX_ASKED {
            return false;
        }
        state.asked.push_back(certificate.to_owned());
        drop(state);
        self.wake.notify_one();
        true
    }

    /// Certificates have changed: there may be others to look after.
    pub fn look_again(&self, store: &Store, settings: &Settings) {
        self.settle(store, settings, SystemTime::now());
        self.wake.notify_one();
    }

    pub(crate) async fn changed(&self) {
        self.wake.notified().await;
    }

    pub(crate) fn next_asked(&self) -> Option<String> {
        self.lock().asked.pop_front()
    }

    /// Takes up the certificates that are to be looked after, and forgets those that are not any more.
    pub(crate) fn settle(&self, store: &Store, settings: &Settings, now: SystemTime) {
        let watched = if settings.is_disabled { Vec::new() } else { store.ocsp_updated() };
        let mut state = self.lock();
        let mut ids = Vec::with_capacity(watched.len());
        for certificate in &watched {
            let Ok(inquiry) = certificate.ocsp_inquiry() else { continue };
            let entry = state.entry(&inquiry.id, &certificate.name);
            entry.next.get_or_insert_with(|| match certificate.ocsp_response() {
                Some(_) => now + delay(ends(certificate), settings, now),
                None => now,
            });
            ids.push(inquiry.id);
        }
        for entry in &mut state.entries {
            if !ids.contains(&entry.id) {
                entry.next = None;
            }
        }
    }

    /// The certificate whose response is to be fetched now; or when the next one is.
    pub(crate) fn due(&self, now: SystemTime) -> Result<String, Option<SystemTime>> {
        let state = self.lock();
        let first = state.entries.iter().filter(|entry| entry.next.is_some()).min_by_key(|entry| entry.next);
        match first.and_then(|first| Some((first, first.next?))) {
            Some((first, next)) if next <= now => Ok(first.certificate.clone()),
            Some((_, next)) => Err(Some(next)),
            None => Err(None),
        }
    }

    /// Takes down what became of a fetch, and gives the certificate's state.
    pub(crate) fn finish(
        &self,
        id: &[u8],
        certificate: &Certificate,
        outcome: Outcome,
        settings: &Settings,
        now: SystemTime,
    ) -> Status {
        let mut state = self.lock();
        let entry = state.entry(id, &certificate.name);
        entry.outcome = outcome;
        let wait = if outcome == Outcome::Successful {
            entry.successes += 1;
            entry.failures_in_a_row = 0;
            entry.last = Some(now);
            delay(ends(certificate), settings, now)
        } else {
            entry.failures += 1;
            entry.failures_in_a_row += 1;
            backoff(entry.failures_in_a_row, settings)
        };
        if let Some(next) = &mut entry.next {
            *next = now + wait;
        }
        entry.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn entry(&mut self, id: &[u8], certificate: &str) -> &mut Status {
        let place = self.entries.iter().position(|entry| entry.id == id).unwrap_or_else(|| {
            self.entries.push(Status {
                id: id.to_vec(),
                certificate: certificate.to_owned(),
                next: None,
                last: None,
                successes: 0,
                failures: 0,
                outcome: Outcome::Unknown,
                failures_in_a_row: 0,
            });
            self.entries.len() - 1
        });
        &mut self.entries[place]
    }
}

fn ends(certificate: &Certificate) -> Option<SystemTime> {
    let seconds = u64::try_from(certificate.ocsp_ends()?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// How long a response is left alone that ends then.
fn delay(ends: Option<SystemTime>, settings: &Settings, now: SystemTime) -> Duration {
    let rest = ends.map_or(settings.min_delay, |ends| ends.duration_since(now).unwrap_or_default());
    rest.clamp(settings.min_delay, settings.max_delay.max(settings.min_delay))
}

/// The same behind so many failures in a row: twice as long each time.
fn backoff(failures: u32, settings: &Settings) -> Duration {
    let factor = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    settings.min_delay.saturating_mul(factor).min(settings.max_delay.max(settings.min_delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_between_the_two() {
        let settings = Settings::default();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let check = |rest_s: Option<u64>, expected_s: u64| {
            let ends = rest_s.map(|rest_s| now + Duration::from_secs(rest_s));
            assert_eq!(delay(ends, &settings, now), Duration::from_secs(expected_s), "{rest_s:?}");
        };
        check(None, 300);
        check(Some(10), 300);
        check(Some(1_000), 1_000);
        check(Some(86_400), 3_600);
        let waits: Vec<u64> = (1..8).map(|failures| backoff(failures, &settings).as_secs()).collect();
        assert_eq!(waits, [300, 600, 1_200, 2_400, 3_600, 3_600, 3_600]);
    }
}
