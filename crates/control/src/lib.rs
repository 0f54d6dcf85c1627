//! The runtime API on stats sockets (management manual 9.3): connections, command lines, levels, and a table of commands.
//! Takes sockets that are bound and listening already; knows neither processes nor traffic.
#![forbid(unsafe_code)]

mod answer;
pub mod command;
mod input;
mod limit;
mod line;
mod listener;
mod session;

use std::io;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use burdock_model::{Model, StatsSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use burdock_check::EventLog;
pub use listener::Listener;

/// The model in use, swapped as a whole.
pub type ModelHandle = Arc<ArcSwap<Model>>;

/// What looks after the certificates of authorities; empty where nothing does.
pub type AcmeHandle = Arc<ArcSwapOption<burdock_acme::Tasks>>;

/// What fetches OCSP responses; empty where nothing does.
pub type OcspHandle = Arc<ArcSwapOption<burdock_ocsp::Tasks>>;

/// What carries the traffic, as far as commands have to speak to it.
pub trait Traffic: Send + Sync {
    /// Ends the requests and connections that a server serves.
    fn end_requests_of(&self, server: &Arc<burdock_state::Server>);
}

/// There is none.
struct NoTraffic;

impl Traffic for NoTraffic {
    fn end_requests_of(&self, _: &Arc<burdock_state::Server>) {}
}

/// Where changes that commands make are told.
pub type SharedLog = Arc<dyn EventLog + Send + Sync>;

/// The runtime API, ready to serve.
pub struct Control {
    model: ModelHandle,
    log: SharedLog,
    acme: AcmeHandle,
    ocsp: OcspHandle,
    traffic: Arc<dyn Traffic>,
    sockets: Vec<(Listener, StatsSocket)>,
}

/// What all connections share.
pub(crate) struct Runtime {
    pub(crate) model: ModelHandle,
    pub(crate) log: SharedLog,
    pub(crate) acme: AcmeHandle,
    pub(crate) ocsp: OcspHandle,
    pub(crate) traffic: Arc<dyn Traffic>,
    /// The sockets that are served, as `show cli sockets` shows them.
    pub(crate) sockets: Vec<String>,
}

impl Runtime {
    /// Puts another model in the place of the one in force. Who follows the model is told.
    pub(crate) fn publish(&self, model: Model) {
        model.publish(&self.model);
    }
}

impl Control {
    /// Takes the listening sockets, each with the `stats socket` line it came from.
    pub fn new(model: ModelHandle, log: SharedLog, sockets: Vec<(Listener, StatsSocket)>) -> Control {
        Control {
            model,
            log,
            acme: AcmeHandle::default(),
            ocsp: OcspHandle::default(),
            traffic: Arc::new(NoTraffic),
            sockets,
        }
    }

    /// Lets commands speak to what carries the traffic.
    pub fn with_traffic(self, traffic: Arc<dyn Traffic>) -> Control {
        Control { traffic, ..self }
    }

    /// Lets commands speak to what looks after the certificates of authorities.
    pub fn with_acme(self, acme: AcmeHandle) -> Control {
        Control { acme, ..self }
    }

    /// Lets commands speak to what fetches OCSP responses.
    pub fn with_ocsp(self, ocsp: OcspHandle) -> Control {
        Control { ocsp, ..self }
    }

    /// Serves all sockets until dropped, which closes them and every connection. Needs a tokio runtime with I/O and time enabled; a
    /// `current_thread` one will do. `stats maxconn` is taken from the model that is in use when serving begins.
    ///
    /// # Errors
    /// When a socket cannot be registered with the runtime.
    pub async fn serve(self) -> io::Result<()> {
        let sockets = self.sockets.iter().map(|(listener, settings)| listener.describe(settings)).collect();
        let allowed = self.model.load().global.stats_maxconn as usize;
        let Self { model, log, acme, ocsp, traffic, sockets: listening } = self;
        let runtime = Arc::new(Runtime { model, log, acme, ocsp, traffic, sockets });
        let room = Arc::new(Semaphore::new(allowed.clamp(1, Semaphore::MAX_PERMITS)));
        let mut listeners = JoinSet::new();
        for (listener, settings) in listening {
            let acceptor = listener.into_acceptor()?;
            listeners.spawn(listener::accept_forever(
                acceptor,
                settings.level,
                settings.tls,
                Arc::clone(&runtime),
                Arc::clone(&room),
            ));
        }
        while listeners.join_next().await.is_some() {}
        Ok(())
    }
}

/// Every command there is, in the order of help.
pub fn commands() -> impl Iterator<Item = &'static command::Command> {
    command::all()
}

/// Whether a name is that of a command of HAProxy's that is refused as not supported.
pub fn is_known(name: &str) -> bool {
    command::is_known(name)
}

#[cfg(test)]
mod tests;
