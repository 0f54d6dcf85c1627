//! What is said about checks and changes of state, in HAProxy's words: to the proxy's `log` targets and on standard error.

use std::fmt::Write as _;

use burdock_model::{Backend, Level, Proxy, Server};
use burdock_state::{CheckReport, Health};

use crate::judge::Change;

/// Where changes of state are told.
pub trait EventLog {
    /// Tells a proxy's `log` targets of an event.
    fn event(&self, proxy: &Proxy, level: Level, text: &str);

    /// Tells whoever started the program: standard error, which nobody reads in the background.
    fn notice(&self, level: Level, text: &str) {
        burdock_observe::notice(level, text);
    }
}

/// What a change of state did to those who were served or waited.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved {
    /// Requests that the server is processing.
    pub(crate) active: u32,
    /// Requests that left a queue: to choose anew on the way down, to be served on the way up.
    pub(crate) requeued: u32,
    /// Requests that still wait.
    pub(crate) remaining: u32,
}

/// Says that a check changed the counter or came to something else than the one before (`option log-health-checks`).
pub(crate) fn check(log: &dyn EventLog, proxy: &Proxy, server: &Server, report: &CheckReport, health: Health) {
    let outcome = if report.status.is_good() { "succeeded" } else { "failed" };
    let (progress, goal) = health.progress();
    let state = if health.is_good() { "UP" } else { "DOWN" };
    let text = format!(
        "Health check for {}server {}/{} {outcome}{}, status: {progress}/{goal} {state}.",
        if server.backup { "backup " } else { "" },
        proxy.name,
        server.name,
        reason(report)
    );
    log.event(proxy, Level::Notice, &text);
    log.notice(Level::Warning, &text);
}

/// Says that a server went up or down. `report` is left out where [`check()`] told of it already. `served`: it took new visitors before.
pub(crate) fn change(
    log: &dyn EventLog,
    proxy: &Proxy,
    server: &Server,
    change: Change,
    report: Option<&CheckReport>,
    served: bool,
    moved: Moved,
) {
    let Some(backend) = &proxy.backend else { return };
    let mut text = format!(
        "{}erver {}/{} is {}{}. {}",
        if server.backup { "Backup S" } else { "S" },
        proxy.name,
        server.name,
        if change == Change::Up { "UP" } else { "DOWN" },
        report.map(reason).unwrap_or_default(),
        strength(backend, change),
    );
    let Moved { active, requeued, remaining } = moved;
    // Writing to a String cannot fail.
    let _ = match change {
        Change::Up => write!(text, "{requeued} sessions requeued, {remaining} total in queue."),
        Change::Down => {
            write!(text, "{active} sessions active, {requeued} requeued, {remaining} remaining in queue.")
        }
    };
    let level = if change == Change::Down && served { Level::Alert } else { Level::Notice };
    log.event(proxy, level, &text);
    log.notice(Level::Warning, &text);
}

/// Says that a backend has lost its last server.
pub(crate) fn nothing_left(log: &dyn EventLog, proxy: &Proxy) {
    log.event(proxy, Level::Emergency, &format!("proxy {} has no server available!", proxy.name));
    log.notice(Level::Alert, &format!("proxy '{}' has no server available!", proxy.name));
}

fn reason(report: &CheckReport) -> String {
    let mut text = format!(", reason: {}", report.status.description());
    // Writing to a String cannot fail.
    if !report.info.is_empty() {
        let _ = write!(text, ", info: \"{}\"", report.info);
    }
    if let Some(duration_ms) = report.duration_ms {
        let _ = write!(text, ", check duration: {duration_ms}ms");
    }
    text
}

fn strength(backend: &Backend, change: Change) -> String {
    let strength = backend.balance.balancer.strength();
    let verb = if change == Change::Up { "online" } else { "left" };
    let on_backup = if strength.active == 0 && strength.backup > 0 { "Running on backup. " } else { "" };
    format!("{} active and {} backup servers {verb}. {on_backup}", strength.active, strength.backup)
}
