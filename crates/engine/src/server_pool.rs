//! Connections to servers that further requests may use: idle ones, and those of HTTP/2 that have room for more streams. One stack a server:
//! the one used last is taken first, because its caches are warm. Each worker has its own.

use std::cell::RefCell;
use std::future::poll_fn;
use std::hint::cold_path;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use burdock_base::{Instant, ServerId, WorkerId};
use burdock_model::{Model, ReuseMode, Server};

use crate::server_connection::ServerConnection;
use crate::session::ServerSession;

/// Which version of HTTP a request needs towards its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Whatever the connection speaks.
    Any,
    /// HTTP/1.
    Http1,
    /// HTTP/2.
    Http2,
    /// FastCGI.
    FastCgi,
}

/// What a request asks of a connection that others have used.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// `http-reuse`.
    pub mode: ReuseMode,
    /// It is its client's first request, so that the client would not send it again by itself.
    pub first_request: bool,
    /// The name that the server was to be asked for (SNI).
    pub server_name: Option<&'a str>,
    /// What it was to begin with.
    pub header: Option<&'a [u8]>,
    /// What it is to speak.
    pub wire: Wire,
}

/// Idle connections that are a crowd: no few requests more will need others.
const CROWD: usize = 16;

/// `pool-max-conn`
fn most_idle(server: &Server) -> usize {
    server.pool_max_connections.map_or(usize::MAX, |limit| limit as usize)
}

/// The idle server connections of one worker.
#[derive(Debug)]
pub struct ServerPool {
    worker: WorkerId,
    /// By proxy, then by server.
    stacks: RefCell<Vec<Vec<Stack>>>,
}

#[derive(Debug, Default)]
struct Stack {
    #[expect(clippy::vec_box, reason = "a connection is large, and moves in and out with every request")]
    idle: Vec<Box<ServerConnection>>,
    /// Connections of HTTP/2, with streams or idle.
    sessions: Vec<Rc<ServerSession>>,
    /// The fewest that were idle since the last purge: those were not needed.
    unused: usize,
    /// Connections in use by this worker.
    in_use: usize,
    /// The most that were in use since the last purge: more than that are not worth keeping idle.
    needed: usize,
    last_purge: Option<Instant>,
}

impl ServerPool {
    /// An empty pool of a worker.
    pub fn new(worker: WorkerId) -> Self {
        Self { worker, stacks: RefCell::default() }
    }

    fn with<T>(&self, server: &Server, act: impl FnOnce(&mut Stack) -> T) -> T {
        let mut stacks = self.stacks.borrow_mut();
        let (proxy, server) = (server.proxy.index(), server.id.index());
        match stacks.get_mut(proxy).and_then(|stacks| stacks.get_mut(server)) {
            Some(stack) => act(stack),
            None => act(Self::make_stack(&mut stacks, proxy, server)),
        }
    }

    /// Makes room for the connections of a server that is new here.
    #[cold]
    fn make_stack(stacks: &mut Vec<Vec<Stack>>, proxy: usize, server: usize) -> &mut Stack {
        let proxies = stacks.len().max(proxy + 1);
        stacks.resize_with(proxies, Vec::new);
        let stacks = &mut stacks[proxy];
        let servers = stacks.len().max(server + 1);
        stacks.resize_with(servers, Stack::default);
        &mut stacks[server]
    }

    /// A connection that may be used for this request, and is still open.
    pub fn take(
        &self,
        cx: &mut Context<'_>,
        server: &Arc<Server>,
        wanted: &Wanted<'_>,
    ) -> Option<Box<ServerConnection>> {
        if wanted.mode == ReuseMode::Never || (wanted.mode == ReuseMode::Safe && wanted.first_request) {
            return None;
        }
        self.with(server, |stack| {
            if wanted.wire != Wire::Http1
                && let Some(session) = stack.session_with_room(cx, server, wanted)
            {
                cold_path();
                return Some(Box::new(ServerConnection::over(session)));
            }
            if matches!(wanted.wire, Wire::Http2 | Wire::FastCgi) {
                return None;
            }
            let fit = |connection: &ServerConnection| {
                Arc::ptr_eq(&connection.server, server)
                    && wanted.is_served_by(
                        connection.requests,
                        connection.server_name.as_deref(),
                        connection.header.as_deref(),
                    )
            };
            while let Some(at) = stack.idle.iter().rposition(|connection| fit(connection)) {
                let mut connection = stack.idle.remove(at);
                server.state.idle_connections.down(self.worker);
                stack.unused = stack.unused.min(stack.idle.len());
                if connection.transport.is_quiet(cx) {
                    return Some(connection);
                }
                cold_path();
                connection.transport.close_without_linger();
            }
            None
        })
    }

    /// Lets further requests use a connection of HTTP/2 beside those that it carries.
    pub fn share(&self, session: &Rc<ServerSession>) {
        let server = &session.server;
        self.with(server, |stack| stack.sessions.push(Rc::clone(session)));
    }

    /// Counts a connection of this worker into use.
    pub fn note_use(&self, server: &Server) {
        self.with(server, |stack| {
            stack.in_use += 1;
            stack.needed = stack.needed.max(stack.in_use);
        });
    }

    /// Counts one out of use.
    pub fn note_unused(&self, server: &Server) {
        self.with(server, |stack| stack.in_use = stack.in_use.saturating_sub(1));
    }

    /// Whether a fresh connection will find no place here once its request is over, as a crowd is idle already.
    pub fn is_crowded(&self, server: &Server) -> bool {
        self.with(server, |stack| stack.idle.len() >= CROWD && stack.is_full(most_idle(server)))
    }

    /// Keeps a connection for later, unless there are enough already.
    pub fn put(&self, connection: Box<ServerConnection>) {
        let server = Arc::clone(&connection.server);
        let limit = most_idle(&server);
        let spare = self.with(&server, |stack| {
            if let Some(session) = connection.session() {
                cold_path();
                // It is where it was. Once its last stream is over it is one of the idle ones, if there may be one more.
                if session.open_streams() == 1 && stack.idle_count() >= limit {
                    session.retire();
                }
                return None;
            }
            if server.state.in_maintenance() {
                cold_path();
                return Some(connection);
            }
            let mut spare = None;
            if stack.is_full(limit) {
                cold_path();
                if connection.header.is_none() || stack.idle.is_empty() {
                    return Some(connection);
                }
                // One that began with a header serves its client alone: the client heard last is the likeliest to come again.
                server.state.idle_connections.down(self.worker);
                spare = Some(stack.idle.remove(0));
            }
            server.state.idle_connections.up(self.worker);
            stack.idle.push(connection);
            spare
        });
        if let Some(connection) = spare {
            connection.transport.close_without_linger();
        }
    }

    /// Closes connections that the server has closed, and half of those that nobody has needed for `pool-purge-delay`.
    pub async fn purge(&self, now: Instant) {
        poll_fn(|cx| {
            for stack in self.stacks.borrow_mut().iter_mut().flatten() {
                stack.purge(cx, now, self.worker);
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Closes connections to servers that are in maintenance, or are not what the model in force knows any more.
    pub fn forsake(&self, model: &Model) {
        for (stacks, proxy) in self.stacks.borrow_mut().iter_mut().zip(&model.proxies) {
            for (stack, id) in stacks.iter_mut().zip(0..) {
                let server = proxy.backend.as_ref().and_then(|backend| backend.servers.get(ServerId(id)));
                stack.forsake_all_but(server.filter(|server| !server.state.in_maintenance()), self.worker);
            }
        }
    }

    /// Closes everything.
    pub fn clear(&self) {
        for stack in self.stacks.borrow_mut().iter_mut().flatten() {
            stack.idle.drain(..).for_each(|connection| Stack::close(*connection, self.worker));
            stack.sessions.clear();
        }
    }
}

impl Wanted<'_> {
    /// Whether it may go over a connection that so many requests have used, and that was begun so.
    fn is_served_by(&self, requests: u32, server_name: Option<&str>, header: Option<&[u8]>) -> bool {
        let allowed = match self.mode {
            ReuseMode::Never => false,
            ReuseMode::Safe => !self.first_request,
            ReuseMode::Aggressive => !self.first_request || requests > 1,
            ReuseMode::Always => true,
        };
        allowed && self.server_name == server_name && self.header == header
    }
}

impl Stack {
    /// Whether one more that is idle would be one too many.
    fn is_full(&self, limit: usize) -> bool {
        self.idle.len() >= limit.min(self.needed.max(1))
    }

    fn session_with_room(
        &mut self,
        cx: &mut Context<'_>,
        server: &Arc<Server>,
        wanted: &Wanted<'_>,
    ) -> Option<&Rc<ServerSession>> {
        self.sessions.retain(|session| {
            if server.max_reuse.is_some_and(|limit| session.requests() > limit) {
                session.retire();
            }
            !session.is_over()
        });
        self.sessions.iter().rev().find(|session| {
            Arc::ptr_eq(&session.server, server)
                && wanted.is_served_by(session.requests(), session.server_name.as_deref(), session.header.as_deref())
                && session.has_room(cx)
        })
    }

    /// Lets go of connections that do not lead to `server`.
    fn forsake_all_but(&mut self, server: Option<&Arc<Server>>, worker: WorkerId) {
        let leads_there = |to: &Arc<Server>| server.is_some_and(|server| Arc::ptr_eq(server, to));
        self.idle
            .extract_if(.., |idle| !leads_there(&idle.server))
            .for_each(|connection| Self::close(*connection, worker));
        self.sessions.retain(|session| {
            let stays = leads_there(&session.server);
            if !stays {
                session.retire();
            }
            stays
        });
    }

    fn idle_count(&self) -> usize {
        self.idle.len() + self.sessions.iter().filter(|session| session.open_streams() == 0).count()
    }

    /// Lets go of sessions that are over, and of half of those that have been idle for `pool-purge-delay`.
    fn purge_sessions(&mut self, now: Instant) {
        self.sessions.retain(|session| !session.is_over());
        let is_superfluous =
            |session: &ServerSession| session.idle_ms(now).is_some_and(|ms| ms >= session.server.pool_purge_delay_ms);
        let mut superfluous = self.sessions.iter().filter(|session| is_superfluous(session)).count().div_ceil(2);
        self.sessions.retain(|session| {
            let goes = superfluous > 0 && is_superfluous(session);
            superfluous -= usize::from(goes);
            !goes
        });
    }

    fn purge(&mut self, cx: &mut Context<'_>, now: Instant, worker: WorkerId) {
        self.purge_sessions(now);
        let mut at = 0;
        while at < self.idle.len() {
            if self.idle[at].transport.is_quiet(cx) {
                at += 1;
            } else {
                Self::close(*self.idle.remove(at), worker);
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
                self.idle.drain(..superfluous).for_each(|connection| Self::close(*connection, worker));
            }
            None => {}
        }
        self.unused = self.idle.len();
        self.needed = self.in_use;
        self.last_purge = Some(now);
    }

    fn close(connection: ServerConnection, worker: WorkerId) {
        connection.server.state.idle_connections.down(worker);
        connection.transport.close_without_linger();
    }
}
