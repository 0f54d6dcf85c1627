//! What the last health check of a server came to: the runtime API and statistics read it, the checks write it.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a check came to (management manual 9.1 `check_status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckStatus {
    /// `INI`: none has ended yet.
    #[default]
    Initializing,
    /// `HANA`: traffic showed too many errors (`observe`).
    Observed,
    /// `SOCKERR`: the connection broke, or there was no socket for it.
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
    /// `L7TOUT`: no answer in time.
    Layer7Timeout,
    /// `L7RSP`: an answer that is not as it should be.
    Layer7Problem,
    /// `L7OK`: a good answer.
    Layer7Passed,
    /// `L7OKC`: an answer by which the server takes no new visitors.
    Layer7Conditional,
    /// `L7STS`: an answer that tells of an error.
    Layer7Status,
    /// `PROCERR`: the external program failed.
    ProgramError,
    /// `PROCTOUT`: it took too long.
    ProgramTimeout,
    /// `PROCOK`: it was content.
    ProgramPassed,
}

/// What a check says of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckResult {
    /// Nothing yet.
    Unknown,
    /// It failed.
    Failed,
    /// It is good.
    Passed,
    /// It is good for visitors that it knows.
    Conditional,
}

/// The last check that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// What it came to.
    pub status: CheckStatus,
    /// How long it took, in milliseconds; none before the first.
    pub duration_ms: Option<u32>,
    /// The code of the answer: the status of HTTP, the exit status of a program; told where [`CheckStatus::has_code`].
    pub code: i32,
    /// What the server or the system said (management manual 9.1 `last_chk`); empty where there is nothing to say.
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
        self.row().0
    }

    /// The number that lists of servers show (management manual 9.3 `show servers state`).
    pub const fn number(self) -> u8 {
        self.row().1
    }

    /// The same in words, as in log lines.
    pub const fn description(self) -> &'static str {
        self.row().2
    }

    /// What it says of the server.
    pub const fn result(self) -> CheckResult {
        self.row().3
    }

    /// Whether it speaks for the server.
    pub const fn is_good(self) -> bool {
        matches!(self.result(), CheckResult::Passed | CheckResult::Conditional)
    }

    /// Whether a code goes with it.
    pub const fn has_code(self) -> bool {
        matches!(
            self,
            Self::Layer7Passed
                | Self::Layer7Conditional
                | Self::Layer7Status
                | Self::ProgramError
                | Self::ProgramTimeout
                | Self::ProgramPassed
        )
    }

    const fn row(self) -> (&'static str, u8, &'static str, CheckResult) {
        use CheckResult::{Conditional, Failed, Passed, Unknown};
        match self {
            Self::Initializing => ("INI", 1, "Initializing check", Unknown),
            Self::Observed => ("HANA", 4, "Health analyze", Failed),
            Self::SocketError => ("SOCKERR", 5, "Socket error", Failed),
            Self::Layer4Passed => ("L4OK", 6, "Layer4 check passed", Passed),
            Self::Layer4Timeout => ("L4TOUT", 7, "Layer4 timeout", Failed),
            Self::Layer4Problem => ("L4CON", 8, "Layer4 connection problem", Failed),
            Self::Layer6Passed => ("L6OK", 9, "Layer6 check passed", Passed),
            Self::Layer6Timeout => ("L6TOUT", 10, "Layer6 timeout", Failed),
            Self::Layer6Problem => ("L6RSP", 11, "Layer6 invalid response", Failed),
            Self::Layer7Timeout => ("L7TOUT", 12, "Layer7 timeout", Failed),
            Self::Layer7Problem => ("L7RSP", 13, "Layer7 invalid response", Failed),
            Self::Layer7Passed => ("L7OK", 15, "Layer7 check passed", Passed),
            Self::Layer7Conditional => ("L7OKC", 16, "Layer7 check conditionally passed", Conditional),
            Self::Layer7Status => ("L7STS", 17, "Layer7 wrong status", Failed),
            Self::ProgramError => ("PROCERR", 18, "External check error", Failed),
            Self::ProgramTimeout => ("PROCTOUT", 19, "External check timeout", Failed),
            Self::ProgramPassed => ("PROCOK", 20, "External check passed", Passed),
        }
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
        let report =
            CheckReport { status: CheckStatus::Layer4Timeout, duration_ms: Some(700), ..CheckReport::default() };
        assert_eq!(state.end(report.clone()), CheckStatus::Initializing);
        assert!(!state.is_running());
        assert_eq!(state.last(), report);
    }
}
