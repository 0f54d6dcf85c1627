//! One server of the demo: a port, and while it is on, a thread that serves the application on it.
//! Switching it off ends the thread with its listener, its connections and its memory, as losing a machine would.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::sync::oneshot;

use crate::app::{self, App, Loss, Memory};
use crate::port::ReservedPort;

/// A server that can be switched off and on.
pub(crate) struct Machine {
    app: App,
    port: ReservedPort,
    power: Mutex<Power>,
}

enum Power {
    Off,
    On { memory: Arc<Memory>, thread: Thread },
}

impl Machine {
    /// A machine that is off.
    pub fn new(app: App, port: ReservedPort) -> Self {
        Self { app, port, power: Mutex::new(Power::Off) }
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The memory while the machine is on.
    pub fn memory(&self) -> Option<Arc<Memory>> {
        match &*self.power() {
            Power::Off => None,
            Power::On { memory, .. } => Some(memory.clone()),
        }
    }

    /// Switches the machine on with an empty memory. False when it was on already.
    pub fn switch_on(&self) -> io::Result<bool> {
        let mut power = self.power();
        if let Power::On { .. } = *power {
            return Ok(false);
        }
        let memory = Arc::new(Memory::new());
        let router = app::router(self.app.clone(), memory.clone());
        let thread = Thread::serve(self.app.name, self.port.listen()?, router)?;
        *power = Power::On { memory, thread };
        Ok(true)
    }

    /// Switches the machine off and says what was lost with its memory; nothing when it was off already.
    /// Returns when its port refuses connections. Waits for the machine's thread, so never call it from that thread.
    pub fn switch_off(&self) -> Option<Loss> {
        // Held until the thread has ended: who switches on meanwhile waits for the port.
        let mut power = self.power();
        match std::mem::replace(&mut *power, Power::Off) {
            Power::Off => None,
            Power::On { memory, mut thread } => {
                thread.end();
                Some(memory.loss())
            }
        }
    }

    fn power(&self) -> MutexGuard<'_, Power> {
        self.power.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that serves one router on one listener, with a runtime of its own. Ending it closes every socket it had.
pub(crate) struct Thread {
    stop: Option<oneshot::Sender<()>>,
    handle: Option<JoinHandle<()>>,
}

impl Thread {
    pub fn serve(name: &str, listener: TcpListener, router: Router) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        // Small answers should leave at once rather than wait for an acknowledgement; where that fails they are only slower.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let (stop, stopped) = oneshot::channel();
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
            // Here the runtime is dropped, and with it every connection's task and socket.
        })?;
        Ok(Self { stop: Some(stop), handle: Some(handle) })
    }

    pub fn end(&mut self) {
        drop(self.stop.take());
        if let Some(handle) = self.handle.take() {
            // A panic of the thread has been reported by the panic hook; its sockets are closed either way.
            drop(handle.join());
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.end();
    }
}
