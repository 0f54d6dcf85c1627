//! What the last health check of a server came to: the runtime API and statistics read it, the checks write it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::process::WakeList;

/// What a check came to (management manual 9.1 `check_status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckStatus {
    /// `INI`: none has ended yet.
    #[default]
    Initializing,
    /// `CHECKED`: an agent has nothing to say of whether its server is up.
    Checked,
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

/// What went wrong in traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TrafficError {
    /// A connection was refused, or not made in time.
    Connection = 1,
    /// A response tells of an error of the server's.
    Response = 2,
}

impl TrafficError {
    /// The same in words, as in log lines.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Connection => "L4 unsuccessful connection",
            Self::Response => "Wrong http response",
        }
    }
}

/// The checks of one server, or those of its agent.
#[derive(Debug, Default)]
pub struct CheckState {
    last: Mutex<CheckReport>,
    is_running: AtomicBool,
    is_suspended: AtomicBool,
    /// An agent says that its server is down.
    is_against: AtomicBool,
    /// Errors of traffic in a row.
    errors: AtomicU32,
    /// The last of too many, until the checks have heard of it.
    alarm: AtomicU8,
    alarmed: WakeList,
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
            Self::Checked => ("CHECKED", 3, "No status change", Unknown),
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

    /// Whether an agent says that its server is down.
    pub fn is_against(&self) -> bool {
        self.is_against.load(Relaxed)
    }

    /// Takes note of whether an agent says that its server is down. Returns what it said before.
    pub fn set_against(&self, against: bool) -> bool {
        self.is_against.swap(against, Relaxed)
    }

    /// Takes note of what traffic shows: `limit` errors in a row raise an alarm (configuration manual 5.2 `observe`).
    pub fn note_traffic(&self, error: Option<TrafficError>, limit: u32) {
        let Some(error) = error else {
            if self.errors.load(Relaxed) != 0 {
                self.errors.store(0, Relaxed);
            }
            return;
        };
        if self.errors.fetch_add(1, Relaxed) + 1 >= limit {
            self.errors.store(0, Relaxed);
            self.alarm.store(error as u8, Relaxed);
            self.alarmed.wake_all();
        }
    }

    /// Waits for an alarm, and takes it.
    pub fn poll_alarm(&self, cx: &mut Context<'_>) -> Poll<TrafficError> {
        self.alarmed.add(cx.waker());
        match self.alarm.swap(0, Relaxed) {
            0 => Poll::Pending,
            1 => Poll::Ready(TrafficError::Connection),
            _ => Poll::Ready(TrafficError::Response),
        }
    }

    fn lock(&self) -> MutexGuard<'_, CheckReport> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_a_row_raise_an_alarm() {
        let state = CheckState::default();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let (error, fine) = (Some(TrafficError::Response), None);
        for seen in [error, error, fine, error, error] {
            state.note_traffic(seen, 3);
            assert_eq!(state.poll_alarm(&mut cx), Poll::Pending);
        }
        state.note_traffic(Some(TrafficError::Connection), 3);
        assert_eq!(state.poll_alarm(&mut cx), Poll::Ready(TrafficError::Connection));
        assert_eq!(state.poll_alarm(&mut cx), Poll::Pending);
    }

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
