//! Connections to servers that carry requests one beside another, or one after the other without a gap: HTTP/2 and FastCGI. Whom they lead to,
//! how many requests they carry and how busy they are; what they are framed by is their [`Framing`]'s.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use burdock_base::{Instant, WorkerId};
use burdock_model::Server;
use burdock_tls::TlsFacts;
use burdock_txn::{ConnectionStreams, Endpoint};

use crate::fcgi::{FcgiStream, Link};
use crate::h2::H2Stream;
use crate::h2::back::Frames;
use crate::transport::Transport;

/// A connection to a server that carries streams.
#[derive(Debug)]
pub struct ServerSession {
    /// Whom it leads to.
    pub server: Arc<Server>,
    /// The name that the server was asked for (SNI).
    pub server_name: Option<Arc<str>>,
    /// What it began with.
    pub header: Option<Box<[u8]>>,
    /// What is known of its TLS.
    pub tls: Option<Arc<TlsFacts>>,
    /// Our end of it, where it is one of IP.
    pub local: Option<Endpoint>,
    /// Only the client connection that opened it may use it.
    pub private: bool,
    framing: Framing,
    streams: Arc<ConnectionStreams>,
    life: Rc<Life>,
    worker: WorkerId,
    /// Streams begun so far.
    begun: Cell<u32>,
    /// Streams under way.
    open: Cell<usize>,
    /// It takes no further stream.
    retired: Cell<bool>,
    /// When it was first seen without a stream since the last one.
    idle_since: Cell<Option<Instant>>,
}

/// Whom a connection leads to, and how it was begun.
#[derive(Debug)]
pub struct Identity {
    /// Whom it leads to.
    pub server: Arc<Server>,
    /// The name that the server was asked for (SNI).
    pub server_name: Option<Arc<str>>,
    /// What it began with.
    pub header: Option<Box<[u8]>>,
    /// What is known of its TLS.
    pub tls: Option<Arc<TlsFacts>>,
    /// Our end of it, where it is one of IP.
    pub local: Option<Endpoint>,
    /// Only the client connection that opened it may use it.
    pub private: bool,
}

/// What its bytes are framed by.
#[derive(Clone, Debug)]
pub enum Framing {
    /// HTTP/2.
    Http2(Rc<Frames>),
    /// FastCGI, and how many requests it carries at once.
    FastCgi(Rc<RefCell<Link>>, usize),
}

/// How it lives, as far as others than its streams have a say in it.
#[derive(Debug, Default)]
pub struct Life {
    /// The server's settings have come.
    pub settled: Cell<bool>,
    /// It has ended.
    pub gone: Cell<bool>,
    /// The server has been odd enough for it to take no further stream.
    pub worn_out: Cell<bool>,
    /// It is counted among the idle connections.
    pub counted_idle: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// One stream's place in a session.
#[derive(Debug)]
pub struct Place(Rc<ServerSession>);

impl Life {
    /// Wakes those who wait for the settings.
    pub fn wake(&self) {
        self.waiting.take().into_iter().for_each(Waker::wake);
    }
}

impl ServerSession {
    /// One whose bytes are its framing's.
    pub fn new(
        identity: Identity,
        framing: Framing,
        streams: Arc<ConnectionStreams>,
        life: Rc<Life>,
        worker: WorkerId,
    ) -> Rc<Self> {
        let Identity { server, server_name, header, tls, local, private } = identity;
        Rc::new(Self {
            server,
            server_name,
            header,
            tls,
            local,
            private,
            framing,
            streams,
            life,
            worker,
            begun: Cell::new(0),
            open: Cell::new(0),
            retired: Cell::new(false),
            idle_since: Cell::new(None),
        })
    }

    /// A further stream, on which nothing was sent.
    pub fn open_stream(self: &Rc<Self>) -> Transport {
        let place = self.enter();
        match &self.framing {
            Framing::Http2(frames) => Transport::Stream(Box::new(H2Stream::opening(place, Rc::clone(frames)))),
            Framing::FastCgi(link, _) => Transport::FastCgi(Box::new(FcgiStream::opening(place, Rc::clone(link)))),
        }
    }

    /// Takes a place in it.
    fn enter(self: &Rc<Self>) -> Place {
        if self.life.counted_idle.replace(false) {
            self.server.state.idle_connections.down(self.worker);
        }
        self.open.set(self.open.get() + 1);
        self.begun.set(self.begun.get().saturating_add(1));
        self.idle_since.set(None);
        Place(Rc::clone(self))
    }

    /// Streams begun so far.
    pub fn requests(&self) -> u32 {
        self.begun.get()
    }

    /// Whether it could take a further stream now.
    pub fn has_room(&self, cx: &mut Context<'_>) -> bool {
        if self.is_over() {
            return false;
        }
        let limit = match &self.framing {
            Framing::Http2(frames) => match frames.poll_limit(cx) {
                Poll::Ready(Ok(limit)) => limit,
                Poll::Ready(Err(_)) => {
                    // The server has said that it goes, or numbers have run out.
                    self.retire();
                    return false;
                }
                Poll::Pending => return false,
            },
            Framing::FastCgi(link, limit) => {
                let mut link = link.borrow_mut();
                let usable = link.is_usable(cx);
                if link.is_broken() {
                    self.retire();
                }
                // Requests that were given up hold their places until the application is done with them.
                if !usable || link.open_requests() >= *limit {
                    return false;
                }
                *limit
            }
        };
        self.streams.set_limit(limit);
        self.open.get() < limit
    }

    /// What samples see of it.
    pub fn streams(&self) -> &Arc<ConnectionStreams> {
        &self.streams
    }

    /// Tells samples how many streams the server takes.
    pub fn tell_limit(&self) {
        self.streams.set_limit(match &self.framing {
            Framing::Http2(frames) => frames.limit(),
            Framing::FastCgi(_, limit) => *limit,
        });
    }

    /// Waits until the server's settings have come, or the session is over.
    pub fn poll_settled(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.life.settled.get() || self.life.gone.get() {
            return Poll::Ready(());
        }
        let mut waiting = self.life.waiting.borrow_mut();
        if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Lets no further stream begin.
    pub fn retire(&self) {
        self.retired.set(true);
        if self.life.counted_idle.replace(false) {
            self.server.state.idle_connections.down(self.worker);
        }
    }

    /// Whether no further stream can begin.
    pub fn is_over(&self) -> bool {
        self.retired.get() || self.life.worn_out.get() || self.life.gone.get()
    }

    /// Streams under way.
    pub fn open_streams(&self) -> usize {
        self.open.get()
    }

    /// How long it has been seen without a stream, milliseconds; nothing while it has one.
    pub fn idle_ms(&self, now: Instant) -> Option<u64> {
        let since = self.idle_since.get().filter(|_| self.open.get() == 0);
        self.idle_since.set((self.open.get() == 0).then(|| since.unwrap_or(now)));
        self.idle_since.get().map(|since| now.ms_since(since))
    }

    fn leave(&self) {
        self.open.set(self.open.get().saturating_sub(1));
        if self.open.get() == 0 && !self.is_over() && !self.private {
            self.life.counted_idle.set(true);
            self.server.state.idle_connections.up(self.worker);
        }
    }
}

impl Place {
    /// The session that it is in.
    pub fn session(&self) -> &Rc<ServerSession> {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Drop for ServerSession {
    fn drop(&mut self) {
        self.retire();
    }
}
