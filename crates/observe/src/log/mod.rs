//! Log lines: how they are framed (`frame`) and where they go (`target`, `sink`, `farm`). What they say is a format of `burdock-sample`.
//! What goes over connections, or comes in from other programs, is the work of a thread of its own (`service`, `feed`, `forward`).
//! Knows transactions and models; decides nothing about traffic and never makes it wait.

mod farm;
mod feed;
pub mod forward;
mod frame;
pub mod service;
mod sink;
mod target;

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use burdock_model::{Level, LineFormat, Mode, Model, Proxy};
use burdock_sample::format::alias;
use burdock_sample::format::line::{Line, Style, push_without_controls};
use burdock_sample::format::stamp::Stamps;
use burdock_sample::{Format, Input, Phase, Scratch};
use burdock_state::{Process, ProcessCounter};
use burdock_txn::{Endpoint, LogLevel, Txn};

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
    workspace: RefCell<Workspace>,
}

/// Memory that lines are built in.
#[derive(Debug)]
struct Workspace {
    text: Vec<u8>,
    framed: Vec<u8>,
    stamps: Stamps,
}

impl Logs {
    /// Opens the targets of every proxy of `model`, each distinct one once. A target that cannot be opened loses its lines, counted as
    /// dropped.
    pub fn new(model: &Model) -> Logs {
        let pid = std::process::id();
        let mut sinks = Sinks::default();
        let mut proxies = Vec::with_capacity(model.proxies.len());
        for proxy in &model.proxies {
            let tag = proxy.log.tag.as_ref().unwrap_or(&model.global.log_tag);
            let targets = proxy.log.targets.iter().map(|target| {
                let sink = sinks.open(&target.transport, &model.logging);
                let hostname = model.global.log_hostname.as_deref().map(Into::into);
                Target::new(sink, target, hostname, tag, pid)
            });
            proxies.push(targets.collect());
        }
        Logs {
            process: Arc::clone(&model.process),
            sinks,
            proxies,
            workspace: RefCell::new(Workspace { text: Vec::new(), framed: Vec::new(), stamps: Stamps::local() }),
        }
    }

    /// Writes the line of a proxy without a format option, `Connect from ... to ...`; of any other proxy, nothing. To be called when a
    /// session has begun: in `mode tcp` at accept, in `mode http` when a request's head was understood.
    pub fn begun(&self, proxy: &Proxy, txn: &Txn) {
        if proxy.log.format != LineFormat::Connect || !self.wants(proxy, Level::Info) {
            return;
        }
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        let Workspace { text, stamps, .. } = &mut *workspace;
        text.clear();
        push_connect_line(&mut Line::new(text, stamps, Style::Log), proxy, txn);
        self.send(&mut workspace, proxy, Level::Info, SystemTime::now());
    }

    /// Writes the traffic line of a finished request (or session, in `mode tcp`) to every target of the frontend `proxy`, unless
    /// `option dontlognull` or `dontlog-normal` leaves it out, or a rule (`set-log-level`), or the proxy has no format option (see
    /// [`Logs::begun`]).
    /// With `option logasap` it is to be called as soon as the response's head (in `mode tcp`: the server's connection) is complete,
    /// instead of at the end.
    pub fn request(&self, model: &Model, proxy: &Proxy, txn: &Txn) {
        let settings = &proxy.log;
        let Some(format) = traffic_format(proxy) else { return };
        let failed = txn.has_failed(proxy.mode == Mode::Http);
        let level = match txn.directives.log_level {
            Some(LogLevel::Silent) => return,
            Some(LogLevel::Level(number)) => LEVELS[usize::from(number).min(LEVELS.len() - 1)],
            None if failed && settings.separate_errors => Level::Error,
            None => Level::Info,
        };
        if (settings.dont_log_normal && !failed)
            || (settings.dont_log_null && is_null(proxy.mode, txn))
            || !self.wants(proxy, level)
        {
            return;
        }
        let Ok(mut workspace) = self.workspace.try_borrow_mut() else { return };
        let scratch = Scratch::new();
        let now = model.process.clock.now();
        let input = Input { txn, world: &model.directory, now, phase: Phase::Log, scratch: &scratch };
        workspace.text.clear();
        format.append(&input, Style::Log, &mut workspace.text);
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

    fn targets(&self, proxy: &Proxy) -> &[Target] {
        self.proxies.get(proxy.id.index()).map_or(&[], Vec::as_slice)
    }

    fn wants(&self, proxy: &Proxy, level: Level) -> bool {
        self.targets(proxy).iter().any(|target| level <= target.max_level)
    }

    /// Sends the text in the workspace to the targets of `proxy` that take lines of that level.
    fn send(&self, workspace: &mut Workspace, proxy: &Proxy, level: Level, now: SystemTime) {
        let Workspace { text, framed, stamps } = workspace;
        for target in self.targets(proxy).iter().filter(|target| target.takes(level)) {
            framed.clear();
            target.frame.push_head(framed, level.max(target.min_level), now, stamps);
            framed.extend_from_slice(text);
            framed.truncate(target.max_length.saturating_sub(1));
            framed.push(b'\n');
            let lost = self.sinks.send(target.sink, framed, text);
            if lost > 0 {
                self.process.counters.add_shared(ProcessCounter::DroppedLogs, lost);
            }
        }
    }
}

/// The traffic line that a proxy writes for a request, without what stands before it; none where it writes none.
pub fn traffic_line(model: &Model, proxy: &Proxy, txn: &Txn) -> Option<String> {
    let format = traffic_format(proxy)?;
    let scratch = Scratch::new();
    let input =
        Input { txn, world: &model.directory, now: model.process.clock.now(), phase: Phase::Log, scratch: &scratch };
    Some(String::from_utf8_lossy(format.text(&input, Style::Log)).into_owned())
}

/// The format of a proxy's traffic lines; none where it has no format option.
fn traffic_format(proxy: &Proxy) -> Option<&Format> {
    match proxy.log.format {
        LineFormat::Connect => None,
        LineFormat::Tcp => Some(&STANDARD.tcp),
        LineFormat::Http => Some(&STANDARD.http),
        LineFormat::HttpClf => Some(&STANDARD.http_clf),
    }
}

/// The formats that options name (configuration manual 8.2.2 and 8.2.3).
struct Standard {
    tcp: Format,
    http: Format,
    http_clf: Format,
}

static STANDARD: LazyLock<Standard> = LazyLock::new(|| {
    // They name known items only, as the tests show.
    let compile = |text| Format::of_items(text).unwrap_or_default();
    Standard { tcp: compile(TCP_FORMAT), http: compile(HTTP_FORMAT), http_clf: compile(HTTP_CLF_FORMAT) }
});

/// `option tcplog`.
pub const TCP_FORMAT: &str = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
/// `option httplog`.
pub const HTTP_FORMAT: &str = "%ci:%cp [%tr] %ft %b/%s \
    %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";
/// `option httplog clf`.
pub const HTTP_CLF_FORMAT: &str = "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s \
    %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl";

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

/// The levels by their numbers.
const LEVELS: [Level; 8] = [
    Level::Emergency,
    Level::Alert,
    Level::Critical,
    Level::Error,
    Level::Warning,
    Level::Notice,
    Level::Info,
    Level::Debug,
];

/// Whether no byte was exchanged (configuration manual 8.3.1). In `mode http` our own answer to a silent client does not count.
fn is_null(mode: Mode, txn: &Txn) -> bool {
    txn.bytes_in == 0 && txn.timings.first_byte.is_none() && (mode == Mode::Http || txn.bytes_out == 0)
}

#[cfg(test)]
mod tests;
