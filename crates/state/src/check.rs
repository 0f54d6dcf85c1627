//! What the last health check of a server came to: the runtime API and statistics read it, the checks write it.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a check came to (management manual 9.1 `check_status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckStatus {
    /// `INI`: none has ended yet.
    #[default]
    Initializing,
    /// `SOCKERR`: no socket could be had, or not with that address.
    SocketError,
    /// `L4OK`: the connection was made.
    Layer4Passed,
    /// `L4TOUT`: it was not made in time.
    Layer4Timeout,
    /// `L4CON`: it was refused or could not be made.
    Layer4Problem,
    /// `L6OK`: the TLS handshake was done.
    Layer6Passed,
    /// `L6TOUT`: it was not done in time.
    Layer6Timeout,
    /// `L6RSP`: it failed.
    Layer6Problem,
}

/// The last check that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// What it came to.
    pub status: CheckStatus,
    /// How long it took, in milliseconds; none before the first.
    pub duration_ms: Option<u32>,
    /// What the system said (management manual 9.1 `last_chk`); empty where there is nothing to say.
    pub info: String,
}

/// The checks of one server.
#[derive(Debug, Default)]
pub struct CheckState {
    last: Mutex<CheckReport>,
    is_running: AtomicBool,
    is_suspended: AtomicBool,
}

impl CheckStatus {
    /// The abbreviation that statistics show.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Initializing => "INI",
            Self::SocketError => "SOCKERR",
            Self::Layer4Passed => "L4OK",
            Self::Layer4Timeout => "L4TOUT",
            Self::Layer4Problem => "L4CON",
            Self::Layer6Passed => "L6OK",
            Self::Layer6Timeout => "L6TOUT",
            Self::Layer6Problem => "L6RSP",
        }
    }

    /// The number that lists of servers show (management manual 9.3 `show servers state`).
    pub const fn number(self) -> u8 {
        match self {
            Self::Initializing => 1,
            Self::SocketError => 5,
            Self::Layer4Passed => 6,
            Self::Layer4Timeout => 7,
            Self::Layer4Problem => 8,
            Self::Layer6Passed => 9,
            Self::Layer6Timeout => 10,
            Self::Layer6Problem => 11,
        }
    }

    /// The same in words, as in log lines.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Initializing => "Initializing check",
            Self::SocketError => "Socket error",
            Self::Layer4Passed => "Layer4 check passed",
            Self::Layer4Timeout => "Layer4 timeout",
            Self::Layer4Problem => "Layer4 connection problem",
            Self::Layer6Passed => "Layer6 check passed",
            Self::Layer6Timeout => "Layer6 timeout",
            Self::Layer6Problem => "Layer6 invalid response",
        }
    }

    /// Whether it speaks for the server.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Layer4Passed | Self::Layer6Passed)
    }
}

impl CheckState {
    /// The last check that ended.
    pub fn last(&self) -> CheckReport {
        self.lock().clone()
    }

    /// Whether a check is under way; statistics mark the status with an asterisk then.
    pub fn is_running(&self) -> bool {
        self.is_running.load(Relaxed)
    }

    /// Whether checks pause at an administrator's wish (management manual 9.3 `disable health`).
    pub fn is_suspended(&self) -> bool {
        self.is_suspended.load(Relaxed)
    }

    /// Lets checks pause or go on.
    pub fn set_suspended(&self, suspended: bool) {
        self.is_suspended.store(suspended, Relaxed);
    }

    /// Takes note that a check begins.
    pub fn begin(&self) {
        self.is_running.store(true, Relaxed);
    }

    /// Takes note of what a check came to, and returns the status before.
    pub fn end(&self, report: CheckReport) -> CheckStatus {
        self.is_running.store(false, Relaxed);
        std::mem::replace(&mut *self.lock(), report).status
    }

    fn lock(&self) -> MutexGuard<'_, CheckReport> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_seen_while_it_runs_and_after() {
        let state = CheckState::default();
        assert_eq!((state.last().status.code(), state.last().duration_ms), ("INI", None));
        state.begin();
        assert!(state.is_running());
        let report = CheckReport { status: CheckStatus::Layer4Timeout, duration_ms: Some(700), info: String::new() };
        assert_eq!(state.end(report.clone()), CheckStatus::Initializing);
        assert!(!state.is_running());
        assert_eq!(state.last(), report);
    }
}
