//! Log lines: how they are framed (`frame`) and where they go (`target`, `sink`, `farm`). What they say is a format of `burdock-sample`.
//! What goes over connections, or comes in from other programs, is the work of a thread of its own (`service`, `feed`, `forward`).
//! Knows transactions and models; decides nothing about traffic and never makes it wait.

pub mod backing;
mod farm;
mod feed;
pub mod forward;
mod frame;
mod reader;
pub mod service;
mod sink;
mod target;

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use burdock_model::log::LEVEL_NAMES;
use burdock_model::{FcgiApp, Level, LogFormat, LogTarget, Mode, Model, Proxy};
use burdock_sample::format::alias;
use burdock_sample::format::encode::push_without_controls;
use burdock_sample::format::line::{Line, Style};
use burdock_sample::format::stamp::Stamps;
use burdock_sample::{Format, Input, Origin, Phase, Scratch};
use burdock_state::{FrontendCounter, Process, ProcessCounter};
use burdock_txn::{ConnectionError, Endpoint, LogLevel, Txn};

use target::{Sinks, Target};

/// The log lines of one thread: its sockets, its buffers, and what was compiled from the `log` lines of one model.
/// Made anew when the model changes, and used with that model only. `Send`, not `Sync`.
///
/// `sample` is counted by each thread on its own, in step over all targets of a proxy, so that targets whose ranges complement each
/// other still get every line exactly once.
#[derive(Debug)]
pub struct Logs {
    process: Arc<Process>,
    sinks: Sinks,
    /// Indexed by `ProxyId`.
    proxies: Vec<Vec<Target>>,
    /// Those of the global section.
    process_targets: Vec<Target>,
    /// By the index of their application.
    applications: Vec<Vec<Target>>,
    workspace: RefCell<Workspace>,
}

/// Memory that lines are built in.
#[derive(Debug)]
struct Workspace {
    text: Vec<u8>,
    structured_data: Vec<u8>,
    framed: Vec<u8>,
    stamps: Stamps,
}

impl Workspace {
    fn new() -> Self {
        Self { text: Vec::new(), structured_data: Vec::new(), framed: Vec::new(), stamps: Stamps::local() }
    }
}

impl Logs {
    /// Opens the targets of every proxy of `model`, each distinct one once. A target that cannot be opened loses its lines, counted as
    /// dropped.
    pub fn new(model: &Model) -> Logs {
        let pid = std::process::id();
        let mut sinks = Sinks::default();
        let mut proxies = Vec::with_capacity(model.proxies.len());
        let mut open = |targets: &[LogTarget], tag: &String| -> Vec<Target> {
            let targets = targets.iter().map(|target| {
                let sink = sinks.open(&target.transport, &model.logging);
                let hostname = model.global.log_hostname.as_deref().map(Into::into);
                let profile = target.profile.and_then(|profile| model.logging.profiles.get(profile));
                let tag = profile.and_then(|profile| profile.tag.as_ref()).unwrap_or(tag);
                Target::new(sink, target, hostname, tag, pid)
            });
            targets.collect()
        };
        for proxy in &model.proxies {
            proxies.push(open(&proxy.log.targets, proxy.log.tag.as_ref().unwrap_or(&model.global.log_tag)));
        }
        let process_targets = open(&model.global.log_targets, &model.global.log_tag);
        let applications = model.fcgi_apps.iter().map(|app| open(&app.log_targets, &app.name)).collect();
        let workspace = RefCell::new(Workspace::new());
        Logs { process: Arc::clone(&model.process), sinks, proxies, process_targets, applications, workspace }
    }

    /// Writes the line of a proxy without a format, `Connect from ... to ...`; of any other proxy, nothing. To be called when a session has
    /// begun: in `mode tcp` at accept, in `mode http` when a request's head was understood.
    pub fn begun(&self, proxy: &Proxy, txn: &Txn) {
        if proxy.log.line.is_some() || proxy.log.steps.is_some() || !self.wants(proxy, Level::Info) {
            return;
        }
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        let Workspace { text, stamps, .. } = &mut *workspace;
        text.clear();
        push_connect_line(&mut Line::new(text, stamps, Style::Log), proxy, txn);
        self.send(&mut workspace, proxy, Level::Info, SystemTime::now());
    }

    /// Writes the traffic line of a finished request (or session, in `mode tcp`) to every target of the frontend `proxy`, unless
    /// `option dontlognull`, `dontlog-normal` or `log-steps` leaves it out or the proxy has no format (see [`Logs::begun`]).
    /// With `option logasap` it is to be called as soon as the response's head (in `mode tcp`: the server's connection) is complete,
    /// instead of at the end. `origin` says which of these it is, or that no request was understood.
    pub fn request(&self, model: &Model, proxy: &Proxy, txn: &Txn, origin: Origin) {
        if origin == Origin::Close && proxy.log.steps.is_some_and(|steps| !steps.contains(origin)) {
            return;
        }
        self.automatic(model, proxy, txn, origin);
    }

    /// Writes the line of a step before the end, where `log-steps` asks for it.
    pub fn step(&self, model: &Model, proxy: &Proxy, txn: &Txn, origin: Origin) {
        let asked = proxy.log.steps.is_some_and(|steps| steps.contains(origin));
        if asked && !proxy.log.log_as_soon_as_possible {
            self.automatic(model, proxy, txn, origin);
        }
    }

    /// Writes a line that a rule asks for (`do-log`), by the profile of that index in the model where it names one.
    pub fn asked_for(&self, model: &Model, proxy: &Proxy, txn: &Txn, origin: Origin, profile: Option<usize>) {
        if let Some(level) = level_of(proxy, txn) {
            self.traffic(model, proxy, txn, TrafficLine { origin, level, profile });
        }
    }

    fn automatic(&self, model: &Model, proxy: &Proxy, txn: &Txn, origin: Origin) {
        let settings = &proxy.log;
        let failed = txn.has_failed(proxy.mode == Mode::Http);
        if (settings.dont_log_normal && !failed) || (settings.dont_log_null && is_null(proxy.mode, txn)) {
            return;
        }
        let Some(level) = level_of(proxy, txn) else { return };
        if self.traffic(model, proxy, txn, TrafficLine { origin, level, profile: None })
            && let Some(side) = &proxy.frontend
        {
            side.state.counters.add_shared(FrontendCounter::LogLines, 1);
        }
    }

    /// Builds a line and sends it to the targets of `proxy`. Targets with the same format get the same text, built once. Says whether the
    /// proxy has a line for it at all.
    fn traffic(&self, model: &Model, proxy: &Proxy, txn: &Txn, line: TrafficLine) -> bool {
        let settings = &proxy.log;
        let of_proxy = match line.origin {
            Origin::SessionError => settings.error_line.as_ref().or(settings.line.as_ref()),
            _ => settings.line.as_ref(),
        };
        let Some(of_proxy) = of_proxy.filter(|_| self.wants(proxy, line.level)) else { return false };
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return false };
        let Workspace { text, structured_data, framed, stamps } = &mut *workspace;
        let scratch = Scratch::new();
        let clock = &model.process.clock;
        let input = Input { txn, world: &model.directory, now: clock.now(), phase: Phase::Log, scratch: &scratch };
        let now = SystemTime::now();
        let mut built: Option<&Format> = None;
        for target in self.targets(proxy).iter().filter(|target| target.takes(line.level)) {
            let profile = line.profile.or(target.profile).and_then(|profile| model.logging.profiles.get(profile));
            let step = profile.and_then(|profile| profile.step(line.origin));
            if step.is_some_and(|step| step.drop) {
                continue;
            }
            let format = step.and_then(|step| step.format.as_ref()).unwrap_or(of_proxy);
            if !built.is_some_and(|built| std::ptr::eq(built, format)) {
                text.clear();
                format.append_line(line.origin, &input, text);
                built = Some(format);
            }
            if text.is_empty() {
                continue;
            }
            structured_data.clear();
            if target.frame.format == LogFormat::Rfc5424 {
                let format = step.and_then(|step| step.structured_data.as_ref()).or(settings.structured_data.as_ref());
                format.inspect(|format| format.append_line(line.origin, &input, structured_data));
            }
            let tag = line.profile.and(profile).and_then(|profile| profile.tag.as_deref());
            self.deliver(target, line.level, (tag, text, structured_data), framed, now, stamps);
        }
        true
    }

    /// Writes the line of a connection that came to nothing before its first request (configuration manual 8.2.5), by the
    /// `error-log-format` where there is one.
    pub fn connection_error(&self, model: &Model, proxy: &Proxy, txn: &Txn, address: &str, error: ConnectionError) {
        let level = if proxy.log.separate_errors { Level::Error } else { Level::Info };
        if proxy.log.error_line.is_some() {
            self.traffic(model, proxy, txn, TrafficLine { origin: Origin::SessionError, level, profile: None });
            return;
        }
        if !self.wants(proxy, level) {
            return;
        }
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        let Workspace { text, stamps, .. } = &mut *workspace;
        text.clear();
        let mut line = Line::new(text, stamps, Style::Log);
        alias::push_endpoint(txn.client, &mut line);
        line.raw(b" [");
        let accepted = model.process.clock.wall(txn.timings.accepted);
        line.date(|stamps, out| stamps.push_log(out, accepted));
        line.raw(b"] ");
        line.raw(proxy.name.as_bytes());
        line.byte(b'/');
        line.raw(address.as_bytes());
        line.raw(b": ");
        line.raw(error.message().as_bytes());
        // A certificate that is not trusted says all there is to say.
        let tells_why = error == ConnectionError::TlsHandshake;
        if let Some(fault) = txn.client_tls.as_ref().and_then(|tls| tls.fault).filter(|_| tells_why) {
            line.raw(format!(" ({fault})").as_bytes());
        }
        self.send(&mut workspace, proxy, level, SystemTime::now());
    }

    /// Writes a message about a proxy (a server's state changed, ...) to every target of it.
    pub fn event(&self, proxy: &Proxy, level: Level, text: &str) {
        if !self.wants(proxy, level) {
            return;
        }
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        workspace.text.clear();
        push_without_controls(&mut workspace.text, text.as_bytes());
        self.send(&mut workspace, proxy, level, SystemTime::now());
    }

    /// Writes a message about the process to every target of the global section.
    pub fn process_event(&self, level: Level, text: &str) {
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        let Workspace { text: message, framed, stamps, .. } = &mut *workspace;
        message.clear();
        push_without_controls(message, text.as_bytes());
        let now = SystemTime::now();
        for target in self.process_targets.iter().filter(|target| target.takes(level)) {
            self.deliver(target, level, (None, message, b""), framed, now, stamps);
        }
    }

    /// Writes what a FastCGI application has said (`log-stderr`), under the application's name.
    pub fn application_event(&self, app: &FcgiApp, level: Level, text: &[u8]) {
        let Some(targets) = self.applications.get(app.index).filter(|targets| !targets.is_empty()) else { return };
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        let Workspace { text: message, framed, stamps, .. } = &mut *workspace;
        message.clear();
        // As measured in HAProxy, a message of several lines is one line.
        message.extend(text.iter().map(|byte| if byte.is_ascii_control() { b'.' } else { *byte }));
        let now = SystemTime::now();
        for target in targets.iter().filter(|target| target.takes(level)) {
            self.deliver(target, level, (None, message, b""), framed, now, stamps);
        }
    }

    fn targets(&self, proxy: &Proxy) -> &[Target] {
        self.proxies.get(proxy.id.index()).map_or(&[], Vec::as_slice)
    }

    fn wants(&self, proxy: &Proxy, level: Level) -> bool {
        self.targets(proxy).iter().any(|target| level <= target.max_level)
    }

    /// Sends the text in the workspace to the targets of `proxy` that take lines of that level.
    fn send(&self, workspace: &mut Workspace, proxy: &Proxy, level: Level, now: SystemTime) {
        let Workspace { text, framed, stamps, .. } = workspace;
        for target in self.targets(proxy).iter().filter(|target| target.takes(level)) {
            self.deliver(target, level, (None, text, b""), framed, now, stamps);
        }
    }

    /// Frames a text and hands it over.
    fn deliver(
        &self,
        target: &Target,
        level: Level,
        (tag, text, structured_data): (Option<&str>, &[u8], &[u8]),
        framed: &mut Vec<u8>,
        now: SystemTime,
        stamps: &mut Stamps,
    ) {
        framed.clear();
        target.frame.push_head(framed, level.max(target.min_level), (tag, structured_data), now, stamps);
        framed.extend_from_slice(text);
        framed.truncate(target.max_length.saturating_sub(1));
        framed.push(b'\n');
        let lost = self.sinks.send(target.sink, framed, text);
        if lost > 0 {
            self.process.counters.add_shared(ProcessCounter::DroppedLogs, lost);
        }
    }
}

/// Waits for what may take so long at most.
async fn within<T>(limit_ms: Option<u64>, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match limit_ms {
        Some(limit_ms) => tokio::time::timeout(Duration::from_millis(limit_ms), work).await?,
        None => work.await,
    }
}

/// What a traffic line is written for.
#[derive(Clone, Copy, Debug)]
struct TrafficLine {
    origin: Origin,
    level: Level,
    /// The profile that a rule names, by its index in the model: it takes the place of those of the targets.
    profile: Option<usize>,
}

/// The level of a line; none: it is not to be written (`set-log-level silent`).
fn level_of(proxy: &Proxy, txn: &Txn) -> Option<Level> {
    match txn.directives.log_level {
        Some(LogLevel::Silent) => None,
        Some(LogLevel::Level(level)) => Some(LEVEL_NAMES[usize::from(level).min(LEVEL_NAMES.len() - 1)].1),
        None if proxy.log.separate_errors && txn.has_failed(proxy.mode == Mode::Http) => Some(Level::Error),
        None => Some(Level::Info),
    }
}

/// The traffic line that a proxy writes for a request, without what stands before it; none where it writes none.
pub fn traffic_line(model: &Model, proxy: &Proxy, txn: &Txn) -> Option<String> {
    let format = proxy.log.line.as_ref()?;
    let scratch = Scratch::new();
    let input =
        Input { txn, world: &model.directory, now: model.process.clock.now(), phase: Phase::Log, scratch: &scratch };
    let mut text = Vec::new();
    format.append_line(Origin::Close, &input, &mut text);
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The line of a proxy without a format option (configuration manual 8.2.1). A Unix socket has no address to come from.
fn push_connect_line(line: &mut Line<'_>, proxy: &Proxy, txn: &Txn) {
    line.raw(b"Connect ");
    if let Endpoint::Ip(_) = txn.client {
        line.raw(b"from ");
        alias::push_endpoint(txn.client, line);
        line.byte(b' ');
    }
    line.raw(b"to ");
    alias::push_endpoint(txn.local, line);
    line.raw(b" (");
    line.raw(proxy.name.as_bytes());
    line.raw(match proxy.mode {
        Mode::Tcp | Mode::Log => b"/TCP)",
        Mode::Http => b"/HTTP)",
    });
}

/// Whether no byte was exchanged (configuration manual 8.3.1). In `mode http` our own answer to a silent client does not count.
fn is_null(mode: Mode, txn: &Txn) -> bool {
    txn.bytes_in == 0 && txn.timings.first_byte.is_none() && (mode == Mode::Http || txn.bytes_out == 0)
}

#[cfg(test)]
mod tests;
