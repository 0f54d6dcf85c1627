//! Places that are counted and must be given back whatever happens: each is a value whose drop gives it back.

use std::rc::Rc;
use std::sync::Arc;

use burdock_base::{BindId, Instant};
use burdock_model::{Proxy, Server};

use crate::worker::Worker;

/// A client connection's place within the limits of the process, the frontend and the listening address.
#[derive(Debug)]
pub struct ClientPlace {
    worker: Rc<Worker>,
    frontend: Arc<Proxy>,
    bind: BindId,
}

impl ClientPlace {
    /// Takes a place, or none where a limit is reached.
    pub fn take(worker: &Rc<Worker>, frontend: &Arc<Proxy>, bind: BindId) -> Option<Self> {
        let side = frontend.frontend.as_ref()?;
        let address = &side.binds[bind.index()];
        let process = &worker.process;
        if !process.connections.up_below(process.maxconn()) {
            return None;
        }
        let has_room = match side.connection_limit() {
            Some(0) => false,
            limit => side.state.sessions.up_below(limit.unwrap_or(0)),
        };
        if !has_room {
            process.connections.down();
            return None;
        }
        if !address.state.sessions.up_below(address.maxconn) {
            side.state.sessions.down();
            process.connections.down();
            return None;
        }
        process.connections_peak.see(process.connections.get());
        side.state.sessions_peak.see(side.state.sessions.get());
        address.state.sessions_peak.see(address.state.sessions.get());
        worker.connection_opened();
        Some(Self { worker: Rc::clone(worker), frontend: Arc::clone(frontend), bind })
    }
}

impl Drop for ClientPlace {
    fn drop(&mut self) {
        if let Some(side) = &self.frontend.frontend {
            side.binds[self.bind.index()].state.sessions.down();
            side.state.sessions.down();
        }
        self.worker.process.connections.down();
        self.worker.connection_closed();
        self.worker.process.room.wake_all();
    }
}

/// A request's slot of a server. Giving it back hands it to whoever waits.
#[derive(Debug)]
pub struct ServerSlot {
    server: Arc<Server>,
    backend: Arc<Proxy>,
}

impl ServerSlot {
    /// Takes a slot if one is free.
    pub fn try_take(server: &Arc<Server>, backend: &Arc<Proxy>, now: Instant) -> Option<Self> {
        server.state.try_acquire(now).then(|| Self::granted(server, backend))
    }

    /// A slot that was handed over by a queue.
    pub fn granted(server: &Arc<Server>, backend: &Arc<Proxy>) -> Self {
        Self { server: Arc::clone(server), backend: Arc::clone(backend) }
    }

    /// The server it belongs to.
    pub fn server(&self) -> &Arc<Server> {
        &self.server
    }
}

impl Drop for ServerSlot {
    fn drop(&mut self) {
        if let Some(side) = &self.backend.backend {
            self.server.state.release(&side.state);
        }
    }
}
