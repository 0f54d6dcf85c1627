//! How far each certificate is, and what commands ask for: shared by the service and the runtime API.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::Notify;

use crate::renewal::Validity;
use crate::settings::Managed;

/// The state of all certificates that an `acme` section looks after.
#[derive(Debug)]
pub struct Tasks {
    all: Vec<Task>,
}

#[derive(Debug)]
struct Task {
    certificate: String,
    section: String,
    progress: Mutex<Progress>,
    /// `acme renew` was given.
    asked: Notify,
    /// `acme challenge_ready` was given for the last name.
    ready: Notify,
}

#[derive(Debug)]
struct Progress {
    state: State,
    validity: Option<Validity>,
    /// Names that `acme challenge_ready` is waited for.
    waiting: Vec<String>,
    /// What became of the last order, where it failed.
    fault: Option<String>,
}

/// What a certificate's task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing, and it will not begin by itself.
    Stopped,
    /// It orders a certificate at that time.
    Scheduled(SystemTime),
    /// It orders a certificate, since that time.
    Running(SystemTime),
}

/// A certificate as `acme status` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What commands call the certificate.
    pub certificate: String,
    /// The `acme` section.
    pub section: String,
    /// What its task does.
    pub state: State,
    /// How long the certificate in use is good.
    pub validity: Option<Validity>,
    /// Names that `acme challenge_ready` is waited for.
    pub waiting: Vec<String>,
    /// What became of the last order, where it failed.
    pub fault: Option<String>,
}

/// Why `acme renew` does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewFault {
    /// No `acme` section looks after a certificate of that name.
    Unknown,
    /// An order runs already.
    Running,
}

/// Why `acme challenge_ready` does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyFault {
    /// Nothing waits for that name of that certificate.
    NotWaiting,
}

impl Tasks {
    pub(crate) fn new(certificates: &[Managed]) -> Self {
        let all = certificates.iter().map(|managed| Task {
            certificate: managed.name.clone(),
            section: managed.authority.name.clone(),
            progress: Mutex::new(Progress { state: State::Stopped, validity: None, waiting: Vec::new(), fault: None }),
            asked: Notify::new(),
            ready: Notify::new(),
        });
        Self { all: all.collect() }
    }

    /// All certificates in the order of the configuration.
    pub fn status(&self) -> impl Iterator<Item = Status> {
        self.all.iter().map(|task| {
            let progress = task.progress();
            Status {
                certificate: task.certificate.clone(),
                section: task.section.clone(),
                state: progress.state,
                validity: progress.validity,
                waiting: progress.waiting.clone(),
                fault: progress.fault.clone(),
            }
        })
    }

    /// Orders a certificate now.
    ///
    /// # Errors
    /// When there is no such certificate, or it is being ordered.
    pub fn renew(&self, certificate: &str) -> Result<(), RenewFault> {
        let task = self.all.iter().find(|task| task.certificate == certificate).ok_or(RenewFault::Unknown)?;
        if matches!(task.progress().state, State::Running(_)) {
            return Err(RenewFault::Running);
        }
        task.asked.notify_one();
        Ok(())
    }

    /// Says that the challenge for a name may be looked at. Gives how many names of the certificate are still waited for.
    ///
    /// # Errors
    /// When nobody waits for it.
    pub fn challenge_ready(&self, certificate: &str, name: &str) -> Result<usize, ReadyFault> {
        let task = self.all.iter().find(|task| task.certificate == certificate).ok_or(ReadyFault::NotWaiting)?;
        let mut progress = task.progress();
        let place = progress.waiting.iter().position(|waiting| waiting.eq_ignore_ascii_case(name));
        progress.waiting.remove(place.ok_or(ReadyFault::NotWaiting)?);
        if progress.waiting.is_empty() {
            task.ready.notify_one();
        }
        Ok(progress.waiting.len())
    }

    /// Waits for `acme renew`.
    pub(crate) async fn asked(&self, index: usize) {
        match self.all.get(index) {
            Some(task) => task.asked.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Waits for `acme challenge_ready` for each of the names.
    pub(crate) async fn ready(&self, index: usize, names: Vec<String>) {
        let Some(task) = self.all.get(index) else { return };
        task.progress().waiting = names;
        // What is left of an earlier order must not count, so the names are looked at too.
        while !task.progress().waiting.is_empty() {
            task.ready.notified().await;
        }
    }

    /// A task waits, or is stopped.
    pub(crate) fn rest(&self, index: usize, state: State, validity: Option<Validity>) {
        if let Some(task) = self.all.get(index) {
            let mut progress = task.progress();
            progress.state = state;
            progress.validity = validity;
        }
    }

    /// An order begins.
    pub(crate) fn begin(&self, index: usize, now: SystemTime) {
        if let Some(task) = self.all.get(index) {
            task.progress().state = State::Running(now);
        }
    }

    /// An order has ended.
    pub(crate) fn end(&self, index: usize, fault: Option<String>) {
        if let Some(task) = self.all.get(index) {
            let mut progress = task.progress();
            progress.state = State::Stopped;
            progress.waiting.clear();
            progress.fault = fault;
        }
    }
}

impl Task {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
