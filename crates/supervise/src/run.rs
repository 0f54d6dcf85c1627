//! From a finished model to running workers, in the order that rights and processes demand.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use burdock_base::WorkerId;
use burdock_control::{AcmeHandle, Control, EventLog, OcspHandle, Traffic};
use burdock_engine::{Mailbox, WorkerHandle, WorkerSettings, spawn_worker};
use burdock_model::{Level, Model, Proxy};
use burdock_observe::{Backing, LogService, Logs};
use burdock_state::Server;

use crate::failure::Failure;
use crate::listen::Sockets;
use crate::takeover::{Predecessors, Takeover};
use crate::{acme, limits, listen, ocsp, panic, pid_file, privileges, watch};

/// How the process runs, beyond what the model says.
#[derive(Clone, Debug)]
pub struct Options {
    /// The process becomes a daemon where the model asks for it; otherwise it stays in the foreground.
    pub may_daemonize: bool,
    /// Workers get TCP sockets of their own (unless `-dR`).
    pub reuse_port: bool,
    /// Memory that may be allocated, in MiB (`-m`).
    pub memory_limit_mb: Option<u64>,
    /// Whoever starts it as root is told what that means.
    pub advise_about_root: bool,
    /// Processes to take over from (`-sf`, `-st`).
    pub predecessors: Option<Predecessors>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            may_daemonize: false,
            reuse_port: true,
            memory_limit_mb: None,
            advise_about_root: false,
            predecessors: None,
        }
    }
}

/// Runs until a soft stop (SIGUSR1) has ended. SIGINT and SIGTERM keep their default effect. `ready` is called once everything listens. As a
/// daemon, only the child returns from here.
///
/// # Errors
/// The process could not start, or a worker has failed.
pub fn run(model: Model, options: Options, ready: impl FnOnce()) -> Result<(), Failure> {
    panic::install_hook();
    watch::hold_signals()?;
    if let Some(megabytes) = options.memory_limit_mb {
        limits::limit_memory(megabytes)?;
    }
    limits::raise_file_limit(&model)?;
    let mut takeover = Takeover::new(options.predecessors);
    let Sockets { workers: listeners, control, logs } = listen::open(&model, options.reuse_port, &mut takeover)?;
    let daemon = match model.global.daemon && options.may_daemonize {
        true => {
            let forked = burdock_os::daemonize();
            Some(forked.map_err(|error| Failure::new(format!("Cannot become a daemon: {error}")))?)
        }
        false => None,
    };
    if let Some(path) = model.global.pid_file.as_deref().filter(|_| daemon.is_some()) {
        pid_file::write(&mut pid_file::create(path)?, path)?;
    }
    let model = Arc::new(ArcSwap::from_pointee(model));
    let certificates = acme::open(&model)?;
    let responders = ocsp::client(&model.load());
    let backings = Backing::open_all(&model.load()).map_err(|fault| Failure::new(fault.to_string()))?;
    if model.load().global.uid.is_some() {
        // Another user may not tell them any more. What comes now already waits in the sockets.
        takeover.complete();
    }
    privileges::drop_privileges(&model.load().global)?;
    if options.advise_about_root {
        privileges::advise(&model.load().global);
    }
    let logs = LogService::start(&model.load_full(), logs, backings);
    let logs = logs.map_err(|error| Failure::new(format!("Cannot start the thread for logs: {error}")))?;
    let workers = start_workers(&model, listeners)?;
    let control = Control::new(Arc::clone(&model), Arc::new(ControlLog::new(&model.load())), control);
    let commands = AcmeHandle::default();
    if let Some(service) = certificates {
        acme::start(service, &commands)?;
    }
    let responses = OcspHandle::default();
    ocsp::start(&model.load(), responders, &responses)?;
    let control = control.with_acme(commands).with_ocsp(responses);
    let mailboxes = workers.iter().map(WorkerHandle::mailbox).collect();
    let control = control.with_traffic(Arc::new(Workers(mailboxes)));
    if let Some(daemon) = daemon {
        daemon.ready().map_err(|error| Failure::new(format!("Cannot leave the terminal: {error}")))?;
    }
    takeover.complete();
    drop(takeover);
    ready();
    watch::watch(&model, control, workers, logs)
}

/// One worker for each list of listeners. The first runs the health checks.
fn start_workers(
    model: &Arc<ArcSwap<Model>>,
    listeners: Vec<Vec<burdock_engine::Listener>>,
) -> Result<Vec<WorkerHandle>, Failure> {
    let start = |(index, listeners)| {
        let settings =
            WorkerSettings { id: WorkerId::new(index), model: Arc::clone(model), listeners, runs_checks: index == 0 };
        spawn_worker(settings).map_err(|error| Failure::new(format!("Cannot start worker {}: {error}", index + 1)))
    };
    listeners.into_iter().enumerate().map(start).collect()
}

/// The workers, as commands of the runtime API speak to them.
struct Workers(Vec<Mailbox>);

impl Traffic for Workers {
    fn end_requests_of(&self, server: &Arc<Server>) {
        self.0.iter().for_each(|worker| worker.end_requests_of(server));
    }
}

/// Where commands of the runtime API tell of changes.
struct ControlLog(Mutex<Logs>);

impl ControlLog {
    fn new(model: &Model) -> Self {
        Self(Mutex::new(Logs::new(model)))
    }
}

impl EventLog for ControlLog {
    fn event(&self, proxy: &Proxy, level: Level, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).event(proxy, level, text);
    }
}
