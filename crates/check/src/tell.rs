//! What is said about checks and changes of state, in HAProxy's words: to the proxy's `log` targets and on standard error.

use std::fmt::Write as _;

use burdock_model::{Backend, CheckSettings, Level, Proxy, Server};
use burdock_state::{CheckReport, CheckResult, Health};

/// Where changes of state are told.
pub trait EventLog {
    /// Tells a proxy's `log` targets of an event.
    fn event(&self, proxy: &Proxy, level: Level, text: &str);

    /// Tells whoever started the program: standard error, which nobody reads in the background.
    fn notice(&self, level: Level, text: &str) {
        burdock_observe::notice(level, text);
    }
}

/// Who checks a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checker {
    /// We do.
    Health,
    /// An agent does, and is asked.
    Agent,
}

impl Checker {
    /// How it checks a server; none: it does not.
    pub(crate) fn settings(self, server: &Server) -> Option<&CheckSettings> {
        match self {
            Self::Health => server.check.as_ref(),
            Self::Agent => server.agent.as_ref(),
        }
    }
}

/// What a change of state did to those who were served or waited.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moved {
    /// The server took nobody any more.
    Away {
        /// Requests that the server is processing.
        active: u32,
        /// Requests that left a queue to choose anew.
        requeued: u32,
        /// Requests that still wait.
        remaining: u32,
    },
    /// The server is in use.
    In {
        /// Requests that left a queue to be served.
        requeued: u32,
        /// Requests that still wait.
        remaining: u32,
    },
}

/// Says that a check changed the counter or came to something else than the one before (`option log-health-checks`).
pub(crate) fn check(
    log: &dyn EventLog,
    proxy: &Proxy,
    server: &Server,
    by: Checker,
    report: &CheckReport,
    health: Health,
) {
    let outcome = match report.status.result() {
        CheckResult::Passed => "succeeded",
        CheckResult::Conditional => "conditionally succeeded",
        CheckResult::Failed | CheckResult::Unknown => "failed",
    };
    let (progress, goal) = health.progress();
    let state = if health.is_good() { "UP" } else { "DOWN" };
    let text = format!(
        "{} check for {}server {}/{} {outcome}{}, status: {progress}/{goal} {state}.",
        match by {
            Checker::Health => "Health",
            Checker::Agent => "Agent",
        },
        if server.backup { "backup " } else { "" },
        proxy.name,
        server.name,
        reason(report)
    );
    log.event(proxy, Level::Notice, &text);
    log.notice(Level::Warning, &text);
}

/// Says that a server's state changed: `what` is said of it, then what is left and who was moved, where that is told.
pub(crate) fn change(
    log: &dyn EventLog,
    proxy: &Proxy,
    server: &Server,
    level: Level,
    what: &str,
    moved: Option<Moved>,
) {
    let subject = if server.backup { "Backup Server" } else { "Server" };
    let mut text = format!("{subject} {}/{} {what}.", proxy.name, server.name);
    if let (Some(moved), Some(backend)) = (moved, &proxy.backend) {
        text.push(' ');
        push_strength(&mut text, backend, &moved);
        push_moved(&mut text, &moved);
    }
    log.event(proxy, level, &text);
    log.notice(Level::Warning, &text);
}

/// Says that a backend has lost its last server.
pub(crate) fn nothing_left(log: &dyn EventLog, proxy: &Proxy) {
    let kind = if proxy.frontend.is_some() { "proxy" } else { "backend" };
    log.event(proxy, Level::Emergency, &format!("{kind} {} has no server available!", proxy.name));
    log.notice(Level::Alert, &format!("{kind} '{}' has no server available!", proxy.name));
}

/// How a check ended, as a part of a sentence.
pub(crate) fn reason(report: &CheckReport) -> String {
    let mut text = format!(", reason: {}", report.status.description());
    // Writing to a String cannot fail.
    if report.status.has_code() {
        let _ = write!(text, ", code: {}", report.code);
    }
    if !report.info.is_empty() {
        let _ = write!(text, ", info: \"{}\"", escaped(&report.info));
    }
    if let Some(duration_ms) = report.duration_ms {
        let _ = write!(text, ", check duration: {duration_ms}ms");
    }
    text
}

/// A text as log lines show it between quotes: each byte that is no plain character as `<XX>`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if matches!(byte, b' '..=b'~') && byte != b'"' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "<{byte:02X}>");
        }
    }
    out
}

fn push_strength(text: &mut String, backend: &Backend, moved: &Moved) {
    let strength = backend.balance.balancer.strength();
    let verb = if matches!(moved, Moved::In { .. }) { "online" } else { "left" };
    let on_backup = if strength.active == 0 && strength.backup > 0 { "Running on backup. " } else { "" };
    // Writing to a String cannot fail.
    let _ = write!(text, "{} active and {} backup servers {verb}. {on_backup}", strength.active, strength.backup);
}

fn push_moved(text: &mut String, moved: &Moved) {
    // Writing to a String cannot fail.
    let _ = match moved {
        Moved::In { requeued, remaining } => {
            write!(text, "{requeued} sessions requeued, {remaining} total in queue.")
        }
        Moved::Away { active, requeued, remaining } => {
            write!(text, "{active} sessions active, {requeued} requeued, {remaining} remaining in queue.")
        }
    };
}
