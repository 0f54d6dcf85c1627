//! HTTP/2 connections to servers. Each carries as many requests at once as both sides allow; a task of its own moves its frames, and it ends
//! when nobody holds it any more and its last stream is over.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::Request;

use burdock_base::{Instant, WorkerId};
use burdock_model::{Global, Server};
use burdock_tls::TlsFacts;
use burdock_txn::{ConnectionStreams, Endpoint};

use crate::h2::frames::reset;
use crate::h2::load::Load;
use crate::h2::pipe::{Pipe, PipeEnd};
use crate::h2::traffic::{Oddity, Traffic};
use crate::h2::{frame_size, initial_window, receive_window};
use crate::server_connection::ServerConnection;
use crate::worker::Worker;

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
    frames: RefCell<SendRequest<Bytes>>,
    traffic: Rc<Traffic>,
    life: Rc<Life>,
    worker: WorkerId,
    /// Streams at once, by our own word (`tune.h2.be.max-concurrent-streams`); zero: as many as the server allows.
    max_streams: usize,
    /// Streams begun so far.
    begun: Cell<u32>,
    /// Streams under way.
    open: Cell<usize>,
    /// It takes no further stream.
    retired: Cell<bool>,
    /// When it was first seen without a stream since the last one.
    idle_since: Cell<Option<Instant>>,
}

/// What the task that moves the frames tells of.
#[derive(Debug, Default)]
struct Life {
    /// The server's settings have come.
    settled: Cell<bool>,
    gone: Cell<bool>,
    /// The server has been odd enough for it to take no further stream.
    worn_out: Cell<bool>,
    /// It is counted among the idle connections.
    counted_idle: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// One stream's place in a session.
#[derive(Debug)]
pub struct SessionStream {
    session: Rc<ServerSession>,
    /// Its number, once a request was sent.
    id: Cell<Option<u32>>,
    /// HTTP/2, or this server, has no place for its request.
    declined: Cell<bool>,
}

impl ServerSession {
    /// Begins HTTP/2 on a connection that is made.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn begin(connection: ServerConnection, worker: &Rc<Worker>, global: &Global) -> io::Result<Rc<Self>> {
        let ServerConnection { transport, inbox, server, server_name, header, tls, local, private, .. } = connection;
        // A server's resets answer our requests: there are no more of them than of those.
        let traffic = Rc::new(Traffic::new(&global.h2.server, 0));
        let pipe = Pipe::to_server(transport, inbox, Rc::clone(worker), Rc::clone(&traffic));
        let (frames, connection) = builder(global).handshake::<_, Bytes>(pipe.end()).await.map_err(io::Error::other)?;
        let life = Rc::new(Life::default());
        let limits = Limits {
            glitches_threshold: global.h2.server.glitches_threshold,
            glitch_cpu_percent: u64::from(global.h2.glitch_cpu_percent),
            load: Load::new(worker.clock.now()),
            worker: Rc::clone(worker),
        };
        let window = receive_window(&global.h2.server, global.tune.buffer_size);
        let frames_of = Frames { connection, pipe, traffic: Rc::clone(&traffic), limits, window: Some(window) };
        tokio::task::spawn_local(Box::pin(frames_of.move_all(Rc::clone(&life), Arc::clone(&server))));
        Ok(Rc::new(Self {
            server,
            server_name,
            header,
            tls,
            local,
            private,
            frames: RefCell::new(frames),
            traffic,
            life,
            worker: worker.id,
            max_streams: global.h2.server.max_concurrent_streams as usize,
            begun: Cell::new(0),
            open: Cell::new(0),
            retired: Cell::new(false),
            idle_since: Cell::new(None),
        }))
    }

    /// Takes a place in it.
    pub fn enter(self: &Rc<Self>) -> SessionStream {
        if self.life.counted_idle.replace(false) {
            self.server.state.idle_connections.down(self.worker);
        }
        self.open.set(self.open.get() + 1);
        self.begun.set(self.begun.get().saturating_add(1));
        self.idle_since.set(None);
        SessionStream { session: Rc::clone(self), id: Cell::new(None), declined: Cell::new(false) }
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
        let mut frames = self.frames.borrow_mut();
        match frames.poll_ready(cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(_)) => {
                // The server has said that it goes, or numbers have run out.
                self.retire();
                return false;
            }
            Poll::Pending => return false,
        }
        let limit = self.limit(&frames);
        self.traffic.streams.set_limit(limit);
        self.open.get() < limit
    }

    /// What samples see of it.
    pub fn streams(&self) -> &Arc<ConnectionStreams> {
        &self.traffic.streams
    }

    /// Tells samples how many streams the server takes.
    pub fn tell_limit(&self) {
        self.traffic.streams.set_limit(self.limit(&self.frames.borrow()));
    }

    /// Streams at once, by the server's word and by ours.
    fn limit(&self, frames: &SendRequest<Bytes>) -> usize {
        let allowed = frames.current_max_send_streams();
        if self.max_streams == 0 { allowed } else { allowed.min(self.max_streams) }
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

impl SessionStream {
    /// The session that it is in.
    pub fn session(&self) -> &Rc<ServerSession> {
        &self.session
    }

    /// Whether the session can carry nothing any more, and not for want of a form for this request.
    pub fn is_gone(&self) -> bool {
        !self.declined.get() && self.session.is_over()
    }

    /// Whether the server has allowed extended CONNECT (RFC 8441 section 3).
    pub fn takes_extended_connect(&self) -> bool {
        self.session.frames.borrow().is_extended_connect_protocol_enabled()
    }

    /// Tells the server of a request that cannot be sent to it, as HAProxy does: by the reset of a stream that never began. A server may well
    /// end the connection for that (RFC 9113 section 5.1), so nobody else may be on it, or come.
    pub fn decline(&self) {
        self.declined.set(true);
        if self.id.get().is_none() && self.session.open_streams() == 1 {
            self.session.retire();
            self.session.traffic.decline();
        }
    }

    /// Sends a request; `ends`: its head is all of it.
    ///
    /// # Errors
    /// The session takes no more, and is retired.
    pub fn send_request(
        &self,
        request: Request<()>,
        ends: bool,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
        let sent = self.session.frames.borrow_mut().send_request(request, ends);
        let (response, body) = sent.inspect_err(|_| self.session.retire())?;
        let id = response.stream_id().as_u32();
        self.id.set(Some(id));
        self.session.traffic.opened(id);
        Ok((response, body))
    }
}

impl Drop for SessionStream {
    fn drop(&mut self) {
        if let Some(id) = self.id.get() {
            self.session.traffic.closed(id);
        }
        self.session.leave();
    }
}

impl Drop for ServerSession {
    fn drop(&mut self) {
        self.retire();
    }
}

fn builder(global: &Global) -> Builder {
    let (settings, side) = (&global.h2, &global.h2.server);
    let buffer = global.tune.buffer_size as u32;
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .header_table_size(settings.header_table_size)
        .max_frame_size(frame_size(settings, buffer))
        .initial_window_size(initial_window(side, global.tune.buffer_size))
        .max_header_list_size(buffer);
    builder
}

/// What moves the frames of a session.
struct Frames {
    connection: Connection<PipeEnd, Bytes>,
    pipe: Pipe,
    traffic: Rc<Traffic>,
    limits: Limits,
    /// What all streams together may have waiting, until the server is told.
    window: Option<u32>,
}

/// How odd a server may be (`tune.h2.be.glitches-threshold`, `tune.glitches.kill.cpu-usage`).
struct Limits {
    glitches_threshold: u32,
    glitch_cpu_percent: u64,
    load: Load,
    worker: Rc<Worker>,
}

impl Frames {
    /// Moves them until the connection ends.
    async fn move_all(mut self, life: Rc<Life>, server: Arc<Server>) {
        // How a connection ended matters to its streams, and each hears of it.
        poll_fn(|cx| self.poll(cx, &life)).await;
        life.gone.set(true);
        if life.counted_idle.replace(false) {
            server.state.idle_connections.down(self.limits.worker.id);
        }
        life.waiting.take().into_iter().for_each(Waker::wake);
    }

    fn poll(&mut self, cx: &mut Context<'_>, life: &Life) -> Poll<()> {
        self.traffic.begin_turn(cx.waker());
        let over = Pin::new(&mut self.connection).poll(cx).map(|_| ());
        if self.traffic.has_data()
            && let Some(window) = self.window.take()
        {
            // As HAProxy does, and not before: servers expect settings to be answered first. It leaves in the next turn.
            self.connection.set_target_window_size(window);
        }
        if let Some(stream) = self.traffic.take_declined() {
            self.pipe.say(&reset(stream, Reason::CANCEL.into()));
        }
        // What cannot leave now leaves in a later turn, and a failure shows itself in the next.
        let _ = self.pipe.poll_flush(cx);
        if self.pipe.has_heard() && !life.settled.replace(true) {
            // The first thing that a server says are its settings (RFC 9113 section 3.4), and what was read has been taken in.
            life.waiting.take().into_iter().for_each(Waker::wake);
        }
        match self.traffic.oddity(self.limits.glitches_threshold) {
            Oddity::TooMuch if self.limits.are_enforced() => Poll::Ready(()),
            Oddity::TooMuch | Oddity::NearlyTooMuch => {
                life.worn_out.set(true);
                over
            }
            Oddity::Borne => over,
        }
    }
}

impl Limits {
    fn are_enforced(&self) -> bool {
        self.load.percent(self.worker.clock.now()) >= self.glitch_cpu_percent
    }
}
