//! Idle connections to servers, one stack a server: the one used last is taken first, because its caches are warm. Each worker has its own.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::{Context, Poll};

use burdock_base::{Instant, ProxyId, ServerId};
use burdock_model::{Model, ReuseMode, Server};

use crate::server_connection::ServerConnection;

/// The idle server connections of one worker.
#[derive(Debug)]
pub struct ServerPool {
    /// By proxy, then by server.
    stacks: RefCell<Vec<Vec<Stack>>>,
}

#[derive(Debug, Default)]
struct Stack {
    #[expect(clippy::vec_box, reason = "a connection is large, and moves in and out with every request")]
    idle: Vec<Box<ServerConnection>>,
    /// The fewest that were idle since the last purge: those were not needed.
    unused: usize,
    /// Connections in use by this worker.
    in_use: usize,
    /// The most that were in use since the last purge: more than that are not worth keeping idle.
    needed: usize,
    last_purge: Option<Instant>,
}

impl ServerPool {
    /// An empty pool for the servers of a model.
    pub fn new(model: &Model) -> Self {
        let servers = |proxy: &std::sync::Arc<burdock_model::Proxy>| {
            proxy.backend.as_ref().map_or_else(Vec::new, |side| side.servers.iter().map(|_| Stack::default()).collect())
        };
        Self { stacks: RefCell::new(model.proxies.iter().map(servers).collect()) }
    }

    fn with<T>(&self, proxy: ProxyId, server: ServerId, act: impl FnOnce(&mut Stack) -> T) -> Option<T> {
        self.stacks.borrow_mut().get_mut(proxy.index())?.get_mut(server.index()).map(act)
    }

    /// An idle connection that may be used for this request, and is still open.
    pub fn take(
        &self,
        cx: &mut Context<'_>,
        server: &Server,
        mode: ReuseMode,
        first_request: bool,
        server_name: Option<&str>,
    ) -> Option<Box<ServerConnection>> {
        let allowed = |connection: &ServerConnection| match mode {
            ReuseMode::Never => false,
            ReuseMode::Safe => !first_request,
            ReuseMode::Aggressive => !first_request || connection.requests > 1,
            ReuseMode::Always => true,
        };
        let fit =
            |connection: &ServerConnection| allowed(connection) && connection.server_name.as_deref() == server_name;
        if mode == ReuseMode::Never || (mode == ReuseMode::Safe && first_request) {
            return None;
        }
        self.with(server.proxy, server.id, |stack| {
            while let Some(at) = stack.idle.iter().rposition(|connection| fit(connection)) {
                let mut connection = stack.idle.remove(at);
                server.state.idle_connections.down();
                stack.unused = stack.unused.min(stack.idle.len());
                if connection.transport.is_quiet(cx) {
                    return Some(connection);
                }
                connection.transport.close_without_linger();
            }
            None
        })?
    }

    /// Counts a connection of this worker into use.
    pub fn note_use(&self, server: &Server) {
        self.with(server.proxy, server.id, |stack| {
            stack.in_use += 1;
            stack.needed = stack.needed.max(stack.in_use);
        });
    }

    /// Counts one out of use.
    pub fn note_unused(&self, server: &Server) {
        self.with(server.proxy, server.id, |stack| stack.in_use = stack.in_use.saturating_sub(1));
    }

    /// Keeps a connection for later, unless there are enough already.
    pub fn put(&self, connection: Box<ServerConnection>) {
        let server = std::sync::Arc::clone(&connection.server);
        let limit = server.pool_max_connections.map_or(usize::MAX, |limit| limit as usize);
        let spare = self
            .with(server.proxy, server.id, |stack| {
                if stack.idle.len() >= limit.min(stack.needed.max(1)) {
                    return Some(connection);
                }
                server.state.idle_connections.up();
                stack.idle.push(connection);
                None
            })
            .flatten();
        if let Some(connection) = spare {
            connection.transport.close_without_linger();
        }
    }

    /// Closes connections that the server has closed, and half of those that nobody has needed for `pool-purge-delay`.
    pub async fn purge(&self, now: Instant) {
        poll_fn(|cx| {
            for stack in self.stacks.borrow_mut().iter_mut().flatten() {
                stack.purge(cx, now);
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Closes everything.
    pub fn clear(&self) {
        for stack in self.stacks.borrow_mut().iter_mut().flatten() {
            stack.idle.drain(..).for_each(|connection| Stack::close(*connection));
        }
    }
}

impl Stack {
    fn purge(&mut self, cx: &mut Context<'_>, now: Instant) {
        let mut at = 0;
        while at < self.idle.len() {
            if self.idle[at].transport.is_quiet(cx) {
                at += 1;
            } else {
                Self::close(*self.idle.remove(at));
            }
        }
        let Some(first) = self.idle.first() else {
            self.unused = 0;
            self.needed = self.in_use;
            return;
        };
        let delay_ms = first.server.pool_purge_delay_ms;
        match self.last_purge {
            Some(last) if now.ms_since(last) < delay_ms => return,
            Some(_) => {
                let superfluous = self.unused.min(self.idle.len()).div_ceil(2);
                self.idle.drain(..superfluous).for_each(|connection| Self::close(*connection));
            }
            None => {}
        }
        self.unused = self.idle.len();
        self.needed = self.in_use;
        self.last_purge = Some(now);
    }

    fn close(connection: Box<ServerConnection>) {
        connection.server.state.idle_connections.down();
        connection.transport.close_without_linger();
    }
}
